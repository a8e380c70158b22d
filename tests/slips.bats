#!/usr/bin/env bats
# People slip. Each of these follows a lab through real terminals, slips once, reads what `lab check` says
# of it, mends it as that says, and goes on to the end.
# shellcheck disable=SC2016,SC2154 # quotes for the shells in the terminals; output and status are bats'

load helper

setup() {
  common_setup
  command -v tmux >/dev/null || skip 'tmux is missing'
  export TCP_LABS_STATE=$BATS_TEST_TMPDIR/state
  mkdir -m 700 "$TCP_LABS_STATE"
  lab=$BIN/lab work=$BATS_TEST_TMPDIR
  # shellcheck source=tests/person.bash
  . "$BATS_TEST_DIRNAME/person.bash"
}

teardown() {
  person_leaves
  common_teardown
}

begin() {
  person_begin "$(echo "$BATS_TEST_DIRNAME"/../labs/"$1"-*.md)"
}

# Steps A to B as if all were well, although it is not.
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

# ---- Lab 1 ------------------------------------------------------------------------------------

client='echo-client --close-after 1'

@test "lab 1 without --pause-close: the option is named, not the segment that is missing" {
  begin 01
  segments=$(step_with 'Flags [F.]')
  WRONG=1 WRONG_TEXT=echo-server person_follows 1 "$segments"
  told "$segments" 'command differs' 1 echo-server 'In T1 you typed `echo-server`; the sheet has `--pause-close 0.5` as well'
  next_is 1 key ^C
  person_presses 1 C
  person_types 1 'echo-server --pause-close 0.5'
  person_follows "$(step_with "$client")" 999
  all_done
  nothing_is_taken_back
}

@test "lab 1 without tcpdump's -S: the option is named" {
  begin 01
  segments=$(step_with 'Flags [F.]')
  WRONG=$(step_with '$ tcpdump')
  WRONG_TEXT='tcpdump -i lo -nn -l --immediate-mode tcp port 8000 | tee -i capture.txt' \
    person_follows 1 "$segments"
  told "$segments" 'command differs' 4 'tcpdump .*' 'the sheet has `-S` as well'
  next_is 4 key ^C
  person_presses 4 C
  unset WRONG
  person_types 4 'tcpdump -i lo -nn -S -l --immediate-mode tcp port 8000 | tee -i capture.txt'
  person_follows "$(step_with "$client")" 999
  all_done
}

@test "lab 1 without tee: it is named where the file is missing" {
  begin 01
  picture=$(step_with '| ladder')
  WRONG=$(step_with '$ tcpdump')
  WRONG_TEXT='tcpdump -i lo -nn -S -l --immediate-mode tcp port 8000' person_follows 1 "$picture"
  told "$picture" 'command differs' 4 'tcpdump .*' 'the sheet has `| tee -i capture.txt` as well'
  next_is 4 key ^C
  person_presses 4 C
  unset WRONG
  person_types 4 'tcpdump -i lo -nn -S -l --immediate-mode tcp port 8000 | tee -i capture.txt'
  person_follows "$(step_with "$client")" 999
  all_done
}

@test "lab 1 with the client before the capture: too early, once more" {
  begin 01
  capture=$(step_with '$ tcpdump') segments=$(step_with 'Flags [F.]')
  person_follows 1 $((capture - 1))
  person_types 2 "$client"
  wait_until at_prompt 2
  person_follows "$capture"
  blindly $((capture + 2)) "$segments"
  told "$segments" 'too early' 2 "$client" 'was typed in T2 before `tcpdump .* in T4 was ready'
  next_is 2 type "$client"
  person_follows $((capture + 1)) 999
  all_done
}

@test "lab 1 with server and client in each other's terminal: where they belong" {
  begin 01
  person_types 2 'echo-server --pause-close 0.5'
  wait_until eval 'tm capture-pane -p -t t2 | grep -q ^listening'
  told 1 'other terminal' 2 'echo-server --pause-close 0.5' 'in T2; it belongs in T1'
  person_types 1 "$client"
  wait_until at_prompt 1
  told 1 'other terminal' 2 'echo-server --pause-close 0.5'
  next_is 2 key ^C
  person_presses 2 C
  person_follows
  all_done
}

@test "lab 1 with TIME_WAIT gone: too late, the client once more" {
  begin 01
  look=$(step_with 'netstat -anto')
  person_follows 1 $((look - 1))
  person_types 3 'until netstat -ant | grep -q TIME_WAIT; do :; done; while netstat -ant | grep -q TIME_WAIT; do sleep 1; done'
  DEADLINE=90 wait_until at_prompt 3
  blindly "$look"
  told "$look" 'too late' 2 "$client"
  next_is 2 type "$client"
  person_types 2 "$client"
  wait_until at_prompt 2
  person_follows "$look" 999
  all_done
}

