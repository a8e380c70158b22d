# shellcheck shell=bash disable=SC2154 # lab, work and sheet are set by who loads this
# plain.bash - somebody who works without `lab term`: `source` it behind person.bash. The terminals are
# plain shells under script(1), in a network of their own (that takes root); `lab check` reads what script has written.

real_lab=$lab
typescripts() {
  local n
  for n in 1 2 3 4 5 6; do
    [ ! -s "$work/T$n.txt" ] || printf 'T%s=%s\n' "$n" "$work/T$n.txt"
  done
}
plain_check() {
  local files
  mapfile -t files < <(typescripts)
  [ ${#files[@]} -gt 0 ] && "$real_lab" check --json "$1" "${files[@]}"
}
of_step() {
  plain_check "$sheet" 2>/dev/null | sed -n "s/^ *{\"step\": $1, .*\"$2\": \"*\([0-9a-z ]*\).*/\1/p"
}
fill() {
  local text=$1 name value
  while [[ $text =~ \<([A-Za-z][A-Za-z0-9_]*)\> ]]; do
    name=${BASH_REMATCH[1]}
    value=$(plain_check "$sheet" 2>/dev/null | sed -n "s/.*\"$name\": \([0-9]*\).*/\1/p" | head -n 1)
    [ -n "$value" ] || break
    text=${text//"<$name>"/$value}
  done
  printf '%s' "$text"
}
# ^D leaves no trace in a text until the program has ended.
has_kept() { [ "$kind $text" = 'key D' ] || [ "$(kept "$1")" -ge "$2" ] 2>/dev/null; }
at_prompt() { tm capture-pane -p -t "t$1" | grep -v '^$' | tail -n 1 | grep -q 'ann@box:[^$#]*[$#] *$'; }
open_terminal() {
  tm has-session -t "t$1" 2>/dev/null && return
  mkdir -p "$work/desk"
  cat >"$work/rc" <<'RC'
PS1='ann@box:\w\$ '
unset PROMPT_COMMAND
RC
  local shell="cd '$work/desk' && exec script -q -f -c 'bash --rcfile $work/rc -i' '$work/T$1.txt'"
  if [ -S "$work/tmux" ]; then
    tm new-session -d -s "t$1" -x "${COLUMNS_OF:-100}" -y 50 "$shell"
  else
    # The first process of a process namespace keeps it: the server itself goes into the background.
    unshare -nmpf --mount-proc --kill-child sh -c 'mount -t tmpfs none /run && ip link set lo up && "$@" &&
      exec sleep 3600' sh tmux -S "$work/tmux" -f /dev/null \
      new-session -d -s "t$1" -x "${COLUMNS_OF:-100}" -y 50 "$shell" >/dev/null 3>&- &
    keeper=$!
    wait_until tm has-session -t "t$1" 2>/dev/null
  fi
  wait_until at_prompt "$1" || { echo "T$1 shows no prompt" >&2; return 1; }
}

plain_leaves() {
  person_leaves
  [ -z "${keeper:-}" ] || kill -9 "$keeper" 2>/dev/null || true
  keeper=
}
