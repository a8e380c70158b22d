#!/usr/bin/env bats
# `lab run --step`: the guide's page, the machine types, and nothing that matters is cut.

load helper

setup() {
  common_setup
  command -v tmux >/dev/null || skip 'tmux is missing'
  export HOME=$BATS_TEST_TMPDIR
  {
    printf '# Long lines\n\n- Terminals: T1 left, T2 right\n\n## 1. Ten of them\n\nCount them.\n\n'
    # shellcheck disable=SC2016
    printf '```console T1\n$ for i in 1 2 3 4 5 6 7 8 9 10; do printf "%%-110s end of %%s\\n" "line $i" $i; done\n'
    for i in 1 2 3 4 5 6 7 8 9 10; do printf 'line %s end of %s\n' $i $i; done
    printf '```\n\nThere were ten.\n\n'
    # shellcheck disable=SC2016
    printf '```console T2\n$ echo last\nlast\n```\n\nThat is all.\n'
  } >long.md
}

teardown() {
  tm kill-server 2>/dev/null || true
  common_teardown
}

tm() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }
shows() { tm capture-pane -p -t p | grep -qE -e "$1"; }
step() { tm new-session -d -s p -x "$1" -y "$2" 'lab run --step long.md; sleep 60'; }
key() { tm send-keys -t p "$@"; }

@test "lines longer than the screen are seen to their ends, all of them, at 80x24 and at 200x50" {
  for size in '80 24' '120 40' '200 50'; do
    # shellcheck disable=SC2086 # two words
    step $size
    wait_for shows 'step 1 of 2'
    shows 'Count them'
    shows '10 lines to come: predict them'
    run ! shows 'There were ten'
    key Enter
    wait_for shows 'step 2 of 2'
    shows 'There were ten'
    key w # the terminal alone
    wait_for shows ' T1$'
    for i in 1 2 3 4 5 6 7 8 9 10; do
      shows "end of $i\$" || { key b; tm capture-pane -p -t p; return 1; }
    done
    end_tmux tm
  done
}

@test "the terminal in which something happened has the width, and its end is on the page" {
  for size in '80 24' '200 50'; do
    # shellcheck disable=SC2086 # two words
    step $size
    wait_for shows 'step 1 of 2'
    key Enter
    wait_for shows 'step 2 of 2'
    shows '( |^)T1 left'
    shows 'end of 10 *$'
    key Enter
    wait_for shows 'after step 2'
    shows 'That is all'
    shows 'last *$'
    key b
    wait_for shows 'step 2 of 2'
    key Enter
    wait_for shows 'after step 2'
    key q
    wait_for shows '^. passed, 0 failed, 0 skipped'
    end_tmux tm
  done
}

@test "r reveals what is promised before it is played" {
  step 80 24
  wait_for shows 'step 1 of 2'
  key r
  wait_for shows 'line 3 end of 3'
  key r
  wait_for shows '10 lines to come'
}

@test "a projector whose terminal is closed in the middle of a play leaves no process" {
  step 80 24
  wait_for shows 'step 1 of 2'
  key Enter
  wait_for shows 'step 2 of 2'
  lab=$(pgrep -P "$(tm display-message -p -t p '#{pane_pid}')")
  players=$(pgrep -P "$lab")
  [ -n "$players" ]
  tm kill-server
  for process in $lab $players; do
    wait_for eval "! kill -0 $process 2>/dev/null"
  done
}
