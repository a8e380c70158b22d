#!/usr/bin/env bats
# What a play compares: each line that was promised, and each that was not.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

@test "a worksheet whose lines all appear passes, and prose and other blocks are not played" {
  passes <<'END'
# A title

Prose, `$ false`, and a block without a terminal:

```console
$ exit 7
```

~~~sh
$ exit 7
~~~

```console T1
$ printf 'one\ntwo\n'
one
two
$ echo three
three
```
END
}

@test "a line that differs in a letter, a digit, the case or the end fails the play" {
  for wrong in 'port 800l' 'port 8001' 'Port 8000' 'port 80000' 'port 800' ' port 8000' 'port8000' ''; do
    differs 'port 8000' "$wrong" <<END
\`\`\`console T1
\$ echo '$wrong'
port 8000 <<<
\`\`\`
END
  done
}

@test "a line that is missing fails the play, in the middle and at the end" {
  differs two three <<'END'
```console T1
$ printf 'one\nthree\n'
one
two <<<
three
```
END
  differs two 'nothing: the program has ended' <<'END'
```console T1
$ echo one
one
two <<<
$ echo done
done
```
END
  differs two 'nothing: the program has ended' <<'END'
```console T1
$ echo one
one
two <<<
```
END
}

@test "a line that a running program does not print is waited for, and then missing" {
  LIMIT=1 differs two 'nothing within 1 s' <<'END'
```console T1
$ echo one; cat
one
two <<<
```
END
  LIMIT=1 differs 'two times' 'two (a line without its end)' <<'END'
```console T1
$ echo one; printf two; cat
one
two times <<<
```
END
}

@test "a line too many fails the play: first, between, last, before a command, a key and an input" {
  differs one zero <<'END'
```console T1
$ printf 'zero\none\n'
one <<<
```
END
  differs two 'one and a half' <<'END'
```console T1
$ printf 'one\none and a half\ntwo\n'
one
two <<<
```
END
  differs 'nothing more' two <<'END'
```console T1
$ printf 'one\ntwo\n'
one
``` <<<
END
  differs 'nothing more' two <<'END'
```console T1
$ printf 'one\ntwo\n'
one
$ echo three <<<
three
```
END
  differs 'nothing more, before `^C` of line 4 is typed' two <<'END'
```console T1
$ printf 'one\ntwo\n'; cat
one
^C <<<
```
END
  differs 'nothing more, before `three` of line 7 is typed' two <<'END'
```console T1
$ printf 'one\ntwo\n'; cat
one
``` <<<

```console T1
> three
three
^D
```
END
}

@test "a line too many fails the play also where nothing at all is promised" {
  differs 'nothing more' surprise <<'END'
```console T1
$ echo surprise
$ true <<<
```
END
  differs 'nothing more' surprise <<'END'
```console T1
$ echo surprise
``` <<<
END
}

@test "a line too many fails the play after the last step, from another terminal, and late" {
  differs 'nothing more' late <<'END'
```console T1
$ (sleep 1; echo late)
``` <<<
END
  differs 'nothing more' late <<'END'
```console T1
$ echo one; sleep 1; echo late; cat
one
``` <<<

```console T2
$ echo two
two
```
END
}

@test "what a background job shows late fails the play" {
  differs 'nothing more' late <<'END'
```console T1
$ (sleep 1; echo late) &
``` <<<

```console T2
$ echo two
two
```
END
}

@test "what a program says when the play's end interrupts it fails the play" {
  differs 'nothing more' bye <<'END'
```console T1
$ trap 'echo bye; exit' INT; echo ready; read never
ready
``` <<<
END
}

@test "an empty line is a line" {
  passes <<'END'
```console T1
$ printf 'one\n\nthree\n'
one

three
```
END
  differs three '' <<'END'
```console T1
$ printf 'one\n\nthree\n'
one
three <<<
```
END
  differs '' three <<'END'
```console T1
$ printf 'one\nthree\n'
one
 <<<
three
```
END
}

@test "lines of one step are not lines of another, nor of another terminal" {
  differs two one <<'END'
```console T1
$ echo one
two <<<
```

```console T2
$ echo two
two
```
END
  differs one two <<'END'
```console T1
$ printf 'two\none\n'
one <<<
two
```
END
}

@test "output that a later step promises may come before that step is reached" {
  passes <<'END'
```console T1
$ echo one; echo two; cat
one
```

```console T2
$ echo other
other
```

```console T1
two
> three
three
^D
```
END
}

@test "a command that goes on when the next one is due fails the play" {
  LIMIT=1 differs 'the command to end, and the prompt' 'it still runs' <<'END'
```console T1
$ echo one; cat
one
$ echo two <<<
two
```
END
  LIMIT=1 differs 'the command to end, and the prompt' 'it still runs' <<'END'
```console T1
$ cat
> one
one
``` <<<

```console T1
$ echo two
two
```
END
}

@test "the report names the file as it was given, the line, both texts and what is bound" {
  mkdir folder
  cat >folder/a.md <<'END'
```console T1
$ echo 'port 8000 8001'
port <first> <second>
$ echo port 8001
port <first>
$ echo <second>
```
END
  run -1 lab run folder/a.md
  echo "$output"
  diff <(sed 's/ [ 0-9]*\.[0-9] s$/ TIME/' <<<"$output") - <<'END'
FAIL  a                                  0 of 1 steps TIME
folder/a.md:5: T1 differs
  expected: port <first>
  observed: port 8001
  bound:    first=8000 second=8001
0 passed, 1 failed, 0 skipped
END
}

@test "a terminal's last command must end if it promises nothing, and so must what ^C is typed to" {
  passes <<'END'
```console T1
$ sleep 0.5; echo done >file
```

```console T2
$ cat file
done
```
END
  LIMIT=1 differs 'the command to end, and the prompt' 'it still runs' <<'END'
```console T1
$ cat
``` <<<
END
  LIMIT=1 differs 'the command to end, and the prompt' 'it still runs' <<'END'
```console T1
$ sh -c 'trap "" INT; echo ready; read never'
ready
^C
``` <<<
END
}

@test "what still runs at the end is ended, also what ignores ^C" {
  passes <<'END'
```console T1
$ echo ready; cat
ready
```

```console T2
$ sh -c 'trap "" INT; echo ready; read never'
ready
```
END
}

@test "the report shows what other terminals have shown that nobody asked for" {
  LIMIT=1 differs one 'nothing within 1 s' <<'END'
```console T2
$ echo 'bind: Address already in use'; cat
```

```console T1
$ cat
one <<<
```

```console T2
^C
```
END
  grep -Fx '  T2 has:   bind: Address already in use' <<<"$output"
}
