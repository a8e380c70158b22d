load helper

setup() {
  common_setup
  start_server server echo-server 127.0.0.1:0
}

# client [OPTION...]: run it to its end against the server.
client() {
  run timeout 60 echo-client "$@" "127.0.0.1:$PORT"
  echo "$output"
}

# What was logged, without date, time and address.
messages() {
  sed 's/^[0-9/]* [0-9:]* 127\.0\.0\.1:[0-9]* //'
}

# Does the process have a socket open?
has_socket() {
  [ -n "$(find "/proc/$1/fd" -lname 'socket:*')" ]
}

@test "nobody listens: one line, exit 1" {
  stop "$PID"
  run -1 timeout 60 echo-client "127.0.0.1:$PORT"
  [ "$output" = "echo-client: connect to 127.0.0.1:$PORT: Connection refused" ]
}

@test "the connection ends after --close-after: not before, by our own FIN" {
  client --close-after 1.5 --elapsed
  [ "$status" -eq 0 ]
  [[ ${lines[2]} =~ \[([0-9]+)\.([0-9])\ s\]\ Error\ reading\ TCP\ session:\ EOF$ ]]
  [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" -ge 15 ]
  wait_for in_state time-wait "dport = :$PORT" # on the side that closes first
}

@test "a server that ends the session is an end of file too, at once" {
  start_server short echo-server --deadline 0.2 127.0.0.1:0
  client --close-after 600
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == *"Error reading TCP session: EOF" ]]
}

@test "a server that resets the session makes it fail" {
  start_server killed echo-server --pause-read 600 127.0.0.1:0
  server=$PID
  start client echo-client --close-after 600 "127.0.0.1:$PORT"
  wait_for in_state established "sport = :$PORT"
  wait_for has_data
  stop "$server" KILL
  wait_exit "$PID"
  [ "$status" -eq 1 ]
  [[ $(tail -n 1 client.out) == *"Error reading TCP session: Connection reset by peer" ]]
}

# The server has received something that it has not read.
has_data() {
  [ "$(ss -Htn state established "sport = :$PORT" | awk '{ print $1 }')" -gt 0 ]
}

@test "--message: any text, also UTF-8, control characters and none at all" {
  client --message 'Grüße 你好' --half-close
  [[ ${lines[1]} == *'reading data from server: Grüße 你好' ]]
  client --message $'a\nb\033c' --half-close
  [[ ${lines[1]} == *'reading data from server: a\nb\x1bc' ]]
  client --message '' --close-after 0.2
  [ "$status" -eq 0 ]
  diff <(messages <<<"$output") - <<'END'
TCP session open
Error reading TCP session: EOF
END
}

@test "shutdown wakes the reader: the FIN leaves at once" {
  start client echo-client --close-after 0.2 "127.0.0.1:$PORT"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  wait_for_line server.out 'Error reading TCP session: EOF$'
}

# ThreadSanitizer rightly names a race: to show it is what --close-with close is for.
race_on_purpose() {
  echo race:closer >suppressions
  export TSAN_OPTIONS="suppressions=$PWD/suppressions"
}

@test "close does not wake the reader: no descriptor, but still ESTABLISHED" {
  [ "$(uname)" = Linux ] || skip "so it is on Linux"
  race_on_purpose
  start_server speaker echo-server --heartbeat 4 127.0.0.1:0
  start client echo-client --message '' --close-after 0.2 --close-with close "127.0.0.1:$PORT"
  wait_for_line client.out 'close has returned$'
  run -1 has_socket "$PID"
  run -1 grep Error client.out
  in_state established "sport = :$PORT"
  in_state established "dport = :$PORT"
  # What the server says next wakes the read. The one after it has no descriptor any more.
  wait_exit "$PID"
  [ "$status" -eq 1 ]
  diff <(messages <client.out) - <<'END'
TCP session open
close has returned
reading data from server: ping
Error reading TCP session: Bad file descriptor
END
  wait_for_line speaker.out 'Error reading TCP session: EOF$'
}

