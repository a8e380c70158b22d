#!/usr/bin/env bats
load helper

# dial NUMBER: a connection to the server on descriptor 5, 6, 7 or 8.
dial() {
  # shellcheck disable=SC2153 # start_server has set it
  eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
}

# logged TEXT [COUNT]: the server has logged exactly TEXT, for whichever client.
logged() {
  wait_for_line server.out "^[0-9/]{10} [0-9:]{8} 127\.0\.0\.1:[0-9]+ $1\$" "${2:-1}"
}

# log_is: the log of the server is what stands on standard input, dates and ports left out.
log_is() {
  diff <(sed -E '1d; s,^[0-9/]{10} [0-9:]{8} 127\.0\.0\.1:[0-9]+ ,,' server.out) -
}

# answer_to FILE: what the server sends to a client that sends this file and then its FIN.
answer_to() {
  timeout 120 nc -N 127.0.0.1 "$PORT" <"$1"
}

@test "lines come back in upper case, and the log names the client's port" {
  start_server server upper-server 127.0.0.1:0
  printf 'hello\nWorld 42!\n' >question
  answer_to question >answer
  printf 'HELLO\nWORLD 42!\n' | cmp - answer
  logged 'client closed the connection'
  client=$(sed -n 's/.* 127\.0\.0\.1:\([0-9]*\) Successful client connection!$/\1/p' server.out)
  diff <(sed 's,^20[0-9/]* [0-9:]* ,,' server.out) - <<END
listening on 127.0.0.1:$PORT
127.0.0.1:$client Successful client connection!
127.0.0.1:$client Server reads data: hello\n
127.0.0.1:$client Server reads data: World 42!\n
127.0.0.1:$client client closed the connection
END
}

@test "only a to z are raised: UTF-8, NUL and all other bytes pass unchanged" {
  start_server server upper-server 127.0.0.1:0
  for i in {0..255}; do
    # shellcheck disable=SC2059 # the bytes are made by the format
    printf "\\x$(printf %02x "$i")"
  done >question
  printf '\nstra\303\237e \344\270\255\346\226\207 \303\244\n' >>question
  answer_to question >answer
  tr abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ <question | cmp - answer
  [ "$(wc -c <answer)" -eq 275 ]
}

@test "a client's control characters are escaped in the log" {
  start_server server upper-server 127.0.0.1:0
  printf '\033[2J\007 \302\233 ok\r\n' >question
  answer_to question >answer
  logged 'client closed the connection'
  # shellcheck disable=SC2016
  grep -qF 'Server reads data: \x1b[2J\x07 \xc2\x9b ok\r\n' server.out
}

@test "exit ends the session of that client and of no other" {
  start_server server upper-server 127.0.0.1:0
  dial 5
  dial 6
  echo one >&5
  echo two >&6
  printf 'hello\nexit\n' >&5
  [ "$(timeout "$DEADLINE" cat <&5)" = $'ONE\nHELLO' ]
  logged 'client asked to exit'
  echo three >&6
  exec 7<&6
  read -r -t "$DEADLINE" first <&7
  read -r -t "$DEADLINE" second <&7
  [ "$first $second" = 'TWO THREE' ]
  run ! grep 'client closed' server.out
}

@test "exit may end with CR LF, as telnet and nc -C send it" {
  start_server server upper-server 127.0.0.1:0
  mkfifo keys
  # shellcheck disable=SC2016
  start telnet bash -c 'exec telnet 127.0.0.1 "$0" <keys' "$PORT"
  exec 5>keys
  wait_for_line telnet.out '^Escape character'
  echo hello >&5
  wait_for_line telnet.out '^HELLO'
  echo exit >&5
  wait_for_line telnet.err '^Connection closed by foreign host'
  logged 'client asked to exit'
  wait_for_line server.out 'Server reads data: hello\\r\\n$'
  timeout "$DEADLINE" nc -C 127.0.0.1 "$PORT" <<<'exit'
  logged 'client asked to exit' 2
}

@test "exit in two segments is an exit" {
  start_server server upper-server 127.0.0.1:0
  dial 5
  # The server has read the first half when it has nothing left to read.
  printf 'a\nex' >&5
  read -r -t "$DEADLINE" answer <&5
  printf 'it' >&5
  printf '\nb\n' >&5
  [ "$answer" = A ]
  [ "$(timeout "$DEADLINE" cat <&5 | wc -c)" -eq 0 ]
  logged 'client asked to exit'
  run ! grep -i 'reads data: b' server.out
}

@test "exit within a longer line, with blanks, in capitals or without its newline is text" {
  start_server server upper-server 127.0.0.1:0
  printf 'please exit\nexit now\n exit\nexit \nEXIT\nexit\r\r\n\nexit' >question
  answer_to question >answer
  tr '[:lower:]' '[:upper:]' <question | cmp - answer
  logged 'client closed the connection'
  run ! grep 'asked to exit' server.out
}

@test "what comes before exit is answered, what comes after it is not" {
  start_server server upper-server 127.0.0.1:0
  printf 'a\nb\nexit\nc\n' >question
  answer_to question >answer
  printf 'A\nB\n' | cmp - answer
  logged 'client asked to exit'
  log_is <<'END'
Successful client connection!
Server reads data: a\n
Server reads data: b\n
client asked to exit
END
}

