# shellcheck shell=bash disable=SC2154 # lab and work are set by who loads this
# person.bash - somebody at the terminals of a lab: `source` it, then
#
#   person_begin SHEET       read the worksheet; the terminals open in a tmux server of their own
#   person_follows [A [B]]   type what steps A to B say, each once the one before is kept
#   person_types T TEXT      type a line in terminal T (a number), once it shows a prompt, whatever it be
#   person_enters T TEXT     ... into the program that runs there
#   person_presses T KEY     press ^KEY there
#   person_leaves            close all
#   step_with TEXT [N]       the number of the Nth step (1) in whose block TEXT stands
#   kept STEP, state STEP    what `lab check` says of a step: how many exchanges are kept; done, differs, ...
#
# SLIPS=1: with a typing mistake mended with backspace, a command repeated, `clear`. WRONG=STEP and
# WRONG_TEXT: what that step types first is replaced. Gives a step up after DEADLINE seconds (30). Patient
# sections are left out. $lab is the player, $work a folder.

tm() { tmux -S "$work/tmux" -f /dev/null "$@" 3>&-; }

# "step terminal number kind text" for each thing that is typed, from the worksheet's blocks; not of a section
# with a block that waits for minutes.
person_begin() {
  sheet=$1
  : >"$work/watched"
  awk -v watched="$work/watched" '
    FNR == 1                  { section = 0 }
    /^## /                    { section++ }
    /^ *```+ *console T[1-9].* patient/ && NR == FNR { patient[section] = 1 }
    NR == FNR                 { next }
    function says(kind, text) { print step, terminal, ++number, kind, text; begins = 0 }
    /^ *```+ *console T[1-9].* watch/ && !/patient/ { print step + 1 >watched }
    /^ *```+ *console T[1-9]/ { terminal = $0; sub(/^.*console T/, "", terminal)
                                terminal = substr(terminal, 1, 1)
                                step++; number = 0; inside = begins = 1; next }
    /^ *```/                  { inside = 0 }
    !inside || section in patient { next }
    /^\$ ./                   { says("command", substr($0, 3)); next }
    /^>( |$)/                 { says("input", substr($0, 3)); next }
    /^\^[][CDZ\\]$/           { says("key", substr($0, 2, 1)); next }
    begins                    { says("output", "") }
  ' "$sheet" "$sheet" >"$work/script"
}

person_leaves() { [ ! -S "$work/tmux" ] || tm kill-server 2>/dev/null || true; }

step_with() {
  text=$1 awk -v want="${2:-1}" '
    /^ *```+ *console T[1-9]/ { step++; inside = 1; next }
    /^ *```/                  { inside = 0 }
    inside && index($0, ENVIRON["text"]) && step != last { last = step; if (++found == want) { print step; exit } }
  ' "$sheet"
}

of_step() {
  "$lab" check --json "$sheet" 2>/dev/null | sed -n "s/^ *{\"step\": $1, .*\"$2\": \"*\([0-9a-z ]*\).*/\1/p"
}
kept() { of_step "$1" kept; }
state() { of_step "$1" state; }