@test "close does not wake the reader: --deadline ends it" {
  race_on_purpose
  client --message '' --close-after 0.1 --close-with close --deadline 2 --elapsed
  [ "$status" -eq 1 ]
  [[ ${lines[1]} == *"] close has returned" ]]
  [[ ${lines[2]} =~ \[([0-9]+)\.[0-9]\ s\]\ Error\ reading\ TCP\ session:\ deadline\ exceeded$ ]]
  [ "${BASH_REMATCH[1]}" -ge 2 ]
}

@test "--half-close: our FIN first, and the server's answer still arrives" {
  start_server slow echo-server --pause-read 0.5 127.0.0.1:0
  start client echo-client --half-close "127.0.0.1:$PORT"
  wait_for in_state fin-wait-2 "dport = :$PORT"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  diff <(messages <client.out) - <<'END'
TCP session open
reading data from server: Hi, beyondyyh
Error reading TCP session: EOF
END
}

@test "--reset: the server sees a reset, and no TIME_WAIT is left" {
  client --reset --close-after 1
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == *" resetting TCP session" ]]
  wait_for_line server.out 'Error reading TCP session: Connection reset by peer$'
  [[ ${lines[0]} =~ 127\.0\.0\.1:([0-9]+) ]]
  run -1 in_state all "sport = :${BASH_REMATCH[1]} and dport = :$PORT"
}

@test "--connections: each has a port of its own and its own session" {
  client --connections 20 --close-after 2
  [ "$status" -eq 0 ]
  for message in 'TCP session open' 'reading data from server: Hi, beyondyyh' \
    'Error reading TCP session: EOF'; do
    [ "$(grep "$message\$" <<<"$output" | grep -o '127.0.0.1:[0-9]*' | sort -u | wc -l)" -eq 20 ]
  done
}

@test "--connections: without descriptors it says at which one, and keeps the others" {
  start client bash -c "ulimit -n 10; exec echo-client --connections 50 --close-after 3 127.0.0.1:$PORT"
  wait_for_line client.out 'connection [0-9]+ of 50 failed, [0-9]+ stay open$'
  [ "$(cat client.err)" = "echo-client: open a socket for 127.0.0.1:$PORT: Too many open files" ]
  [[ $(grep failed client.out) =~ connection\ ([0-9]+)\ of\ 50\ failed,\ ([0-9]+)\ stay ]]
  kept=${BASH_REMATCH[2]}
  [ "${BASH_REMATCH[1]}" -eq $((kept + 1)) ]
  [ "$(ss -Htn state established "dport = :$PORT" | wc -l)" -eq "$kept" ]
  wait_exit "$PID"
  [ "$status" -eq 1 ]
  [ "$(grep -c 'Error reading TCP session: EOF$' client.out)" -eq "$kept" ]
}

@test "--connections: a second one cannot have the same source port" {
  start_server other echo-server 127.0.0.1:0
  stop "$PID"
  source=$PORT
  start_server server echo-server 127.0.0.1:0
  run -1 timeout 60 echo-client --connections 2 --source "127.0.0.1:$source" --close-after 0.2 \
    "127.0.0.1:$PORT"
  [[ $output == *"echo-client: bind 127.0.0.1:$source: Address already in use"* ]]
  [[ $output == *"connection 2 of 2 failed, 1 stay open"* ]]
  [[ ${lines[-1]} == *"127.0.0.1:$source Error reading TCP session: EOF" ]]
}

@test "--connections: without ephemeral ports it says so" {
  unshare -Urn true 2>/dev/null || skip "no namespaces here"
  # shellcheck disable=SC2016
  run -1 unshare -Urn bash -c '
    ip link set lo up
    echo "50000 50003" >/proc/sys/net/ipv4/ip_local_port_range
    echo-server 127.0.0.1:9999 >inner.out &
    server=$!
    until grep -qs listening inner.out; do sleep 0.02; done
    timeout 60 echo-client --connections 6 --close-after 1 127.0.0.1:9999
    status=$?
    kill $server
    exit $status' 3>&-
  [[ $output == *"echo-client: connect to 127.0.0.1:9999: Cannot assign requested address"* ]]
  [[ $output == *"connection 5 of 6 failed, 4 stay open"* ]]
}

