#!/usr/bin/env bats
# A lab of one's own: the page's commands, from nothing; and the words of `lab help`.
# shellcheck disable=SC2016,SC2154 # output and status are bats'

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

@test "a worksheet of one's own is told where a lab of its name is looked for" {
  lab new my-lab
  run lab run my-lab
  [ "$status" -eq 2 ]
  [ "$output" = 'lab: no lab my-lab; did you mean my-lab.md; `lab list` shows them' ]
}

@test "new without the right to write says so, and a slip in a name that is typed is noted" {
  mkdir shut
  chmod 555 shut
  local user=()
  [ -w shut ] && user=(setpriv '--bounding-set=-dac_override,-dac_read_search') # root
  run env -C shut "${user[@]}" "$BIN/lab" new my-lab
  [ "$status" -eq 1 ]
  [ "$output" = 'lab: write my-lab.md: Permission denied' ]
  lab new my-lab
  sed -i 's/grep :<client>/grep :<clent>/' my-lab.md
  run lab lint my-lab.md
  [ "$output" = "my-lab.md:$(grep -n '<clent>' my-lab.md | cut -d: -f1): note: <clent> is bound nowhere: it is typed as it stands" ]
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

@test "an option that does not exist is told with the nearest" {
  run lab check --jsn 1
  [ "$status" -eq 2 ]
  [ "$output" = 'lab: check has no option --jsn; did you mean --json? see lab help check' ]
  run lab transcript --sektion 2 1
  [ "$output" = 'lab: transcript has no option --sektion; did you mean --section? see lab help transcript' ]
  for none in --xyzzy -x; do
    run lab check "$none" 1
    [ "$output" = "lab: check has no option $none; see lab --help" ]
  done
}

# What bash completes when these words are typed and the cursor is in the last one, or in word $at.
completed() {
  # shellcheck source=labs/player/completion/lab.bash
  . "$BATS_TEST_DIRNAME/../labs/player/completion/lab.bash"
  COMP_WORDS=("$@") COMP_CWORD=${at:-$(($# - 1))}
  _lab
  echo "${COMPREPLY[*]}"
}

@test "bash completes sections, options, files and accounts" {
  local sections
  sections=$(lab transcript --section 99 2 2>&1 | sed -n 's/.* to \([0-9]*\)$/\1/p')
  [ "$(at=3 completed lab transcript --section '' 2 T1)" = "$(seq -s ' ' "$sections")" ]
  [ "$(completed lab transcript 2 --section '')" = "$(seq -s ' ' "$sections")" ]
  [ "$(completed lab transcript --section '')" = "$(seq -s ' ' "$(grep -c '^## ' "$BATS_TEST_DIRNAME"/../labs/01-*.md)")" ]
  [ "$(completed lab transcript --observed --section 4 1 '')" = 'T1 T2 T3 T4' ]
  [ "$(completed lab check 1 T)" = 'T1= T2= T3= T4=' ]
  touch typed.txt ann.json
  [ "$(completed lab check 1 T1 = typ)" = typed.txt ]
  [ "$(completed lab transcript --observed 1 T1 --from typ)" = typed.txt ]
  [ "$(completed lab class 1 ann.)" = ann.json ]
  [[ " $(completed lab class 1 roo) " == *' root '* ]]
  [[ " $(completed lab class --group roo) " == *' root '* ]]
  [ "$(completed lab he)" = help ]
  [ "$(completed lab help acc)" = accept ]
  [ "$(completed lab open 1 '')" = '' ]
  [[ $(completed lab run 01-handshake-and-close 02) == 02-* ]]
  # Each option that the help of a command tells, in both shells.
  for command in $(completed lab help ''); do
    for option in $(lab help "$command" | grep -oE -- '(^|[[ ])--[a-z]+(-[a-z]+)*' | tr -d '[ '); do
      [[ " $(completed lab "$command" -) " == *" $option "* ]]
      sed -n "/^  [a-z|]*${command}[a-z|]*)/,/;;/p" "$BATS_TEST_DIRNAME/../labs/player/completion/_lab" | grep -q -e "'$option\["  -e "'$option'" ||
        { echo "zsh does not know $option of $command"; return 1; }
    done
  done
}

@test "zsh completes sections with their titles" {
  command -v zsh >/dev/null && command -v tmux >/dev/null || skip 'zsh or tmux is missing'
  tm() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }
  shows() { tm capture-pane -p -t zsh | grep -qE -- "$1"; }
  mkdir z
  cat >z/.zshrc <<X
fpath=('$BATS_TEST_DIRNAME/../labs/player/completion' \$fpath)
PATH='$BIN':\$PATH
autoload -Uz compinit
compinit -u -D
PS1='ready> '
X
  tm new-session -d -s zsh -x 90 -y 30 "exec env ZDOTDIR='$PWD/z' zsh -i"
  wait_for shows '^ready>'
  tm send-keys -t zsh -l 'lab transcript --section '
  wait_for shows 'section'
  tm send-keys -t zsh Tab
  wait_for shows '^4 +-- 4\. What tcpdump saw'
  tm kill-server
}

@test "bash completes the terminals of the lab at hand" {
  # shellcheck source=labs/player/completion/lab.bash
  . "$BATS_TEST_DIRNAME/../labs/player/completion/lab.bash"
  COMP_WORDS=(lab term 2 '') COMP_CWORD=3
  _lab
  [ "${COMPREPLY[*]}" = "$(lab transcript 2 | sed -n 's/^# //p' | grep -x 'T[1-9]' | tr '\n' ' ' | sed 's/ $//')" ]
  [[ " ${COMPREPLY[*]} " == *' T1 '* && " ${COMPREPLY[*]} " != *' T9 '* ]]
}
