# What all programs share (lib/netutil.c), seen through echo-server and echo-client.
load helper

# fails_with STATUS LINE PROGRAM [ARGUMENT...]: it ends so, and LINE is all that it says.
fails_with() {
  local expected=$1 line=$2
  shift 2
  run "-$expected" timeout 60 "$@"
  echo "expected: $line"
  echo "observed: $output"
  [ "$output" = "$line" ]
}

# An echo of one message with the server at an address.
echoes() {
  run -0 timeout 60 echo-client --half-close "$@"
  [[ $output == *"reading data from server: Hi, beyondyyh"* ]]
}

has_ipv6() {
  grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip "no [::1] here"
}

# A server without connections: one thread (a sanitizer may have its own), the listener's socket.
idle() {
  [ "$(ps -o nlwp= -p "$1")" -le 2 ] && [ "$(find "/proc/$1/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
}

# The main thread of a process is asleep most times that one looks: it does not spin.
sleeps() {
  local asleep=0
  for _ in {1..20}; do
    sleep 0.05
    [[ $(cat "/proc/$1/task/$1/stat") != *') S '* ]] || asleep=$((asleep + 1))
  done
  echo "asleep $asleep times of 20"
  [ "$asleep" -ge 15 ]
}

# shows FORMAT TEXT: what printf makes of FORMAT, sent at once over descriptor 5, is logged as TEXT.
shows() {
  sent=$((${sent:-0} + 1))
  # shellcheck disable=SC2059
  printf "$1" >data # bash's printf would write line by line
  cat data >&5
  wait_for_line server.out 'reading data from client: ' "$sent"
  run -0 sed -n 's/.*reading data from client: //p' server.out
  echo "expected: $2"
  echo "observed: ${lines[-1]}"
  [ "${lines[-1]}" = "$2" ]
}

# ---- Addresses ------------------------------------------------------------------------------------

@test "an IPv4 address with port 0 is given a port, and the line says which" {
  start_server server echo-server 127.0.0.1:0
  [[ $(head -n 1 server.out) =~ ^listening\ on\ 127\.0\.0\.1:[1-9][0-9]*$ ]]
  echoes "127.0.0.1:$PORT"
}

@test "an empty port is port 0, with a host or without" {
  start_server server echo-server 127.0.0.1:
  [[ $(head -n 1 server.out) =~ ^listening\ on\ 127\.0\.0\.1:[1-9][0-9]*$ ]]
  echoes --source 127.0.0.1: "127.0.0.1:$PORT"
  start_server every echo-server :
  echoes ":$PORT"
  # Nobody listens on port 0: to connect there is refused, not wrong usage.
  fails_with 1 'echo-client: connect to 127.0.0.1:: Connection refused' echo-client 127.0.0.1:
}

@test "an IPv6 address stands in brackets, in the command, the first line and the log" {
  has_ipv6
  start_server server echo-server '[::1]:0'
  [ "$(head -n 1 server.out)" = "listening on [::1]:$PORT" ]
  echoes "[::1]:$PORT"
  [[ ${lines[0]} =~ \ \[::1\]:[0-9]+\ TCP\ session\ open$ ]]
}

@test "an empty host means every address, of both families, and IPv4 is logged as IPv4" {
  has_ipv6
  start_server server echo-server :0
  [ "$(head -n 1 server.out)" = "listening on [::]:$PORT" ]
  echoes "127.0.0.1:$PORT"
  echoes "127.0.0.2:$PORT"
  echoes "[::1]:$PORT"
  echoes ":$PORT"
  wait_for_line server.out ' 127\.0\.0\.1:[0-9]+ TCP session open$'
  wait_for_line server.out ' \[::1\]:[0-9]+ TCP session open$'
  run -1 grep ffff server.out
}

@test "-4 with an empty host is every IPv4 address and no IPv6 one" {
  start_server server echo-server -4 :0
  [ "$(head -n 1 server.out)" = "listening on 0.0.0.0:$PORT" ]
  echoes "127.0.0.1:$PORT"
  run -1 timeout 60 echo-client "[::1]:$PORT"
}

@test "-6 with an empty host is every IPv6 address and no IPv4 one" {
  has_ipv6
  start_server server echo-server -6 :0
  [ "$(head -n 1 server.out)" = "listening on [::]:$PORT" ]
  echoes "[::1]:$PORT"
  fails_with 1 "echo-client: connect to 127.0.0.1:$PORT: Connection refused" \
    echo-client "127.0.0.1:$PORT"
}

@test "[::] as it is written is IPv6 alone" {
  has_ipv6
  start_server server echo-server '[::]:0'
  echoes "[::1]:$PORT"
  run -1 timeout 60 echo-client "127.0.0.1:$PORT"
}

@test "a client tries each address that a name, or an empty host, stands for" {
  has_ipv6
  start_server six echo-server '[::1]:0'
  echoes ":$PORT"
  start_server four echo-server 127.0.0.1:0
  echoes ":$PORT"
  echoes "localhost:$PORT"
  echoes -4 "localhost:$PORT"
}

@test "-6 and an IPv4 address do not go together" {
  run -1 timeout 60 echo-client -6 127.0.0.1:8000
  [[ $output == "echo-client: resolve 127.0.0.1:8000: "* ]]
  [ "${#lines[@]}" -eq 1 ]
}

@test "the port may be the name of a service" {
  getent services discard >/dev/null || skip "no services are named here"
  fails_with 1 'echo-client: connect to 127.0.0.1:discard: Connection refused' \
    echo-client 127.0.0.1:discard
}

@test "a service or a host that does not exist is a failure that names the address" {
  for address in 127.0.0.1:no-such-service no-such-host.invalid:8000; do
    for program in echo-server echo-client; do
      run -1 timeout 100 "$program" "$address"
      [[ $output == "$program: resolve $address: "?* ]]
      [ "${#lines[@]}" -eq 1 ]
    done
  done
}

@test "a wrong address is wrong usage: one line that names it" {
  local no_port='the port is missing; write host:port, for instance 127.0.0.1:8000'
  local no_name='the port is neither a number from 0 to 65535 nor the name of a service'
  for program in echo-server echo-client; do
    fails_with 2 "$program: address 127.0.0.1: $no_port" "$program" 127.0.0.1
    fails_with 2 "$program: address : $no_port" "$program" ''
    fails_with 2 "$program: address :65536: the port is above 65535" "$program" :65536
    fails_with 2 "$program: address :99999999999999999999: the port is above 65535" \
      "$program" :99999999999999999999
    fails_with 2 "$program: address :-1: $no_name" "$program" :-1
    fails_with 2 "$program: address :+80: $no_name" "$program" :+80
    fails_with 2 "$program: address : 80: $no_name" "$program" ': 80'
    fails_with 2 "$program: address ::1:80: an IPv6 address goes in brackets, for instance [::1]:8000" \
      "$program" ::1:80
    fails_with 2 "$program: address [::1:80: the brackets do not hold an address" "$program" '[::1:80'
    fails_with 2 "$program: address []:80: the brackets do not hold an address" "$program" '[]:80'
    fails_with 2 "$program: one address, not also :8001" "$program" :8000 :8001
  done
}

@test "a host's name of any length is refused or not found, never a crash" {
  run -2 timeout 60 echo-client "$(printf 'a%.0s' {1..256}):1"
  [[ $output == *": the name of the host is too long" ]]
  run -1 timeout 60 echo-client "$(printf 'a%.0s' {1..255}):1"
}

@test "--errno names the error, and says whether it is a timeout and temporary" {
  fails_with 1 'echo-client: connect to 127.0.0.1:1: Connection refused (ECONNREFUSED: timeout no, temporary no)' \
    echo-client --errno 127.0.0.1:1
  start_server server echo-server --errno --deadline 0.2 --backlog 0 127.0.0.1:0
  run -0 timeout 60 echo-client --close-after 5 "127.0.0.1:$PORT"
  wait_for_line server.out \
    'Error reading TCP session: deadline exceeded \(EAGAIN: timeout yes, temporary yes\)$'
  start_server few bash -c 'ulimit -n 16; exec echo-server --errno 127.0.0.1:0'
  start client echo-client --connections 40 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line few.err 'Too many open files \(EMFILE: timeout no, temporary yes\)$'
}

# ---- Options --------------------------------------------------------------------------------------

@test "an option's argument that is no number is wrong usage: one line that names it" {
  local seconds='not a number of seconds'
  local probes='not IDLE,INTERVAL,COUNT (seconds, seconds, probes)'
  local size='not a whole number from 1 to 2147483647'
  for program in echo-server echo-client; do
    for value in x '' -1 1x nan inf 1e8; do
      fails_with 2 "$program: --deadline $value: $seconds" "$program" --deadline "$value"
    done
    for value in 0 -5 1k 2147483648 99999999999999999999 1.5 ''; do
      fails_with 2 "$program: --rcvbuf $value: $size" "$program" --rcvbuf "$value"
    done
    for value in 1 1,2 0,1,1 1,0,1 1,1,0 32768,1,1 1,1,128 1,1,1,1 a,b,c 999999999999,1,1; do
      fails_with 2 "$program: --keepalive $value: $probes" "$program" --keepalive "$value"
    done
    fails_with 2 "$program: --linger -1: $seconds" "$program" --linger=-1
  done
  fails_with 2 "echo-client: --timeout x: $seconds" echo-client --timeout x
  fails_with 2 "echo-server: --pause-accept x: $seconds" echo-server --pause-accept x
  fails_with 2 "echo-server: --backlog -1: not a whole number from 0 to 2147483647" \
    echo-server --backlog -1
}

@test "an option that is unknown, or has no argument, is wrong usage: one line" {
  for program in echo-server echo-client; do
    for arguments in --no-such-option -x --deadline --whole-buffer=1 --half-close=1; do
      run -2 timeout 60 "$program" "$arguments"
      [ "${#lines[@]}" -eq 1 ]
      [[ $output == "$program: "*"$(sed 's/^-*//; s/=.*//' <<<"$arguments")"* ]]
    done
  done
}

@test "--help and --version are answered on standard output" {
  for program in echo-server echo-client; do
    run -0 --separate-stderr "$program" --help
    [[ ${lines[0]} == "usage: $program "* ]]
    [[ $output == *--deadline* && -z $stderr ]]
    run -0 --separate-stderr "$program" --version
    [ "$output" = "$program (TCP Labs) 1.0" ]
  done
}

@test "every option of --help stands in the man page, and the other way round" {
  for program in echo-server echo-client; do
    local page=$BATS_TEST_DIRNAME/../$program/$program.1
    diff <("$program" --help | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u) \
      <(grep '^\.It Fl' "$page" | grep -oE -- '-[a-z]+(-[a-z]+)*' | sed 's/^/-/' | sort -u)
  done
}

@test "--rcvbuf and --sndbuf are set on the listener, and its connections inherit them" {
  start_server server echo-server --rcvbuf 5000 --sndbuf 6000 127.0.0.1:0
  start client echo-client --rcvbuf 7000 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line client.out 'reading data'
  ss -tmn "sport = :$PORT" | grep -q 'rb10000,.*tb12000,'
  ss -tmn "dport = :$PORT" | grep -q 'rb14000,'
}

@test "--backlog is what the kernel keeps" {
  start_server server echo-server --backlog 7 127.0.0.1:0
  [ "$(ss -Htln "sport = :$PORT" | awk '{ print $3 }')" -eq 7 ]
}

@test "--keepalive arms the timer on either end" {
  start_server server echo-server --keepalive 1000,5,2 127.0.0.1:0
  start client echo-client --keepalive 2000,5,2 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line client.out 'reading data'
  ss -Htno "sport = :$PORT" | grep -q 'timer:(keepalive,16min'
  ss -Htno "dport = :$PORT" | grep -q 'timer:(keepalive,33min'
}

@test "--linger 0 makes a reset of the server's close" {
  start_server server echo-server --linger 0 127.0.0.1:0
  run -1 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"Error reading TCP session: Connection reset by peer" ]]
}

