#!/usr/bin/env bats
load helper

@test "one server listens on several addresses and answers on each" {
  start_server server reuseport-demo serve 127.0.0.1:0 127.0.0.1:0
  wait_for_line server.out '^Server ready to read ...$'
  first=$(sed -n '1s/listening on //p' server.out)
  second=$(sed -n '2s/listening on //p' server.out)
  start client reuseport-demo connect --no-bind "$first" "$second"
  wait_for_line client.out " $first Server Say hello!$"
  wait_for_line client.out " $second Server Say hello!$"
  wait_for_line server.out " A client connected to $first$"
  wait_for_line server.out " A client connected to $second$"
  wait_for_line server.out ' Say hello to Server...$' 2
  stop "$PID" INT
  [ "$status" -eq 0 ]
  wait_for_line server.out ' client closed the connection$' 2
}
