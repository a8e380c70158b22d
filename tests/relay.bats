#!/usr/bin/env bats
load helper

# start_relay [OPTION...]: a relay to the server on PORT, which becomes UPSTREAM; PORT is its own.
start_relay() {
  UPSTREAM=${UPSTREAM:-$PORT}
  start_server relay relay "$@" 127.0.0.1:0 "127.0.0.1:$UPSTREAM"
  RELAY=$PID
  DESCRIPTORS=$(count "/proc/$RELAY/fd")
  THREADS=$(count "/proc/$RELAY/task")
  # ThreadSanitizer has a thread of its own from the first pthread_create on.
  ! grep -q __tsan_init "$BIN/relay" || THREADS=2
}

count() {
  local entries=("$1"/*)
  echo "${#entries[@]}"
}

# idle [DESCRIPTORS THREADS]: the relay holds no more than before its first client, and these.
idle() {
  [ "$(count "/proc/$RELAY/fd")" -le $((DESCRIPTORS + ${1:-0})) ] &&
    [ "$(count "/proc/$RELAY/task")" -le $((THREADS + ${2:-0})) ]
}

# free_port: PORT becomes one on which nobody listens.
free_port() {
  start_server gone echo-server 127.0.0.1:0
  stop "$PID"
}

# start_nc NAME: nc listens on PORT; what is typed into it goes into the fifo NAME.keys.
start_nc() {
  mkfifo "$1.keys"
  # shellcheck disable=SC2016
  start "$1" bash -c 'exec nc -l 127.0.0.1 "$0" <"$1"' "$PORT" "$1.keys"
}

# dial NUMBER: a connection to the relay on descriptor 5, 6 or 7.
dial() {
  # shellcheck disable=SC2153 # start_server has set it
  eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
}

# logged TEXT [COUNT]: the relay has logged exactly TEXT, for whichever client.
logged() {
  wait_for_line relay.out "^[0-9/]{10} [0-9:]{8} 127\.0\.0\.1:[0-9]+ $1\$" "${2:-1}"
}

# log_is: the log of the relay is what stands on standard input; dates are left out, ports are P.
log_is() {
  diff <(sed -E '1d; s,^[0-9/]{10} [0-9:]{8} ,,; s,127\.0\.0\.1:[0-9]+,P,g' relay.out) -
}

resident() {
  awk '/^VmRSS/ { print $2 }' "/proc/$RELAY/status"
}

# ---- Both ways --------------------------------------------------------------------------------

@test "bytes go both ways, and the log names both legs with their ports" {
  start_server upper upper-server 127.0.0.1:0
  start_relay
  run -0 timeout 60 bash -c "printf 'hello\n' | nc -N 127.0.0.1 $PORT"
  [ "$output" = HELLO ]
  logged 'session ended: .*'
  leg=$(sed -n 's/.* 127.0.0.1:\([0-9]*\) Successful client connection!$/\1/p' upper.out)
  client=$(sed -n 's/.* 127.0.0.1:\([0-9]*\) relayed to .*/\1/p' relay.out)
  diff <(sed 's,^20[0-9/]* [0-9:]* ,,' relay.out) - <<END
listening on 127.0.0.1:$PORT
127.0.0.1:$client relayed to 127.0.0.1:$UPSTREAM from 127.0.0.1:$leg
127.0.0.1:$client end of input from the client, passed on to the upstream
127.0.0.1:$client end of input from the upstream, passed on to the client
127.0.0.1:$client session ended: both ends closed; 6 bytes to the upstream, 6 bytes to the client
END
}

@test "64 MiB in both directions at once come out as they went in" {
  start_server echo echo-server 127.0.0.1:0
  start_relay
  head -c 67108864 /dev/urandom >question
  timeout 240 nc -N 127.0.0.1 "$PORT" <question >answer
  cmp question answer
  bytes='67108864 bytes'
  logged "session ended: both ends closed; $bytes to the upstream, $bytes to the client"
}

@test "the two directions do not wait for each other, whatever each carries" {
  free_port
  start_nc upstream
  exec 6>upstream.keys
  wait_for in_state listening "sport = :$PORT"
  start_relay
  dial 5
  head -c 3000000 /dev/urandom >down
  head -c 2000000 /dev/urandom >up
  cat down >&6 3>&- &
  cat up >&5 3>&- &
  head -c 3000000 <&5 | cmp - down
  same() {
    cmp -s upstream.out up
  }
  wait_for same
}

@test "each client has an upstream connection of its own, silent ones wait for none" {
  start_server upper upper-server 127.0.0.1:0
  start_relay
  dial 5
  dial 6
  dial 7
  for fd in 7 5 6; do
    echo "to $fd" >&"$fd"
    read -r -t "$DEADLINE" answer <&"$fd"
    [ "$answer" = "TO $fd" ]
  done
  logged "relayed to 127\.0\.0\.1:$UPSTREAM from 127\.0\.0\.1:[0-9]+" 3
  [ "$(grep -o 'from .*' relay.out | sort -u | wc -l)" -eq 3 ]
}

# ---- One direction ends -----------------------------------------------------------------------

@test "half-close: the reply that comes after the client's FIN arrives" {
  start_server echo echo-server --pause-read 1 127.0.0.1:0
  start_relay
  run -0 timeout 60 bash -c "echo question | nc -N 127.0.0.1 $PORT"
  [ "$output" = question ]
}

@test "basic: the reply that comes after the client's FIN is lost" {
  start_server echo echo-server --pause-read 1 127.0.0.1:0
  start_relay --mode basic
  run -0 timeout 60 bash -c "echo question | nc -N 127.0.0.1 $PORT"
  [ -z "$output" ]
  logged 'session ended: client closed; 9 bytes to the upstream, 0 bytes to the client'
}

@test "half-close: the end of the upstream's output is passed on, and the client may still send" {
  free_port
  start_nc upstream
  exec 6>upstream.keys
  wait_for in_state listening "sport = :$PORT"
  nc=$PID
  start_relay
  # nc -N: its FIN comes after its input; the upstream's nc goes on reading.
  stop "$nc"
  # shellcheck disable=SC2016
  start upstream bash -c 'exec nc -N -l 127.0.0.1 "$0" <<<"all I have to say"' "$UPSTREAM"
  wait_for in_state listening "sport = :$UPSTREAM"
  dial 5
  [ "$(timeout "$DEADLINE" cat <&5)" = 'all I have to say' ]
  logged 'end of input from the upstream, passed on to the client'
  echo 'more from me' >&5
  wait_for_line upstream.out '^more from me$'
  exec 5>&-
  logged 'session ended: both ends closed; 13 bytes to the upstream, 18 bytes to the client'
}

@test "half-close: both ends of the upstream closed, the client slow: no spinning, no byte lost" {
  free_port
  head -c 150000 /dev/urandom >reply
  # shellcheck disable=SC2016
  start upstream bash -c 'exec nc -N -l 127.0.0.1 "$0" <reply' "$PORT"
  wait_for in_state listening "sport = :$PORT"
  # All of the reply fits into the relay's receive buffer, but not into what leads to the client. No
  # system refuses this size (net.core.rmem_max).
  start_relay --sndbuf 16384 --rcvbuf 212992
  mkfifo keys gate
  exec 5<>gate 6<>keys
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client --rcvbuf 16384 "127.0.0.1:$0" <keys >gate 6>&-' "$PORT"
  client=$PID
  wait_for in_state close-wait "dport = :$UPSTREAM"
  exec 6>&-
  logged 'end of input from the client, passed on to the upstream'
  ticks() {
    awk '{ print $14 + $15 }' "/proc/$RELAY/stat"
  }
  before=$(ticks)
  sleep 1
  [ $(($(ticks) - before)) -lt 20 ]
  run -1 grep -q 'session ended' relay.out
  head -c 150000 <&5 | timeout "$DEADLINE" cmp - reply
  wait_exit "$client"
  [ "$status" -eq 0 ]
  logged 'session ended: both ends closed; 0 bytes to the upstream, 150000 bytes to the client'
}

@test "basic: the upstream closes, and so is the client" {
  start_server upper upper-server 127.0.0.1:0
  start_relay --mode basic
  dial 5
  printf 'hello\nexit\n' >&5
  [ "$(timeout "$DEADLINE" cat <&5)" = HELLO ]
  logged 'session ended: upstream closed; 11 bytes to the upstream, 6 bytes to the client'
  wait_for idle
}

# ---- Resets -----------------------------------------------------------------------------------

@test "a client's reset reaches the upstream as a reset" {
  start_server upper upper-server 127.0.0.1:0
  for mode in half-close basic; do
    start_relay --mode "$mode"
    timeout 60 echo-client --message 'hello' --reset --close-after 0.2 "127.0.0.1:$PORT" || true
    logged 'session ended: client: Connection reset by peer; 5 bytes to the upstream, .*'
  done
  wait_for_line upper.out 'Error reading: Connection reset by peer$' 2
}

@test "an upstream's reset reaches the client as a reset" {
  start_server upper upper-server --linger 0 127.0.0.1:0
  for mode in half-close basic deadline; do
    start_relay --mode "$mode"
    run -1 timeout 60 stdin-client "127.0.0.1:$PORT" < <(echo exit; sleep 60)
    [[ $output == *"read from 127.0.0.1:$PORT: Connection reset by peer" ]]
    logged 'session ended: upstream: Connection reset by peer; .*'
  done
}

@test "an upstream that resets while it is being written to is passed on as a reset" {
  start_server slow echo-server --pause-read 600 127.0.0.1:0
  slow=$PID
  start_relay
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" </dev/zero' "$PORT"
  client=$PID
  held() {
    [ "$(ss -Htn "dport = :$UPSTREAM" | awk '{ print $3 }')" -gt 10000 ]
  }
  wait_for held
  stop "$slow" KILL # unread data: its end is a RST
  wait_exit "$client"
  [ "$status" -eq 1 ]
  logged 'session ended: upstream: Connection reset by peer; .*'
  wait_for idle
}

@test "a client that resets while the upstream does not read: the upstream hears of it" {
  free_port
  start_nc upstream
  upstream=$PID
  exec 6>upstream.keys
  wait_for in_state listening "sport = :$PORT"
  start_relay
  # The client sends and never reads: with unread data, its end is a reset.
  # shellcheck disable=SC2016
  start client bash -c 'exec head -c 1000000000 /dev/zero >"/dev/tcp/127.0.0.1/$0"' "$PORT"
  echo unread >&6
  waiting() {
    [ "$(ss -Htn "dport = :$PORT" | awk '{ print $2 }')" = 7 ]
  }
  wait_for waiting
  kill -s STOP "$upstream"
  stuck() { # nothing has moved for a while
    local before
    before=$(ss -Htn "sport = :$PORT or dport = :$PORT")
    sleep 0.3
    [ "$before" = "$(ss -Htn "sport = :$PORT or dport = :$PORT")" ]
  }
  wait_for stuck
  stop "$PID" KILL
  logged 'session ended: client: Connection reset by peer; .*'
  wait_for idle
  # While its window was closed the upstream may have dropped the RST; what it sends now is
  # answered by another one.
  kill -s CONT "$upstream"
  wait_exit "$upstream"
}

# ---- What a session costs ---------------------------------------------------------------------

@test "300 sessions, a third of them reset, leave no descriptor and no thread behind" {
  start_server echo echo-server 127.0.0.1:0
  start_relay
  for i in {1..10}; do
    timeout 120 echo-client --connections 20 --bytes 1000 --half-close "127.0.0.1:$PORT" \
      >"orderly.$i" 2>&1 3>&- &
    orderly=$!
    timeout 120 echo-client --connections 10 --reset --close-after 0.1 "127.0.0.1:$PORT" \
      >"reset.$i" 2>&1 3>&- &
    resets=$!
    wait "$orderly"
    [ "$(grep -c 'all as sent$' "orderly.$i")" -eq 20 ]
    wait "$resets" || true
  done
  logged 'session ended: .*' 300
  logged 'session ended: both ends closed; 1000 bytes to the upstream, 1000 bytes to the client' 200
  logged 'session ended: client: Connection reset by peer; .*' 100
  wait_for idle
}

@test "a client that never reads costs the relay less than 1 MiB" {
  start_server echo echo-server 127.0.0.1:0
  start_relay
  # Once through, so that what is only needed once is there.
  run -0 timeout 60 echo-client --bytes 1000000 --half-close "127.0.0.1:$PORT"
  wait_for idle
  before=$(resident)
  # echo-server sends back what it gets, echo-client never reads: everything fills up.
  start client echo-client --bytes 100000000 --pause-read 600 --close-after 600 "127.0.0.1:$PORT"
  full() {
    [ "$(ss -Htn "sport = :$UPSTREAM" | awk '{ print $3 }')" -gt 10000 ] &&
      [ "$(ss -Htn "dport = :$UPSTREAM" | awk '{ print $3 }')" -gt 10000 ]
  }
  wait_for full
  # A sanitizer keeps several bytes for each.
  limit=${SANITIZED:+8192}
  [ $(($(resident) - before)) -lt "${limit:-1024}" ]
}

@test "a client that vanishes in mid-copy: its session ends, the relay serves on" {
  free_port
  # shellcheck disable=SC2016
  start upstream bash -c 'exec nc -l 127.0.0.1 "$0" </dev/zero' "$PORT"
  upstream=$PID
  wait_for in_state listening "sport = :$PORT"
  start_relay
  # shellcheck disable=SC2016
  start client bash -c 'exec nc 127.0.0.1 "$0" >/dev/null' "$PORT"
  # nc has half-closed; it goes on reading until it is killed.
  flows() {
    [ 0"$(ss -Htin "sport = :$PORT" | sed -n 's/.*bytes_acked:\([0-9]*\).*/\1/p')" -gt 1000000 ]
  }
  wait_for flows
  stop "$PID" KILL
  logged 'session ended: client: Connection reset by peer; .*'
  wait_exit "$upstream"
  wait_for idle
}

@test "without descriptors the relay says so, and serves on when they are free again" {
  start_server upper upper-server 127.0.0.1:0
  # shellcheck disable=SC2016
  start_server relay bash -c 'ulimit -n 9; exec relay 127.0.0.1:0 "127.0.0.1:$0"' "$PORT"
  mkfifo silent
  exec 8<>silent # clients that neither say anything nor end
  for i in {1..12}; do
    # shellcheck disable=SC2016
    start "client.$i" bash -c 'exec nc 127.0.0.1 "$0" <silent 8>&-' "$PORT"
  done
  told() {
    grep -q 'Too many open files$' relay.err relay.out
  }
  wait_for told
  for pid in "${STARTED[@]:2}"; do
    stop "$pid" KILL
  done
  upper() {
    [ "$(echo hello | timeout 10 nc -N 127.0.0.1 "$PORT")" = HELLO ]
  }
  wait_for upper
}

# ---- Upstreams that fail ----------------------------------------------------------------------

@test "an upstream that refuses: that client is closed with one line, the next one is served" {
  free_port
  start_relay
  [ "$(timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | wc -c)" -eq 0 ]
  logged "upstream 127\.0\.0\.1:$UPSTREAM: Connection refused"
  [ "$(wc -l <relay.out)" -eq 2 ]
  [ ! -s relay.err ]
  start_server upper upper-server "127.0.0.1:$UPSTREAM"
  [ "$(echo hello | timeout 60 nc -N 127.0.0.1 "$(sed -n '1s/.*://p' relay.out)")" = HELLO ]
}

@test "an upstream whose name or service is unknown: that client is closed with one line" {
  start_server relay relay 127.0.0.1:0 127.0.0.1:nosuchservice
  [ "$(timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | wc -c)" -eq 0 ]
  logged 'upstream 127\.0\.0\.1:nosuchservice: .*[a-z]' # in the words of the C library
  start_server unknown relay 127.0.0.1:0 nosuchhost.invalid:80
  [ "$(timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | wc -c)" -eq 0 ]
  wait_for_line unknown.out 'upstream nosuchhost\.invalid:80: .*[a-z]$'
}

@test "an upstream that does not answer is given up after --timeout" {
  # A backlog of 0 holds one connection that nobody accepts; Linux drops further SYNs.
  start_server full echo-server --backlog 0 --pause-accept 600 127.0.0.1:0
  dial 5
  start_relay --timeout 0.3
  [ "$(timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | wc -c)" -eq 0 ]
  logged "upstream 127\.0\.0\.1:$UPSTREAM: Connection timed out"
  wait_for idle
}

@test "an upstream that accepts and is silent: --deadline ends the session at both ends" {
  start_server silent echo-server --pause-read 600 127.0.0.1:0
  for mode in half-close basic deadline; do
    start_relay --deadline 0.3 --mode "$mode"
    [ "$(timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | wc -c)" -eq 0 ]
    logged 'session ended: (client|upstream): deadline exceeded; 0 bytes to the upstream, 0 .*'
    # In mode deadline the upstream connection is kept if it was the client that was silent.
    if [ "$mode" = deadline ]; then wait_for idle 1 0; else wait_for idle; fi
    stop "$RELAY"
  done
}

# ---- pool and deadline ------------------------------------------------------------------------

# start_telnet NAME: telnet to the relay; what is typed into it goes into the fifo NAME.keys.
start_telnet() {
  mkfifo "$1.keys"
  # shellcheck disable=SC2016
  start "$1" bash -c 'exec telnet 127.0.0.1 "$0" <"$1"' "$PORT" "$1.keys"
}

leg() { # the port of the relay's last upstream connection
  sed -n 's/.* relayed to .* from 127\.0\.0\.1:\([0-9]*\).*/\1/p' relay.out | tail -n 1
}

@test "pool: the upstream quits: CLOSE_WAIT stays, and the next client is closed at once" {
  free_port
  start_nc upstream
  upstream=$PID
  exec 5>upstream.keys
  wait_for in_state listening "sport = :$PORT"
  start_relay --mode pool
  start_telnet one
  client=$PID
  exec 6>one.keys
  wait_for_line one.out '^Escape character'
  echo 'from 8848: hello golang' >&6
  echo 'from 8849: HELLO GOLANG' >&5
  wait_for_line upstream.out '^from 8848: hello golang'
  wait_for_line one.out '^from 8849: HELLO GOLANG$'

  stop "$upstream" KILL
  wait_exit "$client"
  grep -q '^Connection closed by foreign host' one.err
  logged 'session ended: upstream closed; 25 bytes to the upstream, 24 bytes to the client'
  wait_for in_state close-wait "sport = :$(leg)"
  wait_for in_state listening "sport = :$PORT"
  wait_for in_state time-wait "sport = :$PORT"

  first=$(leg)
  start_server upstream2 echo-server "127.0.0.1:$UPSTREAM"
  for name in two three; do
    PORT=$(sed -n '1s/.*://p' relay.out) start_telnet "$name"
    client=$PID
    exec 6>"$name.keys"
    wait_exit "$client"
    grep -q '^Connected to 127.0.0.1' "$name.out"
    grep -q '^Connection closed by foreign host' "$name.err"
  done
  logged "relayed to 127\.0\.0\.1:$UPSTREAM from 127\.0\.0\.1:$first, kept from an earlier client" 2
  wait_for in_state close-wait "sport = :$first"
  [ "$(wc -l <upstream2.out)" -eq 1 ]
}

@test "pool and deadline: the next client talks over the same upstream connection" {
  start_server upper upper-server 127.0.0.1:0
  for mode in pool deadline; do
    start_relay --mode "$mode"
    for name in one two three; do
      dial 5
      echo "$mode $name" >&5
      read -r -t "$DEADLINE" answer <&5
      [ "${answer,,}" = "$mode $name" ]
      client=$(sed -n 's/.* 127\.0\.0\.1:\([0-9]*\) relayed to .*/\1/p' relay.out | tail -n 1)
      exec 5>&-
      wait_for_line relay.out " 127.0.0.1:$client session ended: client closed; "
      wait_for in_state time-wait "sport = :$client and dport = :$PORT"
      in_state established "sport = :$(leg) and dport = :$UPSTREAM"
    done
    logged "relayed to .*:$UPSTREAM from .*:$(leg), kept from an earlier client" 2
    [ "$(grep -o ' from 127[0-9.:]*' relay.out | sort -u | wc -l)" -eq 1 ]
  done
}

@test "pool: the blocked copy outlives its client; deadline: it is woken and waited for" {
  start_server upper upper-server 127.0.0.1:0
  for mode in pool deadline; do
    start_relay --mode "$mode"
    dial 5
    exec 5>&-
    logged 'session ended: client closed; .*'
    if [ "$mode" = pool ]; then
      wait_for idle 1 1
      run ! idle 1 0
    else
      wait_for idle 1 0
    fi
    run ! idle 0 1
  done
}

@test "deadline: the upstream quits, both legs are closed and the next client gets a new one" {
  start_server upper upper-server 127.0.0.1:0
  upper=$PID
  start_relay --mode deadline
  dial 5
  echo hello >&5
  read -r -t "$DEADLINE" answer <&5
  stop "$upper" KILL
  [ "$(timeout "$DEADLINE" cat <&5 | wc -c)" -eq 0 ]
  logged 'session ended: upstream closed; 6 bytes to the upstream, 6 bytes to the client'
  run ! in_state close-wait "sport = :$(leg)"
  wait_for idle
  start_server upper2 upper-server "127.0.0.1:$UPSTREAM"
  PORT=$(sed -n '1s/.*://p' relay.out) dial 6
  echo again >&6
  read -r -t "$DEADLINE" answer <&6
  [ "$answer" = AGAIN ]
}

@test "deadline: a connection that ended while it was kept is closed, and a new one made" {
  start_server upper upper-server 127.0.0.1:0
  upper=$PID
  start_relay --mode deadline
  port=$PORT
  dial 5
  exec 5>&-
  logged 'session ended: client closed; .*'
  kept=$(leg)
  stop "$upper" KILL
  wait_for in_state close-wait "sport = :$kept"
  start_server upper2 upper-server "127.0.0.1:$UPSTREAM"
  PORT=$port dial 6
  echo again >&6
  read -r -t "$DEADLINE" answer <&6
  [ "$answer" = AGAIN ]
  logged "kept connection from 127\.0\.0\.1:$kept has ended: closed"
  run ! in_state close-wait "sport = :$kept"
}

@test "deadline: what the upstream says to a client that has left, the next one does not get" {
  free_port
  start_nc upstream
  exec 6>upstream.keys
  wait_for in_state listening "sport = :$PORT"
  start_relay --mode deadline
  dial 5
  echo hello >&5
  wait_for_line upstream.out '^hello$'
  exec 5>&-
  logged 'session ended: client closed; .*'
  echo 'not for you' >&6
  unread() {
    [ "$(ss -Htn "dport = :$UPSTREAM" | awk '{ print $2 }')" -eq 12 ]
  }
  wait_for unread
  dial 5
  [ "$(timeout "$DEADLINE" cat <&5 | wc -c)" -eq 0 ]
  logged 'kept connection from .* has ended: closed'
}

@test "deadline: a client's reset ends its session, and the upstream connection is kept" {
  start_server upper upper-server 127.0.0.1:0
  start_relay --mode deadline
  timeout 60 echo-client --message hello --reset --close-after 0.1 "127.0.0.1:$PORT" || true
  logged 'session ended: client: Connection reset by peer; .*'
  in_state established "sport = :$(leg) and dport = :$UPSTREAM"
  dial 5
  printf '\n' >&5
  read -r -t "$DEADLINE" answer <&5
  [ "$answer" = HELLO ]
}

# ---- Command line -----------------------------------------------------------------------------

@test "a port that is taken, or that needs a right: one line, exit 1" {
  start_server relay relay 127.0.0.1:0
  run -1 relay "127.0.0.1:$PORT"
  [ "$output" = "relay: listen on 127.0.0.1:$PORT: Address already in use" ]
  [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip 'no right is needed'
  unshare -U true || skip 'no user namespaces'
  run -1 unshare -U relay 127.0.0.1:80
  [ "$output" = 'relay: listen on 127.0.0.1:80: Permission denied' ]
}

@test "--source: the upstream sees that address" {
  start_server upper upper-server 127.0.0.1:0
  start_relay --source 127.0.0.5:0
  run -0 timeout 60 bash -c "echo hello | nc -N 127.0.0.1 $PORT"
  [ "$output" = HELLO ]
  wait_for_line upper.out ' 127\.0\.0\.5:[0-9]+ Server reads data: hello'
}

@test "wrong usage: one line, exit 2" {
  run -2 relay --mode half
  [ "$output" = 'relay: --mode half: not basic, pool, deadline or half-close' ]
  run -2 relay :1 :2 :3
  [ "$output" = 'relay: two addresses, not also :3' ]
  run -2 relay 127.0.0.1:0 nowhere
  [[ $output == 'relay: address nowhere: the port is missing'* ]]
  run -2 relay --mode pool --deadline 1
  [ "$output" = 'relay: --deadline: not with --mode pool, which waits for ever' ]
  run -0 relay --version
  [ "$output" = 'relay (TCP Labs) 1.0' ]
  run -0 relay --help
  [[ $output == 'usage: relay '* ]]
}