@test "--bytes: what comes back is checked" {
  client --bytes 100000 --half-close
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == *" sent 100000 bytes, received 100000, all as sent" ]]
  client --bytes 1000 --repeat 5 --half-close
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == *" sent 5000 bytes, received 5000, all as sent" ]]
  client --bytes 10 --connections 3 --half-close
  [ "$(grep -c 'sent 10 bytes, received 10, all as sent$' <<<"$output")" -eq 3 ]
}

@test "--bytes: less than was sent, or other bytes, make it fail" {
  start_server silent echo-server --pause-read 600 127.0.0.1:0
  client --bytes 1000 --close-after 1
  [ "$status" -eq 1 ]
  [[ ${lines[-1]} == *" sent 1000 bytes, received 0, not all" ]]
  start_server wrong echo-server --whole-buffer 127.0.0.1:0
  client --bytes 10 --half-close
  [ "$status" -eq 1 ]
  [[ ${lines[-1]} == *" sent 10 bytes, received 100, not as sent" ]]
}

@test "--bytes: a write that is blocked ends with the connection" {
  start_server silent echo-server --pause-read 600 127.0.0.1:0
  client --bytes 100000000 --close-after 1
  [ "$status" -eq 1 ]
  [[ $output == *"Error writing TCP session: Broken pipe"* ]]
}

@test "--repeat and --every: each write is logged before its answer" {
  client --repeat 3 --every 0.2 --close-after 4 --elapsed
  [ "$status" -eq 0 ]
  echo "$output" >client.out
  diff <(sed 's/.* s\] //' client.out) - <<'END'
TCP session open
writing data to server: Hi, beyondyyh
reading data from server: Hi, beyondyyh
writing data to server: Hi, beyondyyh
reading data from server: Hi, beyondyyh
writing data to server: Hi, beyondyyh
reading data from server: Hi, beyondyyh
Error reading TCP session: EOF
END
  mapfile -t seconds < <(sed -n 's/.* \[\([0-9]*\)\.\([0-9]\) s\] writing.*/\1\2/p' <<<"$output")
  [ "${seconds[1]#0}" -ge 2 ]
  [ "${seconds[2]#0}" -ge 4 ]
}

@test "--repeat: after a reset the first write says so, later ones find a broken pipe" {
  start_server killed echo-server --pause-read 600 127.0.0.1:0
  server=$PID
  start client echo-client --repeat 1000 --every 0.2 --pause-read 600 --close-after 600 \
    "127.0.0.1:$PORT"
  wait_for has_data
  stop "$server" KILL
  wait_for_line client.out 'Error' 3
  diff <(grep Error client.out | messages | head -n 3) - <<'END'
Error writing TCP session: Connection reset by peer
Error writing TCP session: Broken pipe
Error writing TCP session: Broken pipe
END
}

@test "--pause-read: what has arrived waits in the receive queue" {
  start client echo-client --pause-read 600 --close-after 600 "127.0.0.1:$PORT"
  arrived() {
    [ "$(ss -Htn "dport = :$PORT" | awk '{ print $2 }')" = 13 ]
  }
  wait_for arrived
  run -1 grep reading client.out
}

@test "--close-after ends pauses as well" {
  start client echo-client --pause-read 600 --repeat 5 --every 600 --close-after 0.2 \
    "127.0.0.1:$PORT"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
}

