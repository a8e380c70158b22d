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
  [ -z "${keeper:-}" ] || { kill -9 "$keeper" && wait "$keeper"; } 2>/dev/null || true
  keeper=
}

# ---- What the terminals left, compared ----

terminals() { "$real_lab" transcript "$sheet" | sed -n 's/^# T\([1-9]\)$/\1/p'; }

# The same as a capture of tmux and, out of what script wrote, as an asciicast.
plain_captures() {
  local n
  for n in $(terminals); do
    tm capture-pane -p -J -S - -t "t$n" >"$work/T$n.pane" 2>/dev/null || rm -f "$work/T$n.pane"
  done
}
plain_casts() {
  local n
  for n in $(terminals); do
    [ -s "$work/T$n.txt" ] || continue
    {
      printf '{"version": 2, "width": %d, "height": 50}\n' "${COLUMNS_OF:-100}"
      sed -e '1{/^Script started/d}' -e '/^Script done/d' -e 's/\\/\\\\/g; s/"/\\"/g; s/\x1b/\\u001b/g; s/\r/\\r/g' \
        -e 's/\x08/\\b/g; s/\x07/\\u0007/g; s/\t/\\t/g; s/.*/[1.5, "o", "&\\n"]/' "$work/T$n.txt"
      echo
    } >"$work/T$n.cast"
  done
}

plain_compares_check() {
  local files
  mapfile -t files < <(typescripts)
  "$real_lab" check "$sheet" "${files[@]}" >"$1" 2>&1
}

# Diff each terminal as a whole and each section of it, as the page in labs/README.md has it, from each kind of
# text. A difference is printed behind a line `=== T1 section 2 txt`. Sets `compared`, how many there were.
plain_compares() {
  local n kind section sections
  compared=0
  plain_casts
  sections=$("$real_lab" transcript --section 999 "$sheet" 2>&1 | sed -n 's/.* to \([0-9]*\)$/\1/p')
  for n in $(terminals); do
    for kind in txt pane cast; do
      [ -s "$work/T$n.$kind" ] || continue
      # A person who slips clears the screen, and what stood above it.
      [ "$kind${SLIPS:-0}" != pane1 ] || continue
      for section in '' $(seq 1 "$sections"); do
        "$real_lab" transcript ${section:+--section "$section"} "$sheet" "T$n" >"$work/promised"
        "$real_lab" transcript --observed ${section:+--section "$section"} "$sheet" "T$n" --from "$work/T$n.$kind" \
          >"$work/observed" 2>&1
        compared=$((compared + 1))
        diff "$work/promised" "$work/observed" >"$work/diff" && continue
        printf '=== %s T%d %s %s\n' "$(basename "$sheet" .md)" "$n" "${section:+section $section}" "$kind"
        cat "$work/diff"
      done
    done
  done
  rm -f "$work/promised" "$work/observed" "$work/diff"
}

# ---- One slip, and what comes of it ----

# Look up lab $1 in the table $2: sets WRONG, WRONG_TEXT, right_text; the sections
# $first to $through that show it, and `until`, the last step of these.
plain_slip() {
  local lab right wrong
  while IFS=$'\t' read -r lab right wrong through; do
    [ "$lab" != "$1" ] || break
  done <"$2"
  [ "$lab" = "$1" ] || { echo "no slip for lab $1" >&2; return 1; }
  WRONG=$(step_with "\$ $right")
  [ -n "$WRONG" ] || { echo "lab $1 has no command $right" >&2; return 1; }
  WRONG_TEXT=$wrong right_text=$right
  first=$(awk -v wrong="$WRONG" '/^## / { section++ }
    /^ *```+ *console T[1-9]/ && ++step == wrong { print section }' "$sheet")
  through=${through:-$first}
  # shellcheck disable=SC2034 # for who called
  until=$(awk -v through="$through" '/^## / { section++ }
    /^ *```+ *console T[1-9]/ { step++; if (section <= through) last = step } END { print last }' "$sheet")
}

# How many lines the worksheet promises in terminal $1 before the step of the slip.
promised_before() {
  awk -v terminal="$1" -v wrong="$WRONG" '
    /^ *```+ *console T[1-9]/ { step++; inside = match($0, "console T" terminal) && step < wrong; next }
    /^ *```/                  { inside = 0 }
    inside                    { lines++ }
    END                       { print lines + 0 }' "$sheet"
}

# Is there no difference before the slip, in any terminal, and the slip itself as it was typed? Writes all
# differences of these sections to $1.
plain_differs_behind() {
  local n before section good=0 slipped=1
  compared=0
  : >"$1"
  for n in $(terminals); do
    [ -s "$work/T$n.txt" ] || continue
    compared=$((compared + 1)) before=$(promised_before "$n")
    diff <("$real_lab" transcript "$sheet" "T$n") \
      <("$real_lab" transcript --observed "$sheet" "T$n" --from "$work/T$n.txt" 2>&1) >"$work/diff"
    # 5,7c6 or 5d4 is about line 5; 5a6 about what comes behind it.
    awk -v before="$before" '/^[0-9]/ { line = $0 + 0; if (/^[0-9,]*a/) line++; if (line <= before) bad = 1 }
      END { exit bad }' "$work/diff" || { good=1; echo "=== T$n differs before the slip"; cat "$work/diff"; } >>"$1"
    grep -qxF "< \$ $right_text" "$work/diff" && grep -qE '^> \$ ' "$work/diff" &&
      sed 's/[0-9][0-9]*/0/g' "$work/diff" | grep -qxF "> \$ $(sed 's/<[a-z]*>/0/g; s/[0-9][0-9]*/0/g' <<<"$WRONG_TEXT")" &&
      slipped=0
    for ((section = first; section <= through; section++)); do
      diff <("$real_lab" transcript --section "$section" "$sheet" "T$n") \
        <("$real_lab" transcript --observed --section "$section" "$sheet" "T$n" --from "$work/T$n.txt" 2>&1) >"$work/diff" ||
        { echo "--- T$n section $section"; cat "$work/diff"; } >>"$1"
    done
  done
  [ "$slipped" -eq 0 ] || echo "=== the slip itself is not shown" >>"$1"
  rm -f "$work/diff"
  [ "$good$slipped" = 00 ]
}
