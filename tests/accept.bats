#!/usr/bin/env bats
# accept.bats - promises made of what is seen: in the order of time, with the names that fit, and played
# before they are written.

# shellcheck disable=SC2016,SC2154 # backquotes of a worksheet; output, lines and status are bats'

load helper

setup() {
  common_setup
}

sheet() { # sheet: from standard input; sheet.md, and before.md to compare with
  cat >sheet.md
  cp sheet.md before.md
}

block() { # block N: the lines of the Nth played block
  awk -v n="$1" '/^ *```console/ { k++; if (k == n) { on = 1; next } } /^ *```/ { on = 0 } on' sheet.md
}

@test "accept leaves a worksheet alone whose promises all hold" {
  sheet <<'END'
```console T1
$ echo "$$" | sed 's/^/shell /'; printf '%s\n' '$ a'
shell <pid>
\$ a
```
END
  run lab accept --yes sheet.md
  [ "$status" -eq 0 ]
  [ "$output" = 'sheet: every promise holds' ]
  cmp sheet.md before.md
}

@test "accept keeps escapes and indentation to the byte, and gives new lines theirs" {
  sheet <<'END'
- In a list:

  ```console T1
  $ printf '%s\n' '$ a' '  <b>' '<c>' new '$ d' tail
  \$ a
    \<b>
  \<c>
  tail
  ```
END
  lab accept --yes sheet.md
  diff - sheet.md <<'END'
- In a list:

  ```console T1
  $ printf '%s\n' '$ a' '  <b>' '<c>' new '$ d' tail
  \$ a
    \<b>
  \<c>
  new
  \$ d
  tail
  ```
END
  lab run sheet.md
}

@test "accept puts what a terminal shows behind the step that caused it" {
  sheet <<'END'
```console T1
$ : >log; echo ready; tail -f log
ready
```

Then:

```console T2
$ echo one >>log
```

```console T2
$ echo two >>log
```

```console T1
^C
```
END
  lab accept --yes sheet.md
  [ "$(grep -c '^```console' sheet.md)" -eq 6 ]
  [ "$(block 3)" = 'one' ]
  [ "$(block 5)" = 'two' ]
  lab run sheet.md
}

@test "accept takes the first line that keeps a promise for the one that is meant" {
  sheet <<'END'
```console T1
$ printf '%s\n' '0.1 who has' '1.2 who has' '2.3 who has'
<*> who has
2.3 who has
```
END
  lab accept --yes sheet.md
  [ "$(block 1 | sed 1d)" = $'<*> who has\n1.2 who has\n2.3 who has' ]
}

@test "accept leaves a block that reads late what it promises" {
  sheet <<'END'
```console T1
$ : >log; echo ready; tail -f log
ready
```

```console T2
$ echo one >>log
```

```console T2
$ echo two >>log
$ echo done
finished
```

```console T1
one
two
^C
```
END
  lab accept --yes sheet.md
  [ "$(grep -c '^```console' sheet.md)" -eq 4 ]
  [ "$(block 3)" = $'$ echo two >>log\n$ echo done\ndone' ]
  [ "$(block 4)" = $'one\ntwo\n^C' ]
}

@test "accept names what it knows, sums included; times and other numbers that vary become <*>" {
  sheet <<'END'
```console T1
$ n=$(od -An -N3 -tu4 /dev/urandom | tr -d ' '); n=$((n + 100000)); echo "seq $n"
seq <start>
```

```console T1
$ echo "ack $((n + 14)) from $n"; date '+%Y/%m/%d %H:%M:%S now'; od -An -N3 -tu4 /dev/urandom; echo 8000
```
END
  lab accept --yes sheet.md
  [ "$(block 2 | sed 1d | tr -s ' ')" = $'ack <start+14> from <start>\n<*> now\n <*>\n8000' ]
  lab run sheet.md
}

