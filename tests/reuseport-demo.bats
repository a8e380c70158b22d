#!/usr/bin/env bats
load helper

# A source of each test's own, so that no TIME_WAIT of another one is in its way.
setup() {
  common_setup
  SOURCE=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1)):10789
}

# start_pair: a server with two addresses, ONE and TWO.
start_pair() {
  start_server server reuseport-demo serve 127.0.0.1:0 127.0.0.1:0
  wait_for_line server.out '^Server ready to read \.\.\.$'
  ONE=$(sed -n '1s/listening on //p' server.out)
  TWO=$(sed -n '2s/listening on //p' server.out)
}

# connected ADDRESS [FROM]: the client has said so.
connected() {
  wait_for_line client.out "^[0-9/]{10} [0-9:]{8} $1 Client connected from ${2:-$SOURCE}\$"
}

# failed TEXT: the client has said this, and nothing else, on standard error.
failed() {
  wait_for_line client.err '.'
  diff client.err - <<<"reuseport-demo: $1"
}

@test "one server listens on several addresses and answers on each" {
  start_pair
  start client reuseport-demo connect --no-bind "$ONE" "$TWO"
  for address in "$ONE" "$TWO"; do
    connected "$address" '127\.0\.0\.1:[0-9]+'
    wait_for_line client.out " $address Server Say hello!$"
    port=$(sed -n "s/.* $address Client connected from //p" client.out)
    wait_for_line server.out " $port A client connected to $address$"
    wait_for_line server.out " $port Say hello to Server\.\.\.$"
  done
  stop "$PID" INT
  [ "$status" -eq 0 ]
  [ ! -s client.err ]
  wait_for_line server.out ' client closed the connection$' 2
}

@test "without an option the second bind of a port is refused, the first connection stays" {
  start_pair
  start client reuseport-demo connect --source "$SOURCE" "$ONE" "$TWO"
  connected "$ONE"
  failed "bind $SOURCE: Address already in use"
  wait_for_line client.out " $ONE Server Say hello!$"
  in_state established "src $SOURCE and dst $ONE"
  stop "$PID" TERM
  [ "$status" -eq 1 ]
}

@test "with --reuse-port one port has two connections, each seen from both ends" {
  start_pair
  start client reuseport-demo connect --source "$SOURCE" --reuse-port "$ONE" "$TWO"
  connected "$ONE"
  connected "$TWO"
  sort >expected <<END
ESTAB $SOURCE $ONE
ESTAB $SOURCE $TWO
ESTAB $ONE $SOURCE
ESTAB $TWO $SOURCE
END
  ss -Htn "src $SOURCE or dst $SOURCE" | awk '{ print $1, $4, $5 }' | sort | diff - expected
  stop "$PID" INT
  [ "$status" -eq 0 ]
}

@test "with --reuse-addr too" {
  start_pair
  start client reuseport-demo connect --source "$SOURCE" --reuse-addr "$ONE" "$TWO"
  connected "$ONE"
  connected "$TWO"
}

@test "the same four-tuple twice is refused at connect" {
  start_pair
  start client reuseport-demo connect --source "$SOURCE" --reuse-port "$ONE" "$ONE" "$TWO"
  connected "$ONE"
  connected "$TWO"
  failed "connect to $ONE from $SOURCE: Cannot assign requested address"
  stop "$PID" INT
  [ "$status" -eq 1 ]
}

@test "two processes share a port only if both have asked for it" {
  start_pair
  start first reuseport-demo connect --source "$SOURCE" "$ONE"
  wait_for_line first.out ' Client connected '
  run -1 reuseport-demo connect --source "$SOURCE" --reuse-port "$TWO"
  [ "$output" = "reuseport-demo: bind $SOURCE: Address already in use" ]
  other=${SOURCE%:*}:10790
  start second reuseport-demo connect --source "$other" --reuse-port "$ONE"
  wait_for_line second.out ' Client connected '
  run -1 reuseport-demo connect --source "$other" "$TWO"
  [ "$output" = "reuseport-demo: bind $other: Address already in use" ]
  start client reuseport-demo connect --source "$other" --reuse-port "$TWO"
  connected "$TWO" "$other"
}

