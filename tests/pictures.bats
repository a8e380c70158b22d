#!/usr/bin/env bats
# pictures.bats - a worksheet's picture is made by the command that stands with it, and told if it is old.

load helper

setup() {
  common_setup
  mkdir labs
  cp "$BATS_TEST_DIRNAME/../labs/pictures" labs/
  export TCP_LABS_BIN=$BIN
  cat >labs/01-small.md <<'END'
# 1. Small

```console T1
$ echo "<svg>$$</svg>" >made; echo drawn
drawn
```

![A number](01-small.svg "cat made")
END
}

@test "a picture is made from what the play left" {
  run labs/pictures
  [ "$status" -eq 0 ]
  [ "$output" = '01-small.svg' ]
  grep -Eqx '<svg>[0-9]+</svg>' labs/01-small.svg
}

@test "--check forgives numbers, and nothing else" {
  echo '<svg>1</svg>' >labs/01-small.svg
  labs/pictures --check 1
  echo '<svg>one</svg>' >labs/01-small.svg
  run labs/pictures --check small
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = 'pictures: 01-small.svg is not what 01-small shows: labs/pictures 01-small' ]
  [ "$(cat labs/01-small.svg)" = '<svg>one</svg>' ]
}

# shellcheck disable=SC2016 # a backtick of the message
@test "a command that draws nothing, and a lab without a picture, are told" {
  sed -i 's/"cat made"/"cat lost"/' labs/01-small.md
  run labs/pictures
  [ "$status" -eq 1 ]
  [[ $output == *'pictures: 01-small.svg: `cat lost` draws nothing' ]]
  run labs/pictures 7
  [ "$status" -eq 2 ]
  [ "$output" = 'pictures: no picture in 7' ]
}
