# shellcheck shell=bash disable=SC2034,SC2154 # output, stderr and status are bats'
# old-bats.bash - what bats lacked before 1.7: helper.bash loads it where it is missing.
#
# Debian 11 and Ubuntu 22.04 bring 1.2. Of what came later the tests use three things: a folder for
# each test, BATS_TEST_TMPDIR, and one for a file, BATS_FILE_TMPDIR; `run -N`, which fails unless the exit
# status is N; and `run --separate-stderr`, which leaves `stderr` apart from `output`.

make_test_folder() {
  BATS_TEST_TMPDIR=$(mktemp -d "${BATS_TMPDIR:-/tmp}/tcp-labs-test-XXXXXX")
}

remove_test_folder() {
  cd / && rm -rf "$BATS_TEST_TMPDIR"
}

# In setup_file, whose exported variables the tests of the file have.
make_file_folder() {
  export BATS_FILE_TMPDIR
  BATS_FILE_TMPDIR=$(mktemp -d "${BATS_TMPDIR:-/tmp}/tcp-labs-file-XXXXXX")
}

remove_file_folder() {
  rm -rf "$BATS_FILE_TMPDIR"
}

# The `run` of this bats, by another name.
eval "old_$(declare -f run)"

run() {
  local expected='' errors=''
  if [[ $1 =~ ^-[0-9]+$ ]]; then
    expected=${1#-}
    shift
  fi
  if [ "$1" = --separate-stderr ]; then
    errors=$(mktemp) || return 1
    shift
    old_run run_apart "$@"
    stderr=$(<"$errors")
    mapfile -t stderr_lines <"$errors"
    rm -f "$errors"
  else
    old_run "$@"
  fi
  if [ -n "$expected" ] && [ "$status" -ne "$expected" ]; then
    echo "exit status $status, not $expected: $*"
    echo "$output"
    return 1
  fi
}

run_apart() {
  "$@" 2>"$errors"
}
