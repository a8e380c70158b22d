#!/usr/bin/env bats
# What terminals show and shells do: odd output, the folder, the environment.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- Odd output ----------------------------------------------------------------------------------

@test "a last line without its end is a line, before the prompt and before ^C" {
  passes <<'END'
```console T1
$ printf 'one\ntwo'
one
two
$ printf three; cat
^C
three
$ printf four; exit
fourexit
```
END
}

@test "escape sequences, bells, backspaces and carriage returns show what a screen shows" {
  passes <<'END'
```console T1
$ printf '\033[31mred\033[0m \033]0;title\aplain\a \033]8;;x\033\\link\n'
red plain link
$ printf '50%%\r100%%\nabx\bc\n'
100%
abc
$ printf '\001\177\n'
^A^?
$ printf 'cut \033[3\nnext\n'
cut
next
```
END
}

@test "a report never drives the reader's terminal" {
  LIMIT=1 differs one 'a\x9b31mb\xc2\x9b^A^?é' <<'END'
```console T1
$ printf 'a\23331mb\302\233\001\177\303\251\033[2J\n'
one <<<
```
END
}

@test "a line of any length is read, and a difference far to the right is shown" {
  passes <<'END'
```console T1
$ x=$(printf 'x%.0s' {1..16000}); echo "${x}y"
<*>xy
$ echo "${x}y"; echo next
<*>
next
```
END
  differs "[...]$(printf 'x%.0s' {1..39})x" "[...]$(printf 'x%.0s' {1..39})xy" <<END
\`\`\`console T1
\$ printf 'x%.0s' {1..800}; echo y
$(printf 'x%.0s' {1..800}) <<<
\`\`\`
END
}

@test "of a line longer than any worksheet's, the rest is not taken for equal" {
  x=$(printf 'x%.0s' {1..16384})
  sheet <<END
\`\`\`console T1
\$ printf 'x%.0s' {1..16390}; echo
$x
\`\`\`
END
  run -1 lab run sheet.md
}

@test "100,000 lines of output are compared, the one that differs is found" {
  [ -z "${SANITIZED:-}" ] || skip 'too slow under a sanitizer'
  passes <<'END'
```console T1
$ seq 100000
...
100000
$ seq 100000
1
...
77777
...
99999
100000
```
END
  differs 100001 'nothing: the program has ended' <<'END'
```console T1
$ seq 100000
...
100000
100001 <<<
```
END
}

@test "a program that never stops writing fails the play in time, or is ended with it" {
  [ -z "${SANITIZED:-}" ] || skip 'too slow under a sanitizer'
  LIMIT=1 differs n y <<'END'
```console T1
$ yes
y
n <<<
```
END
  sheet <<'END'
```console T1
$ yes
...
n
```
END
  begin=$SECONDS
  run -1 lab run --timeout 2 sheet.md
  [ $((SECONDS - begin)) -lt 30 ]
  passes <<'END'
```console T1
$ yes
y
...
```

```console T2
$ echo one
one
```

```console T1
^C
...
```
END
}

@test "binary garbage on the screen does not lose the prompt" {
  passes <<'END'
```console T1
$ head -c 20000 /dev/urandom
...
$ printf 'a\033'; printf 'b\033[1'; printf 'c\033]0;x'; printf 'd\033P'; printf '\033]133;A\033'
...
$ printf '\033'
$ printf '\033['
$ printf '\033]0;'
$ echo one
one
```
END
}

# ---- The shell -----------------------------------------------------------------------------------

@test "the terminals share a fresh folder, and nothing of it is left" {
  mkdir tmp
  TMPDIR=$PWD/tmp passes <<'END'
```console T1
$ ls -A; echo hello >file; mkdir folder; touch folder/file; chmod 0 folder/file
```

```console T2
$ cat file; pwd | sed 's/-......$//;s/.*\///'
hello
tcp-labs
```
END
  [ -z "$(ls -A tmp)" ]
}

@test "the programs stand on the PATH, the user's settings do not matter" {
  export PS1='%' PS2='?' PS4='!' PROMPT_COMMAND='echo prompt' BASH_ENV=$PWD/rc ENV=$PWD/rc
  export CDPATH=/ GREP_OPTIONS=-v POSIXLY_CORRECT=1 IGNOREEOF=10 TMOUT=1 LC_ALL=de_DE.UTF-8
  echo 'echo rc' >rc
  HOME=$PWD HISTFILE=$PWD/history
  export HOME HISTFILE
  echo 'echo bashrc' >.bashrc
  echo 'echo profile' >.bash_profile
  touch history
  passes <<'END'
```console T1
$ upper-server --version
upper-server (TCP Labs) 1.0
$ cat /nowhere
cat: /nowhere: No such file or directory
$ sleep 1.5; cd /; echo $?
0
$ echo one | grep one
one
$ exit
exit
```
END
  [ ! -s history ]
  [ ! -e .bash_history ]
}

@test "a shell in a terminal has no descriptors but its own three" {
  cat >sheet.md <<'END'
```console T1
$ ls -1 /proc/self/fd
0
1
2
3
```
END
  exec 7</dev/null 8>/dev/null
  run -0 lab run sheet.md
  exec 7>&- 8>&-
}

@test "HOME may be unset, SHELL another, and nothing else in the environment" {
  sheet <<'END'
```console T1
$ echo one
one
```
END
  run -0 env -u HOME SHELL=/bin/false lab run sheet.md
  run -0 env -i "$BIN/lab" run sheet.md
  run -0 env -i PATH=/nowhere "$BIN/lab" list
}

@test "where there is no bash, sh will do" {
  mkdir path
  for tool in sh cat sleep; do
    ln -s "$(command -v $tool)" path
  done
  sheet <<'END'
```console T1
$ echo one
one
$ cat
> two
two
^C
$ echo three
three
```
END
  PATH=$PWD/path run -0 "$BIN/lab" run sheet.md
}
