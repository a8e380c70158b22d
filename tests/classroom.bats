#!/usr/bin/env bats
# What a person does with a lab: terminals, recordings, check, handout, transcript, accept, open.
# shellcheck disable=SC2016 # what stands in single quotes is for the shells in the terminals

load helper

setup() {
  common_setup
  at_home
  follow=$BATS_TEST_DIRNAME/follow
  nap=47$BASHPID # seconds that no other test sleeps, also of another run on this machine
  cat >sheet.md <<'EOF'
# A sheet

- Terminals: T1 left, T2 right

Say a number, and **predict** it.

```console T1
$ echo number $((40 + 2))
number <value>
```

Say it again, in the other terminal.

```console T2
$ echo again $((40 + 2)) and $((40 + 3))
again <value> and <value+1>
```

<details><summary>Answer</summary>
Forty-two.
</details>
EOF
}

teardown() {
  [ ! -S "$BATS_TEST_TMPDIR/tmux" ] || tmux -S "$BATS_TEST_TMPDIR/tmux" kill-server || true
  common_teardown
}

tm() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }

# The folder of the latest attempt.
attempt() { printf '%s\n' "$TCP_LABS_STATE"/sheet/attempts/* | tail -n 1; }

# Open terminal $1 of the sheet in tmux, and wait for its prompt.
open_term() {
  tm new-session -d -s "$1" -x 100 -y 30 "lab term sheet.md $1; echo status \$? >>status; sleep 60"
  wait_for shows "$1" "$1\\$ *$"
}

shows() { tm capture-pane -p -t "$1" | grep -qE "$2"; }
type_in() { tm send-keys -t "$1" "$2" Enter; }
# Does that command run in some terminal's foreground, its shell's fork become the program?
runs() { ps ax -o stat=,args= | awk -v args="$1" '$1 ~ /\+/ { sub(/^[^ ]+ +/, ""); if ($0 == args) ok = 1 } END { exit !ok }'; }
# Does `sleep ${nap}N` run, N this digit?
sleeps() { pgrep -fx "sleep $nap$1" >/dev/null; }
check_says() { lab check sheet.md 2>&1 | grep -qE "$1"; }
# Is step $1 done, so far, differs, not begun?
step_is() { lab check --json sheet.md 2>/dev/null | grep -q "\"step\": $1, .*\"state\": \"$2\""; }

@test "lab 1, followed by hand with slips, ends with all steps done" {
  run "$follow" --slips 1
  echo "$output"
  [ "$status" -eq 0 ]
  grep -qE '([0-9]+) of \1 steps done' <<<"$output"
}

@test "lab 5, followed by hand with slips, ends with all steps done" {
  run "$follow" --slips 5
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "lab 8, followed by hand with slips, ends with all steps done" {
  [ -f "$(echo "$BATS_TEST_DIRNAME"/../labs/08-*.md)" ] || skip 'there is no lab 8 yet'
  run "$follow" --slips 8
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "a step done wrongly is reported at that step and nowhere else" {
  run "$follow" --wrong 4 'echo-client --close-after 1 --message Hullo' 1
  echo "$output"
  [ "$status" -eq 1 ]
  [ "$(grep -c ': differs$' <<<"$output")" -eq 1 ]
  grep -q '^Step 4 in T2, .*: differs$' <<<"$output"
  grep -q 'why: .*In T2 you typed `--message Hullo`, which the sheet does not have' <<<"$output"
  grep -q 'to do: .*In T2 type `echo-client --close-after 1`' <<<"$output"
}

@test "values bind across a person's terminals" {
  open_term T1
  open_term T2
  type_in T1 'echo number $((40 + 2))'
  wait_for step_is 1 "done"
  type_in T2 'echo again 41 and 42'
  wait_for step_is 2 differs
  lab check --json sheet.md | grep -q '"bound": {"value": 42}'
  type_in T2 'echo again $((40 + 2)) and $((40 + 3))'
  wait_for check_says '2 of 2 steps done'
  lab check sheet.md
}

@test "check --json tells the same to a script" {
  open_term T1
  type_in T1 'echo number $((40 + 2))'
  wait_for step_is 1 "done"
  run lab check --json sheet.md
  [ "$status" -eq 1 ]
  grep -q '"lab": "sheet", ' <<<"$output"
  grep -q '"done": 1, "of": 2, "complete": false, "cut": false, "bound": {"value": 42}' <<<"$output"
  grep -q '"step": 2, .*"terminal": "T2", .*"state": "not begun", "cause": "not typed"' <<<"$output"
  grep -q '^"next": {"terminal": "T2", "type": "echo again ' <<<"$output"
  if command -v jq >/dev/null; then jq -e '.steps[1].next.terminal == "T2"' <<<"$output"; fi
}

@test "the shell's exit status passes through" {
  open_term T1
  type_in T1 'exit 7'
  wait_for grep -q 'status 7' status
}

@test "keys, window size and UTF-8 pass through unharmed" {
  open_term T1
  type_in T1 "sleep ${nap}1"
  wait_for runs "sleep ${nap}1"
  tm send-keys -t T1 C-c
  wait_for shows T1 '^\^C$|\^C$'
  type_in T1 'echo rc=$?'
  wait_for shows T1 'rc=130'
  type_in T1 "sleep ${nap}2"
  wait_for runs "sleep ${nap}2"
  tm send-keys -t T1 "C-\\"
  wait_for shows T1 'Quit'
  type_in T1 "sleep ${nap}3"
  wait_for runs "sleep ${nap}3"
  tm send-keys -t T1 C-z
  wait_for shows T1 'Stopped'
  type_in T1 'kill -9 %1; cat'
  tm send-keys -t T1 -l 'grüße 日本'
  tm send-keys -t T1 Enter
  wait_for shows T1 '^grüße 日本$'
  tm send-keys -t T1 C-d
  tm resize-window -t T1 -x 77 -y 20
  type_in T1 'stty size'
  wait_for shows T1 '^20 77$'
}

@test "terminals of one lab share a room and a folder; it closes with the last" {
  open_term T1
  open_term T2
  type_in T1 'readlink /proc/self/ns/net >net; echo done'
  wait_for shows T1 '^done'
  type_in T2 'test "$(readlink /proc/self/ns/net)" = "$(cat net)" && echo the same'
  wait_for shows T2 '^the same'
  [ "$(readlink /proc/self/ns/net)" != "$(cat "$(attempt)"/desk/net)" ] || skip 'no rooms here'
  room=$(cut -d' ' -f1 "$TCP_LABS_STATE"/sheet/room-*)
  type_in T1 exit
  wait_for grep -q 'status 0' status
  kill -0 "$room"
  type_in T2 exit
  wait_for eval "! kill -0 $room 2>/dev/null"
}

@test "a room opened anew begins a new attempt, and the old one stays as it was" {
  open_term T1
  type_in T1 'echo number 1'
  wait_for step_is 1 "done"
  type_in T1 exit
  wait_for grep -q 'status 0' status
  tm kill-session -t T1
  wait_for eval '[ ! -s "$TCP_LABS_STATE"/sheet/room-* ]'
  first=$(attempt)
  cp -r "$first" kept
  open_term T1
  [ "$(attempt)" != "$first" ]
  shows T1 'A new attempt begins; the 1 before it'
  diff -r kept "$first"
  run lab check sheet.md
  [ "$status" -eq 1 ]
}

@test "a recording is readable only by its owner" {
  open_term T1
  [ "$(stat -c %a "$TCP_LABS_STATE/sheet")" = 700 ]
  [ "$(stat -c %a "$(attempt)/T1.cast")" = 600 ]
}

@test "what is typed without echo is not recorded" {
  open_term T1
  type_in T1 'read -rs secret; echo length ${#secret}'
  wait_for grep -q 'command: read' "$(attempt)/T1.cast"
  type_in T1 'hunter2'
  wait_for shows T1 '^length 7'
  run grep hunter2 "$(attempt)/T1.cast"
  [ "$status" -eq 1 ]
}

@test "a killed terminal leaves its recording usable and no process behind" {
  open_term T1
  type_in T1 'echo number $((40 + 2))'
  wait_for step_is 1 "done"
  type_in T1 "sleep ${nap}1 & (setsid sleep ${nap}2 &) ; nohup sleep ${nap}3 >/dev/null"
  for n in 1 2 3; do
    wait_for sleeps "$n"
  done
  pid=$(pgrep -f '^lab term' --pgroup "$(tm display-message -p -t T1 '#{pane_pid}')" -o)
  kill -9 "$pid"
  wait_for eval '! sleeps "[123]"'
  step_is 1 "done"
}

@test "a recording cut in the middle is used as far as it goes" {
  open_term T1
  type_in T1 'echo number $((40 + 2))'
  wait_for step_is 1 "done"
  printf '[99.0, "o", "cut in the mid' >>"$(attempt)/T1.cast"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  grep -q 'T1.cast is cut off' <<<"$output"
  grep -q 'sheet: 1 of 2 steps done' <<<"$output"
}

@test "a recording made with another version of the worksheet is told" {
  open_term T1
  echo 'One sentence more.' >>sheet.md
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *'another version of this worksheet'* ]]
}

@test "check without a recording is one clear line" {
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == 'lab: no recording of sheet'* ]]
}

@test "a terminal that the lab does not have is told, with those that it has" {
  run lab term sheet.md T3
  [ "$status" -eq 2 ]
  [ "$output" = 'lab: sheet has no terminal T3; it has T1 T2' ]
}

@test "a lab that does not exist is told, with the nearest" {
  run lab check handshake-and-clos
  [ "$status" -eq 2 ]
  [[ $output == 'lab: no lab handshake-and-clos; did you mean 01-handshake-and-close'* ]]
}

@test "a lab that is named by one of its words, or nearly, is told" {
  for name in sockets:03-sockets-and-tuples handshake:01-handshake-and-close 3a:03-sockets-and-tuples \
    sokets:03-sockets-and-tuples heartbeet:16-heartbeat; do
    run -2 lab check "${name%:*}"
    [ "$output" = "lab: no lab ${name%:*}; did you mean ${name#*:}; \`lab list\` shows them" ]
  done
}

@test "check without LAB has a line for each lab that was begun" {
  run lab check
  [ "$status" -eq 1 ]
  [ "$output" = 'lab: no recording of any lab; `lab open 1` makes one' ]
  tm new-session -d -s T3 -x 100 -y 30 "lab term 7 T3; sleep 60"
  wait_for shows T3 'T3\$ *$'
  run lab check
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == '07-relay '*' 0 of '*' steps '*'  step 1 is next' ]]
}

@test "term without a terminal on its input is told" {
  run lab term sheet.md T1 </dev/null
  [ "$status" -eq 1 ]
  [[ $output == *'wants a terminal'* ]]
}

@test "a folder that others may look into is refused" {
  chmod 755 "$TCP_LABS_STATE"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *"$TCP_LABS_STATE: not private"* ]]
}

@test "a link in place of the lab's folder is refused" {
  mkdir -m 700 elsewhere
  ln -s "$PWD/elsewhere" "$TCP_LABS_STATE/sheet"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *'state/sheet: not a folder but a link or a file; remove it' ]]
}

@test "a link or a FIFO in place of a recording is refused" {
  mkdir -m 700 "$TCP_LABS_STATE/sheet"
  ln -s /etc/passwd "$TCP_LABS_STATE/sheet/T1.cast"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *'T1.cast: not a recording of yours' ]]
  rm "$TCP_LABS_STATE/sheet/T1.cast"
  mkfifo "$TCP_LABS_STATE/sheet/T1.cast"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *'T1.cast: not a recording of yours' ]]
}

@test "rubbish in place of a recording is refused" {
  mkdir -m 700 "$TCP_LABS_STATE/sheet"
  head -c 4000 /dev/urandom >"$TCP_LABS_STATE/sheet/T1.cast"
  run lab check sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *'T1.cast: not a recording of yours' ]]
}

@test "the handout has neither outputs nor answers; the teacher's copy has both" {
  lab handout sheet.md >blank
  grep -q '^\$ echo number' blank
  grep -q '^____' blank
  run grep -E '<value>|Forty-two' blank
  [ "$status" -eq 1 ]
  lab handout --answers sheet.md >full
  grep -q 'number <value>' full
  grep -q 'Forty-two' full
  run grep -E 'details' full
  [ "$status" -eq 1 ]
}

@test "the observed transcript of a lab done as promised is the promised one" {
  open_term T1
  type_in T1 'echo number $((40 + 2))'
  wait_for step_is 1 "done"
  diff <(lab transcript sheet.md T1) <(lab transcript --observed sheet.md T1)
}

@test "the observed transcript shows what departed" {
  open_term T1
  type_in T1 'echo number forty-two'
  wait_for step_is 1 differs
  run lab transcript --observed sheet.md T1
  [ "${lines[0]}" = '$ echo number forty-two' ]
  [ "${lines[1]}" = 'number forty-two' ]
}

@test "accept keeps the placeholders that still hold, and shows the difference first" {
  sed -i 's/^number <value>/numbr <value> now/; s/^again .*/again <value>/' sheet.md
  cp sheet.md before.md
  run lab accept sheet.md </dev/null
  [ "$status" -eq 1 ]
  grep -q '^-numbr <value> now$' <<<"$output"
  grep -q '^+number <value>$' <<<"$output"
  cmp sheet.md before.md
  lab accept --yes sheet.md
  grep -q '^number <value>$' sheet.md
  lab run sheet.md
}


