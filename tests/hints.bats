#!/usr/bin/env bats
# Hints: what the author of a worksheet says to whoever is stuck, `> **If not (too late):** ...`.

load helper
load player

setup() { common_setup; }
teardown() { common_teardown; }

# A hint line behind a played block, in a section of its own.
hinted() {
  refused "$1" <<END
## 1. A section

\`\`\`console T1
\$ echo one
one
\`\`\`

$2 <<<
END
}

@test "hints of all reasons are read, over several lines and several in a row" {
  passes <<'END'
## 1. A section

```console T1
$ echo one
one
```

> **If not:** look
> again, and type
> it once more.

> **If not (command differs):** a
> **If not (other terminal):** a
> **If not (not typed):** a

> **If not (too early):** a
> **If not (too late):** a
> **If not (port busy):** a

> **If not (second one):** a
> **If not (tool missing):** a
> **If not (ended):** a
> and more.
END
}

@test "an unknown reason in a hint is refused" {
  want='want command differs, other terminal, not typed, too early, too late, port busy, second one, tool missing or ended'
  hinted "no reason for a hint: too soon; $want" '> **If not (too soon):** wait'
  hinted "no reason for a hint: ; $want" '> **If not ():** wait'
  hinted "no reason for a hint: Too late; $want" '> **If not (Too late):** wait'
}

@test "a hint without text is refused" {
  hinted 'a hint without text' '> **If not:**'
  hinted 'a hint without text' '> **If not (too late):**  '
}

@test "a hint that is written in another way is refused" {
  form='a hint reads > **If not:** text, or > **If not (too late):** text'
  hinted "$form" '> **If not**: wait'
  hinted "$form" '> **If not(too late):** wait'
  hinted "$form" '> **If nothing helps:** wait'
  hinted "$form" '> **If not (too late)** wait'
}

@test "a hint with no played block before it in its section is refused" {
  why='a hint is for what was played before it; nothing is, in this section'
  refused "$why" <<'END'
> **If not:** wait <<<

```console T1
$ echo one
one
```
END
  refused "$why" <<'END'
## 1. A section

```console T1
$ echo one
one
```

## 2. Another one

> **If not:** wait <<<
END
}

@test "what looks like a hint inside a block is none" {
  passes <<'END'
```text
> **If not**: wait
```

```console T1
$ echo '> **If not (soon):** wait'
<*>(soon):** wait
```
END
}
