#!/usr/bin/env bats
# People slip in other labs than the first (slips-lab1.bats): once, and read what `lab check` says of it.
# shellcheck disable=SC2016,SC2154 # quotes for the shells in the terminals; output and status are bats'

load helper
load slips

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

has_written() { # has_written TERMINAL TIMES
  [ "$(tm capture-pane -p -t "t$1" | grep -c 'writing data to server')" -eq "$2" ]
}

@test "lab 11 without --half-close: the option is named" {
  begin 11
  half=$(step_with '--half-close')
  command=$(awk -v step="$half" '$1 == step && $4 == "command" { $1 = $2 = $3 = $4 = ""; print; exit }' "$work/script" | sed 's/^ *//')
  terminal=$(awk -v step="$half" '$1 == step { print $2; exit }' "$work/script")
  person_follows 1 $((half - 1))
  person_types "$terminal" "${command/ --half-close/}"
  wait_until has_written "$terminal" 10
  blindly $((half + 1))
  told "$("$lab" check "$sheet" | sed -n 's/^Step \([0-9]*\) in .*/\1/p')" 'command differs' "$terminal" '.*' \
    'the sheet has `--half-close` as well'
}
