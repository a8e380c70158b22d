#!/usr/bin/env bats
# When: watched blocks, waits, cause before effect, patience.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- watch and within ----------------------------------------------------------------------------

@test "watch: the commands are repeated until their output is as promised" {
  passes <<'END'
```console T1 watch
$ echo x >>tries; wc -l <tries
4
```
END
  passes <<'END'
```console T1 watch
$ echo x >>tries
$ wc -l <tries
4
$ echo done
done
```
END
}

@test "watch: a name is bound by the try that agrees" {
  passes <<'END'
```console T1 watch
$ echo x >>tries; wc -l <tries; [ $(wc -l <tries) -lt 3 ] || echo end
<tries>
end
```

```console T1
$ echo <tries>
3
```
END
}

@test "watch: what never comes fails in time and shows the last try" {
  begin=$SECONDS
  LIMIT=1 differs never 'not yet' <<'END'
```console T1 watch
$ echo not yet
never <<<
```
END
  [ $((SECONDS - begin)) -lt 10 ]
}

@test "watch: a line too many fails, and so does a command that does not end" {
  LIMIT=1 differs 'nothing more' two <<'END'
```console T1 watch
$ printf 'one\ntwo\n'
one
``` <<<
END
  LIMIT=1 differs 'the command to end' 'it still runs' <<'END'
```console T1 watch
$ cat <<<
one
```
END
}

@test "watch: what a program in the background shows is not lost with a try that failed" {
  differs 'a terminal of its own, to try this more than once' \
    'a program in the background, whose output could get lost with a try'"'s" <<'END'
```console T1
$ sleep 1000 &
```
```console T1 watch <<<
$ ls go
go
```
END
  passes <<'END'
```console T1
$ sleep 1000 &
```
```console T1 watch
$ echo one
one
```
END
}

@test "within: a step may wait longer, or shorter, than the others" {
  LIMIT=1 passes <<'END'
```console T1 within 20s
$ sleep 2; echo late
late
```
END
  LIMIT=10 differs never 'nothing within 0.5 s' <<'END'
```console T1 within 0.5s
$ cat
never <<<
```
END
  LIMIT=10 differs never 'not yet' <<'END'
```console T1 watch within 1s
$ echo not yet
never <<<
```
END
}

# ---- Cause before effect -------------------------------------------------------------------------

# T1 shows its effect at once; T3 waits until it has, and only then T2 types what is said to be its cause.
too_early() { # too_early CAUSE WORDS [LINE...]: T2's command, the words of T1's block behind it, its lines
  local cause=$1 words=$2
  shift 2
  printf '```console T1\n$ echo one; echo effect; touch shown\none\n```\n'
  printf '```console T3 watch\n$ ls shown\nshown\n```\n'
  printf '```console T2\n%s\n```\n' "$cause"
  printf '```console %s\n' "T1$words"
  printf '%s\n' "$@"
  printf '```\n'
}

@test "an effect that was there before its cause keeps no promise" {
  too_early '$ true' '' 'effect <<<' >input
  differs effect 'effect (before `true` of line 10 was typed in T2)' <input
  too_early '$ true' '' ... 'effect <<<' ... >input
  differs effect 'effect (before `true` of line 10 was typed in T2)' --timeout 1 <input
  too_early '$ true' ' unordered' 'effect <<<' >input
  differs effect 'effect (before `true` of line 10 was typed in T2)' <input
  too_early '$ touch it; cat it' '' 'effect <<<' >input
  differs effect 'effect (before `touch it; cat it` of line 10 was typed in T2)' <input
}

@test "what only looks is no cause" {
  for look in ls 'echo 1 2>/dev/null' 'grep "<port>" <here' 'ip netns exec far netstat' 'x=1 time ss -t'; do
    printf '```console T1\n$ echo\n\n```\n' >sheet.md
    too_early "\$ $look >/dev/null || true" '' effect |
      sed 's|^\(\$ .*\) >/dev/null .. true|\1 2>/dev/null \|\| true\n...|' | passes
  done
}

@test "what is typed into a program that only looks is no cause" {
  has_room
  passes <<'END'
```console T1
$ echo one; echo effect; touch shown
one
```
```console T2
$ tail -f /dev/null
```
```console T3 watch
$ ls shown
shown
```
```console T2
^C
```
```console T1
effect
```
END
}

