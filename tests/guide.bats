#!/usr/bin/env bats
# `lab guide`: the worksheet that follows a person, in real terminals.
# shellcheck disable=SC2016 # what stands in single quotes is for the shells in the terminals

load helper

setup() {
  common_setup
  at_home
  cat >sheet.md <<'END'
# A sheet of numbers

- Terminals: T1 left, T2 right

What it is about.

## 1. One number

Say a number, and **predict** it.

```console T1
$ echo number $((40 + 2)) --loud
number <value> --loud
```

It is forty-two, because of the sum.

> **If not:** the author says: look at the sum.

Say it again, in the other terminal.

```console T2
$ echo again $((40 + 2)) and $((40 + 3))
again <value> and <value+1>
```

The second one is one more.

## 2. The end

Say it a last time.

```console T1
$ echo last $((40 + 2))
last <value>
```

Nothing more.

## Questions

1. Why?
<details><summary>Answer</summary>
Because of the secret.
</details>
END
}

teardown() {
  tm kill-server 2>/dev/null || true
  common_teardown
}

tm() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }
shows() { tm capture-pane -p -t "$1" | grep -qE -e "$2"; }
hides() { ! shows "$@"; }
keys() { tm send-keys -t g "$@"; }
type_in() { tm send-keys -t "$1" "$2" Enter; }

guide() { # guide COLUMNS ROWS [SHEET]
  tm new-session -d -s g -x "$1" -y "$2" "lab guide ${3:-sheet.md}; echo status \$?; sleep 60"
  wait_for shows g 'Enter on  b back  r reveal  h hint  w sheet  \? help  q leave'
}

open_term() {
  tm new-session -d -s "$1" -x 100 -y 30 "lab term ${2:-sheet.md} $1; sleep 60"
  wait_for shows "$1" "$1\\$ *$"
}

@test "without a recording the guide says how to begin, and follows when it is begun" {
  guide 80 24
  shows g 'Nothing is recorded yet. `lab open sheet.md` opens all terminals'
  keys Enter
  wait_for shows g 'Say a number, and predict it'
  open_term T1
  wait_for hides g 'Nothing is recorded yet'
  shows g '> \$ echo number'
  type_in T1 'echo number $((40 + 2)) --loud'
  wait_for shows g '\+ number 42 --loud'
}

@test "the guide shows what to type and where, ticks what came within a second, and hides the rest" {
  open_term T1
  open_term T2
  guide 80 24
  keys Enter
  wait_for shows g '^ T1, the left'
  shows g '^  > \$ echo number \$\(\(40 \+ 2\)\) --loud'
  shows g '^  \? 1 line to come: predict it'
  hides g 'number <value>'
  hides g 'forty-two'
  hides g 'Say it again'
  type_in T1 'echo number $((40 + 2)) --loud'
  wait_for shows T1 '^number 42'
  typed=${EPOCHREALTIME/./}
  wait_for shows g '^  \+ number 42 --loud'
  echo "ticked after $((${EPOCHREALTIME/./} - typed)) microseconds"
  [ $((${EPOCHREALTIME/./} - typed)) -lt 3000000 ] # a second, and what a busy machine takes
  shows g 'forty-two, because of the sum'
  hides g 'the author says'
  shows g '^ T2, the right'
  hides g 'one more'
  shows g '1 of 3 steps'
  type_in T2 'echo again $((40 + 2)) and $((40 + 3))'
  wait_for shows g 'one more'
  hides g 'Say it a last time'
  keys Enter
  wait_for shows g 'Say it a last time'
  keys b
  wait_for shows g 'Say a number'
  type_in T1 'echo last $((40 + 2))'
  wait_for shows g 'Nothing more'
  shows g '3 of 3 steps, all done'
}

@test "r reveals what is promised, and the answers; w the whole sheet; ? the keys; q leaves" {
  open_term T1
  guide 80 30
  keys Enter
  wait_for shows g 'Say a number'
  keys r
  wait_for shows g '^    number <value> --loud'
  shows g 'forty-two, because of the sum'
  keys w
  wait_for shows g 'the whole sheet'
  shows g '2. The end'
  keys q
  wait_for hides g 'the whole sheet'
  keys '?'
  wait_for shows g 'nothing is lost'
  keys '?'
  wait_for hides g 'nothing is lost'
  keys q
  wait_for shows g 'status 0'
}

