#!/usr/bin/env bats
# What stands for text: `...`, `<*>`, escapes and blanks.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- ... -----------------------------------------------------------------------------------------

@test "... stands for any lines or none, at the beginning, in the middle and at the end" {
  passes <<'END'
```console T1
$ seq 9
...
9
$ seq 9
1
...
$ seq 9
1
...
5
...
9
$ seq 9
...
$ true
...
$ echo one
one
...
$ echo one
...
one
```
END
}

@test "... goes back and tries again" {
  passes <<'END'
```console T1
$ printf '%s\n' a b x a b c a b d z
...
a
b
d
...
$ printf '%s\n' a b a b c
...
a
b
...
c
$ printf '%s\n' a a a
...
a
$ printf '%s\n' a a a
...
a
...
a
...
a
...
```
END
}

@test "... tries again with names unbound" {
  passes <<'END'
```console T1
$ printf '%s\n' 'seq 1' 'seq 2' 'ack 3' 'seq 7' 'ack 8'
...
seq <number>
...
ack <number+1>
...
$ printf '%s\n' 'from 5' 'to 6' 'from 7' 'to 8' 'at 7'
...
from <begin>
...
at <begin>
```
END
}

@test "... does not hide a line that is missing, wrong or out of order" {
  differs 6 'nothing: the program has ended' <<'END'
```console T1
$ seq 5
...
6 <<<
```
END
  differs 2 'nothing: the program has ended' <<'END'
```console T1
$ seq 5
...
4
...
2 <<<
```
END
  differs 6 5 <<'END'
```console T1
$ seq 5
...
4
6 <<<
```
END
  differs 'nothing more' 5 <<'END'
```console T1
$ seq 5
...
4
``` <<<
END
  differs 'nothing more' 2 <<'END'
```console T1
$ seq 2
...
1
$ true <<<
```
END
}

@test "... at a step's end covers what comes until something is typed there, and no longer" {
  passes <<'END'
```console T1
$ echo one; read x; echo two; read y; echo three; cat
one
> go on
two
...
```

```console T2
$ echo other
other
```

```console T1
> go on
three
^D
```
END
  differs 'nothing more' three <<'END'
```console T1
$ echo one; read x; echo two; read y; echo three
one
> go on
two
...
> go on
``` <<<
END
}

@test "... at a step's end leaves a later step to find its line" {
  passes <<'END'
```console T1
$ seq 5; cat
1
...
```

```console T1
5
^D
```
END
}

@test "... that is not alone in its line is plain text" {
  differs '1 ...' '1 2' <<'END'
```console T1
$ echo 1 2
1 ... <<<
```
END
}

# ---- <*> -----------------------------------------------------------------------------------------

@test "<*> is any text within a line, or none" {
  passes <<'END'
```console T1
$ echo 2026/11/20 12:01:00 ready
<*> ready
$ echo ready
<*>ready<*>
$ echo axbxbyb
a<*>b
$ echo axbxby
a<*>b<*>by
$ echo one two three
one <*> three
$ echo
<*>
```
END
}

@test "<*> hides nothing beside it, and no second line" {
  differs 'a<*>b' axbxbc <<'END'
```console T1
$ echo axbxbc
a<*>b <<<
```
END
  differs 'a<*>b<*>c' acb <<'END'
```console T1
$ echo acb
a<*>b<*>c <<<
```
END
  differs 'nothing more' two <<'END'
```console T1
$ printf 'one\ntwo\n'
<*>
``` <<<
END
  differs '<*>' 'nothing: the program has ended' <<'END'
```console T1
$ echo one
one
<*> <<<
```
END
}

@test "a line full of <*> and names is decided soon" {
  long=$(printf 'ab %.0s' {1..2000})
  differs '<*>a<*>b<*>a<*>b<*>a<*>b<*>a<*>b<*>a<*>b<*>c' "$(head -c 500 <<<"$long")[...]" <<END
\`\`\`console T1
\$ x=\$(printf 'ab %.0s' {1..2000}); echo "\$x"
<*>a<*>b<*>a<*>b<*>a<*>b<*>a<*>b<*>a<*>b<*>c <<<
\`\`\`
END
}

# ---- Escapes and blanks --------------------------------------------------------------------------

@test "a backslash makes each mark plain text" {
  passes <<'END'
```console T1
$ printf '%s\n' '$ ls' '> quote' '>' ^C ^D ^Z '^\' '^]' ... '<port>' '<*>' 'a<b> <*>' '\$ x' '\...'
\$ ls
\> quote
\>
\^C
\^D
\^Z
\^\
\^]
\...
\<port>
\<*>
a\<b> \<*>
\\$ x
\\...
```
END
}

@test "a backslash elsewhere is a backslash, and what looks like a mark is none" {
  passes <<'END'
```console T1
$ printf '%s\n' '\n' 'a\b' '$' '$PATH' '>x' '^C^D' '^X' '....' '.. .' '<' '<>' '<1>' '<a b>' '\\'
\n
a\b
$
$PATH
>x
^C^D
^X
....
.. .
<
<>
<1>
<a b>
\\
```
END
}

@test "an escaped mark does not match anything else" {
  differs '\<port>' 8000 <<'END'
```console T1
$ echo 8000
\<port> <<<
```
END
  differs '\<*>' x <<'END'
```console T1
$ echo x
\<*> <<<
```
END
  differs ... x <<'END'
```console T1
$ echo x
\... <<<
```
END
}

@test "runs of blanks and tabs compare as one, those at a line's end do not count" {
  passes <<'END'
```console T1
$ printf 'tcp   0\t\t 0 \t127.0.0.1:8000  \n'
tcp 0     0 127.0.0.1:8000
$ printf 'tcp 0 0\n'
tcp  	0	0   
$ printf '   indented\n'
 indented
```
END
  differs 'tcp 0' tcp0 <<'END'
```console T1
$ echo tcp0
tcp 0 <<<
```
END
  differs tcp0 'tcp 0' <<'END'
```console T1
$ echo tcp 0
tcp0 <<<
```
END
  differs indented '  indented' <<'END'
```console T1
$ echo '  indented'
indented <<<
```
END
}

@test "a worksheet with carriage returns and an indented block is read like any other" {
  printf '# Title\r\n\r\n```console T1 within 5s\r\n$ echo one\r\none\r\n```\r\n' >sheet.md
  run -0 lab run sheet.md
  passes <<'END'
1. In a list:

   ```console T1
   $ printf 'one\n two\n'
   one
    two
   ```
END
}