# A bound name's value, for a command such as `kill <pid>`.
fill() {
  local text=$1 name value
  while [[ $text =~ \<([A-Za-z][A-Za-z0-9_]*)\> ]]; do
    name=${BASH_REMATCH[1]}
    value=$("$lab" check --json "$sheet" 2>/dev/null | sed -n "s/.*\"$name\": \([0-9]*\).*/\1/p" | head -n 1)
    [ -n "$value" ] || break
    text=${text//"<$name>"/$value}
  done
  printf '%s' "$text"
}

wait_until() {
  local end=$((SECONDS + ${DEADLINE:-30}))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

at_prompt() { tm capture-pane -p -t "t$1" | grep -v '^$' | tail -n 1 | grep -q "T$1\\$ *\$"; }
is_typed() { ! at_prompt "$1"; }
has_kept() { [ "$(kept "$1")" -ge "$2" ] 2>/dev/null; }
differs() { [ "$(state "$1")" = differs ]; }
# A block that is watched is typed again until it shows what it should.
watched_in_vain() { grep -qx "$1" "$work/watched" && [ "$(state "$1")" != 'done' ]; }
# What only looks ends soon, and may be typed again also if it shows what is past: of a client that was
# started again.
only_looks() { [[ $1 =~ ^(ip netns exec [a-z]+ )?(netstat|ss|lsof|grep|ladder|cat)\  ]]; }
looks_in_vain() { only_looks "$2" && [ "$(state "$1")" != 'done' ]; }

open_terminal() {
  tm has-session -t "t$1" 2>/dev/null && return
  tm new-session -d -s "t$1" -x "${COLUMNS_OF:-200}" -y 50 "exec '$lab' term '$sheet' T$1"
  wait_until at_prompt "$1" || { echo "T$1 shows no prompt" >&2; return 1; }
}

person_enters() {
  local text
  text=$(fill "$2")
  if [ "${SLIPS:-0}" = 1 ] && [ ${#text} -gt 3 ]; then
    tm send-keys -t "t$1" -l "${text:0:2}zx"
    tm send-keys -t "t$1" BSpace BSpace
    tm send-keys -t "t$1" -l "${text:2}"
  elif [ -n "$text" ]; then
    tm send-keys -t "t$1" -l "$text"
  fi
  if [ "${AT_PROMPT:-no}" = yes ]; then
    wait_until is_typed "$1" || { echo "T$1 shows nothing of what is typed" >&2; return 1; }
  fi
  tm send-keys -t "t$1" Enter
}

# Once it has returned the terminal is at no prompt until the command has ended.
person_types() {
  open_terminal "$1"
  wait_until at_prompt "$1" || { echo "T$1 is busy" >&2; return 1; }
  AT_PROMPT=yes person_enters "$1" "$2"
}

person_presses() {
  open_terminal "$1"
  tm send-keys -t "t$1" "C-$2"
}

# One thing that the sheet says; number: the how manieth of its step.
person_does() {
  local step=$1 terminal=$2 number=$3 kind=$4 text=$5
  case $kind in
    command)
      if [ "${SLIPS:-0}" = 1 ] && [ "$number" = 1 ]; then
        person_types "$terminal" clear || return 1
      fi
      if [ "$step" = "${WRONG:-}" ] && [ "$number" = 1 ]; then text=$WRONG_TEXT; fi
      person_types "$terminal" "$text" || return 1
      # A look that costs nothing is taken twice.
      if [ "${SLIPS:-0}" = 1 ] && [[ $text == netstat* || $text == ss\ * ]]; then
        person_types "$terminal" "$text" || return 1
      fi
      ;;
    input) person_enters "$terminal" "$text" ;;
    key) person_presses "$terminal" "$text" ;;
  esac
}

# What was in vain, once more; of a block that is watched all that stands before it there as well.
person_repeats() {
  local step terminal number kind text
  if ! grep -qx "$1" "$work/watched"; then
    person_enters "$2" "$4"
    return
  fi
  while read -r step terminal number kind text <&5; do
    if [ "$step" = "$1" ] && [ "$number" -le "$3" ] && [ "$kind" = command ]; then
      person_types "$terminal" "$text" || return 1
    fi
  done 5<"$work/script"
}

person_follows() {
  local from=${1:-1} to=${2:-${1:-999}} step terminal number kind text end wrong=${WRONG:-999}
  [ $# -gt 0 ] || to=999
  while read -r step terminal number kind text <&4; do
    [ "$step" -ge "$from" ] || continue
    [ "$step" -le "$to" ] || break
    # Behind a slip a number may not have been seen that is to be typed.
    if [ "$step" -gt "$wrong" ] && [[ $(fill "$text") =~ \<[A-Za-z][A-Za-z0-9_]*\> ]]; then continue; fi
    open_terminal "$terminal" || return 1
    person_does "$step" "$terminal" "$number" "$kind" "$text" || return 1
    # A state may take its time: look again, as the worksheet's `watch` does.
    end=$((SECONDS + ${DEADLINE:-30}))
    [ "$step" -lt "$wrong" ] || end=$((SECONDS + 2))
    until has_kept "$step" "$number"; do
      if [ "$SECONDS" -ge "$end" ]; then
        if [ "$step" -ge "$wrong" ]; then
          ! only_looks "$text" || wait_until at_prompt "$terminal"
          break
        fi
        echo "step $step is not kept" >&2
        return 1
      fi
      if [ "$kind" = command ] && [ "$step" != "${WRONG:-}" ] && at_prompt "$terminal" &&
        { differs "$step" || watched_in_vain "$step" || looks_in_vain "$step" "$text"; }; then
        person_repeats "$step" "$terminal" "$number" "$text" || return 1
      fi
      sleep 0.05
    done
  done 4<"$work/script"
}