@test "a linger of less than a second is no reset" {
  start_server server echo-server --linger 0.1 127.0.0.1:0
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"Error reading TCP session: EOF" ]]
}

@test "--timeout ends a connect that nobody answers" {
  # A listener with backlog 0 keeps one connection; Linux drops the SYN of the next.
  start_server server echo-server --backlog 0 --pause-accept 600 127.0.0.1:0
  start first echo-client --close-after 600 "127.0.0.1:$PORT"
  wait_for_line first.out 'session open'
  fails_with 1 "echo-client: connect to 127.0.0.1:$PORT: Connection timed out" \
    echo-client --timeout 0.2 "127.0.0.1:$PORT"
}

@test "--timeout changes nothing for a connect that succeeds or is refused" {
  start_server server echo-server 127.0.0.1:0
  echoes --timeout 30 "127.0.0.1:$PORT"
  stop "$PID"
  fails_with 1 "echo-client: connect to 127.0.0.1:$PORT: Connection refused" \
    echo-client --timeout 30 "127.0.0.1:$PORT"
}

@test "--deadline ends a client's read" {
  start_server server echo-server 127.0.0.1:0
  run -1 timeout 60 echo-client --deadline 0.2 --close-after 600 "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"Error reading TCP session: deadline exceeded" ]]
}

