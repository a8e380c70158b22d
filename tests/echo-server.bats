load helper

# dial NUMBER: a connection to the server on descriptor 5, 6 or 7.
dial() {
  # shellcheck disable=SC2153 # start_server has set it
  eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
}

# logged TEXT [COUNT]: the server has logged exactly TEXT, for whichever client.
logged() {
  wait_for_line server.out "^[0-9/]{10} [0-9:]{8} 127\.0\.0\.1:[0-9]+ $1\$" "${2:-1}"
}

# times: the seconds of --elapsed, one for each line of the log.
times() {
  sed -n 's/.* \[\([0-9]*\.[0-9]\) s\] .*/\1/p' server.out
}

@test "the server sends back what the client sends, and both log the session in the notes' words" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 60 echo-client --close-after 1 "127.0.0.1:$PORT"
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[0]} =~ ^20[0-9/]{8}\ [0-9:]{8}\ 127.0.0.1:([0-9]+)\ TCP\ session\ open$ ]]
  client=${BASH_REMATCH[1]}
  [[ ${lines[1]} == *" 127.0.0.1:$client reading data from server: Hi, beyondyyh" ]]
  [[ ${lines[2]} == *" 127.0.0.1:$client Error reading TCP session: EOF" ]]
  wait_for_line server.out " 127.0.0.1:$client Error reading TCP session: EOF$"
  diff <(sed 's,^20[0-9/]* [0-9:]* ,,' server.out) - <<END
listening on 127.0.0.1:$PORT
127.0.0.1:$client TCP session open
127.0.0.1:$client reading data from client: Hi, beyondyyh
127.0.0.1:$client Error reading TCP session: EOF
END
}

@test "the first line is complete before the first client can come, also into a pipe" {
  # shellcheck disable=SC2016
  start server bash -c 'echo-server 127.0.0.1:0 | while read -r line; do echo "$line"; done'
  wait_for_line server.out '^listening on 127\.0\.0\.1:[0-9]+$'
  # The pipe's reader ends with the server; only the server has the listening socket.
  port=$(sed 's/.*://' server.out)
  STARTED+=("$(ss -Htlnp "sport = :$port" | sed 's/.*pid=\([0-9]*\).*/\1/')")
}

@test "each client is served while others are silent" {
  start_server server echo-server 127.0.0.1:0
  dial 5
  dial 6
  dial 7
  logged 'TCP session open' 3
  for fd in 7 5 6; do
    echo "to $fd" >&"$fd"
    read -r -t "$DEADLINE" answer <&"$fd"
    [ "$answer" = "to $fd" ]
  done
}

@test "4 MiB come back the same, through small buffers too" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 100 echo-client --bytes 4194304 --half-close --close-after 90 "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"sent 4194304 bytes, received 4194304, all as sent" ]]
  start_server small echo-server --rcvbuf 2000 --sndbuf 2000 127.0.0.1:0
  run -0 timeout 100 echo-client --rcvbuf 2000 --sndbuf 2000 --bytes 400000 --half-close \
    --close-after 90 "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"sent 400000 bytes, received 400000, all as sent" ]]
}

@test "what the client has sent before its FIN still comes back" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  [[ ${lines[1]} == *"reading data from server: Hi, beyondyyh" ]]
}

@test "--whole-buffer: 13 bytes in, 100 out, and what earlier messages have left among them" {
  start_server server echo-server --whole-buffer 127.0.0.1:0
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  [[ ${lines[1]} == *'reading data from server: Hi, beyondyyh\x00{87}' ]]
  dial 5
  printf 'a long secret' >&5
  head -c 100 <&5 >first
  printf 'short' >&5
  head -c 100 <&5 >second
  printf 'shortg secret' | cmp - <(tr -d '\0' <second)
}

@test "--whole-buffer reads no more than 100 bytes at a time" {
  start_server server echo-server --whole-buffer 127.0.0.1:0
  run -1 timeout 60 echo-client --bytes 150 --half-close "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"sent 150 bytes, received 200, not as sent" ]]
}

@test "--pause-accept: the kernel has answered before the server accepts" {
  start_server server echo-server --pause-accept 2 127.0.0.1:0
  start client echo-client --close-after 600 "127.0.0.1:$PORT"
  wait_for in_state established "sport = :$PORT"
  [ "$(wc -l <server.out)" -eq 1 ]
  wait_for_line client.out 'reading data from server: Hi, beyondyyh'
}

@test "--pause-read: what is sent waits in the receive queue" {
  start_server server echo-server --pause-read 600 127.0.0.1:0
  start client echo-client --close-after 600 "127.0.0.1:$PORT"
  queue() {
    [ "$(ss -Htn "sport = :$PORT" | awk '{ print $2 }')" = 13 ]
  }
  wait_for queue
  run -1 grep reading server.out
}

