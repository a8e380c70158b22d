#!/usr/bin/env bats
# What `lab class` reads is JSON, whoever wrote it.
# shellcheck disable=SC2016 # backquotes are text

load helper

setup() {
  common_setup
  printf '# My lab\n\n## 1. One\n\n```console T1\n$ echo a\na\n```\n' >my.md
}

# by USER [STEP]: what a check says of somebody; both are text within a JSON string.
by() {
  printf '{"lab": "my", "user": "%s", "last": "", "done": 0, "of": 1, "complete": false,
    "sections": [{"section": 1, "title": "1. One"}], "steps": [{"step": 1, "section": 1, "terminal": "T1",
    "state": "differs", "cause": "command differs", "why": "%s"}]}\n' "$1" "${2:-}" >student.json
}

@test "four digits stand behind \\u, and what follows is text though it be digits" {
  by '\u0041bcde' 'you typed \u00e9\u00e91234 \ud83d\ude00f'
  run lab class my.md ./student.json
  echo "$output"
  [ "$status" -eq 0 ]
  grep -qE '^Abcde ' <<<"$output"
  grep -qF 'you typed éé1234 😀f' <<<"$output"
}

@test "a text that is cut off anywhere is no JSON, and is told" {
  by me 'x \"y\" \\ z'
  text=$(tr -d '\n' <student.json)
  for ((size = 1; size < ${#text}; size += 7)); do
    printf %s "${text:0:size}" >student.json
    run -1 lab class my.md ./student.json
    [[ $output == *'student.json: not what `lab check --json` writes, or cut off'* ]]
  done
}
