#!/usr/bin/env bats
# Who works in plain terminals, without `lab term`, can compare as well: a student follows lab 1 under
# script(1), and what script wrote is read.
# shellcheck disable=SC2016,SC2030,SC2031,SC2088,SC2154 # backquotes and ~ are text; subshells on purpose; variables of bats

load helper

setup() {
  common_setup
  export TCP_LABS_STATE=$BATS_TEST_TMPDIR/state
  lab=$BIN/lab work=$BATS_TEST_TMPDIR
  # shellcheck source=tests/person.bash
  . "$BATS_TEST_DIRNAME/person.bash"
  # shellcheck source=tests/plain.bash
  . "$BATS_TEST_DIRNAME/plain.bash"
}

teardown() {
  plain_leaves
  common_teardown
}

begin() {
  local tool
  for tool in tmux script unshare; do
    command -v "$tool" >/dev/null || skip "$tool is missing"
  done
  if [ "$(id -u)" != 0 ] || ! unshare -nmp true 2>/dev/null; then skip 'a network of its own takes root'; fi
  person_begin "$(echo "$BATS_TEST_DIRNAME"/../labs/"$1"-*.md)"
}

# The difference between what is promised in T$1 and what stands in the file $2, as the page shows it.
differs_by() {
  diff <(lab transcript "${@:3}" "$sheet" "T$1") <(lab transcript --observed "${@:3}" "$sheet" "T$1" --from "$2")
}

# The commands in the page about this.
page() {
  awk '/^## /{ on = /^## Plain terminals/ } /^```/ { inside = /^```sh/; next } on && inside' \
    "$BATS_TEST_DIRNAME/../labs/README.md"
}

@test "lab 1 in plain terminals: all steps are found done, and diff shows nothing" {
  begin 01
  SLIPS=1 COLUMNS_OF=90 person_follows
  tm capture-pane -p -J -S - -t t4 >T4.pane
  plain_leaves
  run lab check "$sheet" T1=T1.txt T2=T2.txt T3=T3.txt T4=T4.txt
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *'17 of 17 steps done'* ]]
  for n in 1 2 3 4; do
    differs_by "$n" "T$n.txt"
    differs_by "$n" "T$n.txt" --section 4
  done
  # The page's own commands, but for script itself.
  page | grep -v '^script ' >commands
  [ "$(wc -l <commands)" -eq 4 ]
  bash -e commands >said
  grep -q '17 of 17 steps done' said
  # The same text as a capture of tmux, as pasted text with a prompt of another kind, as an asciicast.
  differs_by 4 T4.pane
  sed 's/^ann@box:[^#$]*[#$]/$/' T4.pane >T4.pasted
  differs_by 4 T4.pasted
  {
    echo '{"version": 2, "width": 90, "height": 50}'
    tail -n +2 T1.txt | sed 's/\\/\\\\/g; s/"/\\"/g; s/\x1b/\\u001b/g; s/\r/\\r/g; s/\x08/\\b/g; s/\x07/\\u0007/g;
      s/.*/[1.5, "o", "&\\n"]/'
  } >T1.cast
  differs_by 1 T1.cast
}

@test "an option is forgotten: diff shows that alone, and check names it" {
  begin 01
  segments=$(step_with 'Flags [F.]')
  WRONG=1 WRONG_TEXT=echo-server person_follows 1 "$segments"
  plain_leaves
  run lab check "$sheet" T1=T1.txt T2=T2.txt T3=T3.txt T4=T4.txt
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *'In T1 you typed `echo-server`; the sheet has `--pause-close 0.5` as well'* ]]
  differs_by 1 T1.txt --section 1 >out && false
  diff out - <<'X'
1c1
< $ echo-server --pause-close 0.5
---
> $ echo-server
X
  differs_by 2 T2.txt --section 3
  differs_by 4 T4.txt --section 2
  # The segment that is missing is in section 4: the server's FIN brings its ACK along.
  lab transcript --section 4 "$sheet" T4 >promised
  lab transcript --observed --section 4 "$sheet" T4 --from T4.txt >observed
  diff promised observed >out && false
  cat out
  [ "$(grep -c '^[<>]' out)" -eq 1 ]
  grep -qF '< <*> IP 127.0.0.1.8000 > 127.0.0.1.<client>: Flags [.], ack <clientisn+15>' out
}

