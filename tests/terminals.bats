#!/usr/bin/env bats
# However a person's terminal ends: a usable recording, no process, no open room, no second one.
# shellcheck disable=SC2016 # what stands in single quotes is for the shells in the terminals

load helper

setup() {
  common_setup
  at_home
  nap=47$BASHPID # seconds that no other test sleeps, also of another run on this machine
  cat >sheet.md <<'END'
# A sheet

- Terminals: T1 left, T2 right

```console T1
$ echo number 42
number <value>
```

```console T2
$ echo again 42
again <value>
```
END
  sed 's/A sheet/Another/' sheet.md >other.md
}

teardown() {
  local server
  for server in one two; do
    tm $server kill-server 2>/dev/null || true
  done
  common_teardown
}

# tm SERVER ...: a tmux server of this test; the first terminal is in `one`, the second in `two`.
tm() { tmux -S "$BATS_TEST_TMPDIR/$1" -f /dev/null "${@:2}" 3>&-; }

# open_in SERVER TERMINAL [COMMAND [SHEET]]: open it there, and wait for its prompt.
open_in() {
  tm "$1" new-session -d -s "$2" -x 100 -y 30 "${3:-} lab term ${4:-sheet.md} $2; echo status \$? >>status; sleep 60"
  wait_for shows "$1" "$2" "$2\\$ *$"
}

# End a server, and wait until another one can take its place.
end_server() { end_tmux tm "$1"; }

# The process that records a terminal.
lab_in() { pgrep -f '^lab term' --pgroup "$(tm "$1" display-message -p -t "$2" '#{pane_pid}')" -o; }

shows() { tm "$1" capture-pane -p -t "$2" | grep -qE "$3"; }
type_in() { tm "$1" send-keys -t "$2" "$3" Enter; }
attempt() { printf '%s\n' "$TCP_LABS_STATE"/sheet/attempts/* | tail -n 1; }
attempts() { printf '%s\n' "$TCP_LABS_STATE"/sheet/attempts/* | wc -l; }
room() { cut -d' ' -f1 "$TCP_LABS_STATE"/sheet/room-*; }

# The player's processes of this test, and what runs in its terminals.
ours() {
  local process
  grep -slF "TCP_LABS_STATE=$TCP_LABS_STATE" /proc/[0-9]*/environ | while read -r process; do
    process=${process%/environ}
    if [ "$process/exe" -ef "$BIN/lab" ] || tr '\0' ' ' <"$process/cmdline" | grep -qE '^(sleep 47|bash --rcfile)'; then
      echo "${process#/proc/}"
    fi
  done
}
none_left() { [ -z "$(ours)" ]; }
nothing_left() {
  if ! wait_for none_left; then
    ps -o pid,ppid,stat,args -p "$(ours | paste -sd,)"
    return 1
  fi
  [ -z "$(room)" ]
}

# What the shell was asked is in the recording, and it is an asciicast to its last line.
is_recorded() {
  grep -q "command: $1" "$(attempt)/T1.cast"
  [ -z "$(tail -c 1 "$(attempt)/T1.cast")" ]
  ! tail -n +2 "$(attempt)/T1.cast" | grep -qvE '^\[[0-9.]+, "[oirm]", ".*"\]$'
}

sleeps() { pgrep -fx "sleep $nap" >/dev/null; }

# A terminal in which nothing heeds SIGHUP, not even the shell.
cling() {
  type_in one T1 "trap '' HUP; echo number 42; sleep $nap"
  wait_for sleeps
}

has_room() { [ "$(room)" -gt 0 ] || skip 'no rooms here'; }

@test "a terminal whose tmux server is killed leaves nothing but its recording" {
  open_in one T1
  cling
  kill -9 "$(tm one display-message -p '#{pid}')"
  nothing_left
  is_recorded trap
}

@test "a terminal that goes away without a SIGHUP leaves nothing but its recording" {
  open_in one T1 'setsid -w'
  cling
  kill -9 "$(tm one display-message -p '#{pid}')"
  nothing_left
  is_recorded trap
}

