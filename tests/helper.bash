# shellcheck shell=bash disable=SC2034 # PORT and status are for the tests
# helper.bash - what every test file loads: `load helper`.
#
# Each test runs in a folder of its own. The programs come from bin/, or from TCP_LABS_BIN, and stand
# on the PATH. What a test starts with `start` or `start_server` is ended after it. Every wait ends
# when its event comes, or fails after DEADLINE seconds: a busy machine is slow, never wrong.
#
#   start_server NAME PROGRAM [ARGUMENT...]   run it in the background, wait for its `listening on`
#   start NAME PROGRAM [ARGUMENT...]          the same without waiting for that line
#       its output is in NAME.out and NAME.err, its process id in PID; start_server sets PORT
#   wait_for_line FILE PATTERN [COUNT]        until COUNT lines (1) of FILE match an extended regex
#   wait_for COMMAND [ARGUMENT...]            until the command succeeds
#   wait_for in_state STATE FILTER            until ss shows a socket like that, see ss(8)
#   wait_exit PID                             until that program has ended; sets `status`
#   stop PID [SIGNAL]                         end it by SIGTERM, or SIGNAL; sets `status`
#
# For what a person does in terminals, after common_setup; skipped without tmux:
#
#   at_home                                   a home and a state of the test's own
#   be_a_person                               the same, and tests/person.bash

if command -v bats_require_minimum_version >/dev/null; then
  bats_require_minimum_version 1.7.0
else
  load old-bats
fi

export LC_ALL=C
DEADLINE=${DEADLINE:-30}

BIN=$(cd "${TCP_LABS_BIN:-$BATS_TEST_DIRNAME/../bin}" && pwd) || exit 1
PATH=$BIN:$PATH:/usr/sbin:/sbin
STARTED=()

setup() {
  common_setup
}

teardown() {
  common_teardown
}

# A test file with a setup or teardown of its own calls these two in it.
common_setup() {
  ! command -v make_test_folder >/dev/null || make_test_folder
  cd "$BATS_TEST_TMPDIR" || return 1
}

common_teardown() {
  local pid status result=0 # an old bats keeps its own verdict in `status` meanwhile
  for pid in "${STARTED[@]}"; do
    stop "$pid" KILL
  done
  wait_for nobody_records || result=1
  # A sanitizer's report is a failure also when the program that made it was in the background.
  if grep -lE 'Sanitizer|runtime error:' -- *.err 2>/dev/null; then
    cat -- *.err
    result=1
  fi
  ! command -v remove_test_folder >/dev/null || remove_test_folder
  return "$result"
}

at_home() {
  command -v tmux >/dev/null || skip 'tmux is missing'
  export HOME=$BATS_TEST_TMPDIR # nobody's ~/.bashrc, nobody's ~/.tmux.conf
  export TCP_LABS_STATE=$BATS_TEST_TMPDIR/state
  mkdir -m 700 "$TCP_LABS_STATE"
}

# shellcheck disable=SC2034 # lab and work are person.bash's
be_a_person() {
  at_home
  lab=$BIN/lab work=$BATS_TEST_TMPDIR
  # shellcheck source=tests/person.bash
  . "$BATS_TEST_DIRNAME/person.bash"
}

# The player's processes that record this test's terminals, or did a moment ago: what they still write must not
# come while the test's folder is removed.
nobody_records() {
  local process
  [[ ${TCP_LABS_STATE:-} == "$BATS_TEST_TMPDIR"/* ]] || return 0
  while read -r process; do
    [ ! "${process%/environ}/exe" -ef "$BIN/lab" ] || return 1
  done < <(grep -slF "TCP_LABS_STATE=$TCP_LABS_STATE" /proc/[0-9]*/environ)
}

# end_tmux COMMAND...: end the tmux server that this command speaks to, and wait until the next one can have its
# socket.
end_tmux() {
  local pid
  pid=$("$@" display-message -p '#{pid}')
  "$@" kill-server
  wait_for gone "$pid"
}

# bats holds descriptor 3 open until every process that has it is gone: 3>&- gives it up.
start() {
  local name=$1
  shift
  # New files before it starts: what an earlier NAME said must not be taken for its word.
  rm -f "$name.out" "$name.err"
  touch "$name.out" "$name.err"
  "$@" </dev/null >>"$name.out" 2>>"$name.err" 3>&- &
  PID=$!
  STARTED+=("$PID")
}

start_server() {
  start "$@"
  if ! wait_for listening "$PID" "$1.out"; then
    echo "$1 does not listen; its errors:"
    cat "$1.err"
    return 1
  fi
  PORT=$(sed -n '1s/^listening on .*:\([0-9]*\)$/\1/p' "$1.out")
}

# Succeeds once the server has said so. A server that ended instead is not waited for.
listening() {
  if grep -q '^listening on .*:[0-9]*$' "$2"; then
    return 0
  fi
  kill -0 "$1" 2>/dev/null || GIVE_UP=yes
  return 1
}

wait_for() {
  local end=$((SECONDS + DEADLINE))
  GIVE_UP=no
  until "$@"; do
    if [ "$GIVE_UP" = yes ] || [ "$SECONDS" -ge "$end" ]; then
      echo "waited in vain for: $*"
      return 1
    fi
    sleep 0.02
  done
}

has_lines() {
  local found
  found=$(grep -cE -e "$2" -- "$1" 2>/dev/null)
  [ "${found:-0}" -ge "$3" ]
}

wait_for_line() {
  if ! wait_for has_lines "$1" "$2" "${3:-1}"; then
    echo "$1 holds:"
    cat -- "$1"
    return 1
  fi
}

in_state() {
  [ -n "$(ss -Htan state "$1" "$2")" ]
}

gone() {
  local state
  # A process that has ended is a zombie until it is waited for.
  state=$(ps -o stat= -p "$1" 2>/dev/null) || return 0
  [[ $state == Z* ]]
}

wait_exit() {
  wait_for gone "$1" || return 1
  status=0
  wait "$1" 2>/dev/null || status=$?
}

stop() {
  kill -s "${2:-TERM}" "$1" 2>/dev/null || true
  wait_exit "$1"
}