@test "a recording of lab term is read from its file" {
  command -v tmux >/dev/null || skip 'tmux is missing'
  [ "$(id -u)" = 0 ] || unshare -rn true 2>/dev/null || skip 'no private room here'
  mkdir -m 700 "$TCP_LABS_STATE"
  mine="$TCP_LABS_STATE"/01-handshake-and-close/attempts
  tm new-session -d -s t1 -x 90 -y 30 "exec '$lab' term 1 T1"
  wait_until eval "grep -qs prompt '$mine'/*/T1.cast"
  tm send-keys -t t1 'echo-server --pause-close 0.5' Enter
  wait_until eval "grep -qs 'listening on' '$mine'/*/T1.cast"
  cp "$mine"/*/T1.cast mine.cast
  person_leaves
  export TCP_LABS_STATE=$BATS_TEST_TMPDIR/nothing
  run lab check 1 T1=mine.cast
  [[ $output == *'1 of 17 steps done'* ]]
}

@test "bad input is one clear line; the other files are used" {
  sheet=1
  printf '$ echo-server --pause-close 0.5\nlistening on 127.0.0.1:8000\n' >good
  : >empty
  printf '\0\1\2' >binary
  echo 'just some words' >words
  echo '{"version": 2}' >cast
  mkdir folder
  run --separate-stderr lab check 1 T1=good T2=empty T3=binary T4=words
  [[ $output == *'1 of 17 steps done'* ]]
  [ "${#stderr_lines[@]}" -eq 3 ]
  [[ $stderr == *'T2=empty: it is empty'*'T3=binary: it is no text'*'T4=words: no prompt with a command'* ]]
  for bad in folder none cast; do
    run --separate-stderr lab check 1 "T1=$bad"
    [ "$status" -eq 1 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "lab: T1=$bad: "* ]]
  done
  run lab check 1 T7=good
  [ "$status" -eq 2 ]
  [[ $output == *'has no terminal T7'* ]]
  run lab check T1=good
  [ "$status" -eq 2 ]
  run lab transcript --section 99 1 T1
  [ "$status" -eq 2 ]
  [[ $output == *'has no section 99; it has 1 to '* ]]
  run lab transcript 1 T1 --from good
  [ "$status" -eq 2 ]
  run lab transcript --observed 1 --from good
  [ "$status" -eq 2 ]
}

@test "another lab's text is told" {
  printf 'x$ upper-server\nlistening on 127.0.0.1:8008\n' >other
  run lab check 1 T1=other
  [ "$status" -eq 1 ]
  [[ $output == *"T1=other: no prompt with a command that 01-handshake-and-close has in T1"* ]]
}

@test "transcript --section: the sections together are the whole" {
  for n in 1 2 3 4 5 6 7 8 9; do
    lab transcript --section "$n" 1 T4 2>/dev/null || true
  done >parts
  lab transcript 1 T4 | diff - parts
}

# T2 of typescripts/clients.md as a window shows it: before each prompt the rows $1, the prompt $2, both for `printf %b`.
window() {
  local at='2026/11/30 12:00:01 127.0.0.1' options port said
  while IFS=';' read -r options port said; do
    printf '%b' "$1$2"
    printf '%s\n' "echo-client --close-after $options" "$at:$port TCP session open" \
      "$at:$port reading data from server: $said" "$at:$port Error reading TCP session: EOF"
  done <<'CLIENTS'
1;40001;Hi, beyondyyh
0.4 --message Hello;40002;Hello
0.4;40003;Hi, beyondyyh\x00{87}
CLIENTS
  printf '%b\n' "$1$2"
}

@test "prompts of many kinds are known: other signs, colours, rows above, no sign at all" {
  local prompt rows
  sheet=$BATS_TEST_DIRNAME/typescripts/clients.md
  for prompt in '$ ' '% ' 'ann@box:~/x$ ' 'root@host:~# ' 'ann@box ~ % ' '\e[1;32mann@box\e[0m:\e[34m~\e[0m$ ' \
    '\e]0;ann@box: ~\aann@box:~$ ' '❯ ' '~/desk ❯ ' '➜  desk ' '~ $ ' 'ann in desk λ ' 'T2> '; do
    window '' "$prompt" >text
    differs_by 2 text || { echo "prompt $prompt"; cat -v text; return 1; }
  done
  for rows in '┌──(ann㉿box)-[~/desk]\n' '\nann in desk on main at 12:00:01\n' '\n'; do
    window "$rows" '└─$ ' >text
    differs_by 2 text || { echo "rows $rows"; cat -v text; return 1; }
  done
  # What only looks like a prompt is output.
  window '' '$ ' | sed 's/reading data/reading $ data/' >text
  run differs_by 2 text
  [ "$status" -eq 1 ]
}

@test "real shells: zsh, fish, rows above, resized, appended to, broken at the edge, an asciicast" {
  local file
  sheet=$BATS_TEST_DIRNAME/typescripts/clients.md
  for file in "$BATS_TEST_DIRNAME"/typescripts/*.{txt,pane,cast}; do
    differs_by 2 "$file" || { echo "$file"; return 1; }
  done
  # An older script does not tell the window's width, but zsh does.
  sed '1s/ COLUMNS="[0-9]*"//' "$BATS_TEST_DIRNAME"/typescripts/zsh.txt >text
  differs_by 2 text
}

@test "half of a session is read as far as it goes" {
  sheet=$BATS_TEST_DIRNAME/typescripts/clients.md
  # Cut off in the middle of what the second client says.
  sed '/data from server: Hello/{s/: Hello.*/: Hel/;q}' "$BATS_TEST_DIRNAME"/typescripts/rows.txt | head -c -1 >first
  differs_by 2 first >out && false
  cat out
  [ "$(grep '^[<>]' out)" = "$(printf '%s\n' '< <*> 127.0.0.1:<hello> reading data from server: Hello' \
    '< <*> 127.0.0.1:<hello> Error reading TCP session: EOF' '< $ echo-client --close-after 0.4' \
    '< <*> 127.0.0.1:<bug> TCP session open' '< <*> 127.0.0.1:<bug> reading data from server: Hi, beyondyyh\x00{87}' \
    '< <*> 127.0.0.1:<bug> Error reading TCP session: EOF' "> $(sed -n 's/\r$//; s/data from server: Hel$/&/p' first)")" ]
  # Without its beginning.
  sed '1,/Error reading/d' "$BATS_TEST_DIRNAME"/typescripts/rows.txt >rest
  differs_by 2 rest >out && false
  cat out
  [ "$(grep -c '^<' out)" -eq 4 ]
  run grep '^>' out
  [ "$status" -eq 1 ]
}