@test "accept --names gives new numbers a name where they occur again" {
  sheet <<'END'
```console T1
$ n=$(od -An -N3 -tu4 /dev/urandom | tr -d ' '); n=$((n + 100000)); echo "seq $n, ack 7"; echo "ack $((n + 1))"
```
END
  lab accept --yes --names sheet.md
  [ "$(block 1 | sed 1d)" = $'seq <seq1>, ack 7\nack <seq1+1>' ]
  lab run sheet.md
}

@test "accept writes nothing that would not pass" {
  sheet <<'END'
```console T1
$ for i in $(seq $(($(od -An -N2 -tu2 /dev/urandom) % 500 + 1))); do echo line; done
```
END
  run lab accept --yes sheet.md
  echo "$output"
  [ "$status" -eq 1 ]
  grep -Eq 'lab: .*sheet.md .*nothing is written' <<<"$output"
  cmp sheet.md before.md
}

@test "accept shows the difference, and asks before it writes" {
  sheet <<'END'
```console T1
$ echo new
old
```
END
  run lab accept sheet.md </dev/null
  [ "$status" -eq 1 ]
  grep -Fxq -- '-old' <<<"$output"
  grep -Fxq -- '+new' <<<"$output"
  [ "${lines[-1]}" = 'sheet: not written' ]
  cmp sheet.md before.md
}

@test "accept: dates and times in many forms become <*>, and so do fractions of a second" {
  sheet <<'END'
```console T1
$ date; date -u; date -R; date -Iseconds; date +%s.%N; date '+%d/%b/%Y:%T %z'; date +%T.%N; date +%F
$ touch new; ls -l --time-style=long-iso new | cut -d ' ' -f 5-; LC_ALL=C ls -l new | cut -d ' ' -f 5-
$ echo 00:00:05.123456 later; echo '[0.532 s] 3.1415 1.2.3'; echo 12:34:56; echo 2001-02-03
```
END
  lab accept --yes sheet.md
  [ "$(block 1 | sed -n 2,9p)" = "$(yes '<*>' | head -n 8)" ]
  [ "$(block 1 | sed -n 11,12p)" = $'0 <*> new\n0 <*> new' ]
  [ "$(block 1 | sed -n '14,$p')" = $'00:00:05.<*> later\n[0.<*> s] 3.1415 1.2.3\n12:34:56\n2001-02-03' ]
}

@test "accept: hexadecimal, IPv6, numbers with a point, process numbers and who plays become <*> where they differ" {
  sheet <<'END'
```console T1
$ r() { od -An -N2 -tu2 /dev/urandom | tr -d ' '; }; h() { od -An -N4 -tx4 /dev/urandom | tr -d ' '; }
$ echo "cksum 0x$(h) (incorrect) 0xfe30 fe80::$(h):1/64 mtu 1500"
$ echo "ratio 0.$(r)$(r) of 2.5"; echo "from fe80::1 port"; ps -o pid=,user=,comm= -p $$
```
END
  lab accept --yes sheet.md
  [ "$(block 1 | sed -n 3p)" = 'cksum 0x<*> (incorrect) 0xfe30 fe80::<*>:1/64 mtu 1500' ]
  [ "$(block 1 | sed -n 5,6p)" = $'ratio 0.<*> of 2.5\nfrom fe80::1 port' ]
  [ "$(block 1 | sed -n 7p | tr -s ' ')" = ' <*> <*> bash' ]
}

@test "accept: what would be read as a mark, a placeholder or a fence keeps its meaning; UTF-8 and tabs stay" {
  sheet <<'END'
````console T1
$ printf '%s\n' '$ x' '> y' '^C' '...' '\' '\<name>' '\$ z' '>' '```' '````' '~~~' '' end
$ printf 'a\tb\t \n caf\303\251 \\<b> \\<x\n'
````
END
  lab accept --yes sheet.md
  diff - <(sed '1,2d; /^`\{4\}$/d' sheet.md) <<'END'
\$ x
\> y
\^C
\...
\
\<name>
\\$ z
\>
```
<*>```
~~~

end
$ printf 'a\tb\t \n caf\303\251 \\<b> \\<x\n'
a	b
 café \\<b> \\<x
END
}