@test "a block that looks back says since when" {
  { too_early '$ true' '' '' | sed '$d' | sed '$d' | sed '$d'
    printf '```console T3\n$ true\n```\n```console T1 since T2\neffect <<<\n```\n'; } >input
  differs effect 'effect (before `true` of line 10 was typed in T2)' <input
  passes <<'END'
```console T1
$ mkfifo pipe; echo one; until [ -e go ]; do read -t 0.02 <>pipe; done; echo effect; touch shown; read -t 20 <>pipe
one
```
```console T2
$ touch go
```
```console T4 watch
$ ls shown
shown
```
```console T3
$ true
```
```console T1 since T2
effect
^C
```
END
}

@test "only the last of several lines must have come behind the last cause, all behind the first" {
  printf '```console T1\n$ mkfifo p; echo 0; while read x; do echo $x; done <>p\n0\n```\n' >three.md
  printf '```console T2\n$ echo %s >p\n```\n' 1 >>three.md
  printf '```console T3\n$ echo %s >p\n```\n' 2 >>three.md
  { cat three.md; printf '```console T1\n1\n2\n^C\n```\n'; } | passes
  { cat three.md; printf '```console T4\n$ true\n```\n```console T1\n1\n2 <<<\n^C\n```\n'; } >input
  differs 2 '2 (before `true` of line 12 was typed in T4)' --slowness 0.3 <input
}

# ---- Patience ------------------------------------------------------------------------------------

@test "a machine that turns out to be slow while a lab runs gets more time; not with --timeout" {
  unshare -Urm true 2>/dev/null || skip 'no namespace to mount in'
  # Starting a shell shows how slow it is.
  printf '#!/bin/bash\n[ ! -e %s/slow ] || sleep 0.05\nexec -a sh /bin/bash "$@"\n' "$PWD" >shell
  chmod +x shell
  printf '```console T1\n$ touch %s/slow\n```\n\n```console T1 within 2s\n$ sleep 9; echo late\nlate\n```\n' "$PWD" >sheet.md
  in_slowness() { unshare -Urm bash -c 'mount --bind shell /bin/sh && exec "$@"' - "$BIN/lab" run "$@"; }
  run -0 in_slowness sheet.md
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
  rm slow
  run -1 in_slowness --timeout 10 sheet.md
  [[ $output == *'nothing within 2 s'* ]]
}

@test "--slowness thinks before it types" {
  printf '```console T1\n$ true\n$ true\n```\n' >sheet.md
  local begin=$EPOCHREALTIME
  run -0 lab run --slowness 0.4 sheet.md
  [ $((${EPOCHREALTIME/./} - ${begin/./})) -ge 800000 ]
  for bad in -1 x '' 3601; do
    run -2 lab run --slowness "$bad" sheet.md
  done
}

@test "a patient step's section is left out, and played with --patient" {
  sheet <<'END'
```console T1
$ one=1
```
## Long
```console T2
$ echo two >two
```
```console T1 patient within 75s
$ one=2
```
## Short
```console T1
$ echo $one; ls
1
```
END
  run -0 lab run sheet.md
  [[ ${lines[0]} =~ ^'ok    sheet '.*' 2 of 2 steps '.*', 2 patient left out'$ ]]
  run -1 lab run --patient sheet.md
  grep -Fx '  observed: 2' <<<"$output"
  sed -i 's/^1$/2\ntwo/' sheet.md
  run -1 lab run sheet.md
  run -0 lab run --patient sheet.md
  [[ ${lines[0]} =~ ^'ok    sheet '.*' 4 of 4 steps '[^,]*$ ]]
}

@test "a worksheet of patient sections only is skipped, unless there is patience" {
  sheet <<'END'
```console T1 patient
$ echo one
one
```
END
  run -3 lab run sheet.md
  [[ ${lines[0]} == *'it waits for minutes: lab run --patient plays it' ]]
  [ "${lines[-1]}" = '0 passed, 0 failed, 1 skipped' ]
  run -0 lab run --patient sheet.md
  [ "${lines[1]}" = '1 passed, 0 failed, 0 skipped' ]
}
