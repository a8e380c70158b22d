#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # what runs in the room is quoted for its own shell; status and lines are bats'
# two-hosts: a cable that is plugged, pulled, and loses one direction; with a router and without.
load helper

# Runs lines of shell in namespaces of their own, with functions that try the cable.
in_room() {
  unshare -Urnmpf --mount-proc true 2>/dev/null || skip 'no private room here'
  cat >room.sh <<END
set -eu
: >server.out
mount -t tmpfs run /run
ip link set lo up
serve() { # serve HOST ADDRESS: an echo server that is ready
  ip netns exec "\$1" echo-server "\$2" >server.out &
  tries=0
  until grep -q listening server.out; do
    tries=\$((tries + 1))
    [ "\$tries" -lt 400 ]
    sleep 0.05
  done
}
reaches() { # reaches ADDRESS: with nothing to send, for at a close after no time that might fail
  echo-client --message "" --timeout 20 --close-after 0 "\$1" >client.out 2>&1 || { cat client.out && return 1; }
}
cut() { # cut ADDRESS: nothing comes back
  ! echo-client --timeout 0.3 --close-after 0 "\$1" >client.out 2>&1
}
$1
END
  run unshare -Urnmpf --mount-proc bash room.sh
  echo "$output"
}

@test "two hosts: the cable carries, a plug that is pulled stops it, lose and deliver do so in one direction" {
  in_room 'two-hosts up
    serve far 192.168.100.212:8000
    far=192.168.100.212:8000
    reaches $far
    for plug in "ip" "ip -n far"; do
      $plug link set cable down; cut $far
      $plug link set cable up; reaches $far
    done
    for host in near far; do
      two-hosts lose $host; cut $far
      two-hosts deliver $host; reaches $far
    done
    two-hosts down
    ! ip link show cable'
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 'this host 192.168.100.106, host far 192.168.100.212: the cable is plugged in' ]
}

@test "three hosts: the router forwards, each plug can be pulled, lose and deliver work through it" {
  in_room 'two-hosts up --via
    serve far 192.168.200.212:8000
    far=192.168.200.212:8000
    reaches $far
    for plug in "ip link set cable" "ip -n router link set left" "ip -n router link set right"; do
      $plug down; cut $far
      $plug up; reaches $far
    done
    ip -n far link set cable down; cut $far
    ip -n far link set cable up
    until reaches $far; do :; done # the router has asked in vain for the far host, and says so once
    for host in near far; do
      two-hosts lose $host; cut $far
      two-hosts deliver $host; reaches $far
    done
    two-hosts down
    ! ip netns list | grep .
    ! ip link show cable'
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == *'router 192.168.100.1 and 192.168.200.1, host far 192.168.200.212:'* ]]
}

@test "the router's MTU holds: a segment that is too long is cut to what passes" {
  in_room 'two-hosts up --via
    serve far 192.168.200.212:8000
    ip -n router link set right mtu 1000
    echo-client --bytes 20000 --close-after 0.5 192.168.200.212:8000
    ip route get 192.168.200.212 | grep "mtu 1000"'
  [ "$status" -eq 0 ]
}

@test "two-hosts twice up, down without up, lose without a host, wrong words: one line that says what to do" {
  in_room 'two-hosts up >up.out
    for wrong in up "up --via"; do two-hosts $wrong && exit 9; done
    two-hosts deliver near
    two-hosts deliver near
    two-hosts down
    for wrong in down "lose far" "lose middle" "up --vla" "up --via now" ""; do two-hosts $wrong && exit 9; done
    exit 0'
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 'two-hosts: the host far is there already; two-hosts down takes it away' ]
  [ "${lines[1]}" = "${lines[0]}" ]
  [ "${lines[5]}" = 'two-hosts: there is no host far; two-hosts up makes it' ]
  [ "${lines[6]}" = "${lines[5]}" ]
  [ "$(grep -c ^usage: <<<"$output")" -eq 4 ]
  [ "${#lines[@]}" -eq 11 ]
}

@test "the empty folders that a room shows for the machine's own namespaces are no hosts, and not in the way" {
  in_room 'mkdir -p /run/netns/other /run/netns/far
    two-hosts up
    two-hosts lose near
    two-hosts down'
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[0]} == 'this host '* ]]
}
