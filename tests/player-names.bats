#!/usr/bin/env bats
# Names, sums, and rows in any order.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- Names ---------------------------------------------------------------------------------------

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

# ---- unordered -----------------------------------------------------------------------------------

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
