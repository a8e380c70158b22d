#!/usr/bin/env bats
# A class at a glance. Thirty students follow lab 1 through real terminals, and most of them slip.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # backquotes are text; subshells on purpose; bats' variables

load helper

setup_file() {
  ! command -v make_file_folder >/dev/null || make_file_folder
  command -v tmux >/dev/null || return 0
  # shellcheck source=tests/class.bash
  . "$BATS_TEST_DIRNAME/class.bash"
  lab=$BIN/lab class=$BATS_FILE_TMPDIR/class
  mkdir "$class"
  # Five at a time: what they do takes time, not work.
  for n in 01 02 03 04 05 06; do
    for slip in halfway absolute pause elsewhere early; do
      student "$slip$n" "$slip" 3>&- &
    done
    wait
  done
}

setup() {
  common_setup
  command -v tmux >/dev/null || skip 'tmux is missing'
  class=$BATS_FILE_TMPDIR/class
}

teardown() {
  common_teardown
}

teardown_file() {
  ! command -v remove_file_folder >/dev/null || remove_file_folder
}

# How many rows have student $1 and what $2 says.
rows() { grep -E "^$1[0-9]" table | grep -cF -- "$2"; }

@test "thirty students: each one's cause is named, and where several are stuck" {
  lab class 1 "$class"/*.json >table
  cat table
  [ "$(grep -cE '^[a-z]+0[1-6] ' table)" -eq 30 ]
  [ "$(rows pause 'In T1 you typed `echo-server`; the sheet has `--pause-close 0.5` as well')" -eq 6 ]
  [ "$(rows absolute 'the sheet has `-S` as well')" -eq 6 ]
  [ "$(rows elsewhere 'other terminal')" -eq 6 ]
  [ "$(rows early '1. A listener')" -eq 6 ]
  [ "$(rows halfway '3. One connection')" -eq 6 ]
  grep -qF '6 of 30: 4. What tcpdump saw, step 7: In T1 you typed `echo-server`; the sheet has `--pause' table
  grep -q '^6 of 30: 4. What tcpdump saw, step 7: In T4 you typed .*; the sheet has `-S` as well' table
  # Who is stuck stands before who is only slow.
  [ "$(grep -nE '^(pause|absolute|elsewhere)' table | tail -n 1 | cut -d: -f1)" -lt \
    "$(grep -nE '^halfway' table | head -n 1 | cut -d: -f1)" ]
}

@test "since when, and the last command: from the check, or left out if that is of an older version" {
  local at
  at=$(sed -n 's/.*"since": "[^T]*T\([0-9:]\{5\}\).*/\1/p' "$class/pause01.json")
  lab class 1 "$class/pause01.json" >table
  cat table
  [[ $(head -n 1 table) =~ ^'student  steps    at     since  section '.*'  step  last command '.*'  cause  '.*'  why'$ ]]
  grep -qE "^pause01   6/17   [0-9:]{5}  $at  4\. What tcpdump saw +[0-9]+  T3: netstat -anto \| grep" table
  # A long one is cut, and the columns behind it begin at one place.
  lab class 1 "$class/pause01.json" "$class/halfway01.json" >table
  cat table
  grep -qE '  T4: tcpdump -i lo -nn -S -l --imm\.\.\.  not typed ' table
  # An older lab check does not tell.
  sed 's/"since": "[^"]*",*//; /^"typed": /d' "$class/pause01.json" >old.json
  lab class 1 old.json >table
  grep -qE '^pause01   6/17   [0-9:]{5}      -  4\. What tcpdump saw  .*  -  +command differs  In T1' table
  # Of another day the day is told.
  sed -E 's/"(since|last)": "20..-..-../"\1": "2025-07-09/g' "$class/pause01.json" >day.json
  lab class 1 day.json | grep -qE '^pause01   6/17   07-09  07-09  4\. What'
}

@test "what class says is what check says" {
  local student why
  lab class 1 "$class"/*.json >table
  for student in pause01 absolute02 elsewhere03; do
    why=$(TCP_LABS_STATE=$class/$student/state lab check 1 | sed -n 's/^  why: *//p')
    [ -n "$why" ]
    grep "^$student " table | grep -qF -- "$why"
  done
}

