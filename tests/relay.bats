#!/usr/bin/env bats
load helper

@test "bytes go both ways, and the log names both legs with their ports" {
  start_server upper upper-server 127.0.0.1:0
  upstream=$PORT
  start_server relay relay 127.0.0.1:0 "127.0.0.1:$upstream"
  run -0 timeout 30 bash -c "printf 'hello\n' | nc -N 127.0.0.1 $PORT"
  [ "$output" = HELLO ]
  wait_for_line relay.out 'session ended'
  leg=$(sed -n 's/.* 127.0.0.1:\([0-9]*\) Successful client connection!$/\1/p' upper.out)
  client=$(sed -n 's/.* 127.0.0.1:\([0-9]*\) relayed to .*/\1/p' relay.out)
  diff <(cut -d' ' -f3- relay.out) - <<END
127.0.0.1:$PORT
127.0.0.1:$client relayed to 127.0.0.1:$upstream from 127.0.0.1:$leg
127.0.0.1:$client end of input from the client, passed on to the upstream
127.0.0.1:$client end of input from the upstream, passed on to the client
127.0.0.1:$client session ended: both ends closed; 6 bytes to the upstream, 6 bytes to the client
END
}
