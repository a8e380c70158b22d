#!/usr/bin/env bats
# Many worksheets: what is missing, what is told of each, the list.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

# ---- What is missing: skipped, and the tool is named ---------------------------------------------

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

# ---- The run -------------------------------------------------------------------------------------

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
