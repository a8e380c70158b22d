#!/usr/bin/env bats
# accept.bats - promises made of what is seen: in the order of time, with the names that fit, and played
# before they are written.

load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return
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