@test "a lab with three hosts: every terminal, every section, from each kind of text, without a difference" {
  begin 20
  plain_leaves
  "$BATS_TEST_DIRNAME"/plain-follow 20 >out
  cat out
  [[ $(tail -n 1 out) =~ ^'1 labs, '[0-9]{2,}' comparisons, 0 differ'$ ]]
}

@test "one option is forgotten in a lab: diff shows that, and what TCP does otherwise, and nothing before" {
  begin 13
  plain_leaves
  "$BATS_TEST_DIRNAME"/plain-follow --slip 13 >out
  cat out
  # The message that was to be empty: the option, and the thirteen bytes that it sends.
  [ "$(grep -c '^--- ' out)" -eq 2 ]
  grep -qE '^> \$ echo-client --close-after 0\.5 127\.0\.0\.1:[0-9]+$' out
  grep -qE '^> .*Flags \[P\.\], seq .*, length 13$' out
  # Another table with a slip that is none is noticed: what is the same does not differ.
  cp -r "$BATS_TEST_DIRNAME"/{plain-follow,plain.bash,person.bash} .
  printf '13\t%s\t%s\n' 'echo-server --pause-close 0.5 127.0.0.1:' 'echo-server --pause-close 0.5 127.0.0.1:' >plain-slips
  run env TCP_LABS_BIN="$BIN" ./plain-follow --slip "$sheet"
  [ "$status" -eq 1 ]
  [[ $output == *'=== the slip itself is not shown'* ]]
}