@test "--source is the address and the port that the connection comes from" {
  start_server other echo-server 127.0.0.1:0
  stop "$PID"
  source=$PORT
  start_server server echo-server 127.0.0.1:0
  echoes --source 127.0.0.2:0 "127.0.0.1:$PORT"
  [[ ${lines[0]} =~ \ 127\.0\.0\.2:[0-9]+\ TCP ]]
  wait_for_line server.out ' 127\.0\.0\.2:[0-9]+ TCP session open$'
  echoes --source "127.0.0.1:$source" "127.0.0.1:$PORT"
  [[ ${lines[0]} == *" 127.0.0.1:$source TCP session open" ]]
  wait_for_line server.out " 127\.0\.0\.1:$source TCP session open$"
}

@test "a source that is not ours, or taken, is named with the bind that failed" {
  start_server server echo-server 127.0.0.1:0
  fails_with 1 'echo-client: bind 192.0.2.1:0: Cannot assign requested address' \
    echo-client --source 192.0.2.1:0 "127.0.0.1:$PORT"
  fails_with 1 "echo-client: bind 127.0.0.1:$PORT: Address already in use" \
    echo-client --source "127.0.0.1:$PORT" "127.0.0.1:$PORT"
  fails_with 2 'echo-client: address 127.0.0.1: the port is missing; write host:port, for instance 127.0.0.1:8000' \
    echo-client --source 127.0.0.1 "127.0.0.1:$PORT"
}