@test "a killed lab term leaves nothing of its terminal, and the other one as it was" {
  open_in one T1
  has_room
  cling
  open_in two T2
  pane=$(tm one display-message -p -t T1 '#{pane_pid}')
  kill -9 "$(lab_in one T1)"
  wait_for eval '! sleeps'
  wait_for eval "! pgrep -f '^lab term' --pgroup $pane >/dev/null"
  is_recorded trap
  type_in two T2 'echo still $((40 + 2))'
  wait_for shows two T2 '^still 42'
  kill -0 "$(room)"
  type_in two T2 exit
  wait_for grep -q 'status 0' status
  nothing_left
}

@test "a terminal that is told to end leaves nothing" {
  for signal in TERM HUP INT; do
    open_in one T1
    cling
    kill -s $signal "$(lab_in one T1)"
    nothing_left
    is_recorded trap
    end_server one
  done
}

@test "a full disk is told once, leaves whole lines, and does not end the shell" {
  open_in one T1 'ulimit -S -f 8;'
  type_in one T1 'seq 1 900 | sed "s/$/ and more/"; echo number 42'
  wait_for shows one T1 '^number 42'
  tm one capture-pane -p -S - -t T1 | grep -q 'lab: write the recording: File too large'
  [ "$(tm one capture-pane -p -S - -t T1 | grep -c 'lab: write the recording')" -eq 1 ]
  is_recorded seq
  prlimit --fsize=unlimited:unlimited --pid "$(lab_in one T1)"
  type_in one T1 'echo number 43'
  wait_for grep -q 'command: echo number 43' "$(attempt)/T1.cast"
  is_recorded 'echo number 43'
}

@test "after a restart of the machine the room's number means nothing" {
  open_in one T1
  has_room
  type_in one T1 exit
  wait_for grep -q 'status 0' status
  nothing_left
  # The same number, alive again, with a network of its own; but the machine was started anew.
  sleep "${nap}9" 3>&- &
  STARTED+=("$!")
  echo "$! 1 $(stat -Lc %i /proc/self/ns/net) 00000000-old-boot 2001-01-01T00.00.00 -" >"$(echo "$TCP_LABS_STATE"/sheet/room-*)"
  end_server one
  open_in one T1
  run ! shows one T1 'no private room'
  [ "$(room)" -ne "$!" ]
  kill -0 "$(room)"
  [ "$(ls "$TCP_LABS_STATE/sheet/attempts")" != 2001-01-01T00.00.00 ]
}

@test "a second T1 is refused, and told where the first one is" {
  open_in one T1
  pid=$(lab_in one T1)
  tty=$(tm one display-message -p -t T1 '#{pane_tty}')
  tm two new-session -d -s second -x 160 -y 30 'lab term sheet.md T1; echo status $?; sleep 60'
  wait_for shows two second 'status 1'
  shows two second "^lab: T1 of sheet is open already: process $pid on $tty; use it there, or close it first$"
  [ "$(grep -c '"version"' "$(attempt)/T1.cast")" -eq 1 ]
  type_in one T1 exit
  wait_for grep -q 'status 0' status
  open_in two T1
}

@test "a terminal opened inside another one of the lab is in the same room" {
  open_in one T1
  has_room
  type_in one T1 "lab term $PWD/sheet.md T2"
  wait_for shows one T1 '^T2\$ *$'
  shows one T1 'opened inside T1 of sheet'
  run ! shows one T1 'no private room'
  type_in one T1 'clear; readlink /proc/self/ns/net; echo again 42'
  wait_for shows one T1 '^again 42'
  net=$(tm one capture-pane -p -t T1 | grep -E '^net:' | tail -n 1)
  [ "$net" = "$(readlink "/proc/$(room)/ns/net")" ]
  type_in one T1 "lab term $PWD/sheet.md T1"
  wait_for shows one T1 'lab: T1 of sheet is open already: '
  grep -q 'command: echo again 42\|command: clear' "$(attempt)/T2.cast"
  type_in one T1 exit
  wait_for shows one T1 '^T1\$ *$'
  type_in one T1 exit
  nothing_left
}

@test "the room of another lab is told, with what to do" {
  open_in one T1
  has_room
  type_in one T1 "lab term $PWD/other.md T1"
  wait_for shows one T1 'lab: this is the room of another lab \(T1 of sheet\)'
}

