#!/usr/bin/env bats
# `lab open`: all terminals of a lab and the guide, whatever the size, and again when one was closed.
# shellcheck disable=SC2016 # what stands in single quotes is for tmux and the shells in it

load helper

setup() {
  common_setup
  at_home
  unset TMUX
  export TMUX_TMPDIR=$BATS_TEST_TMPDIR/servers
  mkdir -m 700 "$TMUX_TMPDIR"
  cat >sheet.md <<'END'
# A sheet

- Terminals: T1 left, T2 right, T4 far

```console T1
$ echo number 42
number <value>
```

```console T2
$ echo again 42
again <value>
```

```console T4
$ echo and again 42
and again <value>
```
END
}

teardown() {
  outer kill-server 2>/dev/null || true
  inner kill-server || true
  common_teardown
}

# A terminal of its own, in which `lab open` is typed: another tmux.
outer() { tmux -S "$BATS_TEST_TMPDIR/outer" -f /dev/null "$@" 3>&-; }
terminal() { # terminal COLUMNS ROWS
  outer new-session -d -s o -x "$1" -y "$2" 'unset TMUX; exec bash --norc'
  wait_for shows '[$#] *$'
}
# Its tmux tells the pseudo-terminal of a new size a moment later: wait until the shell there knows.
resize() { # resize COLUMNS ROWS
  outer resize-window -t o -x "$1" -y "$2"
  wait_for knows_size "$2 $1"
  type_in clear Enter
}
knows_size() {
  type_in 'stty size' Enter
  shows "^$1\$"
}
type_in() { outer send-keys -t o "$@"; }
shows() { outer capture-pane -p -t o | grep -qE -e "$1"; }

# What there is: the pane's label, its window, and its size, a line each, sorted.
panes() { inner list-panes -a -F "#{@lab}|#{window_index}|#{pane_width}|#{pane_height}" | grep -v '^|' | sort; }
# Inside a room root has another number, and so tmux another socket.
inner() { tmux -S "$(printf '%s\n' "$TMUX_TMPDIR"/tmux-*/default | tail -n 1)" "$@" 2>/dev/null; }
has_panes() { [ "$(panes | cut -d'|' -f1,2 | paste -sd,)" = "$1" ]; }
prompts() { [ "$(grep -l '"prompt"' "$TCP_LABS_STATE"/sheet/attempts/*/T?.cast 2>/dev/null | wc -l)" -eq "$1" ]; }

opens() { # opens PANES: and every terminal has its prompt
  type_in "lab open $PWD/sheet.md" Enter
  wait_for has_panes "$1"
  wait_for prompts 3
  wait_for shows ' then: '
}

WINDOWS='T1 left|1,T2 right|2,T4 far|4,guide|0'
PANES='T1 left|0,T2 right|0,T4 far|0,guide|0'

@test "below 170 columns each terminal has a window, as wide as the screen" {
  for size in '80 24' '120 40' '169 50'; do
    # shellcheck disable=SC2086 # two words
    terminal $size
    opens "$WINDOWS"
    wait_for shows 'guide\*'
    shows '0:guide.*1:T1 left.*2:T2 right.*4:T4 far'
    shows 'C-b then: 0 guide 1 T1 2 T2 \.\.  \[ scroll \(q ends\)  d leave'
    [ "$(panes | grep -c "|${size% *}|")" -eq 4 ]
    end_tmux outer
    end_tmux tmux
    wait_for eval '[ -z "$(cat "$TCP_LABS_STATE"/sheet/room-*)" ]'
    wait_for nobody_records
    rm -rf "$TCP_LABS_STATE/sheet"
  done
}

@test "from 170 columns on they are panes beside the guide, none under 80 columns" {
  for size in '170 50' '200 50' '250 60'; do
    # shellcheck disable=SC2086 # two words
    terminal $size
    opens "$PANES"
    wait_for shows '^.* guide .* T1 left '
    panes
    panes | awk -F'|' '$1 != "guide" && $3 < 80 { exit 1 } $1 != "guide" && $4 < 8 { exit 1 }'
    panes | awk -F'|' '$1 == "guide" && ($3 < 60 || $3 > 100) { exit 1 }'
    shows 'click a pane, or C-b and then: o next pane  z zoom, and back  \[ scroll \(q ends\)  d leave'
    end_tmux outer
    end_tmux tmux
    wait_for eval '[ -z "$(cat "$TCP_LABS_STATE"/sheet/room-*)" ]'
    wait_for nobody_records
    rm -rf "$TCP_LABS_STATE/sheet"
  done
}

