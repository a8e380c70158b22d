#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # worksheets are full of $ and `; bats sets status
# The room that a play has, and what is done where there is none.
load helper
load player

@test "in the room every port is free, whoever holds it outside" {
  has_room
  nc -lk 127.0.0.1 8000 </dev/null >/dev/null 2>&1 3>&- &
  STARTED+=("$!")
  nc -lk 127.0.0.1 8008 </dev/null >/dev/null 2>&1 3>&- &
  STARTED+=("$!")
  passes <<'END'
```console T2 watch
$ netstat -lnt | grep :80
```

```console T1
$ upper-server
listening on 127.0.0.1:8008
^C
$ echo-server
listening on 127.0.0.1:8000
^C
```
END
}

@test "in the room there is a loopback, a /run, all capabilities, and no process of the machine" {
  has_room
  passes <<'END'
```console T1 room
$ ip -br link | cut -d' ' -f1
lo
$ ip netns add far && ip netns list
far
$ ip link add cable type veth peer name elbac && ip link show cable | grep -c cable
1
$ sysctl -qw net.ipv4.tcp_retries2=3; cat /proc/sys/net/ipv4/tcp_retries2
3
$ ls /proc | grep -c '^[0-9]*$' | sed 's/^[0-9]$/few/'
few
```
END
  [ "$(cat /proc/sys/net/ipv4/tcp_retries2)" -ne 3 ]
}

@test "in the room a capture needs no root" {
  has_room
  passes <<'END'
```console T1
$ tcpdump -i lo -nn -l --immediate-mode -c 1 udp port 9
tcpdump: verbose output suppressed, <*>
listening on lo, <*>
```

```console T2
$ echo hello >/dev/udp/127.0.0.1/9
```

```console T1
<*> IP 127.0.0.1.<port> > 127.0.0.1.9: UDP, length 6
1 packet captured
<*> packets received by filter
0 packets dropped by kernel
```
END
}

@test "a mount and a folder in the room are not the machine's" {
  has_room
  mounts=$(cat /proc/mounts)
  passes <<'END'
```console T1 room
$ mount -t tmpfs none /mnt && touch /mnt/file /run/file && ls -1 /mnt/file /run/file
/mnt/file
/run/file
```
END
  [ "$mounts" = "$(cat /proc/mounts)" ]
  [ ! -e /mnt/file ]
  [ ! -e /run/file ]
}

@test "without a room the run says so, leaves the blocks out that need one, and plays the rest" {
  no_room
  cat >sheet.md <<'END'
```console T1
$ echo one
one
```

```console T1 room
$ no-such-tool
<bound>
```

```console T1
$ echo two 3
two <bound>
```
END
  run -0 "${PLAY[@]}" "$BIN/lab" run sheet.md
  echo "$output"
  [[ ${lines[0]} =~ ^'lab: no private room: '. ]]
  [[ ${lines[1]} =~ ^'lab:   to have one: '. ]]
  [[ ${lines[-4]} = "lab: going on with this machine's own loopback, one lab at a time" ]]
  [[ ${lines[-3]} =~ ^'ok    sheet '.*' 2 of 3 steps '.*' 1 left out: no private room'$ ]]
  [ "${lines[-2]}" = "lab: 1 left out, whole or in part, for want of a private room; \`lab doctor\` says what to do" ]
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
}

@test "without a room a worksheet that makes no sense then is skipped" {
  no_room
  printf -- '- Needs: cat, a private room\n\n```console T1\n$ true\n```\n' >one.md
  printf '```console T1 room\n$ true\n```\n' >two.md
  run -3 "${PLAY[@]}" "$BIN/lab" run one.md two.md
  echo "$output"
  [[ ${lines[-5]} == skip*' needs a private room' ]]
  [[ ${lines[-4]} == skip*' needs a private room' ]]
  [[ ${lines[-3]} = 'lab: 2 left out, whole or in part, for want of a private room; '* ]]
  [ "${lines[-2]}" = 'lab: nothing was played' ]
  [ "${lines[-1]}" = '0 passed, 0 failed, 2 skipped' ]
}