@test "more connections than ports: eight on four, at which call the next one fails" {
  unshare -Urn true || skip 'no user namespaces'
  cat >room <<'END'
set -e
ip link set lo up
sysctl -qw net.ipv4.ip_local_port_range='50000 50003'
: >room.out
reuseport-demo serve 127.0.0.1:9999 127.0.0.1:6666 >room.out &
trap 'kill $(jobs -p)' EXIT
until grep -q ready room.out; do sleep 0.02; done
nines='127.0.0.1:9999 127.0.0.1:9999 127.0.0.1:9999 127.0.0.1:9999'
sixes='127.0.0.1:6666 127.0.0.1:6666 127.0.0.1:6666 127.0.0.1:6666'
connect() {
  : >client.out
  reuseport-demo connect --linger 0 "$@" >client.out &
  for i in {1..1000}; do
    [ "$(grep -c hello client.out)" -lt "$expected" ] || break
    sleep 0.02
  done
  kill $!
  wait $! || echo "exit $?"
}
expected=8 connect --no-bind $nines $sixes 127.0.0.1:9999
sort -k5 client.out | sed -n 's/.* \(.*\) Client connected from /\1 /p' | sort
expected=4 connect --source 127.0.0.1:0 $nines 127.0.0.1:6666
END
  run -0 timeout 120 unshare -Urn bash room
  diff - <(echo "$output") <<'END'
reuseport-demo: connect to 127.0.0.1:9999: Cannot assign requested address
exit 1
127.0.0.1:6666 127.0.0.1:50000
127.0.0.1:6666 127.0.0.1:50001
127.0.0.1:6666 127.0.0.1:50002
127.0.0.1:6666 127.0.0.1:50003
127.0.0.1:9999 127.0.0.1:50000
127.0.0.1:9999 127.0.0.1:50001
127.0.0.1:9999 127.0.0.1:50002
127.0.0.1:9999 127.0.0.1:50003
reuseport-demo: bind 127.0.0.1:0: Address already in use
exit 1
END
}

@test "it greets, and writes again each --every seconds; with 0 it only greets" {
  start_pair
  start client reuseport-demo connect --no-bind --every 0.1 "$ONE"
  wait_for_line server.out ' write data to Server\.\.\.$' 3
  wait_for_line client.out " $ONE Server Say hello!$" 4
  [ "$(grep -c ' Say hello to Server' server.out)" -eq 1 ]
  stop "$PID"
  start quiet reuseport-demo connect --no-bind --every 0 "$TWO"
  wait_for_line quiet.out " $TWO Server Say hello!$"
  before=$(awk '{ print $14 + $15 }' "/proc/$PID/stat")
  sleep 0.7
  [ "$(grep -c "from\|$TWO" quiet.out)" -eq 2 ]
  [ $(($(awk '{ print $14 + $15 }' "/proc/$PID/stat") - before)) -lt 20 ]
}

@test "when its servers have closed it ends by itself" {
  start_pair
  server=$PID
  start client reuseport-demo connect --no-bind "$ONE" "$TWO"
  wait_for_line client.out ' Server Say hello!$' 2
  client=$PID
  stop "$server"
  wait_exit "$client"
  [ "$status" -eq 0 ]
  wait_for_line client.out ' server closed the connection$' 2
}

