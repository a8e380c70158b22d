#!/usr/bin/env bats
load helper

@test "lines come back in upper case, and the log names the client's port" {
  start_server server upper-server 127.0.0.1:0
  run -0 timeout 30 bash -c "printf 'hello\nworld\n' | nc -N 127.0.0.1 $PORT"
  [ "$output" = $'HELLO\nWORLD' ]
  wait_for_line server.out 'client closed the connection$'
  client=$(sed -n 's/.* 127.0.0.1:\([0-9]*\) Successful client connection!$/\1/p' server.out)
  diff <(cut -d' ' -f3- server.out) - <<END
127.0.0.1:$PORT
127.0.0.1:$client Successful client connection!
127.0.0.1:$client Server reads data: hello\n
127.0.0.1:$client Server reads data: world\n
127.0.0.1:$client client closed the connection
END
}
