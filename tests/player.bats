#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- Lines -----------------------------------------------------------------------------------------

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

# ---- ... -------------------------------------------------------------------------------------------

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

# ---- <*> -------------------------------------------------------------------------------------------

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

# ---- Names -----------------------------------------------------------------------------------------

@test "a line is read in every way until its block agrees" {
  passes <<'END'
```console T1
$ echo 1/2/3; echo 2
<*><c>/<*>
<c>
$ echo 4 5 6 7; echo 7 5
<*><d> <*><e>
<e> <d>
```
```console T1 unordered
$ echo 1/2/3; echo 8; echo 2
<other>
<*><part>/<*>
<part>
$ echo <c> <d> <part>
2 5 2
```
END
  differs '<a>' 4 <<'END'
```console T1
$ echo 1/2/3; echo 4
<*><a>/<*>
<a> <<<
```
END
}

@test "lines that can be read in very many ways are decided soon" {
  for words in '' ' unordered'; do
    { printf '```console T1%s\n$ for i in 1 2 3 4 5 6 7 8 9; do seq -s" " 80; done\n' "$words"
      for i in a b c d e f g h; do printf '<*><%s%s> <*>\n' "$i$i$i" "$i$i"; done
      printf 'never\n```\n'; } >sheet.md
    local begin=$SECONDS
    run -1 lab run --timeout 60 sheet.md
    echo "$output"
    grep -Fx '  expected: never' <<<"$output"
    [ $((SECONDS - begin)) -lt 50 ]
  done
}

@test "a name is bound where it first appears and equal everywhere, in every terminal" {
  passes <<'END'
```console T1
$ echo from 46472 to 8000
from <client> to <server>
$ echo 8000 46472
<server> <client>
```

```console T2
$ echo 127.0.0.1:46472, again 46472
<*>:<client>, again <client>
$ echo <client>
46472
```
END
}

@test "another number where a name is bound fails the play: in the line, below, and elsewhere" {
  differs '<client> <client>' '1 2' <<'END'
```console T1
$ echo 1 2
<client> <client> <<<
```
END
  differs 'port <client>' 'port 46473' <<'END'
```console T1
$ echo 46472
<client>
$ echo port 46473
port <client> <<<
```
END
  differs '<client> <other>' '46473 1' <<'END'
```console T1
$ echo 46472
<client>
```

```console T2
$ echo 46473 1
<client> <other> <<<
```
END
  grep -Fx '  bound:    client=46472' <<<"$output"
}