@test "--pause-read: a window that is full stops the client, and lets it go on later" {
  start_server server echo-server --pause-read 0.3 --rcvbuf 4096 127.0.0.1:0
  start client echo-client --bytes 60000 --half-close --close-after 600 "127.0.0.1:$PORT"
  held() {
    [ "$(ss -Htn "dport = :$PORT" | awk '{ print $3 }')" -gt 10000 ]
  }
  wait_for held
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  grep -q 'sent 60000 bytes, received 60000, all as sent$' client.out
}

@test "--pause-close: CLOSE_WAIT on this side, FIN_WAIT2 on the client's" {
  start_server server echo-server --pause-close 600 127.0.0.1:0
  start client echo-client --close-after 1 "127.0.0.1:$PORT"
  wait_for in_state close-wait "sport = :$PORT"
  wait_for in_state fin-wait-2 "dport = :$PORT"
  logged 'Error reading TCP session: EOF'
}

@test "--deadline ends a silent session, and the client sees its end" {
  start_server server echo-server --deadline 0.3 --elapsed 127.0.0.1:0
  run -0 timeout 60 echo-client --close-after 600 "127.0.0.1:$PORT"
  [[ ${lines[-1]} == *"Error reading TCP session: EOF" ]]
  logged '\[[0-9.]+ s\] Error reading TCP session: deadline exceeded'
  [ "$(times | tail -n 1 | tr -d .)" -ge 3 ]
}

@test "--deadline is counted from the last read" {
  start_server server echo-server --deadline 0.9 --elapsed 127.0.0.1:0
  run -0 timeout 60 echo-client --repeat 4 --every 0.3 --close-after 600 "127.0.0.1:$PORT"
  [ "$(grep -c 'reading data from server' <<<"$output")" -eq 4 ]
  wait_for_line server.out 'deadline exceeded'
  mapfile -t tenths < <(times | sed 's/^0*\.*0*//; s/\.//')
  [ $((tenths[-1] - tenths[-2])) -ge 8 ] # each rounded down
  [ "${tenths[-1]}" -gt 10 ]
}

@test "--extend moves an expired deadline on, and a read succeeds" {
  start_server server echo-server --deadline 1.5 --extend 2 --elapsed 127.0.0.1:0
  dial 5
  logged '\[[0-9.]+ s\] deadline moved on'
  echo late >&5
  read -r -t "$DEADLINE" answer <&5
  [ "$answer" = late ]
  logged '\[[0-9.]+ s\] deadline moved on' 2
  # The second one was the last: now the session ends, and so does what we read.
  [ "$(timeout "$DEADLINE" cat <&5 | wc -c)" -eq 0 ]
  diff <(sed 's/.* s\] //' server.out | tail -n +2) - <<'END'
TCP session open
Error reading TCP session: deadline exceeded
deadline moved on
reading data from client: late\n
Error reading TCP session: deadline exceeded
deadline moved on
Error reading TCP session: deadline exceeded
END
}

@test "--heartbeat: four pings, a PONG, four pings, and the deadline" {
  start_server server echo-server --heartbeat 0.5 --deadline 2.5 --elapsed 127.0.0.1:0
  run -0 timeout 60 echo-client --message '' --pong-after 4 --close-after 600 --elapsed \
    "127.0.0.1:$PORT"
  wait_for_line server.out 'deadline exceeded'
  diff <(sed 's/.* s\] //' server.out | tail -n +2) - <<'END'
TCP session open
ping
ping
ping
ping
reading data from client: PONG!!!
ping
ping
ping
ping
Error reading TCP session: deadline exceeded
END
  # Nothing happens too early, by the clock of either end.
  expected='0 5 10 15 20 20 25 30 35 40 45'
  paste -d ' ' <(times | tr -d .) <(tr ' ' '\n' <<<"$expected") |
    awk '$1 + 0 < $2 { print; early = 1 } END { exit early }'
  paste -d ' ' <(sed -n 's/.* \[\([0-9]*\)\.\([0-9]\) s\] .*/\1\2/p' <<<"$output") \
    <(tr ' ' '\n' <<<"$expected") | awk '$1 + 0 < $2 { print; early = 1 } END { exit early }'
  [ "$(grep -c 'reading data from server: ping$' <<<"$output")" -eq 8 ]
}

