#!/usr/bin/env bats
# Worksheets with mistakes, and calls with mistakes.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- Mistakes: one line that names file and line, exit 2, and nothing is played ------------------

@test "a worksheet that is missing, empty, a directory, a FIFO, binary or too big is refused" {
  run -2 lab run nowhere.md
  [ "$output" = 'lab: nowhere.md: No such file or directory' ]
  : >empty.md
  run -2 lab run empty.md
  [ "$output" = 'lab: empty.md: nothing to play: it has no ```console T1 block' ]
  mkdir folder.md
  run -2 lab run folder.md
  [ "$output" = 'lab: folder.md: Is a directory' ]
  mkfifo fifo.md
  run -2 timeout 20 lab run fifo.md
  [ "$output" = 'lab: fifo.md: not a file of at most 1 MiB' ]
  printf '# A\n\0\n' >binary.md
  run -2 lab run binary.md
  [ "$output" = 'lab: binary.md:2: not a text file: it has a NUL byte' ]
  run -2 lab run "$BIN/lab" ./binary.md
  head -c 1048577 /dev/zero | tr '\0' x >big.md
  run -2 lab run big.md
  [ "$output" = 'lab: big.md: not a file of at most 1 MiB' ]
  run -2 lab run /dev/null
  [ "$output" = 'lab: /dev/null: not a file of at most 1 MiB' ]
}

@test "a worksheet that may not be read is refused" {
  [ "$(id -u)" -ne 0 ] || skip 'root may read everything'
  echo x >secret.md
  chmod 0 secret.md
  run -2 lab run secret.md
  [ "$output" = 'lab: secret.md: Permission denied' ]
}

@test "a worksheet with nothing to play is refused" {
  refused 'nothing to play: it has no ```console T1 block' <<'END'
# A title

```console
$ echo one
one
```

```sh T1
$ echo one
```
END
}

@test "a fence that is never closed is refused, at the end and before another one" {
  refused 'this fence is never closed' <<'END'
# A title

```console T1 <<<
$ echo one
one
END
  refused 'this fence is never closed: another opens in line 5' <<'END'
```console T1 <<<
$ echo one
one

```console T2
$ echo two
two
```
END
  refused 'this fence is never closed: another opens in line 4' <<'END'
~~~ <<<
prose

~~~console T1
$ echo one
~~~
END
  refused 'this fence is never closed' <<'END'
````console T1 <<<
$ echo one
```
END
}

@test "an unknown word after the terminal is refused" {
  for word in unorderd Watch rooms 15s -; do
    refused "unknown attribute $word: want unordered, watch, room, patient, since T2 or within 15s" <<END
Prose.
\`\`\`console T1 unordered $word room <<<
\$ echo one
\`\`\`
END
  done
}

@test "since is refused where it says nothing" {
  for since in T1 T0 2 ''; do
    refused 'since wants another terminal, such as T2' <<END
\`\`\`console T1 since $since <<<
one
\`\`\`
END
  done
  refused 'since T2 is for a block that begins with output' <<'END'
```console T2
$ true
```
```console T1 since T2 <<<
$ echo
```
END
  refused "since T2: nothing but what looks only was typed there since T1's block before" <<'END'
```console T1
$ true
```
```console T2
$ cat
```
```console T1 since T2 <<<
one
```
END
}

@test "a name that is bound in a patient section only may not be used outside" {
  for typed in '$ echo <x>' '<x>' '<x+1>'; do
    refused '<x> is bound in line 4, in a section that a play without --patient leaves out' <<END
## Long
\`\`\`console T1 patient
\$ echo 1; echo 1
<x>
<x>
\`\`\`
## Short
\`\`\`console T2
$typed <<<
\`\`\`
END
  done
}

@test "within without a good time is refused" {
  for time in '' 5 s 0s -1s 1m 3601s nans infs '5 s' 15ss; do
    refused 'within wants a time such as 15s' <<END
\`\`\`console T1 within $time <<<
\$ echo one
\`\`\`
END
  done
}

@test "a terminal that does not exist is refused" {
  for terminal in T0 T10 T t1 1 T1: terminal 'T 1'; do
    refused "no terminal ${terminal% 1}: want T1 to T9" <<END
\`\`\`console $terminal <<<
\$ echo one
\`\`\`
END
  done
}

@test "an empty block, and a watch block that cannot be repeated, are refused" {
  refused 'an empty block: nothing to type and nothing to expect' <<'END'
```console T1 <<<
```
END
  refused 'a watch block begins with a command: it repeats it' <<'END'
```console T1 watch <<<
one
```
END
  refused 'a watch block repeats commands only' <<'END'
```console T1 watch
$ cat
> one <<<
one
```
END
  refused 'a watch block repeats commands only' <<'END'
```console T1 watch
$ cat
^C <<<
```
END
}

@test "a sum on a name that is not bound yet is refused, in a command too" {
  refused 'nothing is bound to <begin> yet' <<'END'
```console T1
$ echo 5 4
<begin+1> <begin> <<<
```
END
  refused 'nothing is bound to <begin> yet' <<'END'
```console T1
$ echo <begin-1> <<<
```

```console T1
<begin>
```
END
  refused 'nothing is bound to <begin> yet: is it a slip for <begim> of line 3?' <<'END'
```console T1
$ echo 5 6
<begim> <begin+1> <<<
```
END
}

@test "a name that is typed before it is bound is refused" {
  refused '<client> is bound in line 3 only' <<'END'
```console T1
$ echo <client> <<<
<client>
```
END
}

@test "a name that appears once, a letter away from another, is refused as a slip" {
  for slip in clent cliend clientt Client; do
    refused "<$slip> appears only here: is it a slip for <client> of line 3?" <<END
\`\`\`console T1
\$ echo 1 1 1
<client> <client> <$slip> <<<
\`\`\`
END
  done
  refused '<client> appears only here: is it a slip for <cliend> of line 5?' <<'END'
```console T1
$ echo 1
<client> <<<
$ echo 1
<cliend>
```
END
  refused '<y> appears only here: is it a slip for <x> of line 3?' <<'END'
```console T1
$ echo 1 1 1
<x> <x> <y> <<<
```
END
}

@test "more names than can be kept are refused" {
  { echo '```console T1'
    echo '$ true'
    for n in {1..65}; do
      printf '<%s> <%s>\n' "a$((n * 7919))b" "a$((n * 7919))b"
    done
    echo '```'; } >sheet.md
  run -2 lab run sheet.md
  [ "$output" = 'lab: sheet.md:67: more than 64 names' ]
}

