# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # status, output and lines are bats'
# player.bash - what the player's test files load: `load player`, after `load helper`.
#
# Each of these reads a worksheet from its standard input. In it `<<<` at the end of a line marks the
# line that the report must name, and is no part of the worksheet.
#
#   passes [OPTION...]              it is played and nothing differs
#   differs EXPECTED OBSERVED [OPTION...]
#                                   the play fails at the marked line, with these words in its report
#   refused MISTAKE                 it is not played: the one line `lab: FILE:LINE: MISTAKE`, exit 2
#   skipped REASON [OPTION...]      it is not played for want of something
#
# And for what is played by "${PLAY[@]}" "$BIN/lab" run ...:
#
#   no_room                         from now on PLAY refuses rooms, as a system may
#   has_room                        skip this test where the system refuses them
#
# LIMIT is --timeout's: how long a promise is waited for. Where a test is about what never comes, a
# short one saves time; it cannot make a test pass that should not.

LIMIT=20
PLAY=(env)

sheet() { # sheet: sets HERE, the number of the marked line
  cat >marked
  HERE=$(grep -n ' <<<$' marked | cut -d: -f1)
  sed 's/ <<<$//' marked >sheet.md
}

play_it() {
  run lab run --timeout "$LIMIT" "$@" sheet.md
  echo "$output"
}

passes() {
  sheet
  play_it "$@"
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
}

differs() {
  local expected=$1 observed=$2
  shift 2
  sheet
  play_it "$@"
  [ "$status" -eq 1 ]
  [ "${lines[-1]}" = '0 passed, 1 failed, 0 skipped' ]
  [ "$(grep -c ' differs$' <<<"$output")" -eq 1 ]
  grep -E "^sheet\.md:$HERE: T[1-9] differs$" <<<"$output"
  grep -Fx "  expected: $expected" <<<"$output"
  grep -Fx "  observed: $observed" <<<"$output"
}

refused() {
  sheet
  run -2 lab run sheet.md
  echo "$output"
  [ "$output" = "lab: sheet.md:${HERE:+$HERE:} $1" ]
}

skipped() {
  local reason=$1
  shift
  sheet
  play_it "$@"
  [ "$status" -eq 3 ]
  [[ ${lines[-3]} == skip*"$reason" ]]
  [ "${lines[-2]}" = 'lab: nothing was played' ]
  [ "${lines[-1]}" = '0 passed, 0 failed, 1 skipped' ]
}

# A system that refuses namespaces: one in which none more may be made.
no_room() {
  if ! unshare -Ur true; then
    return 0 # they are refused here anyway
  fi
  PLAY+=(unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh)
}

has_room() {
  printf '```console T1 room\n$ true\n```\n' >has-room.md
  lab run has-room.md 2>/dev/null | grep -q '^ok' || skip 'no private room here'
}