stopped() {
  [[ $(ps -o stat= -p "$1") == T* ]]
}

# With SO_RCVTIMEO a stopped and continued process has its read interrupted, without any handler: signal(7).
@test "to be stopped and continued, as by ^Z and fg, ends no session that has a deadline" {
  start_server upstream echo-server 127.0.0.1:0
  upstream=$PORT
  for server in "echo-server" "upper-server" "relay" "reuseport-demo serve"; do
    addresses=127.0.0.1:0
    [ "$server" != relay ] || addresses="127.0.0.1:0 127.0.0.1:$upstream"
    # shellcheck disable=SC2086 # words of a command
    start_server server $server --deadline 600 $addresses
    server_pid=$PID
    exec 5<>"/dev/tcp/127.0.0.1/$PORT"
    echo one >&5
    read -r -t "$DEADLINE" _ <&5
    kill -STOP "$server_pid"
    wait_for stopped "$server_pid"
    kill -CONT "$server_pid"
    echo two >&5
    read -r -t "$DEADLINE" _ <&5
    exec 5>&-
    run -1 grep -i interrupted server.out server.err
    stop "$server_pid"
  done
}

@test "^Z and fg end no client, nor one that has a deadline" {
  start_server server echo-server --heartbeat 1 127.0.0.1:0
  mkfifo silence
  exec 6<>silence
  start typed bash -c "exec stdin-client --deadline 600 127.0.0.1:$PORT <silence"
  typed=$PID
  start client echo-client --deadline 600 --message '' --close-after 600 "127.0.0.1:$PORT"
  client=$PID
  start many reuseport-demo connect --source 127.0.0.1: --every 0 "127.0.0.1:$PORT"
  many=$PID
  wait_for_line many.out 'ping$'
  for pid in "$typed" "$client" "$many"; do
    wait_for in_state established "dport = :$PORT"
    kill -STOP "$pid"
    wait_for stopped "$pid"
    kill -CONT "$pid"
  done
  seen=$(grep -c 'reading data' client.out || true)
  wait_for_line client.out 'reading data from server: ping$' $((seen + 2))
  seen=$(grep -c 'ping$' many.out)
  wait_for_line many.out 'ping$' $((seen + 2))
  kill -0 "$typed"
  exec 6>&-
  run -1 grep -i interrupted client.out client.err typed.err many.out many.err
}

# ---- Listening ------------------------------------------------------------------------------------

@test "a port that is taken is a failure: one line that names it" {
  start_server server echo-server 127.0.0.1:0
  fails_with 1 "echo-server: listen on 127.0.0.1:$PORT: Address already in use" \
    echo-server "127.0.0.1:$PORT"
}