@test "accept: rows in any order are compared row by row; lines in any order are not made <*>, but told" {
  sheet <<'END'
```console T1 unordered
$ r() { od -An -N2 -tu2 /dev/urandom; }; printf '%s\n' "tcp one $(r) up" "udp two $(r) down" "raw three $(r) odd" | shuf
```
END
  lab accept --yes sheet.md
  [ "$(block 1 | sed 1d | tr -s ' ' | sort)" = $'raw three <*> odd\ntcp one <*> up\nudp two <*> down' ]
  sheet <<'END'
```console T1
$ seq 40 | sed 's/^/row /' | tr 0-9 a-j | shuf
```
END
  run lab accept --yes sheet.md
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  grep -q '^lab: sheet.md:2: .*another order.*`unordered`.*nothing is written$' <<<"$output"
  cmp sheet.md before.md
}

@test "accept: what is the same twice and then differs is found out by playing, and becomes <*>" {
  sheet <<'END'
```console T1
$ echo x >>"$COUNT"; n=$(wc -l <"$COUNT"); echo "load $((n > 2 ? n : 1)) now"
```
END
  COUNT=$PWD/count lab accept --yes sheet.md
  [ "$(block 1 | sed 1d)" = 'load <*> now' ]
}

@test "accept goes on to the commands behind one that it mends in a watched block" {
  sheet <<'END'
```console T1 watch
$ printf '%s\n' one two three
one
three
$ echo four
```
END
  lab accept --yes sheet.md
  [ "$(block 1 | tr '\n' ' ')" = "\$ printf '%s\\n' one two three one two three \$ echo four four " ]
}

@test "accept waits for what is promised, although something else comes before it" {
  sheet <<'END'
```console T1
$ : >log; echo ready; tail -f log
ready
```

```console T2
$ (echo one; sleep 2.5; echo two) >>log &
```

```console T1
two
^C
```
END
  lab accept --yes sheet.md
  [ "$(block 3)" = $'one\ntwo\n^C' ]
}

# A sheet's beginning, which takes the first rehearsals more than three seconds: half of one for each command
# that says something new.
news() {
  cat <<'END'
```console T1
$ date +%s%N >begin; echo begun
```

```console T2
$ echo nothing
$ echo new
$ echo to
$ echo say
$ echo so
$ echo far
$ sleep 0.1; echo either
```

END
}

@test "accept goes by what is seen at the pace of a play, and takes a promise back that holds there" {
  sheet < <(
    news
    cat <<'END'
```console T3
$ n=$((($(date +%s%N) - $(cat begin)) / 1000000000)); [ $n -ge 3 ] && echo "late by $((n + 1000)) s" || echo "early by $n s"
early by <few> s
```
END
  )
  lab accept --yes sheet.md
  [ "$(block 3 | sed 1d)" = 'early by <few> s' ]
}

@test "accept: a number that depends on the pace becomes the name whose value it has each time" {
  sheet < <(
    news
    cat <<'END'
```console T3
$ n=$((($(date +%s%N) - $(cat begin)) / 1000000000)); [ $n -ge 3 ] && n=41 || n=52; echo few $n; echo "[$n.7 s]"
few <few>
```
END
  )
  lab accept --yes sheet.md
  [ "$(block 3 | sed 1d)" = $'few <few>\n[<few>.<*> s]' ]
}

@test "accept does not take what a closing ... covers for lines of the next block" {
  sheet <<'END'
```console T1
$ : >log; echo hello; echo more; tail -f log
hello
...
```

```console T2
$ echo one >>log; echo two >>log
```

```console T1
too
^C
```
END
  lab accept --yes sheet.md
  [ "$(block 3)" = $'one\ntwo\n^C' ]
}

