#!/usr/bin/env bats
# shellcheck disable=SC2016 # worksheets are full of $ and `
# fooled.bats - what tries to fool a play: each of these must fail where it says.

load helper
load player

# ---- Cause and effect -------------------------------------------------------------------------------

# T1 prints half a second after it began; COMMAND of T2 is typed later, and is said to be the cause.
early() { # early COMMAND [MORE OUTPUT...]
  local command=$1
  shift
  sheet < <(
    printf '```console T1\n$ %s\nready\n```\n' "sh -c 'echo ready; sleep 0.2; echo effect; touch done'"
    printf '```console T2 watch\n$ ls done\ndone\n```\n```console T2\n$ %s\n' "$command"
    [ $# -eq 0 ] || printf '%s\n' "$@"
    printf '```\n```console T1\neffect <<<\n```\n'
  )
  play_it
  [ "$status" -eq 1 ]
  [[ $output == *"sheet.md:$HERE: T1 differs"*"observed: effect (before "*" was typed in T2)"* ]]
}

@test "a command that looks and then does something is a cause" {
  early 'echo x | tee file' x
  early 'head -c 3 /dev/zero | sh -c "cat >file"'
  early 'cat /dev/null; cd .'
  early 'cat /dev/null && cd .'
  early 'cat /dev/null & wait'
  early 'echo $(true)' ''
  early 'echo "`true`"' ''
  early 'exec 3</dev/null; cat <&3'
  early 'sed -i s/a/b/ done'
}

@test "what only looks is no cause, in whatever pipe" {
  for command in 'ls | grep -c "done; x|y" | tr 0 0' "echo \$((0|0)) 2>/dev/null" 'ls nothing 2>/dev/null || echo 0; true' \
    'ip netns exec far ls 2>/dev/null | wc -l | sort'; do
    passes <<END
\`\`\`console T1
\$ sh -c 'echo ready; until [ -e go ]; do sleep 0.05; done; echo effect; touch done'
ready
\`\`\`
\`\`\`console T2
\$ touch go
\`\`\`
\`\`\`console T2 watch
\$ ls done
done
\`\`\`
\`\`\`console T2
\$ $command
0
\`\`\`
\`\`\`console T1
effect
\`\`\`
END
  done
}

# ---- Remarks about jobs -----------------------------------------------------------------------------

@test "of one & one job begins: a program in it that says so too is seen" {
  differs 'nothing more' '[2] 4711' <<'END'
```console T1
$ sh -c 'sleep 0.2; echo "[2] 4711"' & wait
``` <<<
END
}

@test "a quoted & begins no job" {
  differs 'nothing more' '[1] 4711' <<'END'
```console T1
$ printf '%s\n' 'a & b' "c & d" '[1] 4711' | grep -v ' '; echo '[1] 4711'
``` <<<
END
}

@test "as many jobs as have begun are passed over, in a loop as well" {
  passes <<'END'
```console T1
$ sleep 0.1 & sleep 0.1 & wait
$ for i in 1 2 3; do sleep 0.1 & done; wait
$ (sleep 0.1 & wait)
```
END
}

@test "a job that still runs has not ended, and has not stopped" {
  for state in 'Done   ' 'Exit 1 ' 'Killed ' 'Stopped' 'Running'; do
    differs 'nothing more' "[1]+  $state                 sleep 1000" <<END
\`\`\`console T1
\$ sleep 1000 &
\$ echo '[1]+  $state                 sleep 1000'
\`\`\` <<<
END
  done
}

@test "jobs tells of each job once" {
  differs 'nothing more' '[1]+  Running                 sleep 1000' <<'END'
```console T1
$ sleep 1000 &
$ jobs; echo '[1]+  Running                 sleep 1000'
``` <<<
END
  passes <<'END'
```console T1
$ sleep 1000 &
$ jobs
$ kill -STOP %1
$ jobs
$ kill -CONT %1
$ kill %1; wait
```
END
}

@test "a job that stops while jobs runs is told of once more, after an empty line" {
  passes <<'END'
```console T1
$ sleep 1000 &
$ jobs; kill -STOP %1; sleep 0.2
```
END
  differs 'nothing more' '[1]+  Stopped                 sleep 1000' <<'END'
```console T1
$ sleep 1000 &
$ jobs; kill -STOP %1; sleep 0.2; echo '[1]+  Stopped                 sleep 1000'
``` <<<
END
  differs 'nothing more' '' <<'END'
```console T1
$ sleep 1000 &
$ echo; jobs
``` <<<
END
}

# ---- Lines that nobody saw ----------------------------------------------------------------------------

@test "a line without its end is seen, also at the very end" {
  differs 'nothing more' 'oops (a line without its end)' <<'END'
```console T1
$ (sleep 0.2; printf oops) &
``` <<<
```console T2
$ sleep 0.5
```
END
  differs 'nothing more' 'oops (a line without its end)' <<'END'
```console T1
$ sh -c 'trap "" INT; echo up; printf oops; touch done; while :; do sleep 0.1; done'
up
``` <<<
```console T2 watch
$ ls done
done
```
END
  passes <<'END'
```console T1
$ sh -c 'echo up; printf "more: "; sleep 1000'
up
...
```
END
}

@test "what comes in a terminal whose shell has ended is seen" {
  differs 'nothing more' 'late' <<'END'
```console T1
$ tty >name; exit
exit
``` <<<
```console T2
$ echo late >$(cat name)
```
END
}

@test "a watch drops nothing of a program that has left its session and kept the terminal" {
  differs 'a terminal of its own, to try this more than once' \
    "a program in the background, whose output could get lost with a try's" <<'END'
```console T1
$ setsid -f sh -c 'sleep 1; echo lost'
```
```console T1 watch <<<
$ test -e never && echo yes
yes
```
END
}

@test "a program's own words are no echo, though it switches the echo on and repeats what was typed" {
  differs 'nothing more' 'hello' <<'END'
```console T1
$ sh -c 'read a; sleep 0.3; stty echo; echo $a; echo $a'
> hello
hello
``` <<<
END
}

@test "no prompt that a program prints is taken for the shell's, and none that the shell fills in on request" {
  differs 'nothing more' 'late' <<'END'
```console T1
$ printf '\033]133;A;lab=%016d;3\a' 0; sleep 0.3; echo late
``` <<<
END
  differs 'nothing more' '' <<'END'
```console T1
$ echo "${PS1@P}"; sleep 0.3; echo late
``` <<<
END
}

@test "control sequences and NULs make no false line true" {
  differs 'right' 'WRONG' <<'END'
```console T1
$ printf 'WRONG\n\033[1A\033[2Kright\n'
right <<<
```
END
  differs 'right' 'rightG' <<'END'
```console T1
$ printf 'WRONGG\rright\n'
right <<<
```
END
  differs 'ab' 'a^@b' <<'END'
```console T1
$ printf 'a\0b\n'
ab <<<
```
END
  differs 'nothing more' 'WRONG' <<'END'
```console T1
$ printf 'a\033]0;title\nWRONG\n'
a
``` <<<
END
  differs 'right' 'WRONG' <<'END'
```console T1
$ printf '\033[?1049hWRONG\n\033[?1049lright\n'
right <<<
```
END
}