@test "an address that is not ours, or a port without the right, is a failure that names it" {
  fails_with 1 'echo-server: listen on 192.0.2.1:0: Cannot assign requested address' \
    echo-server 192.0.2.1:0
  [ "$(id -u)" -ne 0 ] || return 0
  [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 1 ] || return 0
  fails_with 1 'echo-server: listen on 127.0.0.1:1: Permission denied' echo-server 127.0.0.1:1
}

@test "two servers share a port if both set --reuse-port, and only then" {
  start_server first echo-server --reuse-port 127.0.0.1:0
  start_server second echo-server --reuse-port "127.0.0.1:$PORT"
  echoes "127.0.0.1:$PORT"
  fails_with 1 "echo-server: listen on 127.0.0.1:$PORT: Address already in use" \
    echo-server "127.0.0.1:$PORT"
}

@test "a server can be restarted over its connections in TIME_WAIT, unless --no-reuse-addr" {
  # The server closes first, so that the TIME_WAIT is on its side.
  start_server server echo-server --deadline 0.1 127.0.0.1:0
  run -0 timeout 60 echo-client "127.0.0.1:$PORT"
  stop "$PID"
  wait_for in_state time-wait "sport = :$PORT"
  fails_with 1 "echo-server: listen on 127.0.0.1:$PORT: Address already in use" \
    echo-server --no-reuse-addr "127.0.0.1:$PORT"
  start_server again echo-server "127.0.0.1:$PORT"
  echoes "127.0.0.1:$PORT"
}

# ---- Serving --------------------------------------------------------------------------------------

@test "200 connections at once are all served" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 100 echo-client --connections 200 --close-after 3 "127.0.0.1:$PORT"
  [ "$(grep -c 'reading data from server: Hi, beyondyyh$' <<<"$output")" -eq 200 ]
  [ "$(grep -o '127.0.0.1:[0-9]*' <<<"$output" | sort -u | wc -l)" -eq 200 ]
  wait_for_line server.out 'Error reading TCP session: EOF$' 200
  wait_for idle "$PID"
}

@test "a thread whose session has ended takes a next one, or is gone" {
  [ -d /proc/self/task ] || skip "no /proc/PID/task here"
  start_server server echo-server 127.0.0.1:0
  server=$PID
  for i in {1..200}; do
    exec 5<>"/dev/tcp/127.0.0.1/$PORT"
    echo "$i" >&5
    read -r -t "$DEADLINE" answer <&5
    [ "$answer" = "$i" ]
    ls "/proc/$server/task" >>seen
    exec 5>&-
  done
  # One for each session would be 201; on a busy machine some come too late for the one before.
  [ "$(sort -u seen | wc -l)" -le 190 ]
  wait_for idle "$server"
}

@test "a server without descriptors says so once, and serves on" {
  start_server server bash -c 'ulimit -n 16; exec echo-server 127.0.0.1:0'
  start client echo-client --connections 40 --close-after 3 "127.0.0.1:$PORT"
  wait_for_line server.err 'Too many open files'
  # All were connected by the kernel; those that wait are served once others have gone.
  wait_for_line client.out 'TCP session open$' 40
  wait_exit "$PID"
  wait_for_line server.out 'TCP session open$' 40
  wait_for_line server.out 'Error reading' 40
  echoes "127.0.0.1:$PORT"
  [ "$(cat server.err)" = "echo-server: accept on 127.0.0.1:$PORT: Too many open files" ]
}

@test "a server that waits for a descriptor sleeps meanwhile" {
  start_server server bash -c 'ulimit -n 16; exec echo-server 127.0.0.1:0'
  server=$PID
  start client echo-client --connections 40 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line server.err 'Too many open files'
  sleeps "$server"
}

@test "a server whose descriptors are all in use, while nobody waits, says nothing and sleeps" {
  start_server server bash -c 'ulimit -n 16; exec echo-server 127.0.0.1:0'
  server=$PID
  free=$((16 - $(find "/proc/$server/fd" -name '?' -o -name '1[0-5]' | wc -l)))
  start client echo-client --connections "$free" --close-after 600 "127.0.0.1:$PORT"
  wait_for_line server.out 'reading data' "$free"
  sleeps "$server"
  [ ! -s server.err ]
  start late echo-client --close-after 600 "127.0.0.1:$PORT"
  wait_for_line server.err "^echo-server: accept on 127\.0\.0\.1:$PORT: Too many open files\$"
}