@test "what is mounted on the machine can be looked at in the room, so that lsof complains of nothing" {
  has_room
  # As systemd mounts /run/lock, and a container's engine what only root may reach.
  PLAY+=(unshare -Urm sh -c 'mount -t tmpfs none /run && mkdir -p /run/lock "/run/a b/c" &&
    mount -t tmpfs none /run/lock && mount -t tmpfs none "/run/a b/c" && exec "$@"' sh)
  "${PLAY[@]}" true || skip 'mount is refused here'
  cat >sheet.md <<'END'
```console T1
$ awk '{ print $2 }' /proc/mounts | while read -r m; do test -e "$(printf %b "$m")" || echo "$m"; done
$ lsof -nP -i :1
```
END
  run -0 "${PLAY[@]}" "$BIN/lab" run sheet.md
  echo "$output"
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
}

@test "the room's settings are those of the room, and may be written" {
  has_room
  outside=$(cat /proc/sys/net/ipv4/tcp_retries2)
  passes <<'END'
```console T1 room
$ echo 4 >/proc/sys/net/ipv4/tcp_retries2; sysctl net.ipv4.tcp_retries2
net.ipv4.tcp_retries2 = 4
$ awk '$2 == "/proc/sys" { print $2 }' /proc/mounts
/proc/sys
$ cat /proc/sys/net/ipv4/tcp_rfc1337
1
```
END
  [ "$(cat /proc/sys/net/ipv4/tcp_retries2)" = "$outside" ]
}

# ---- Why there is no room --------------------------------------------------------------------------

# From now on PLAY refuses namespaces as a container may.
no_unshare() {
  cc -o without-unshare "$BATS_TEST_DIRNAME/without-unshare.c" 2>/dev/null || skip 'no seccomp here'
  PLAY=("$PWD/without-unshare")
  "${PLAY[@]}" true || skip 'a filter is refused here'
}

# refused_because REASON REMEDY: so the run says it, and then plays on.
refused_because() {
  printf '```console T1\n$ true\n```\n' >sheet.md
  run -0 "${PLAY[@]}" "$BIN/lab" run sheet.md
  echo "$output"
  [[ ${lines[0]} == "lab: no private room: "$1 ]]
  [[ $output == *"to have one: $2"* ]]
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
}

@test "a limit of none is told as that, and not as a full disk" {
  for kind in user net mnt; do
    PLAY=(unshare -Ur sh -c 'echo 0 >"/proc/sys/user/max_$0_namespaces" && exec "$@"' "$kind")
    "${PLAY[@]}" true || skip 'namespaces are refused here'
    refused_because "$kind namespaces are switched off (user.max_${kind}_namespaces is 0)" \
      "sudo sysctl -w user.max_${kind}_namespaces=15000"
  done
}

@test "a filter that refuses namespaces is told as that" {
  no_unshare
  refused_because "*seccomp filter*refuses namespaces" ''
  # A container is started otherwise; outside of one a unit or a sandbox is the cause.
  if [[ ${lines[0]} == *"this container's"* ]]; then
    [[ $output == *--security-opt\ seccomp=unconfined* ]]
  else
    [[ $output == *RestrictNamespaces=no* ]]
  fi
}

@test "a chroot is told as that, also one that looks like a whole system" {
  # shellcheck disable=SC2016 # for the inner shell
  PLAY=(unshare -Urm sh -c 'mkdir -p whole && mount --rbind / whole && exec chroot whole env -C "$PWD" "$@"' sh)
  "${PLAY[@]}" true || skip 'namespaces are refused here'
  refused_because 'in a chroot no user namespace can be made' 'enter that system by pivot_root(2)'
}

@test "a run in which everything was skipped says so and exits 3; a list names what is missing" {
  no_room
  printf -- '- Needs: a private room\n\n```console T1 room\n$ true\n```\n' >sheet.md
  run -3 "${PLAY[@]}" "$BIN/lab" run sheet.md
  [ "${lines[-2]}" = 'lab: nothing was played' ]
  run -0 "${PLAY[@]}" "$BIN/lab" list
  [[ $output == *'missing here: a private room'* ]]
  [[ ${lines[-1]} == 'No private room: '*'. `lab doctor` says what to do.' ]]
}

# ---- The ports, where there is no room -------------------------------------------------------------

@test "without a room a port that a stranger holds is named, with the stranger, and the lab skipped" {
  no_unshare
  start_server stranger echo-server 127.0.0.1:0
  printf '```console T1\n$ echo-server 127.0.0.1:%s\nlistening on 127.0.0.1:%s\n^C\n```\n' "$PORT" "$PORT" >sheet.md
  run -3 "${PLAY[@]}" "$BIN/lab" run sheet.md
  echo "$output"
  [[ $output == *"port $PORT is in use (LISTEN) by echo-server, process $PID"* ]]
}

@test "without a room a lab waits until the connections of the one before are gone" {
  has_room
  # In a room whose TIME_WAIT ends as ever, after a minute; to break the wait off is enough to see it.
  no_room
  cat >sheet.md <<'END'
```console T1
$ echo-server 127.0.0.1:18765
listening on 127.0.0.1:18765
```

```console T2
$ echo-client --close-after 0.2 127.0.0.1:18765
...
<*> Error reading TCP session: EOF
```

```console T1
...
<*> Error reading TCP session: EOF
^C
```
END
  PLAY+=(unshare -n sh -c 'ip link set lo up && exec "$@"' sh)
  "${PLAY[@]}" "$BIN/lab" run sheet.md sheet.md >play.out 2>&1 3>&- &
  STARTED+=("$!")
  wait_for_line play.out '^lab: sheet waits until port 18765 is free of an earlier connection \(TIME_WAIT\)$'
  grep '^ok    sheet ' play.out
  kill "$!"
  wait_exit "$!"
  [ "$status" -eq 1 ]
}
