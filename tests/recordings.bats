#!/usr/bin/env bats
# Recordings that are not as lab wrote them: long, changed by hand, full of control characters.

# shellcheck disable=SC2016 # what stands in single quotes is for the shells in the terminals

load helper

setup() {
  common_setup
  be_a_person
  cat >sheet.md <<'END'
# A sheet

```console T1
$ echo number $((40 + 2))
number <value>
```

```console T1
$ echo the end
the end
```
END
  person_begin sheet.md
}

teardown() {
  person_leaves
  common_teardown
}

# What $1 prints is put behind the line of the recording that has what the first command showed.
put_behind_first() {
  cast=$(echo "$TCP_LABS_STATE"/sheet/attempts/*/T1.cast)
  "$@" >more.txt
  awk '{ print } /number 42/ && !done { while ((getline line <"more.txt") > 0) print line; done = 1 }' "$cast" >new
  cat new >"$cast"
}

megabytes() { # of output, in events of about 3 KB
  awk -v events=$(($1 * 330)) 'BEGIN {
    for (i = 0; i < 40; i++) text = text "a line that nobody has promised, and of a good length: it is of no use, " i "\\r\\n"
    for (i = 0; i < events; i++) print "[1.5, \"o\", \"" text "\"]" }'
}

@test "ten megabytes of output that nobody promised cost less than a second" {
  person_follows
  put_behind_first megabytes 10
  [ "$(stat -c %s "$cast")" -gt 10000000 ]
  TIMEFORMAT=%U
  { time lab check sheet.md >report; } 2>seconds
  cat seconds
  awk '{ exit !($1 < 1) }' seconds
  grep -q 'sheet: 2 of 2 steps done' report
}

@test "a line without an end, and lines that are no events, are passed over and told" {
  person_follows
  put_behind_first eval "head -c 2000000 /dev/zero | tr '\\0' x; echo; echo '[1, 2]'; echo rubbish; head -c 3000 /dev/urandom; echo"
  run lab check sheet.md
  echo "$output"
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == *'T1.cast is cut off, or was changed; its whole lines are used' ]]
  [[ ${lines[-1]} == 'sheet: 2 of 2 steps done' ]]
}

@test "no control character of a recording reaches who looks at the report" {
  WRONG=1 WRONG_TEXT='echo -e "numbr \0033]0;title\a\0302\0233 31m \0357\0277\0277 \001"' person_follows 1
  wait_until eval '"$lab" check --json sheet.md | grep -q "\"seen\": \""'
  lab check sheet.md >report || true
  lab check --json sheet.md >json || true
  cat -v report json
  grep -q '^  seen: ' report
  run -1 env LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" report json
  run -1 env LC_ALL=C grep -q "$(printf '\302[\200-\237]')" report json
}
