# shellcheck shell=bash disable=SC2030,SC2031,SC2154 # a state of his own, in a subshell; lab and class come from who loads this
# class.bash - a class of students who slip: `source` it. $lab is the player, $class a folder.
#
#   student NAME SLIP   follows lab 1 through real terminals (lab term in tmux), slips, and leaves what
#                       `lab check --json` says in $class/NAME.json; his state is $class/NAME/state

here=${BASH_SOURCE[0]%/*}

slip() {
  case $1 in
    pause) # the option is forgotten
      WRONG=1 WRONG_TEXT=echo-server person_follows 1 "$segments" ;;
    absolute) # tcpdump without -S
      WRONG=$capture WRONG_TEXT='tcpdump -i lo -nn -l --immediate-mode tcp port 8000 | tee -i capture.txt' \
        person_follows 1 "$segments" ;;
    elsewhere) # the server in the client's terminal
      person_types 2 'echo-server --pause-close 0.5'
      wait_until eval "grep -qs 'listening on' '$TCP_LABS_STATE'/*/attempts/*/T2.cast" ;;
    early) # the client before the server
      person_types 2 'echo-client --close-after 1'
      wait_until eval "grep -qs 'refused' '$TCP_LABS_STATE'/*/attempts/*/T2.cast" ;;
    halfway) # no slip: he is not farther
      person_follows 1 "$capture" ;;
    all) person_follows ;;
  esac
}

hand_in() {
  TCP_LABS_STATE=$class/$1/state "$lab" check --json "$here"/../labs/01-*.md |
    sed "s/\"user\": \"[^\"]*\"/\"user\": \"$1\"/" >"$class/$1.json"
}

student() (
  export TCP_LABS_STATE=$class/$1/state
  work=$class/$1
  mkdir -p "$work"
  mkdir -m 700 "$TCP_LABS_STATE"
  # shellcheck source=tests/person.bash
  . "$here/person.bash"
  trap person_leaves EXIT
  person_begin "$(echo "$here"/../labs/01-*.md)"
  segments=$(step_with 'Flags [F.]')
  capture=$(step_with '$ tcpdump')
  slip "$2"
  person_leaves
  hand_in "$1"
)