@test "a name is a whole run of digits and nothing else" {
  for wrong in 'port x' 'port -1' 'port' 'port 12x' 'port 0x12' 'port 12.5'; do
    differs 'port <number>' "$wrong" <<END
\`\`\`console T1
\$ echo '$wrong'
port <number> <<<
\`\`\`
END
  done
  differs '<*><number>' 'from 146472' <<'END'
```console T1
$ echo 46472
<number>
$ echo from 146472
<*><number> <<<
```
END
  differs '<number>5' 12345 <<'END'
```console T1
$ echo 12345
<number>5 <<<
```
END
}

@test "a sum is a number plus or minus, in the same line too" {
  passes <<'END'
```console T1
$ echo seq 100, ack 101, 99, 1124
seq <begin>, ack <begin+1>, <begin-1>, <begin+1024>
$ echo 101:114
<begin+1>:<begin+14>
```
END
  for wrong in 'seq 100, ack 100' 'seq 100, ack 102' 'seq 100, ack 99'; do
    differs 'seq <begin>, ack <begin+1>' "$wrong" <<END
\`\`\`console T1
\$ echo '$wrong'
seq <begin>, ack <begin+1> <<<
\`\`\`
END
  done
}

@test "sums wrap at 2^32 as sequence numbers do" {
  passes <<'END'
```console T1
$ echo 4294967295 0 1 4294967294
<last> <last+1> <last+2> <last-1>
$ echo 0 4294967295
<zero> <zero-1>
$ echo 4294967290 4 4294967290
<near> <near+10> <near>
```
END
  differs '<last> <last+1>' '4294967295 4294967296' <<'END'
```console T1
$ echo 4294967295 4294967296
<last> <last+1> <<<
```
END
}

@test "a number that is no sequence number does not wrap" {
  passes <<'END'
```console T1
$ echo 5000000000 5000000001
<big> <big+1>
```
END
}

@test "a bound name in a command or an input is replaced by its number, a \\<name> is not" {
  passes <<'END'
```console T1
$ echo 46472
<client>
$ echo <client> <client+1> <client-1>
<client> 46473 46471
$ cat
> port <client>
port 46472
> \<client>
\<client>
^D
$ echo '\<client>' '\<x'
\<client> \\<x
```
END
}

# ---- Escapes and blanks ----------------------------------------------------------------------------

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

# ---- unordered -------------------------------------------------------------------------------------

@test "unordered: rows may come in any order, each once" {
  passes <<'END'
```console T1 unordered
$ printf '%s\n' c a b a
a
a
b
c
```
END
  differs b x <<'END'
```console T1 unordered
$ printf '%s\n' c a x
a
b <<<
c
```
END
  differs a b <<'END'
```console T1 unordered
$ printf '%s\n' c a b
c
a
a <<<
```
END
}

@test "unordered: too few and too many rows fail" {
  differs b 'no more rows' <<'END'
```console T1 unordered
$ printf '%s\n' c a
a
c
b <<<
```
END
  differs 'nothing more' b <<'END'
```console T1 unordered
$ printf '%s\n' c b a
a
c
``` <<<
END
  differs 'nothing more' a <<'END'
```console T1 unordered
$ printf '%s\n' a c a
a
c
``` <<<
END
  differs 'nothing more' x <<'END'
```console T1 unordered
$ printf '%s\n' c a x; cat
a
c
``` <<<
END
  differs a 'no rows' <<'END'
```console T1 unordered
$ true
a <<<
```
END
}

@test "unordered: names and sums are bound by whichever row agrees" {
  passes <<'END'
```console T1 unordered
$ printf '%s\n' '5 2' '2 LISTEN' '1 LISTEN'
<one> LISTEN
<two> <one>
<one-1> LISTEN
```
END
  differs '<two> <one>' '5 3' <<'END'
```console T1 unordered
$ printf '%s\n' '5 3' '2 LISTEN'
<one> LISTEN
<two> <one> <<<
```
END
}

@test "unordered: ... covers the other rows" {
  passes <<'END'
```console T1 unordered
$ printf '%s\n' x c y a
a
...
c
```
END
  differs c 'x' <<'END'
```console T1 unordered
$ printf '%s\n' x a y
a
c <<<
...
```
END
}

@test "without unordered, rows in another order fail" {
  differs a b <<'END'
```console T1
$ printf '%s\n' b a
a <<<
b
```
END
}

# ---- watch and within ------------------------------------------------------------------------------

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

# ---- Keys and input --------------------------------------------------------------------------------

@test "^C ends a program, ^D its input, ^\\ ends it with Quit, and the shell goes on" {
  passes <<'END'
```console T1
$ cat
> one
one
^C
$ echo $?
130
$ cat
> two
two
^D
$ echo $?
0
$ sleep 1000
^\
Quit
$ echo $?
131
```
END
}

@test "^Z stops a program, and fg brings it back" {
  passes <<'END'
```console T1
$ cat
> one
one
^Z
$ jobs
[1]+  Stopped                 cat
$ fg
cat
> two
two
^C
```
END
}

@test "what the shell says about jobs is passed over, unless it is promised" {
  passes <<'END'
```console T1
$ sleep 1000 &
$ kill %1
$ wait
```
END
  passes <<'END'
```console T1
$ sleep 1000
^Z
[1]+  Stopped                 sleep 1000
$ sleep 0.1 && true & wait %2
$ fg
sleep 1000
^C
```
END
}

@test "what looks like a remark about jobs is output where there are no jobs" {
  differs 'nothing more' '[1] 4711' <<'END'
```console T1
$ true && echo '[1] 4711' 2>&1
``` <<<
END
}

@test "what looks like a remark about jobs is output where there is no such job" {
  for line in '[2] 4711' '[2]+  Done                    true' '[1] 4712' '[0]+  Done'; do
    differs 'nothing more' "$line" <<END
\`\`\`console T1
\$ sleep 1000 &
\$ sleep 1000
^Z
[2]+  Stopped                 sleep 1000
\$ fg %2
sleep 1000
^C
\$ echo '$line'
\`\`\` <<<
END
  done
}

@test "each job's end is passed over once" {
  differs 'nothing more' '[1]+  Done                    sleep 0.1' <<'END'
```console T1
$ sleep 0.1 & wait
$ echo '[1]+  Done                    sleep 0.1'
``` <<<
END
}

@test "the prompt cannot be forged, and no program is told of it" {
  passes <<'END'
```console T1
$ printf %s "$PS1"; cat
> one
one
^D
$ sh -c 'echo "$PS1" | grep -c lab='
0
$ (env; tr '\0' '\n' </proc/$$/environ; fc -l) 2>/dev/null | grep -c 'lab=[0-9a-f]'
0
```
END
  differs 'the command to end, and the prompt' 'it still runs' --timeout 1 <<'END'
```console T1
$ PS1=lost
$ echo <<<
```
END
}

@test "^C at the prompt and ^C typed at once do no harm" {
  passes <<'END'
```console T1
^C
$ echo one
one
$ sleep 1000
^C
$ cat
^C
$ echo two
two
```
END
}

@test "an empty line after ^C is the shell's, two are not" {
  differs 'nothing more' '' <<'END'
```console T1
$ sh -c 'trap "echo; echo; exit" INT; echo ready; read never'
ready
^C
``` <<<
END
}

@test "input goes into the program that runs, an empty line too" {
  passes <<'END'
```console T1
$ sed 's/^/got: /'
> one
> 
> two words
>
got: one
got:
got: two words
got:
^C
```
END
  passes <<'END'
```console T1
$ while read -r line; do echo "[$line]"; done
> one
[one]
> two
[two]
^D
```
END
}

@test "input for a program that has ended fails the play" {
  differs 'a program that this is typed into' 'the prompt: the program has ended' <<'END'
```console T1
$ echo one
one
> two <<<
```
END
}

@test "a shell that is ended by exit, or by ^D, has ended, and nothing more can be typed there" {
  passes <<'END'
```console T1
$ exit
exit
```

```console T2
^D
exit
```
END
  differs 'a prompt to type the command at' 'its shell has ended' <<'END'
```console T1
$ exit
exit
$ echo one <<<
```
END
  differs 'nothing more' exit <<'END'
```console T1
$ exit
``` <<<
END
}

@test "a shell that is killed is reported, and nothing is waited for" {
  LIMIT=600 differs one 'nothing: the program has ended' <<'END'
```console T1
$ kill -9 $$
one <<<
```
END
}

@test "a program that is ended by a signal leaves the shell's word for it" {
  passes <<'END'
```console T1
$ sh -c 'kill -TERM $$'
Terminated
$ sh -c 'kill -SEGV $$'
Segmentation fault
$ sh -c 'kill -9 $$'
Killed
$ echo $?
137
```
END
}

@test "a program that switches the echo on does not turn typing into output" {
  passes <<'END'
```console T1
$ stty echo; echo on; cat
on
> one
one
> two
two
^D
$ echo done
done
```
END
}

@test "telnet, which plays with the terminal, can be typed into" {
  passes <<'END'
```console T1
$ upper-server
listening on 127.0.0.1:8008
```

```console T2
$ telnet 127.0.0.1 8008
Trying 127.0.0.1...
Connected to 127.0.0.1.
Escape character is '^]'.
> hello
HELLO
> world
WORLD
> exit
...
Connection closed by foreign host.
```

```console T1
...
^C
...
```
END
}

# ---- Odd output ------------------------------------------------------------------------------------

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

# ---- The shell -------------------------------------------------------------------------------------

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

# ---- Mistakes: one line that names file and line, exit 2, and nothing is played --------------------

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

# ---- What is missing: skipped, and the tool is named -----------------------------------------------

@test "a worksheet whose tool is missing is skipped and the tool is named" {
  skipped 'needs no-such-tool' <<'END'
```console T1
$ no-such-tool --help
```
END
  skipped 'needs no-other-tool, no-such-tool' <<'END'
- Needs: cat, no-other-tool

```console T1
$ LANG=C exec no-such-tool 2>&1 | cat; ip netns exec far no-other-tool
```
END
}

@test "what only looks like a tool is none" {
  passes <<'END'
```console T1
$ echo one >&2; echo two 2>&1 | cat; [[ a == a && b != c ]] && ((1 + 1)) # nothing; more
one
two
$ [ $(echo 3) -lt 4 ] && x=5 && echo "a | b; c & d" 'e | f' \| g $((2 * x))
a | b; c & d e | f | g 10
$ for i in 1 2; do echo $i; done; if true; then echo yes; fi; while false; do :; done
1
2
yes
$ greet() { echo "hello $1"; }; greet you; echo three >|file; command -p cat file
hello you
three
$ exec 5<>file; cat <&5; ! false && { echo four; } &>file; (cat file)
three
four
```
END
}

@test "lab list names what each lab shows and needs, and what is missing" {
  mkdir labs
  cat >labs/01-one.md <<'END'
# 1. One
- Shows: what one shows
- Time: 5 minutes
- Needs: cat

```console T1
$ echo one
one
```
END
  printf '# 2. Two\n\n```console T1\n$ no-such-tool\n```\n' >labs/02-two.md
  echo 'no worksheet' >labs/README.md
  TCP_LABS=$PWD/labs run -0 lab list
  echo "$output"
  diff - <(sed 's/ *$//' <<<"$output") <<'END'
01-one                       5 minutes
    what one shows
02-two
    2. Two
    missing here: no-such-tool
END
  TCP_LABS=$PWD/labs run -0 lab run 1 one 01 01-one 02
  [ "${lines[-1]}" = '4 passed, 0 failed, 1 skipped' ]
  TCP_LABS=$PWD/labs run -0 lab run
  [ "${lines[-1]}" = '1 passed, 0 failed, 1 skipped' ]
  TCP_LABS=$PWD/nowhere run -2 lab run
  [ "$output" = "lab: $PWD/nowhere: No such file or directory" ]
}

# ---- The run ---------------------------------------------------------------------------------------

@test "a line for each worksheet in the order given, the sum at the end, exit 1 if one failed" {
  printf '```console T1\n$ sleep 1; echo one\none\n```\n' >good.md
  printf '```console T1\n$ echo one\ntwo\n```\n' >bad.md
  printf '```console T1\n$ no-such-tool\n```\n' >odd.md
  run -1 lab run -j 4 good.md bad.md odd.md good.md
  echo "$output"
  diff <(sed 's/ [ 0-9]*\.[0-9] s$/ TIME/' <<<"$output") - <<'END'
ok    good                               1 of 1 steps TIME
FAIL  bad                                0 of 1 steps TIME
bad.md:3: T1 differs
  expected: two
  observed: one
  bound:    nothing yet
skip  odd                              needs no-such-tool
ok    good                               1 of 1 steps TIME
2 passed, 1 failed, 1 skipped
END
  run -0 lab run good.md odd.md
  [ "${lines[-1]}" = '1 passed, 0 failed, 1 skipped' ]
}

@test "forty worksheets are played at once, each in a room or a folder of its own" {
  cat >sheet.md <<'END'
```console T1
$ ls; echo x >>file; wc -l <file
1
$ upper-server --version >file; cat
> one
one
^D
```
END
  sheets=()
  for n in {1..40}; do
    cp sheet.md "$n.md"
    sheets+=("$n.md")
  done
  run -0 lab run -j 40 --timeout 60 "${sheets[@]}"
  [ "${lines[-1]}" = '40 passed, 0 failed, 0 skipped' ]
}

@test "colours and progress are for a terminal only, NO_COLOR is heeded" {
  printf '```console T1\n$ echo one\none\n```\n' >sheet.md
  escape=$'\033'
  run -0 lab run sheet.md
  [[ $output != *"$escape"* && $output != *$'\r'* ]]
  run -0 script -qec 'lab run sheet.md' /dev/null
  [[ $output == *"${escape}[32mok"* ]]
  NO_COLOR=1 run -0 script -qec 'lab run sheet.md' /dev/null
  [[ $output != *"${escape}[3"* ]]
}

@test "results that cannot be written are an error" {
  printf '```console T1\n$ echo one\none\n```\n' >sheet.md
  run -1 bash -c 'lab run sheet.md >/dev/full'
  [ "$output" = 'lab: write the results: No space left on device' ]
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