@test "of several worksheets each mistake is told, and none is played" {
  printf '```console T1\n$ touch %s/played\n```\n' "$PWD" >good.md
  printf '```console T0\n' >one.md
  : >two.md
  run -2 lab run good.md one.md two.md nowhere.md
  [ "${#lines[@]}" -eq 3 ]
  [ "${lines[0]}" = 'lab: one.md:1: no terminal T0: want T1 to T9' ]
  [ "${lines[2]}" = 'lab: nowhere.md: No such file or directory' ]
  [ ! -e played ]
}

@test "wrong usage is told in one line, exit 2" {
  while IFS='|' read -r arguments message; do
    # shellcheck disable=SC2086 # several arguments
    run -2 lab $arguments
    [ "$output" = "lab: $message" ]
  done <<'END'
frob|no command frob; see lab --help
run --nonsense|run has no option --nonsense; see lab --help
run -x|run has no option -x; see lab --help
run -j|run: a value is missing after -j; see lab --help
run -j 0|-j wants a number from 1 to 64, not 0; see lab --help
run -j x|-j wants a number from 1 to 64, not x; see lab --help
run --timeout 0|--timeout wants seconds from above 0 to 3600, not 0; see lab --help
run --timeout 10s|--timeout wants seconds from above 0 to 3600, not 10s; see lab --help
list x|list takes no argument, but here is x; see lab --help
END
  run -2 lab
  [[ $output == 'usage: lab '* ]]
  run -2 lab run 99
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == 'lab: no lab 99;'* ]]
  run -0 lab --help
  [[ $output == 'usage: lab '* ]]
  run -0 lab --version
  [ "$output" = 'lab (TCP Labs) 1.0' ]
}

@test "a name that is bound once, a letter away from what a command types, is refused in its line" {
  cat >typed.md <<'EOF'
```console T1
$ echo 42
<patiende>
$ echo $((<patience> >> 1))
21
```
EOF
  run lab run typed.md
  [ "$status" -eq 2 ]
  [ "$output" = 'lab: typed.md:3: <patiende> appears only here: is it a slip for <patience> of line 4?' ]
}

# ---- What proves less than it seems to -----------------------------------------------------------

@test "lab lint tells what a line covered by ... may keep, and names that appear once" {
  sheet <<'END'
```console T1
$ echo one; echo two; echo <x>
one
...
```
```console T2
$ cat
```
```console T1
two <<<
7 <number> 7
```
```console T2
^C
```
```console T1
three
...
```
END
  run -1 lab lint sheet.md
  [ "${lines[0]}" = "sheet.md:2: note: <x> is bound nowhere: it is typed as it stands" ]
  sed -i '2s/; echo <x>//' sheet.md
  run -1 lab lint sheet.md
  [ "${lines[0]}" = "sheet.md:$HERE: a line that \`...\` of line 4 covers may keep this: nothing was typed in between that could have caused it" ]
  [ "${lines[1]}" = "sheet.md:$((HERE + 1)): note: <number> appears only here: any number keeps it" ]
  [ "${#lines[@]}" -eq 2 ]
  sed -i "$((HERE - 1)),$((HERE + 2))d" sheet.md
  run -1 lab lint sheet.md # the ^C that is typed into cat only looks
  sed -i 's/^\$ cat/$ nc/' sheet.md
  run -0 lab lint sheet.md
  [ -z "$output" ]
  run -2 lab lint none.md
}
