#!/usr/bin/env bats
# A lab of one's own: the page's commands, from nothing; and the words of `lab help`.
# shellcheck disable=SC2154 # output and status are bats'

load helper

setup() {
  common_setup
  export TCP_LABS_STATE=$BATS_TEST_TMPDIR/state
}

teardown() {
  common_teardown
}

# The blocks of the page whose fence is $1, one behind the other.
blocks() {
  awk -v fence="$1" '/^## A lab of your own/ { on = 1; next } /^## Plain/ { on = 0 }
    on && $0 == fence { inside = 1; end = fence; sub(/[a-z]+$/, "", end); next }
    inside && $0 == end { inside = 0 } inside' "$BATS_TEST_DIRNAME/../labs/README.md"
}

@test "the tutorial's commands, as they stand, give a lab that passes" {
  mkdir mine
  cd mine
  blocks '```sh' >commands
  [ "$(wc -l <commands)" -eq 6 ]
  head -n 2 commands >begin
  bash -e begin
  blocks '````markdown' >section
  [ "$(wc -l <section)" -gt 10 ]
  sed -i 's/^## 2\. Tidy up/## 3. Tidy up/' my-lab.md
  awk 'FNR == NR { section = section $0 "\n"; next } /^## 3\. Tidy up/ { printf "%s\n", section } { print }' \
    section my-lab.md >with
  cp with my-lab.md
  run lab run my-lab.md
  [ "$status" -eq 1 ] # the outputs are missing yet
  tail -n +3 commands >rest
  bash -e rest
  grep -qxF 'echo-client: connect to 127.0.0.1:9: Connection refused' my-lab.md
  grep -q '127.0.0.1:<client> .*TIME_WAIT' my-lab.md
}

@test "new writes over nothing, and takes no name from outside" {
  echo mine >my-lab.md
  run lab new my-lab
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [ "$(cat my-lab.md)" = mine ]
  for name in ../x /x 'a b' '' -x x.txt $'x\033[2J'; do
    run lab new "$name"
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
  done
  [ ! -e ../x.md ]
  run lab new
  [ "$status" -eq 2 ]
}

@test "help says what one command does; one that does not exist is told with the nearest" {
  for command in $(lab --help | sed -n 's/^\(usage:\|      \) lab \([a-z]*\).*/\2/p'); do
    lab help "$command" >told
    head -n 1 told | grep -q "^usage: lab $command"
    grep -q "^  $command  *[a-z]" told
    [ "$(wc -l <told)" -le 14 ]
    lab "$command" --help | diff told -
  done
  lab help | diff - <(lab --help)
  run lab help chek
  [ "$status" -eq 2 ]
  [ "$output" = 'lab: no command chek; did you mean lab check? see lab --help' ]
}

@test "bash completes the terminals of the lab at hand" {
  # shellcheck source=labs/player/completion/lab.bash
  . "$BATS_TEST_DIRNAME/../labs/player/completion/lab.bash"
  COMP_WORDS=(lab term 2 '') COMP_CWORD=3
  _lab
  [ "${COMPREPLY[*]}" = "$(lab transcript 2 | sed -n 's/^# //p' | grep -x 'T[1-9]' | tr '\n' ' ' | sed 's/ $//')" ]
  [[ " ${COMPREPLY[*]} " == *' T1 '* && " ${COMPREPLY[*]} " != *' T9 '* ]]
}