@test "--csv and --json tell the same to a script" {
  lab class --csv 1 "$class"/*.json >csv
  [ "$(wc -l <csv)" -eq 31 ]
  [ "$(head -n 1 csv)" = 'student,done,of,last,section,step,terminal,cause,why,since,command' ]
  [ "$(grep -c '^"pause0.",6,17,.*,"4. What tcpdump saw",7,"T4","command differs","In T1 you typed' csv)" -eq 6 ]
  [ "$(grep -cE '^"pause0.",.*,"20[0-9-]+T[0-9:]+[+-][0-9]+","netstat -anto' csv)" -eq 6 ]
  lab class --json 1 "$class"/*.json >json
  [ "$(grep -cE '"since": "20[0-9-]+T[0-9:+-]+", "command": "[a-z]' json)" -eq 30 ]
  [ "$(grep -c '"is": "stuck"' json)" -eq 18 ]
  [ "$(grep -c '^ {"student": "halfway0.", "is": "under way", "done": 3, "of": 17, ' json)" -eq 6 ]
}

@test "a file that is none is one clear line, and the others are counted" {
  cp "$class/pause01.json" good.json
  : >empty.json
  head -c 700 good.json >cut.json
  sed 's/"lab": "[^"]*"/"lab": "02-who-wakes-the-reader"/' good.json >other.json
  sed '/^  {"step": 9,/d' good.json >version.json
  printf '\0\1' >bytes.json
  echo '[[[[' >deep.json
  mkdir folder.json
  mkfifo pipe.json
  ln -s /dev/zero zero.json
  ln -s /dev/ptmx terminal.json
  { cat good.json; head -c 5000000 /dev/zero | tr '\0' ' '; } >long.json
  run --separate-stderr lab class 1 good.json empty.json cut.json other.json version.json bytes.json deep.json none.json \
    folder.json pipe.json zero.json terminal.json long.json
  echo "$output$stderr"
  [ "$status" -eq 1 ]
  [ "$(grep -c '^pause01' <<<"$output")" -eq 1 ]
  [ "${#lines[@]}" -eq 2 ]
  [ "${#stderr_lines[@]}" -eq 12 ]
  [[ $stderr == *'folder.json: it is a folder'* && $stderr == *'pipe.json: it is empty'* ]]
  [[ $stderr == *'zero.json: it is no file, but a device'* && $stderr == *'terminal.json: it is no file, but a device'* ]]
  [[ $stderr == *'long.json: it is too long'* ]]
  [[ $stderr == *'empty.json: it is empty'* && $stderr == *'cut.json: not what `lab check --json` writes, or cut off'* ]]
  [[ $stderr == *'other.json: of another lab, 02-who-wakes-the-reader'* ]]
  [[ $stderr == *'version.json: of another version of this worksheet'* && $stderr == *'none.json: No such file'* ]]
}

# A student of the name $1 in the file $2.
named() { sed "s/\"user\": \"[^\"]*\"/\"user\": \"$1\"/" "$class/pause01.json" >"$2"; }

@test "names line up, wide and combining characters too, and none drives the terminal" {
  named 'Zoë Müßig' 1.json
  named 'Zoe Muesig' 2.json
  named '王小明' 3.json
  named "Zoe$(printf '\314\210') M" 4.json # the two dots are a character of their own
  named '박지민' 5.json
  named 'a\\u001b[2J..\/x\\u009b' 6.json
  named 'b\\nc\\td' 7.json
  lab class 1 [1-7].json >table
  cat -v table
  # The longest is the escaped one, 20 columns; a wide character takes two.
  grep -qxE 'Zoë Müßig              6/17  .*' table
  grep -qxE 'Zoe Muesig             6/17  .*' table
  grep -qxE '王小明                 6/17  .*' table
  grep -qxE "Zoe$(printf '\314\210') M                  6/17  .*" table
  grep -qxE '박지민                 6/17  .*' table
  grep -qF 'a\x1b[2J../x\xc2\x9b' table
  grep -qF 'b\x0ac\x09d' table
  run -1 grep "$(printf '\033')" table
  [ "$(wc -l <table)" -eq 10 ]
}

@test "--watch: q ends it and gives the screen back; a long table moves on a short screen" {
  local screen=$BATS_TEST_TMPDIR/tmux
  tm() { tmux -S "$screen" -f /dev/null "$@" 3>&-; }
  shows() { tm capture-pane -p -t watch | grep -qE -- "$1"; }
  tm new-session -d -s watch -x 90 -y 12 "echo before; '$BIN/lab' class --watch 1 '$class'/*.json; echo ended \$?; exec sleep 100"
  wait_for shows '^1 to 9 of 3[0-9] lines, every 2 s; .*q ends'
  shows '^1\. Handshake and close'
  shows '^student +steps '
  [ "$(tm capture-pane -p -t watch | grep -cE '^[a-z]+0[1-6] ')" -eq 9 ]
  # Down, and to the right, where the reasons are.
  tm send-keys -t watch Space
  wait_for shows '^11 to 19 of'
  tm send-keys -t watch Right Right Right Right Right
  wait_for shows '`echo-server`'
  tm send-keys -t watch Left Left Left Left Left Up
  wait_for shows '^10 to 18 of'
  shows '^student +steps '
  tm resize-window -t watch -x 60 -y 20
  wait_for shows '^10 to 26 of'
  [ "$(tm capture-pane -p -t watch | awk '{ print length }' | sort -n | tail -n 1)" -le 60 ]
  tm send-keys -t watch q
  wait_for shows '^ended 0'
  shows '^before'
  # And ^C.
  tm new-window -t watch "stty -a >before; '$BIN/lab' class --watch 1 '$class'/*.json; stty -a >after; echo ended \$?; exec sleep 100"
  wait_for shows 'lines, every 2 s'
  tm send-keys -t watch C-c
  wait_for shows '^ended'
  tm kill-server
}

@test "accounts of this machine are asked through sudo, as themselves" {
  local me
  me=$(id -un)
  mkdir fake
  # In place of sudo(8): it is asked for just this, and the state is the one of that account.
  cat >fake/sudo <<X
#!/bin/sh
[ "\$1 \$2 \$3 \$5" = '-n -H -u --' ] || exit 9
case "\$6 \$7 \$8 \$9" in */lab' check --json 01') ;; *) exit 8 ;; esac
echo "\$4" >>'$PWD/asked'
[ "\$4" != bin ] || { echo 'sudo: a password is required' >&2; exit 1; }
user=\$4
shift 5
TCP_LABS_STATE='$class/pause04/state' exec "\$@"
X
  chmod +x fake/sudo
  id daemon && id bin || skip 'no such accounts here'
  [ "$me" != daemon ] && [ "$me" != bin ]
  PATH=$PWD/fake:$PATH TCP_LABS_STATE=$PWD/nothing run --separate-stderr lab class 1 daemon bin "$me" '../x' no-such-one
  echo "$output$stderr"
  [ "$status" -eq 1 ]
  [ "$(sort asked | tr '\n' ' ')" = 'bin daemon ' ]
  [[ $output == *' 6/17 '*'the sheet has `--pause-close 0.5` as well'* ]]
  grep -q "^$me .* 0/17 .*not begun" <<<"$output"
  [ "${#stderr_lines[@]}" -eq 3 ]
  [[ $stderr == *'bin: sudo: a password is required'* && $stderr == *'no-such-one: no such account'* ]]
  run lab class --group no-such-group 1
  [ "$status" -eq 2 ]
  PATH=$PWD/fake:$PATH run lab class --group "$(id -gn daemon)" 1
  [[ $output == *' 6/17 '* ]]
}

@test "thirty checks are told within two seconds" {
  lab class 1 "$class"/*.json >table # the first reading warms the cache
  SECONDS=0
  lab class 1 "$class"/*.json >table
  [ "$SECONDS" -lt 2 ]
}

@test "wrong usage of class is told" {
  for bad in '' '1' '--csv --json 1 x.json' '--watch 1 x.json' '--nonsense 1 x.json'; do
    # shellcheck disable=SC2086 # words on purpose
    run lab class $bad
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
  done
}