@test "open, finish, close, open, close, open: nothing is lost" {
  for round in 1 2 3; do
    open_in one T1
    type_in one T1 "echo number $round"
    wait_for shows one T1 "^number $round"
    type_in one T1 exit
    nothing_left
    end_server one
    wait_for grep -q "command: echo number $round" "$(attempt)/T1.cast"
    cp -r "$(attempt)" "kept.$round"
  done
  [ "$(attempts)" -eq 3 ]
  round=0
  for kept in "$TCP_LABS_STATE"/sheet/attempts/*; do
    round=$((round + 1))
    diff -r "kept.$round" "$kept"
  done
}

@test "a terminal that is closed and opened again goes on in its recording" {
  open_in one T1
  open_in two T2
  type_in one T1 'echo number 1'
  wait_for shows one T1 '^number 1'
  wait_for shows one T1 '^T1\$ *$' # what is typed before readline listens may be lost
  type_in one T1 exit
  wait_for grep -q 'status 0' status
  end_server one
  open_in one T1
  shows one T1 'Going on with the attempt of'
  type_in one T1 'echo number 2'
  wait_for shows one T1 '^number 2'
  grep -q 'command: echo number 1' "$(attempt)/T1.cast"
  wait_for grep -q 'command: echo number 2' "$(attempt)/T1.cast"
  [ "$(attempts)" -eq 1 ]
}

@test "an idle terminal costs no CPU" {
  open_in one T1
  open_in one T2
  ticks() { for pid in $(ours); do cut -d' ' -f14,15 "/proc/$pid/stat"; done | awk '{ sum += $1 + $2 } END { print sum + 0 }'; }
  settled() { local before; before=$(ticks); sleep 0.3; [ "$before" -eq "$(ticks)" ]; }
  wait_for settled
  switches() { for pid in $(ours); do awk '/ctxt_switches/ { print $2 }' "/proc/$pid/status"; done | awk '{ sum += $1 } END { print sum }'; }
  before=$(switches)
  sleep 2
  echo "switches: $before to $(switches)"
  [ $(($(switches) - before)) -le 4 ]
}

@test "what people do at a terminal does not disturb the result" {
  printf 'line %s\n' $(seq 100) >lines
  open_in one T1
  tm one send-keys -t T1 'ecoh wrong' BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace
  type_in one T1 'printf "%s\n" one'
  wait_for shows one T1 '^one'
  tm one send-keys -t T1 'thrown away' C-u
  tm one send-keys -t T1 C-r 'printf' Enter
  tm one send-keys -t T1 'clea' Tab Enter
  type_in one T1 'echo grüße 日本'
  wait_for shows one T1 '^grüße 日本'
  type_in one T1 "$(command -v less || command -v more) $PWD/lines"
  wait_for shows one T1 '^line 20'
  tm one send-keys -t T1 Space Space q
  wait_for shows one T1 'T1\$ *$'
  tm one resize-window -t T1 -x 70 -y 20
  tm one set-buffer $'echo first\necho second\n'
  tm one paste-buffer -t T1
  wait_for shows one T1 '^second'
  tm one resize-window -t T1 -x 120 -y 40
  type_in one T1 'echo number 42; '
  type_in one T1 'echo number 42'
  type_in one T1 'echo number 42'
  wait_for eval 'lab check sheet.md | grep -q "1 of 2 steps done"'
  open_in two T2
  type_in two T2 'echo again 42'
  wait_for eval 'lab check sheet.md | grep -q "2 of 2 steps done"'
  lab check sheet.md
}

@test "the attempt that was finished counts, though a later one is not" {
  open_in one T1
  open_in two T2
  type_in one T1 'echo number 42'
  wait_for shows one T1 '^number 42'
  type_in two T2 'echo again 42'
  wait_for eval 'lab check sheet.md | grep -q "2 of 2 steps done"'
  type_in one T1 exit
  type_in two T2 exit
  nothing_left
  end_server one
  open_in one T1
  run lab check sheet.md
  echo "$output"
  grep -qi 'best' <<<"$output"
  lab check --attempt 1 sheet.md
  lab attempts sheet.md | grep -q '^  1 .*2 of 2 steps, the best'
}