@test "the answers stay folded until they are asked for" {
  open_term T1
  open_term T2
  type_in T1 'echo number $((40 + 2)) --loud'
  type_in T2 'echo again $((40 + 2)) and $((40 + 3))'
  wait_for shows T2 '^again'
  type_in T1 'echo last $((40 + 2))'
  guide 80 30
  wait_for shows g '3 of 3 steps, all done'
  keys Enter
  wait_for shows g 'Why\?'
  hides g 'secret'
  keys r
  wait_for shows g 'Because of the secret'
}

@test "a slip is told when it happens, with the remedy; Enter goes on; mended, it is ticked" {
  open_term T1
  guide 80 24
  keys Enter
  wait_for shows g 'Say a number'
  type_in T1 'echo number $((40 + 2))'
  wait_for shows g '! .*you typed .echo number'
  shows g 'the sheet has .*--loud'
  shows g 'the author says: look at the sum'
  shows g 'Mend it, or press Enter: go on, and see what it does'
  keys Enter
  wait_for hides g '!.*you typed'
  shows g 'forty-two, because of the sum'
  type_in T1 'echo number $((40 + 2)) --loud'
  wait_for shows g '^  \+ number 42 --loud'
  shows g '1 of 3 steps'
}

@test "what is not done is not passed over by one key alone" {
  open_term T1
  guide 80 24
  keys Enter
  wait_for shows g 'Say a number'
  keys Enter
  wait_for shows g 'not done yet. Enter once more goes on without it'
  hides g forty-two
  # What comes in a terminal meanwhile is no answer: another prompt, for instance.
  recorded() { find "$TCP_LABS_STATE" -name T1.cast -exec cat {} + | wc -c; }
  before=$(recorded)
  tm send-keys -t T1 Enter
  wait_for eval '[ "$(recorded)" -gt "$before" ]'
  for _ in {1..15}; do # the guide looks twice a second
    shows g 'Enter once more goes on without it'
    sleep 0.1
  done
  keys Enter
  wait_for shows g 'forty-two'
}

@test "h says what to do" {
  open_term T1
  guide 80 24
  keys Enter
  wait_for shows g 'Say a number'
  keys h
  wait_for shows g 'In T1 type .echo number'
}

@test "a new attempt is followed, and the old one is not shown as its own" {
  open_term T1
  type_in T1 'echo number $((40 + 2)) --loud'
  guide 80 24
  wait_for shows g '1 of 3 steps'
  type_in T1 exit
  wait_for shows g 'No terminal is open; this is the attempt of'
  tm kill-session -t T1
  wait_for eval '[ -z "$(cat "$TCP_LABS_STATE"/sheet/room-*)" ]'
  open_term T1
  wait_for shows g '0 of 3 steps'
  wait_for hides g 'No terminal is open'
}

@test "the guide follows the size of its window; no row is lost at 40 columns, nor at 200" {
  open_term T1
  guide 80 24
  keys Enter
  wait_for shows g 'Say a number'
  for size in '40 12' '200 50' '120 40'; do
    tm resize-window -t g -x "${size% *}" -y "${size#* }"
    wait_for eval '[ "$(tm display-message -p -t g "#{pane_width}")" = "'"${size% *}"'" ]'
    wait_for shows g '^  > \$ echo number \$\(\(40'
    wait_for shows g 'Say a number, and predict it'
  done
}

@test "where there is no terminal the page is printed once, without escape sequences" {
  run lab guide sheet.md
  [ "$status" -eq 0 ]
  [[ $output == *'What it is about'* ]]
  [[ $output == *'Nothing is recorded yet'* ]]
  [[ $output != *$'\033'* ]]
  open_term T1
  type_in T1 'echo number $((40 + 2)) --loud'
  wait_for eval 'lab guide sheet.md | grep -q "^  + number 42 --loud"'
}