@test "accept: output without an end is told, and nothing is written" {
  sheet <<'END'
```console T1
$ yes
```
END
  run lab accept --yes sheet.md
  [ "$status" -eq 1 ]
  grep -q 'nothing is written$' <<<"${lines[0]}"
  grep -q '^sheet.md:2: T1 differs$' <<<"$output"
  grep -q 'output that goes on and on' <<<"$output"
  cmp sheet.md before.md
}

@test "accept leaves a server that is not ended at the end, and no lines of a step to a later one" {
  sheet <<'END'
```console T1
$ echo ready; cat; :
```

```console T2
$ echo hi
```
END
  run lab accept --yes sheet.md
  [ "$status" -eq 0 ]
  [ "$(block 1 | sed 1d)" = ready ]
}

@test "accept tells a placeholder that is used once, and a line that promises nothing" {
  sheet <<'END'
```console T1
$ echo 4711 5; date
<once> 4
```
END
  run lab accept --yes sheet.md
  [ "$status" -eq 0 ]
  grep -Fx 'sheet.md:3: note: <once> appears only here: any number keeps it' <<<"$output"
  grep -Fx 'sheet.md:4: note: this differs in each play: any line keeps it' <<<"$output"
}

@test "accept writes lines as the file has them: with CR LF, and behind a last line without an end" {
  printf '%s\r\n' '```console T1' '$ echo new; seq 2' old '```' text >sheet.md
  lab accept --yes sheet.md
  cmp sheet.md <(printf '%s\r\n' '```console T1' '$ echo new; seq 2' new 1 2 '```' text)
  printf '%s\n' '```console T1' '$ : >log; echo a; tail -f log' 'a' '```' '```console T2' '$ echo one >>log' >sheet.md
  printf '```' >>sheet.md
  lab accept --yes sheet.md
  [ "$(tail -n 4 sheet.md)" = $'\n```console T1\none\n```' ]
}

@test "accept follows a link and keeps a file's rights" {
  mkdir real
  printf '%s\n' '```console T1' '$ echo new' '```' >real/sheet.md
  chmod 640 real/sheet.md
  ln -s real/sheet.md link.md
  lab accept --yes link.md
  [ -L link.md ]
  [ "$(stat -c %a real/sheet.md)" = 640 ]
  grep -qx new real/sheet.md
  [ "$(ls -A real)" = sheet.md ]
}

@test "accept writes nothing into a file that was changed meanwhile, or may not be written" {
  printf '%s\n' '```console T1' '$ echo more >>"$SHEET"; echo new' '```' >sheet.md
  SHEET=$PWD/sheet.md run lab accept --yes sheet.md
  [ "$status" -eq 1 ]
  [ "${lines[-1]}" = 'lab: sheet.md was changed while it was played; nothing is written' ]
  run ! grep -qx new sheet.md
  chmod 444 sheet.md
  local user=()
  [ -w sheet.md ] && user=(setpriv '--bounding-set=-dac_override,-dac_read_search') # root
  run "${user[@]}" lab accept --yes sheet.md
  [ "$status" -eq 1 ]
  [ "$output" = 'lab: sheet.md: write it: Permission denied; nothing is written' ]
}

@test "accept says in one line what cannot be played, and that nothing is written" {
  printf '%s\n' '- Needs: nonesuch' '```console T1' '$ nonesuch' '```' >sheet.md
  run lab accept --yes sheet.md
  [ "$status" -eq 1 ]
  [ "$output" = 'lab: sheet.md cannot be played: needs nonesuch; nothing is written' ]
}

@test "accept that is broken off leaves nothing, and writes nothing" {
  mkdir tmp
  printf '%s\n' '```console T1' '$ echo $$ >"$HERE/shell"; sleep 60' '```' >sheet.md
  cp sheet.md before.md
  HERE=$PWD TMPDIR=$PWD/tmp setsid "$BIN/lab" accept --yes sheet.md 3>&- >out 2>&1 &
  wait_for [ -s shell ]
  kill -INT -- "-$!"
  status=0
  wait "$!" || status=$?
  [ "$status" -eq 1 ]
  diff out - <<<'lab: sheet.md: broken off; nothing is written'
  cmp sheet.md before.md
  [ -z "$(ls -A tmp)" ]
}

