#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # worksheets are full of $ and `; status and lines are bats'
# The worksheets of the course: each passes as it stands, and fails if any of its promises is changed.
load helper

SHEETS=("$BATS_TEST_DIRNAME"/../labs/[0-9][0-9]-*.md)

# The numbers N P F S of the closing line: worksheets, passed, failed, skipped.
sum() {
  local numbers
  [[ ${lines[-1]} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]
  numbers=("${BASH_REMATCH[@]:1}")
  echo $((numbers[0] + numbers[1] + numbers[2])) "${numbers[@]}"
}

# Is every worksheet played here? Not without a room, or without the right to capture.
all_are_played() {
  [ "$(id -u)" -eq 0 ] || unshare -Urmnp true 2>/dev/null || skip 'no private room here'
}

@test "every worksheet passes" {
  run lab run --patient
  echo "$output"
  [ "$status" -eq 0 ]
  read -r all passed failed skipped < <(sum)
  [ "$all" -eq "${#SHEETS[@]}" ]
  [ "$failed" -eq 0 ]
  [ "$passed" -gt 0 ]
  all_are_played
  [ "$skipped" -eq 0 ]
}

@test "labs 1, 2 and 5 pass while the ports 8000 and 8008 are taken, three times in a row" {
  all_are_played
  for port in 8000 8008; do
    nc -lk 127.0.0.1 "$port" </dev/null >/dev/null 2>&1 3>&- &
    STARTED+=("$!")
  done
  for _ in 1 2 3; do
    run lab run 1 2 5
    echo "$output"
    [ "${lines[-1]}" = '3 passed, 0 failed, 0 skipped' ]
  done
}

@test "no worksheet proves less than it seems to" {
  run lab lint
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "no search for a port finds one that the kernel picks: 4004 stands in 40048 too" {
  # 32768 to 60999: four digits that they may begin with, and no end behind these.
  run -1 grep -nE '^ *\$ .*grep [^|]*:(3[2-9]|[45][0-9]|60)[0-9]{2}($|[^0-9[ ])' "${SHEETS[@]}"
  echo "$output"
  [ -z "$output" ]
}

@test "each worksheet has its head, its predictions and its questions" {
  for sheet in "${SHEETS[@]}"; do
    echo "$sheet"
    number=$(basename "$sheet" | sed 's/^0*\([0-9]*\)-.*/\1/')
    head -n 1 "$sheet" | grep -q "^# $number\. "
    for word in Shows Time Terminals Needs; do
      grep -q "^- $word: ." "$sheet"
    done
    for heading in Elsewhere Questions; do
      grep -qE "^## ([0-9]+\. )?$heading\$" "$sheet"
    done
    [ "$(grep -c '^<details>' "$sheet")" -ge 3 ]
    grep -q '\*\*Predict' "$sheet"
  done
}

@test "each worksheet stands in the list, once" {
  readme=$BATS_TEST_DIRNAME/../labs/README.md
  diff <(for sheet in "${SHEETS[@]}"; do basename "$sheet"; done) \
    <(sed -n 's/^| \[[0-9][0-9] [^]]*\](\([0-9][^)]*\)) | .* |$/\1/p' "$readme" | sort)
}

@test "no worksheet sleeps, and a command that changes the system stands in a room block" {
  for sheet in "${SHEETS[@]}"; do
    run awk '
      /^```console T/ { room = / room/ }
      /^\$ / && /(^|[^a-z-])sleep / { print FILENAME ":" FNR ": " $0; bad = 1 }
      /^\$ .*(sysctl -w|> *\/proc\/sys|ip link (add|set|del)|ip netns add|ip address add|nft |tc qdisc)/ && !room {
        print FILENAME ":" FNR ": " $0; bad = 1
      }
      END { exit bad }' "$sheet"
    echo "$output"
    [ "$status" -eq 0 ]
  done
}

@test "a promise that is changed does not go unnoticed: a sample of the mutants of labs 1 and 2" {
  all_are_played
  TCP_LABS_BIN=$BIN run "$BATS_TEST_DIRNAME/mutate" -n 12 "${SHEETS[@]:0:2}"
  echo "$output"
  [[ ${lines[0]} =~ ^'01-handshake-and-close: '([0-9]+)' mutants, '([0-9]+)' caught'$ ]]
  [ "${BASH_REMATCH[1]}" -ge 20 ]
  [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
}

observations() { # observations MATCH.c: builds it with that comparison
  local player=$BATS_TEST_DIRNAME/../labs/player
  "${CC:-cc}" -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -I"$player" -o observations \
    "$BATS_TEST_DIRNAME/mutants/observations.c" "$player/worksheet.c" "$player/placeholder.c" "$player/cause.c" "$1"
}

@test "an observation that is changed does not go unnoticed, in any worksheet" {
  observations "$BATS_TEST_DIRNAME/../labs/player/match.c"
  run ./observations "${SHEETS[@]}"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "${#SHEETS[@]}" ]
}

@test "an observation that is changed is noticed by nobody who does not look" {
  sed 's/\.stamp >= oldest(c, item)/.stamp >= 0/' "$BATS_TEST_DIRNAME/../labs/player/match.c" >match.c
  observations match.c
  run -1 ./observations "${SHEETS[0]}"
  grep ' early: unnoticed: ' <<<"$output"
}

@test "mutate tells a mutant that survives, and one whose report names another line" {
  mkdir bin
  printf '```console T1\n$ echo one 2\none 2\n$ echo <x\n<name> three\n<name+1> four\n```\n' >sheet.md
  printf '#!/bin/sh\necho "1 passed, 0 failed, 0 skipped"\n' >bin/lab
  chmod +x bin/lab
  TCP_LABS_BIN=$PWD/bin run -1 "$BATS_TEST_DIRNAME/mutate" sheet.md
  echo "$output"
  for mutant in 3\ {digit,letter,removed,added} 5\ {letter,name,removed,added} 6\ {letter,name,sum,removed,added}; do
    grep -q "^sheet:$mutant: SURVIVED" <<<"$output"
  done
  [ "${lines[-1]}" = 'sheet: 13 mutants, 0 caught' ]
  printf '#!/bin/sh\nfor f; do :; done
    case $f in *sheet.md) echo "1 passed, 0 failed, 0 skipped" ;; *) echo "$f:4: T1 differs"; exit 1 ;; esac' >bin/lab
  TCP_LABS_BIN=$PWD/bin run -1 "$BATS_TEST_DIRNAME/mutate" sheet.md
  echo "$output"
  grep -q '^sheet:3 letter: WRONG LINE' <<<"$output"
  [ "${lines[-1]}" = 'sheet: 13 mutants, 2 caught' ]
}
