#!/usr/bin/env bats
load helper

@test "the server sends back what the client sends, and both log the session in the notes' words" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 30 echo-client --close-after 0.2 "127.0.0.1:$PORT"
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[0]} =~ ^20[0-9/]{8}\ [0-9:]{8}\ 127.0.0.1:([0-9]+)\ TCP\ session\ open$ ]]
  client=${BASH_REMATCH[1]}
  [[ ${lines[1]} == *" 127.0.0.1:$client reading data from server: Hi, beyondyyh" ]]
  [[ ${lines[2]} == *" 127.0.0.1:$client Error reading TCP session: EOF" ]]
  wait_for_line server.out " 127.0.0.1:$client Error reading TCP session: EOF$"
  diff <(cut -d' ' -f3- server.out) - <<END
127.0.0.1:$PORT
127.0.0.1:$client TCP session open
127.0.0.1:$client reading data from client: Hi, beyondyyh
127.0.0.1:$client Error reading TCP session: EOF
END
}