@test "--heartbeat: what the client says is not sent back, and keeps the session alive" {
  start_server server echo-server --heartbeat 0.5 --deadline 2.5 127.0.0.1:0
  dial 5
  for i in 1 2 3 4 5 6; do
    read -r -t "$DEADLINE" -N 4 word <&5
    [ "$word" = ping ]
    printf x >&5
    logged 'reading data from client: x' "$i"
  done
  run -1 grep 'deadline exceeded' server.out
}

@test "--heartbeat: a ping to a client that has reset the connection ends that session alone" {
  start_server server echo-server --heartbeat 0.2 127.0.0.1:0
  run -0 timeout 60 echo-client --reset --close-after 0.3 "127.0.0.1:$PORT"
  wait_for_line server.out 'Error (reading|writing) TCP session: (Connection reset by peer|Broken pipe)$'
  run -0 timeout 60 echo-client --close-after 0.3 "127.0.0.1:$PORT"
}

@test "a reset is logged as a reset, and the server serves on" {
  start_server server echo-server 127.0.0.1:0
  run -0 timeout 60 echo-client --reset --close-after 1 "127.0.0.1:$PORT"
  logged 'Error reading TCP session: Connection reset by peer'
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  logged 'Error reading TCP session: EOF'
}

@test "a client that never reads holds up no other one" {
  start_server server echo-server 127.0.0.1:0
  start greedy echo-client --bytes 50000000 --pause-read 600 --close-after 600 "127.0.0.1:$PORT"
  wait_for_line server.out 'reading data from client'
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  [[ ${lines[1]} == *"reading data from server: Hi, beyondyyh" ]]
}

@test "--extend and --heartbeat refuse what is no number" {
  run -2 echo-server --extend 1.5
  [ "$output" = 'echo-server: --extend 1.5: not a whole number from 0 to 1000000' ]
  run -2 echo-server --heartbeat x
  [ "$output" = 'echo-server: --heartbeat x: not a number of seconds' ]
  for option in pause-read pause-close; do
    run -2 echo-server --$option=-1
    [ "$output" = "echo-server: --$option -1: not a number of seconds" ]
  done
}

@test "--read-again: a deadline that has passed fails later reads at once, also if data has come" {
  start_server server echo-server --deadline 1 --pause-read 0.5 --read-again 2 --extend 1 127.0.0.1:0
  start client echo-client --message '' --pong-after 1 --close-after 600 "127.0.0.1:$PORT"
  exec 5<>"/dev/tcp/127.0.0.1/$PORT"
  wait_for_line server.out 'deadline exceeded' 2
  printf late >&5 # it has come when the last of the three reads fails
  wait_for_line server.out 'reading data from client: late$'
  exec 5>&-
  number=$(sed -n 's/.*:\([0-9]*\) reading data from client: late$/\1/p' server.out)
  diff <(sed -n "s/.*:$number //p" server.out | head -n 6) - <<'END'
TCP session open
Error reading TCP session: deadline exceeded
Error reading TCP session: deadline exceeded
Error reading TCP session: deadline exceeded
deadline moved on
reading data from client: late
END
}

@test "--stop-after ends a blocked accept by shutdown, and a session goes on" {
  [ "$(uname)" = Linux ] || skip "so it is on Linux"
  start_server server echo-server --stop-after 1 127.0.0.1:0
  server=$PID
  start client echo-client --repeat 2 --every 2 --close-after 3 "127.0.0.1:$PORT"
  wait_for_line server.err "accept on 127\.0\.0\.1:$PORT: Invalid argument\$"
  wait_for_line server.out ' shutdown of the listener has returned$'
  run -1 in_state listening "sport = :$PORT"
  [[ $(ps -o stat= -p "$server") != Z* ]] # its main thread waits for the session
  wait_exit "$PID"
  [ "$(grep -c 'reading data from server' client.out)" -eq 2 ]
  wait_exit "$server"
  [ "$status" -eq 0 ]
}

@test "--stop-with close: the blocked accept still takes the next connection" {
  [ "$(uname)" = Linux ] || skip "so it is on Linux"
  # ThreadSanitizer rightly names a race: to show it is what --stop-with close is for.
  echo race:stop >suppressions
  export TSAN_OPTIONS="suppressions=$PWD/suppressions"
  start_server server echo-server --stop-after 0.2 --stop-with close 127.0.0.1:0
  server=$PID
  wait_for_line server.out ' close of the listener has returned$'
  in_state listening "sport = :$PORT"
  run -0 timeout 60 echo-client --half-close "127.0.0.1:$PORT"
  wait_exit "$server"
  [ "$(cat server.err)" = "echo-server: accept on 127.0.0.1:$PORT: Bad file descriptor" ]
  run -2 echo-server --stop-with kill
  [ "$output" = 'echo-server: --stop-with kill: not shutdown or close' ]
}
