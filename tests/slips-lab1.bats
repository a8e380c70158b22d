#!/usr/bin/env bats
# People slip in lab 1. Each of these follows it through real terminals, slips once, reads what `lab check`
# says of it, mends it as that says, and goes on to the end.
# shellcheck disable=SC2016,SC2034,SC2154 # quotes for the shells in the terminals; bats' and person.bash's variables

load helper
load slips

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