@test "a terminal and the guide that were closed are brought back, the others as they were" {
  terminal 100 30
  opens "$WINDOWS"
  type_in C-b 2
  wait_for shows 'T2\$ *$'
  type_in 'echo again 42' Enter
  wait_for shows '^again 42'
  type_in exit Enter
  wait_for has_panes 'T1 left|1,T4 far|4,guide|0'
  type_in C-b 0
  wait_for shows 'Enter on .* q leave'
  type_in q
  wait_for has_panes 'T1 left|1,T4 far|4'
  type_in C-b d
  wait_for shows 'detached'
  one=$(tmux list-panes -a -F '#{@lab} #{pane_pid}' | grep ^T1)
  opens "$WINDOWS"
  [ "$one" = "$(tmux list-panes -a -F '#{@lab} #{pane_pid}' | grep ^T1)" ]
  wait_for eval '[ "$(grep -c "\"prompt\"" "$TCP_LABS_STATE"/sheet/attempts/*/T2.cast)" -ge 3 ]'
  grep -q 'command: echo again 42' "$TCP_LABS_STATE"/sheet/attempts/*/T2.cast
}

@test "opened again in a terminal of another size, everything finds its place" {
  terminal 100 30
  opens "$WINDOWS"
  wait_for shows 'C-b then'
  type_in C-b d
  wait_for shows 'detached'
  resize 200 50
  opens "$PANES"
  wait_for shows 'click a pane'
  panes
  panes | awk -F'|' '$1 != "guide" && $3 < 80 { exit 1 }'
  type_in C-b d
  wait_for shows 'detached'
  resize 90 30
  opens "$WINDOWS"
}

@test "from inside tmux it is a session of its own, with the way back in the status line" {
  terminal 100 30
  type_in 'tmux new-session -s mine' Enter
  wait_for eval 'tmux has-session -t mine 2>/dev/null'
  wait_for eval '[ -n "$(tmux list-clients -t mine)" ]'
  type_in "$BIN/lab open $PWD/sheet.md" Enter
  wait_for shows '1:T1 left'
  shows 'C-b then: .* L back'
  type_in C-b L
  wait_for shows '\[mine\]'
  # The user's own session is as it was.
  [ -z "$(tmux show-options -t mine mouse)" ]
}

@test "from inside a terminal of the lab the others are opened, and this one stays where it is" {
  terminal 100 30
  type_in "lab term $PWD/sheet.md T1" Enter
  wait_for shows 'T1\$ *$'
  type_in "lab open $PWD/sheet.md" Enter
  wait_for has_panes 'T2 right|2,T4 far|4,guide|0'
  wait_for prompts 3
  wait_for shows 'C-b then: '
  type_in C-b 2
  wait_for shows 'T2\$ *$'
  type_in 'clear; readlink /proc/self/ns/net' Enter
  wait_for shows '^net:'
  room=$(cut -d' ' -f1 "$TCP_LABS_STATE"/sheet/room-*)
  [ "$room" -eq 0 ] || shows "^$(readlink "/proc/$room/ns/net" | sed 's/[][]/\\&/g')$"
  type_in C-b d
  wait_for shows 'T1\$ *$'
  inner list-panes -a -F '#{@lab}' | grep -q 'T4 far'
}

@test "a user's own prefix and first window number change nothing" {
  printf 'set -g prefix C-a\nset -g base-index 1\nset -g pane-base-index 1\n' >"$HOME/.tmux.conf"
  terminal 100 30
  opens "$WINDOWS"
  wait_for shows 'C-a then: 0 guide 1 T1'
}

@test "what is in the environment reaches the panes, though tmux's server knows nothing of it" {
  terminal 100 30
  env -u TCP_LABS_STATE tmux new-session -d -s mine 3>&-
  opens "$WINDOWS"
  [ -d "$TCP_LABS_STATE/sheet/attempts" ]
}