@test "a full disk: accept says so, and the worksheet is as it was" {
  unshare -Urm true 2>/dev/null || skip 'no namespace to mount in'
  mkdir small
  unshare -Urm sh -c '
    mount -t tmpfs -o size=16k small small && cd small || exit
    { printf "%s\n" "\`\`\`console T1" "\$ echo new" "\`\`\`"; head -c 6000 /dev/zero | tr "\0" x; echo; } >sheet.md
    cp sheet.md ../before.md
    cat /dev/zero >fill 2>/dev/null
    "$0" accept --yes sheet.md >../out 2>&1
    echo $? >../status
    rm fill
    cmp sheet.md ../before.md && [ "$(ls -A)" = sheet.md ] && echo same >../same' "$BIN/lab"
  [ "$(cat status)" -eq 1 ]
  [ "$(tail -n 1 out)" = 'lab: sheet.md: write it: No space left on device; nothing is written' ]
  [ -e same ]
}

@test "a thinned lab is found again, and as strict as it was" {
  "$BATS_TEST_DIRNAME/thin" 7 30 "$BATS_TEST_DIRNAME/../labs/05-many-clients.md" >sheet.md
  run diff sheet.md "$BATS_TEST_DIRNAME/../labs/05-many-clients.md"
  [ "$(grep -c '^>' <<<"$output")" -gt 10 ]
  lab accept --yes sheet.md
  lab run sheet.md
  # As many promises as before, but for those that only a person would have left out.
  promises() { awk '/^ *```console/ { on = 1; next } /^ *```/ { on = 0 } on && !/^(\$ |> |\^|\.\.\.$)/' "$1" | wc -l; }
  [ "$(promises sheet.md)" -ge "$(promises "$BATS_TEST_DIRNAME/../labs/05-many-clients.md")" ]
  run ! grep -Eq ':[345][0-9]{4}\b' <(awk '/^```console/ { on = 1 } on && !/^\$/ { print } /^```$/ { on = 0 }' sheet.md)
}

@test "rethin: a small sheet comes back, whatever is taken out" {
  sheet <<'END'
```console T1
$ echo "$$" 8000; seq 3 | sed 's/^/row /'; echo again "$$"
<shell> 8000
row 1
row 2
row 3
again <shell>
```
END
  run "$BATS_TEST_DIRNAME/rethin" -j 4 -p 60 -x 4 sheet.md
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = '4 sheets, 0 failed' ]
  cmp sheet.md before.md
}

@test "rethin tells a sheet that is not accepted, does not pass, or is less strict than it was" {
  local looser
  sheet <<'END'
```console T1
$ seq 3; echo "$$"
1
2
3
<shell>
```
END
  mkdir bin
  cat >bin/lab <<'END'
#!/bin/sh
for last; do :; done
case $1 in
  accept) [ "$DOES" != nothing ] && eval "$DOES" "$last" ;;
  run) [ "$DOES" != 'cp fails.md' ] ;;
esac
END
  chmod +x bin/lab
  sed 's/^2$/<*>/' sheet.md >any.md
  sed '/^3$/d' sheet.md >less.md
  sed 's/^<shell>/<*>/' sheet.md >nameless.md
  cp sheet.md fails.md
  for looser in nothing 'cp fails.md' 'cp any.md' 'cp less.md' 'cp nameless.md'; do
    TCP_LABS_BIN=bin DOES=$looser run "$BATS_TEST_DIRNAME/rethin" -p 50 sheet.md
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = '1 sheets, 1 failed' ]
  done
  TCP_LABS_BIN=bin DOES='cp before.md' run -0 "$BATS_TEST_DIRNAME/rethin" -p 50 sheet.md
}
