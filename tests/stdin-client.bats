#!/usr/bin/env bats
load helper

# on_a_terminal COMMAND: run it with a terminal as its standard output, which goes into terminal.out
on_a_terminal() {
  command -v script >/dev/null || skip 'script is missing'
  start terminal script -qec "$1" /dev/null
}

# free_port: PORT becomes one on which nobody listens.
free_port() {
  start_server gone echo-server 127.0.0.1:0
  stop "$PID"
}

@test "input goes out, replies come in, and what it says goes to standard error" {
  start_server server upper-server 127.0.0.1:0
  run -0 --separate-stderr timeout 60 stdin-client "127.0.0.1:$PORT" < <(printf 'hello\nworld\n')
  [ "$output" = $'HELLO\nWORLD' ]
  # shellcheck disable=SC2154 # run sets it
  [ "${#stderr_lines[@]}" -eq 2 ]
  [[ ${stderr_lines[0]} =~ ^connected\ to\ 127.0.0.1:$PORT\ from\ 127.0.0.1:([0-9]+)$ ]]
  [ "${stderr_lines[1]}" = 'server closed the connection' ]
  wait_for_line server.out " 127.0.0.1:${BASH_REMATCH[1]} client closed the connection$"
}

@test "the end of input closes one direction: the replies of a slow server still arrive" {
  start_server server echo-server --pause-read 1 127.0.0.1:0
  echo slow >question
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" <question' "$PORT"
  # Our FIN has been acknowledged, the server's has not come.
  wait_for in_state fin-wait-2 "dport = :$PORT"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  [ "$(cat client.out)" = slow ]
}

@test "after the end of input it waits without spinning" {
  start_server server echo-server --pause-close 600 127.0.0.1:0
  start client stdin-client "127.0.0.1:$PORT"
  wait_for in_state fin-wait-2 "dport = :$PORT"
  ticks() {
    awk '{ print $14 + $15 }' "/proc/$PID/stat"
  }
  before=$(ticks)
  sleep 1
  [ $(($(ticks) - before)) -lt 20 ]
}

@test "8 MiB come back the same into a pipe" {
  start_server server echo-server 127.0.0.1:0
  head -c 8388608 /dev/urandom >question
  timeout 120 stdin-client "127.0.0.1:$PORT" <question >answer
  cmp question answer
}

@test "input and replies do not wait for each other" {
  start_server server upper-server 127.0.0.1:0
  mkfifo keys
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" <keys' "$PORT"
  exec 5>keys
  echo one >&5
  wait_for_line client.out '^ONE$'
  printf 'tw' >&5
  printf 'o\n' >&5
  wait_for_line client.out '^TWO$'
  exec 5>&-
  wait_exit "$PID"
  [ "$status" -eq 0 ]
}

@test "a server that closes is reported at once, with input still open" {
  start_server server upper-server 127.0.0.1:0
  mkfifo keys
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" <keys' "$PORT"
  exec 5>keys
  printf 'bye\nexit\n' >&5
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  [ "$(cat client.out)" = BYE ]
  [ "$(tail -n 1 client.err)" = 'server closed the connection' ]
}

@test "a server that is killed is reported too" {
  start_server server upper-server 127.0.0.1:0
  server=$PID
  mkfifo keys
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" <keys' "$PORT"
  client=$PID
  exec 5>keys
  wait_for_line client.err '^connected'
  stop "$server" KILL
  wait_exit "$client"
  [ "$status" -eq 0 ]
  [ "$(tail -n 1 client.err)" = 'server closed the connection' ]
}

@test "a reset is an error, exit 1" {
  start_server server upper-server --linger 0 127.0.0.1:0
  run -1 timeout 60 stdin-client "127.0.0.1:$PORT" <<<'exit'
  [ "${lines[-1]}" = "stdin-client: read from 127.0.0.1:$PORT: Connection reset by peer" ]
}