@test "lab 1 with the client started twice: the other one is not counted" {
  begin 01
  once=$(step_with "$client")
  person_follows 1 "$once"
  person_types 2 "$client"
  wait_until at_prompt 2
  person_follows $((once + 1)) 999
  all_done
  grep -q "^note: step $once, T2: .$client. was typed 1 time more; not counted" <<<"$output"
}

@test "lab 1 with the server's restart forgotten: that, and not the eleventh segment" {
  begin 01
  hello=$(step_with '--message Hello')
  person_follows 1 $((hello - 3))
  blindly $((hello - 1)) $((hello + 1))
  told $((hello - 2)) 'not typed' 1
  next_is 1 key ^C
  person_follows $((hello - 2)) 999
  all_done
}

# ---- Other labs -------------------------------------------------------------------------------

@test "lab 3 with --linger 0 forgotten: the option is named, not the reset that is missing" {
  begin 03
  own=$(step_with '--source 127.0.0.1:10789 127.0.0.1:9999')
  person_follows 1 $((own - 1))
  person_types 2 'reuseport-demo connect --every 0 --source 127.0.0.1:10789 127.0.0.1:9999'
  blindly $((own + 1)) "$(step_with 'Connection reset by peer')"
  told "$(step_with 'Connection reset by peer')" 'command differs' 2 'reuseport-demo connect .*' \
    'the sheet has `--linger 0` as well'
}

@test "lab 4 with ulimit forgotten: it is named" {
  begin 04
  limit=$(step_with 'ulimit -n 6; exec upper-server')
  person_follows 1 $((limit - 1))
  person_presses 1 C
  person_types 1 upper-server
  blindly $((limit + 1)) $((limit + 8))
  told "$("$lab" check "$sheet" | sed -n 's/^Step \([0-9]*\) in .*/\1/p')" 'command differs' 1 'upper-server' \
    'ulimit -n 6'
}

@test "lab 5 with ^Z in the other terminal: where it belongs" {
  begin 05
  stop=$(step_with '^Z')
  terminal=$(awk -v step="$stop" '$1 == step { print $2; exit }' "$work/script")
  person_follows 1 $((stop - 1))
  other=$((terminal == 1 ? 2 : 1))
  person_presses "$other" Z
  blindly $((stop + 1))
  told "$stop" 'other terminal' "$other" '^Z'
}

@test "lab 6 with the client before lose far: too early" {
  begin 06
  lose=$(step_with 'two-hosts lose far')
  person_follows 1 $((lose - 1))
  person_types 2 "$(awk -v step=$((lose + 1)) '$1 == step { $1 = $2 = $3 = $4 = ""; print }' "$work/script" | sed 's/^ *//')"
  wait_until eval 'tm capture-pane -p -t t2 | grep -q "^connected\|^stdin-client"' || true
  person_follows "$lose"
  blindly $((lose + 2))
  told $((lose + 2)) 'too early' 2 'stdin-client .*'
  person_presses 2 C
  person_follows $((lose + 1)) $((lose + 6))
}

@test "lab 8 without --mode pool: the option is named" {
  begin 08
  relay=$(step_with 'relay --mode pool')
  person_follows 1 $((relay - 1))
  person_types 2 'relay 127.0.0.1:8848 192.168.100.212:8849'
  blindly $((relay + 1)) "$(step_with CLOSE_WAIT)"
  told "$("$lab" check "$sheet" | sed -n 's/^Step \([0-9]*\) in .*/\1/p')" 'command differs' 2 'relay .*' \
    'the sheet has `--mode pool` as well'
}

@test "lab 11 without --half-close: the option is named" {
  begin 11
  half=$(step_with '--half-close')
  command=$(awk -v step="$half" '$1 == step && $4 == "command" { $1 = $2 = $3 = $4 = ""; print; exit }' "$work/script" | sed 's/^ *//')
  terminal=$(awk -v step="$half" '$1 == step { print $2; exit }' "$work/script")
  person_follows 1 $((half - 1))
  person_types "$terminal" "${command/ --half-close/}"
  blindly $((half + 1))
  told "$("$lab" check "$sheet" | sed -n 's/^Step \([0-9]*\) in .*/\1/p')" 'command differs' "$terminal" '.*' \
    'the sheet has `--half-close` as well'
}