@test "colour only on a terminal, and not where NO_COLOR is set" {
  open_term T1
  type_in T1 'echo number $((40 + 2)) --loud'
  guide 80 24
  wait_for eval 'tm capture-pane -e -p -t g | grep -q "[[][0-9;]*3[1-7]m"'
  tm kill-session -t g
  tm new-session -d -s g -x 80 -y 24 "NO_COLOR=1 lab guide sheet.md; sleep 60"
  wait_for shows g '1 of 3 steps'
  run ! eval 'tm capture-pane -e -p -t g | grep -q "[[][0-9;]*3[1-7]m"'
}

@test "control bytes and UTF-8 in a recording and in a worksheet do not drive the terminal" {
  printf '\n## 3. Bytes\n\nGr\303\274\303\237e \302\233 und \t tab.\n\n```console T2\n$ true\n```\n' >>sheet.md
  run lab guide sheet.md
  [ "$status" -eq 0 ]
  open_term T1
  type_in T1 "echo number \$'\\e]0;title\\a\\302\\233'"
  wait_for eval 'lab guide sheet.md | grep -q "^ ! "'
  run ! eval 'lab guide sheet.md | LC_ALL=C grep -q "$(printf "\\302\\233\\|\\033\\|\\007")"'
}

@test "a guide and its terminals cost nothing while nothing happens" {
  open_term T1
  open_term T2
  guide 80 24
  wait_for shows g '0 of 3 steps'
  pid=$(pgrep -f '^lab guide' --pgroup "$(tm display-message -p -t g '#{pane_pid}')" -o)
  # How often it is awake tells that on any machine; how long, for a slow one must be let off.
  ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
  wakes() { awk '/_ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"; }
  before=$(wakes) worked=$(ticks)
  sleep 3
  woken=$(($(wakes) - before)) worked=$(($(ticks) - worked))
  echo "in 3 s woken $woken times, for $worked ticks"
  [ "$woken" -le 15 ]
  [ "$worked" -le 15 ]
}

@test "attempts are listed, the best one is marked, and forgotten only when asked for" {
  open_term T1
  type_in T1 'echo number $((40 + 2)) --loud'
  wait_for eval 'lab attempts sheet.md | grep -q "^  1 .* 1 of 3 steps, still open"'
  run lab forget --yes sheet.md
  [ "$status" -eq 1 ]
  [[ $output == *'is still open: close its terminals first' ]]
  type_in T1 exit
  wait_for eval '[ -z "$(cat "$TCP_LABS_STATE"/sheet/room-*)" ]'
  tm kill-session -t T1
  open_term T1
  run lab attempts sheet.md
  echo "$output"
  [[ ${lines[0]} == *'1 of 3 steps, the best' ]]
  [[ ${lines[1]} == *'0 of 3 steps, still open' ]]
  run lab forget --attempt 1 sheet.md </dev/null
  [ "$status" -eq 1 ]
  [[ $output == *'add --yes' ]]
  run lab forget --attempt 3 --yes sheet.md
  [ "$status" -eq 1 ]
  [[ $output == 'lab: no attempt 3; there are 2, 1 of '* ]]
  lab forget --attempt 1 --yes sheet.md
  [ "$(lab attempts sheet.md | wc -l)" -eq 1 ]
  type_in T1 exit
  wait_for eval '[ -z "$(cat "$TCP_LABS_STATE"/sheet/room-*)" ]'
  lab forget --yes sheet.md
  [ ! -e "$TCP_LABS_STATE/sheet" ]
  run lab attempts sheet.md
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == 'lab: no recording of sheet; `lab open sheet.md` makes one' ]]
}

@test "a recording of another version of the worksheet is told, and nothing else" {
  open_term T1
  type_in T1 'echo number $((40 + 2))'
  wait_for shows T1 '^number 42'
  echo 'One sentence more.' >>sheet.md
  run lab guide sheet.md
  echo "$output"
  [ "$status" -eq 0 ]
  grep -q 'another version' <<<"$output"
  guide 80 24
  wait_for shows g 'another version'
  keys Enter Enter r h w w
  wait_for shows g '1. One number'
  keys q
  wait_for shows g 'status 0'
}