@test "a reset while input is being sent is an error, whichever thread hears of it" {
  start_server server echo-server --pause-read 600 127.0.0.1:0
  server=$PID
  # shellcheck disable=SC2016
  start client bash -c 'exec stdin-client "127.0.0.1:$0" </dev/zero' "$PORT"
  client=$PID
  held() {
    [ "$(ss -Htn "dport = :$PORT" | awk '{ print $3 }')" -gt 10000 ]
  }
  wait_for held
  stop "$server" KILL
  wait_exit "$client"
  [ "$status" -eq 1 ]
  [[ $(tail -n 1 client.err) == "stdin-client: "*" 127.0.0.1:$PORT: "* ]]
}

@test "on a terminal each line has its prefix, and no byte can drive the terminal" {
  start_server server upper-server 127.0.0.1:0
  printf 'hello\n\033[2Jx\007 \377 stra\303\237e\r\nlast' >question
  on_a_terminal "stdin-client 127.0.0.1:$PORT <question"
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  diff <(tr -d '\r' <terminal.out | sed 1d) - <<'END'
Client reads server postback: HELLO
Client reads server postback: \x1b[2JX\x07 \xff STRAßE\r
Client reads server postback: LAST
server closed the connection
END
}

@test "on a terminal a character that comes in two segments is shown as one" {
  free_port
  mkfifo keys silence
  # shellcheck disable=SC2016
  start server bash -c 'exec nc -l 127.0.0.1 "$0" <keys' "$PORT"
  server=$PID
  exec 5>keys 6<>silence
  wait_for in_state listening "sport = :$PORT"
  on_a_terminal "stdin-client 127.0.0.1:$PORT <silence"
  printf 'a\344\270' >&5
  wait_for_line terminal.out 'postback: a$'
  printf '\255b\nc\303' >&5
  wait_for_line terminal.out 'postback: c$'
  stop "$server"
  wait_exit "$PID"
  diff <(tr -d '\r' <terminal.out | sed 1d) - <<'END'
Client reads server postback: a中b
Client reads server postback: c\xc3
server closed the connection
END
}

@test "nobody listens: one line, exit 1" {
  free_port
  run -1 stdin-client "127.0.0.1:$PORT" </dev/null
  [ "$output" = "stdin-client: connect to 127.0.0.1:$PORT: Connection refused" ]
}

@test "--source: the connection comes from that address" {
  start_server server upper-server 127.0.0.1:0
  run -0 timeout 60 stdin-client --source 127.0.0.5:0 "127.0.0.1:$PORT" </dev/null
  [[ ${lines[0]} == "connected to 127.0.0.1:$PORT from 127.0.0.5:"* ]]
  run -1 stdin-client --source 192.0.2.1:0 "127.0.0.1:$PORT" </dev/null
  [ "$output" = 'stdin-client: bind 192.0.2.1:0: Cannot assign requested address' ]
}

@test "--deadline: a silent server is given up, exit 1" {
  start_server server echo-server --pause-read 600 127.0.0.1:0
  run -1 timeout 60 stdin-client --deadline 0.2 "127.0.0.1:$PORT" <<<hello
  [ "${lines[-1]}" = "stdin-client: read from 127.0.0.1:$PORT: deadline exceeded" ]
}

@test "output that cannot be written, input that cannot be read: exit 1" {
  start_server server upper-server 127.0.0.1:0
  run -1 timeout 60 bash -c "echo hello | stdin-client 127.0.0.1:$PORT >/dev/full"
  [ "${lines[-1]}" = 'stdin-client: write standard output: No space left on device' ]
  run -1 timeout 60 stdin-client "127.0.0.1:$PORT" </
  [ "${lines[-1]}" = 'stdin-client: read standard input: Is a directory' ]
}

@test "wrong usage: one line, exit 2" {
  run -2 stdin-client --nonsense
  [ "$output" = "stdin-client: unrecognized option '--nonsense'" ]
  run -2 stdin-client :1 :2
  [ "$output" = 'stdin-client: one address, not also :2' ]
  run -2 stdin-client 127.0.0.1:99999
  [[ $output == 'stdin-client: address 127.0.0.1:99999: the port is above 65535' ]]
  run -0 stdin-client --version
  [ "$output" = 'stdin-client (TCP Labs) 1.0' ]
  run -0 stdin-client --help
  [[ $output == 'usage: stdin-client '* ]]
}
