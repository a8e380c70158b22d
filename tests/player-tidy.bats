#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # worksheets are full of $ and `; bats sets status
# What a play leaves behind: nothing, however it ends. (The room itself is room.bats'.)
load helper
load player

# Everything that is started here through "${PLAY[@]}" has NONCE in its environment, and so has what
# it starts: that is how what was left behind is found. Its temporary folders are in tmp/.
setup() {
  common_setup
  NONCE=$BATS_TEST_TMPDIR-$RANDOM$RANDOM
  mkdir tmp
  MARK=$BATS_TEST_TMPDIR/mark
  PLAY=(env "TCP_LABS_NONCE=$NONCE" "TMPDIR=$BATS_TEST_TMPDIR/tmp" "MARK=$MARK")
}

teardown() {
  common_teardown
  kill_all
}

left() {
  grep -lF "$NONCE" /proc/[0-9]*/environ 2>/dev/null
}

none_left() {
  [ -z "$(left)" ] && [ -z "$(ls -A tmp)" ]
}

kill_all() {
  local file
  for file in $(left); do
    file=${file#/proc/}
    kill -s KILL "${file%/environ}" 2>/dev/null || true
  done
}

nothing_left() {
  if ! wait_for none_left; then
    ls -lA tmp
    left | while read -r file; do
      tr '\0' ' ' <"${file%environ}cmdline"
      echo
    done
    return 1
  fi
}

# Programs that cling to life, in the foreground, in the background, and as daemons.
daemons() {
  cat >sheet.md <<'END'
```console T1
$ setsid -f sleep 1000; (sleep 1000 &); nohup sleep 1000 >/dev/null 2>&1 &
$ setsid -f nohup sh -c 'trap "" HUP INT TERM QUIT; sleep 1000; sleep 1000' >/dev/null 2>&1
```

```console T2
$ sh -c 'trap "" HUP INT TERM QUIT; touch file; echo ready; touch "$MARK"; sleep 1000; sleep 1000'
ready
```
END
  printf '\n```console T2\n%s\n```\n' never >never.part
  cat sheet.md never.part >never.md
}

# The play of never.md, once it is in full swing.
start_never() {
  daemons
  rm -f "$MARK"
  start play "${PLAY[@]}" "$BIN/lab" run --timeout 600 never.md
  wait_for test -e "$MARK"
}

break_off_by() {
  local mounts
  mounts=$(cat /proc/mounts)
  start_never
  kill -s "$1" "$PID"
  wait_exit "$PID"
  nothing_left
  [ "$mounts" = "$(cat /proc/mounts)" ]
  if [ "$1" != KILL ]; then
    [ "$status" -eq 1 ]
    grep -E '^stop  never  .* broken off at step 3$' play.out
    [ "$(tail -n 1 play.out)" = '0 passed, 0 failed, 0 skipped' ]
    [ "$(tail -n 1 play.err)" = 'lab: broken off: 1 not played to the end' ]
  fi
}

# ---- Processes and folders -------------------------------------------------------------------------

@test "a play that passes leaves no process, not even a daemon, and no folder" {
  daemons
  run -0 "${PLAY[@]}" "$BIN/lab" run sheet.md
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
  nothing_left
}

@test "a play that fails leaves no process, not even a daemon, and no folder" {
  daemons
  run -1 "${PLAY[@]}" "$BIN/lab" run --timeout 1 never.md
  nothing_left
}

@test "without a room a play leaves no process and no folder either" {
  no_room
  daemons
  run -0 "${PLAY[@]}" "$BIN/lab" run sheet.md
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
  nothing_left
}

@test "a play that is broken off by INT, TERM, HUP leaves nothing" {
  for signal in INT TERM HUP; do
    break_off_by "$signal"
  done
}

@test "a play whose lab is killed leaves nothing" {
  break_off_by KILL
}

@test "without a room a play that is broken off, or whose lab is killed, leaves nothing" {
  no_room
  break_off_by INT
  break_off_by KILL
}

@test "a player that is killed is reported, and nothing of it is left" {
  for room in yes no; do
    [ "$room" = yes ] || no_room
    start_never
    player=$(ps -o pid= --ppid "$PID")
    kill -s KILL "$((player))"
    wait_exit "$PID"
    [ "$status" -eq 1 ]
    grep -x 'lab: the player itself was ended by signal 9' play.out
    [ "$(tail -n 1 play.out)" = '0 passed, 1 failed, 0 skipped' ]
    nothing_left
  done
}

@test "^C at the terminal of a run breaks it off and leaves nothing" {
  daemons
  mkfifo keys
  "${PLAY[@]}" script -qec "lab run --timeout 600 never.md; echo exit \$?" /dev/null <keys >play.out 3>&- &
  STARTED+=("$!")
  exec 7>keys
  wait_for test -e "$MARK"
  printf '\003' >&7
  wait_for_line play.out 'exit 1'
  exec 7>&-
  nothing_left
}

@test "a lab that was started with signals ignored plays as ever" {
  cat >sheet.md <<'END'
```console T1
$ sleep 1000
^C
$ sh -c 'kill -HUP $$'
Hangup
$ sh -c 'kill -TERM $$'
Terminated
$ yes | head -n 1
y
```
END
  run -0 bash -c 'trap "" INT HUP TERM QUIT PIPE CHLD; lab run sheet.md'
}

@test "a run whose results nobody reads any more is broken off and leaves nothing" {
  daemons
  run -0 bash -c '"$@" | true; true' bash "${PLAY[@]}" "$BIN/lab" run sheet.md sheet.md
  nothing_left
}

@test "TMPDIR may have blanks in its name, and what cannot be made is told" {
  printf '```console T1\n$ pwd; touch "a b"; echo *\n<*>/with  blanks/tcp-labs-<*>\na b\n```\n' >sheet.md
  mkdir 'with  blanks'
  TMPDIR="$PWD/with  blanks" run -0 lab run sheet.md
  [ -z "$(ls -A 'with  blanks')" ]
  printf '```console T1\n$ true\n```\n' >sheet.md
  TMPDIR=relative run -0 lab run sheet.md
  TMPDIR=$PWD/nowhere run -1 lab run sheet.md
  echo "$output"
  [ "${lines[0]}" = "lab: make a folder in $PWD/nowhere: No such file or directory" ]
  [ "${lines[-1]}" = '0 passed, 0 failed, 0 skipped' ]
}

@test "where only /proc is refused the room does without it, and leaves nothing" {
  has_room
  # What hides a part of /proc may not be undone by mounting it anew (user_namespaces(7)).
  PLAY+=(unshare -Urm sh -c 'mount -t tmpfs none /proc/fs && exec "$@"' sh)
  "${PLAY[@]}" true || skip 'mount is refused here'
  if "${PLAY[@]}" unshare -Urmpf mount -t proc proc /proc; then
    skip '/proc is not refused here'
  fi
  daemons
  run -0 "${PLAY[@]}" "$BIN/lab" run has-room.md sheet.md
  echo "$output"
  [ "${lines[-1]}" = '2 passed, 0 failed, 0 skipped' ]
  nothing_left
  break_off_by INT
  break_off_by KILL
}