@test "TIME_WAIT keeps the source port busy; a reset, --linger 0, leaves none" {
  start_pair
  for _ in 1 2; do
    start client reuseport-demo connect --linger 0 --source "$SOURCE" "$ONE"
    connected "$ONE"
    stop "$PID"
  done
  start client reuseport-demo connect --source "$SOURCE" "$ONE"
  # Ended with unread data, it would send a RST.
  wait_for_line client.out ' Server Say hello!$'
  stop "$PID"
  wait_for in_state time-wait "src $SOURCE"
  run -1 reuseport-demo connect --source "$SOURCE" "$ONE"
  [ "$output" = "reuseport-demo: bind $SOURCE: Address already in use" ]
}

@test "what a client sends is made safe for the server's terminal" {
  start_pair
  [ "$(printf '\033[2Jx\n' | timeout 60 nc -N "${ONE%:*}" "${ONE#*:}")" = 'Server Say hello!' ]
  # shellcheck disable=SC2016
  wait_for_line server.out ' \\x1b\[2Jx$'
}

@test "a client's reset is told from its end" {
  start_pair
  timeout 60 echo-client --reset --close-after 0.1 "$ONE" || true
  wait_for_line server.out ' Error: Connection reset by peer$'
  timeout 60 echo-client --close-after 0.1 "$TWO" || true
  wait_for_line server.out ' client closed the connection$'
}

@test "what cannot be connected: one line for each, and exit 1 at once if nothing is left" {
  start_pair
  run -1 reuseport-demo connect --source 192.0.2.1:10789 "$ONE" "$TWO"
  [ "${lines[0]}" = 'reuseport-demo: bind 192.0.2.1:10789: Cannot assign requested address' ]
  [ "${#lines[@]}" -eq 2 ]
  stop "$PID"
  run -1 reuseport-demo connect --no-bind "$ONE"
  [ "$output" = "reuseport-demo: connect to $ONE: Connection refused" ]
  run -1 reuseport-demo connect --source "$SOURCE" "$ONE"
  [ "$output" = "reuseport-demo: connect to $ONE from $SOURCE: Connection refused" ]
  run -1 reuseport-demo connect 127.0.0.1:nosuchservice
  [[ $output =~ ^reuseport-demo:\ resolve\ 127.0.0.1:nosuchservice:\ .*[a-z]$ ]]
}

@test "serve: an address that is taken, or that needs a right: one line, exit 1" {
  start_pair
  run -1 reuseport-demo serve 127.0.0.1:0 "$TWO"
  [ "${lines[-1]}" = "reuseport-demo: listen on $TWO: Address already in use" ]
  [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip 'no right is needed'
  unshare -U true || skip 'no user namespaces'
  run -1 unshare -U reuseport-demo serve 127.0.0.1:80
  [ "$output" = 'reuseport-demo: listen on 127.0.0.1:80: Permission denied' ]
  run -1 unshare -U reuseport-demo connect --source 127.0.0.1:80 "$ONE"
  [ "$output" = 'reuseport-demo: bind 127.0.0.1:80: Permission denied' ]
}

@test "wrong usage: one line, exit 2" {
  run -2 reuseport-demo
  [ "$output" = 'reuseport-demo: serve or connect? See reuseport-demo --help' ]
  run -2 reuseport-demo listen
  run -2 reuseport-demo serve --every 5
  [ "$output" = "reuseport-demo: unrecognized option '--every'" ]
  run -2 reuseport-demo connect --every often
  [ "$output" = 'reuseport-demo: --every often: not a number of seconds' ]
  run -2 reuseport-demo connect --source here
  [[ $output == 'reuseport-demo: address here: the port is missing'* ]]
  run -2 reuseport-demo connect there
  [[ $output == 'reuseport-demo: address there: the port is missing'* ]]
  run -0 reuseport-demo --version
  [ "$output" = 'reuseport-demo (TCP Labs) 1.0' ]
  run -0 reuseport-demo --help
  [[ $output == 'usage: reuseport-demo serve '*'usage: reuseport-demo connect '* ]]
  for mode in serve connect; do
    run -0 reuseport-demo "$mode" --help
    [[ $output == "usage: reuseport-demo $mode "* ]]
  done
}
