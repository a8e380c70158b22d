# shellcheck shell=bash disable=SC2154 # sheet is person.bash's; output and status are bats'
# slips.bash - what the tests of slips load: `load slips`, after `load helper`.
#
#   begin LAB               the terminals of that lab's worksheet
#   blindly A B             steps A to B as if all were well, although it is not
#   told STEP CAUSE [TERMINAL [TYPED [WHY]]]
#                           `lab check` explains that step first, by this cause
#   next_is TERMINAL KIND TEXT
#                           ... and names this as the next thing to type or press
#   all_done                every step is done
#   nothing_is_taken_back   whatever was typed later, what was done stays done

setup() {
  common_setup
  be_a_person
}

teardown() {
  person_leaves
  common_teardown
}

begin() {
  person_begin "$(echo "$BATS_TEST_DIRNAME"/../labs/"$1"-*.md)"
}

blindly() { WRONG=0 person_follows "$@"; }

# The object of step $1 in the JSON.
json_of() { "$lab" check --json "$sheet" | sed -n "/^ *{\"step\": $1,/,/}\$/p" | sed '2,${/{"step"/,$d}'; }

# `lab check` explains step $1 first, by cause $2; blames T$3, where $4 was typed; with $5 in its why.
told() {
  "$lab" check "$sheet" >report || true
  cat report
  json_of "$1" | tee json
  grep -q "^Step $1 in " report
  grep -q "\"cause\": \"$2\"" json
  [ -z "${4:-}" ] || [ -z "${3:-}" ] || grep -q "\"blamed\": {\"terminal\": \"T$3\", .*\"typed\": \"$4\"" json
  [ -z "${5:-}" ] || grep -q -- "^  why: .*$5" report
}

next_is() { "$lab" check --json "$sheet" | grep -qF "\"next\": {\"terminal\": \"T$1\", \"$2\": \"$3\"}"; }

all_done() {
  run "$lab" check "$sheet"
  echo "$output"
  [ "$status" -eq 0 ]
}

# The steps that are done, as `lab check` has it of what was recorded until $1 (seconds since the epoch).
done_until() {
  rm -rf past
  cp -a "$TCP_LABS_STATE" past
  for cast in past/*/attempts/*/T?.cast; do
    awk -v until="$1" 'NR == 1 { begin = $0; sub(/.*"timestamp": /, "", begin); print; next }
      { at = substr($1, 2) + 0; if (begin + at <= until) print }' "$cast" >part
    cat part >"$cast"
  done
  TCP_LABS_STATE=$PWD/past "$lab" check --json "$sheet" |
    sed -n 's/^ *{"step": \([0-9]*\), .*"state": "done".*/\1/p' | sort
}

# Whatever was typed later, what was done stays done: at each Enter as much is done as at the one before.
nothing_is_taken_back() {
  : >before
  awk 'FNR == 1 { begin = $0; sub(/.*"timestamp": /, "", begin); next }
    /\\u000d"\]$/ && $2 == "\"i\"," { printf "%.6f\n", begin + substr($1, 2) }' \
    "$TCP_LABS_STATE"/*/attempts/*/T?.cast | sort -n | awk 'NR % 2 == 0' >enters
  [ "$(wc -l <enters)" -gt 5 ]
  while read -r time; do
    done_until "$time" >now
    [ -z "$(comm -23 before now)" ] || { echo "at $time no longer done: $(comm -23 before now)"; return 1; }
    cp now before
  done <enters
}