# An upper-server answers whole lines only. The second half of the line waits until the server's kernel
# acknowledges the first one, after its delay (RFC 9293 3.8.6.3: at most half a second; Linux: 40 ms).
@test "--split: two segments, the second waits for an ACK; not with --nodelay" {
  unshare -Urn true 2>/dev/null || skip "no namespaces here"
  command -v nstat >/dev/null || skip "no nstat here"
  # shellcheck disable=SC2016
  delayed='ip link set lo up
    upper-server 127.0.0.1:8008 >inner.out &
    server=$!
    until grep -qs listening inner.out; do sleep 0.02; done
    timeout 60 echo-client --split "$@" --repeat 5 --every 0.3 --half-close --close-after 60 \
      --message "hello
" 127.0.0.1:8008 >client.out
    kill $server
    nstat -asz TcpExtDelayedACKs'
  run -0 unshare -Urn bash -c "$delayed" sh 3>&-
  [ "$(awk '/DelayedACKs/ { print $2 }' <<<"$output")" -ge 3 ]
  [ "$(grep -c 'HELLO\\n$' client.out)" -eq 5 ]
  run -0 unshare -Urn bash -c "$delayed" sh --nodelay 3>&-
  [ "$(awk '/DelayedACKs/ { print $2 }' <<<"$output")" -lt 3 ]
  [ "$(grep -c 'HELLO\\n$' client.out)" -eq 5 ]
}

@test "--close-with refuses what is neither" {
  run -2 echo-client --close-with kill
  [ "$output" = 'echo-client: --close-with kill: not shutdown, close or shut-rd' ]
}

@test "its own options refuse what is no number" {
  for option in bytes repeat pong-after pong-every connections; do
    for value in 0 -1 x ''; do
      run -2 echo-client "--$option=$value"
      [[ $output == "echo-client: --$option $value: not a whole number from 1 to "* ]]
      [ "${#lines[@]}" -eq 1 ]
    done
  done
  for option in every pause-read close-after; do
    run -2 echo-client "--$option=-1"
    [ "$output" = "echo-client: --$option -1: not a number of seconds" ]
  done
}

@test "--write-deadline gives up a write that a server who does not read keeps waiting" {
  start_server deaf echo-server --pause-read 600 127.0.0.1:0
  run -1 timeout 60 echo-client --bytes 100000000 --write-deadline 0.5 --close-after 2 --elapsed \
    "127.0.0.1:$PORT"
  [[ ${lines[1]} =~ \[([0-9]+)\.([0-9])\ s\]\ Error\ writing\ TCP\ session:\ deadline\ exceeded$ ]]
  [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" -ge 5 ]
}

@test "--write-deadline leaves a server alone that reads" {
  client --bytes 3000000 --write-deadline 30 --half-close
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == *"sent 3000000 bytes, received 3000000, all as sent" ]]
}

@test "--pong-every answers each ping, and the server's deadline does not come" {
  start_server asks echo-server --heartbeat 0.3 --deadline 1.5 127.0.0.1:0
  run -0 timeout 60 echo-client --message '' --pong-every 1 --close-after 2.5 "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"Error reading TCP session: EOF" ]]
  pings=$(grep -c 'reading data from server: ping$' <<<"$output")
  [ "$pings" -ge 2 ]
  [ "$(grep -c 'writing data to server: PONG!!!$' <<<"$output")" -eq "$pings" ]
  wait_for_line asks.out 'Error reading TCP session: EOF'
}

@test "--close-with shut-rd sends nothing, and what comes later can be read on Linux" {
  [ "$(uname)" = Linux ] || skip "so it is on Linux"
  start client echo-client --message '' --close-after 0.5 \
    --close-with shut-rd --pause-read 0.2 --read-again 1000 "127.0.0.1:$PORT"
  wait_for_line client.out 'shutdown\(SHUT_RD\) has returned$'
  wait_for_line client.out 'Error reading TCP session: EOF$' 3
  in_state established "sport = :$PORT"
  run -1 grep EOF server.out
}

@test "--read-again reads on after the end of input, and finds what has come since" {
  start client echo-client --repeat 3 --every 1 --pause-read 0.3 --close-after 0.4 \
    --close-with shut-rd --read-again 30 "127.0.0.1:$PORT"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  # The first answer came before SHUT_RD, the others after it, each behind reads that returned 0.
  [ "$(grep -c 'reading data from server: Hi, beyondyyh$' client.out)" -eq 3 ]
  [[ $(messages <client.out | grep reading | uniq -c | awk '{ print $2 }' | tr '\n' ' ') == \
    'reading Error reading Error reading Error ' ]]
}
