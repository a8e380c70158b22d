#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # worksheets are full of $ and `; bats sets status
# lab doctor: what it looks at, and what it says where something is missing.
load helper
load player

# A course of one worksheet that needs these.
course() {
  mkdir -p labs
  printf -- '- Needs: %s\n\n```console T1\n$ true\n```\n' "$1" >labs/01-one.md
  export TCP_LABS=$PWD/labs
}

@test "a machine that has all is told so, exit 0" {
  has_room
  course 'cat, a private room'
  run -0 lab doctor
  echo "$output"
  [[ ${lines[0]} =~ ^'ok    kernel     '[A-Z] ]]
  [[ $output == *'ok    room       '* ]]
  [[ $output == *'ok    cat        is here'* ]]
  [[ $output == *'ok    labs       1 of 1 can be played here'* ]]
  [ "${lines[-1]}" = 'This machine has all that the labs need.' ]
}

@test "the versions of the tools are told" {
  course 'ss, tcpdump'
  run lab doctor
  echo "$output"
  [[ $output =~ 'ok    ss         '.*iproute2 ]]
  [[ $output =~ 'ok    tcpdump    tcpdump version '[0-9] ]]
}

@test "a tool that is missing is named with what to type, exit 1" {
  has_room
  course 'no-such-tool'
  run -1 lab doctor
  echo "$output"
  [[ $output == *'NO    no-such-tool is not installed'* ]]
  [[ $output == *"$PWD/labs/install-tools"* ]]
  [[ $output == *'note  lab        01-one needs no-such-tool'* ]]
  [[ $output == *'NO    labs       0 of 1 can be played here'* ]]
  [ "${lines[-1]}" = '2 things stand in the way; what to do stands below each.' ]
}

@test "where there is no room it says why and what to type, exit 1" {
  no_room
  course 'a private room'
  run -1 "${PLAY[@]}" "$BIN/lab" doctor
  echo "$output"
  [[ ${lines[1]} == 'NO    room       '?* ]]
  [[ ${lines[2]} == '                   '[!\ ]* ]]
  [[ $output == *'note  lab        01-one needs a private room'* ]]
}

@test "an nc that is not OpenBSD's is told" {
  has_room
  course 'nc'
  mkdir other
  printf '#!/bin/sh\necho "GNU netcat"\n' >other/nc
  chmod +x other/nc
  PATH=$PWD/other:$PATH run -1 lab doctor
  echo "$output"
  [[ $output == *"NO    nc         is not OpenBSD's nc"* ]]
}

@test "an argument is wrong usage" {
  run -2 lab doctor everything
  [ "$output" = 'lab: doctor takes no argument, but here is everything; see lab --help' ]
}