@test "a shortage that comes again is said again" {
  start_server server bash -c 'ulimit -n 16; exec echo-server 127.0.0.1:0'
  for round in 1 2; do
    start "client$round" echo-client --connections 40 --close-after 2 "127.0.0.1:$PORT"
    wait_for_line server.err 'Too many open files' "$round"
    wait_exit "$PID"
    wait_for_line server.out 'Error reading' $((40 * round))
  done
}

@test "resets, of sessions and of connections that wait, never end a server" {
  start_server server echo-server --pause-accept 1 127.0.0.1:0
  run -0 timeout 60 echo-client --reset --connections 50 --close-after 0.2 "127.0.0.1:$PORT"
  run -0 timeout 60 echo-client --reset --connections 50 --close-after 1.5 "127.0.0.1:$PORT"
  wait_for_line server.out 'Error (reading|writing) TCP session: (Connection reset by peer|Broken pipe)$' 50
  run -1 grep -F ' ? ' server.out # each was known by its address
  echoes "127.0.0.1:$PORT"
  [ ! -s server.err ]
}

@test "a peer that has gone makes a write fail and ends no program by SIGPIPE" {
  start_server server echo-server 127.0.0.1:0
  server=$PID
  start client echo-client --repeat 1000 --every 0.05 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line client.out 'reading data from server' 3
  stop "$server" KILL
  wait_for_line client.out 'Error writing TCP session: Broken pipe' 3
  kill -0 "$PID"
}

# ---- What is shown --------------------------------------------------------------------------------

@test "bytes from the network are shown so that they cannot drive a terminal" {
  start_server server echo-server 127.0.0.1:0
  exec 5<>"/dev/tcp/127.0.0.1/$PORT"
  shows 'plain' 'plain'
  shows '\033[2J\007\177' '\x1b[2J\x07\x7f'
  shows 'a\tb\r\n' 'a\tb\r\n'
  shows 'x\0\0\0y' 'x\x00\x00\x00y'
  shows 'x\0\0\0\0y' 'x\x00{4}y'
  shows '\n\n\n\n' '\x0a{4}'
  shows 'Grüße 你好 🙂' 'Grüße 你好 🙂'
  # A control character of C1 in UTF-8; a character cut short.
  shows '\302\233m \303' '\xc2\x9bm \xc3'
  # No first byte; characters written too long.
  shows '\200\277 \300\257 \340\200\257 \360\200\200\257' '\x80\xbf \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf'
  # A surrogate, above U+10FFFF, five bytes, bytes that UTF-8 never uses.
  shows '\355\240\200 \364\220\200\200 \370\210\200\200\200 \376\377' \
    '\xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80 \xfe\xff'
  exec 5>&-
}

@test "every byte there is comes back unchanged, and none is logged raw that is not printable" {
  for i in {0..255}; do
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\x$(printf %x "$i")"
  done >all
  start_server server echo-server 127.0.0.1:0
  exec 5<>"/dev/tcp/127.0.0.1/$PORT"
  cat all >&5
  head -c 256 <&5 >back
  exec 5>&-
  cmp all back
  wait_for_line server.out EOF
  [ "$(tr -d '\n\40-\176' <server.out | wc -c)" -eq 0 ]
}

@test "what is long is cut, and its size told" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 60 echo-client --bytes 16000 --half-close "127.0.0.1:$PORT"
  while read -r line; do
    [ "${#line}" -le 200 ]
  done <<<"$output"
  grep -qE 'reading data from server: (abc|[a-w]*) \.\.\. \([0-9]+ bytes\)$' <<<"$output"
}

@test "the log's time is the local time, its peer the client's address" {
  TZ=UTC-5 start_server server echo-server 127.0.0.1:0
  before=$(TZ=UTC-5 date +%Y%m%d%H%M%S)
  echoes "127.0.0.1:$PORT"
  after=$(TZ=UTC-5 date +%Y%m%d%H%M%S)
  wait_for_line server.out EOF
  stamp=$(sed -n '2s/^\([0-9/]*\) \([0-9:]*\) .*/\1\2/p' server.out | tr -d /:)
  [ "$before" -le "$stamp" ]
  [ "$stamp" -le "$after" ]
}
