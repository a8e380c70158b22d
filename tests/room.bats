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
  [[ ${lines[0]} =~ ^'lab: no private room ('.*'): using this machine'.'s own loopback, one lab at a time'$ ]]
  [[ ${lines[1]} =~ ^'ok    sheet '.*' 2 of 3 steps '.*' 1 left out: no private room'$ ]]
  [ "${lines[2]}" = '1 passed, 0 failed, 0 skipped' ]
}

@test "without a room a worksheet that makes no sense then is skipped" {
  no_room
  printf -- '- Needs: cat, a private room\n\n```console T1\n$ true\n```\n' >one.md
  printf '```console T1 room\n$ true\n```\n' >two.md
  run -0 "${PLAY[@]}" "$BIN/lab" run one.md two.md
  echo "$output"
  [[ ${lines[1]} == skip*' needs a private room' ]]
  [[ ${lines[2]} == skip*' needs a private room' ]]
  [ "${lines[3]}" = '0 passed, 0 failed, 2 skipped' ]
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