@test "accept adds and removes lines, and escapes what would be a mark" {
  cat >marks.md <<'EOF'
```console T1
$ printf '%s\n' '$ a' '...' '<name>' b
gone
b
not there
```
EOF
  lab accept --yes marks.md
  lab run marks.md
  grep -q '^\\\$ a$' marks.md
}

@test "open without tmux says what to type in which window" {
  mkdir path
  for tool in bash sh cat; do ln -s "$(command -v $tool)" path/; done
  PATH=$PWD/path run "$BIN/lab" open sheet.md
  [ "$status" -eq 0 ]
  grep -q "T1 left .*lab' term '.*sheet.md' T1" <<<"$output"
  grep -q "T2 right .*lab' term '.*sheet.md' T2" <<<"$output"
}

@test "the projector shows a step's prose, plays it, reads back and ends" {
  tm new-session -d -s p -x 120 -y 40 'lab run --step sheet.md >out 2>&1 </dev/tty; lab run --step sheet.md; sleep 60'
  tm send-keys -t p Enter Enter Enter
  wait_for shows p 'Say a number, and predict it'
  shows p 'step 1 of 2'
  tm send-keys -t p Enter
  wait_for shows p 'step 2 of 2'
  shows p '^number 42'
  tm send-keys -t p b
  wait_for shows p 'step 1 of 2'
  tm resize-window -t p -x 70 -y 20
  wait_for shows p 'Say a number, and predict it'
  tm send-keys -t p q
  wait_for shows p '0 passed, 0 failed, 0 skipped'
}