@test "a last line without a newline is answered before the end" {
  start_server server upper-server 127.0.0.1:0
  printf 'a\nno newline' >question
  answer_to question >answer
  printf 'A\nNO NEWLINE' | cmp - answer
  logged 'client closed the connection'
  log_is <<'END'
Successful client connection!
Server reads data: a\n
Server reads data: no newline
client closed the connection
END
}

@test "a line of 32 MiB comes back whole and costs no memory" {
  start_server server upper-server 127.0.0.1:0
  printf 'x\n' >question
  answer_to question >answer
  resident() {
    awk '/^VmRSS/ { print $2 }' "/proc/$PID/status"
  }
  before=$(resident)
  head -c 33554432 /dev/zero | tr '\0' q >question
  answer_to question >answer
  tr q Q <question | cmp - answer
  [ $(($(resident) - before)) -lt 8192 ]
}

@test "the pieces of a long line are no lines: exit at the end of one is text" {
  start_server server upper-server 127.0.0.1:0
  # Whatever the segments are, the buffer of 4096 bytes begins with `exit` once.
  { head -c 8192 /dev/zero | tr '\0' q; printf 'exit\nexit\n'; } >question
  answer_to question >answer
  { head -c 8192 /dev/zero | tr '\0' Q; printf 'EXIT\n'; } | cmp - answer
  logged 'client asked to exit'
}

@test "a reset is logged as a reset, and the server serves on" {
  start_server server upper-server 127.0.0.1:0
  timeout 60 echo-client --message hello --reset --close-after 0.1 "127.0.0.1:$PORT" || true
  logged 'Error reading: Connection reset by peer'
  echo again >question
  [ "$(answer_to question)" = AGAIN ]
}

@test "--deadline ends a silent session" {
  start_server server upper-server --deadline 0.2 127.0.0.1:0
  dial 5
  echo hello >&5
  [ "$(timeout "$DEADLINE" cat <&5)" = HELLO ]
  logged 'Error reading: deadline exceeded'
}

@test "a hundred clients at a time, a silent one among them" {
  start_server server upper-server 127.0.0.1:0
  dial 5
  printf 'half a line' >&5
  clients=()
  for i in {1..100}; do
    { echo "client $i" | timeout 120 nc -N 127.0.0.1 "$PORT" >"answer.$i"; } 3>&- &
    clients+=("$!")
  done
  wait "${clients[@]}"
  for i in {1..100}; do
    [ "$(cat "answer.$i")" = "CLIENT $i" ]
  done
  logged 'client closed the connection' 100
}

@test "a client that never reads is not waited for by others" {
  start_server server upper-server --sndbuf 4096 127.0.0.1:0
  # shellcheck disable=SC2016
  start flood bash -c 'exec head -c 20000000 /dev/zero >"/dev/tcp/127.0.0.1/$0"' "$PORT"
  held() {
    [ "$(ss -Htn "sport = :$PORT" | awk '{ print $2 }')" -gt 10000 ]
  }
  wait_for held
  echo hello >question
  [ "$(answer_to question)" = HELLO ]
}

@test "without descriptors it says so once, and serves on when one is free" {
  start_server server bash -c 'ulimit -n 6; exec upper-server 127.0.0.1:0'
  dial 5
  dial 6
  dial 7
  logged 'Successful client connection!'
  dial 8
  echo waits >&8
  wait_for_line server.err 'accept on 127\.0\.0\.1:[0-9]+: Too many open files$'
  exec 5>&- 6>&- 7>&-
  read -r -t "$DEADLINE" answer <&8
  [ "$answer" = WAITS ]
  [ "$(wc -l <server.err)" -eq 1 ]
}

@test "a port that is taken, or that needs a right: one line, exit 1" {
  start_server server upper-server 127.0.0.1:0
  run -1 upper-server "127.0.0.1:$PORT"
  [ "$output" = "upper-server: listen on 127.0.0.1:$PORT: Address already in use" ]
  [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip 'no right is needed'
  # In a user namespace of its own even root has no right on this network.
  unshare -U true || skip 'no user namespaces'
  run -1 unshare -U upper-server 127.0.0.1:80
  [ "$output" = 'upper-server: listen on 127.0.0.1:80: Permission denied' ]
}

@test "wrong usage: one line, exit 2" {
  run -2 upper-server --nonsense
  [ "$output" = "upper-server: unrecognized option '--nonsense'" ]
  run -2 upper-server 127.0.0.1:0 :1
  [ "$output" = 'upper-server: one address, not also :1' ]
  run -2 upper-server 127.0.0.1
  [[ $output == 'upper-server: address 127.0.0.1: the port is missing'* ]]
  run -2 upper-server --backlog many
  [[ $output == 'upper-server: --backlog many: '* ]]
  run -0 upper-server --version
  [ "$output" = 'upper-server (TCP Labs) 1.0' ]
  run -0 upper-server --help
  [[ $output == 'usage: upper-server '* ]]
}
