#!/usr/bin/env bats
# The diagram of TCP's states: its picture, its table, and the worksheets that it points into.

load helper

LABS=$BATS_TEST_DIRNAME/../labs

# The edges of RFC 9293, figure 5, in netstat's words, and FIN_WAIT1 to TIME_WAIT, which its note 2 adds.
# LISTEN to SYN_SENT is not among them: a socket has no call that would do it.
EDGES='CLOSED LISTEN
CLOSED SYN_SENT
CLOSE_WAIT LAST_ACK
CLOSING TIME_WAIT
ESTABLISHED CLOSE_WAIT
ESTABLISHED FIN_WAIT1
FIN_WAIT1 CLOSING
FIN_WAIT1 FIN_WAIT2
FIN_WAIT1 TIME_WAIT
FIN_WAIT2 TIME_WAIT
LAST_ACK CLOSED
LISTEN CLOSED
LISTEN SYN_RECV
SYN_RECV ESTABLISHED
SYN_RECV FIN_WAIT1
SYN_RECV LISTEN
SYN_SENT CLOSED
SYN_SENT ESTABLISHED
SYN_SENT SYN_RECV
TIME_WAIT CLOSED'

# FROM TO SHEET SECTION, a line for each edge of the table.
table() {
  sed -n 's/^| \([A-Z_0-9]*\) | \([A-Z_0-9]*\) |.*| \[[0-9]*\](\([^)]*\)) | \([0-9]*\) |$/\1 \2 \3 \4/p' \
    "$LABS/tcp-states.md"
}

# One section of a worksheet, without its heading.
section() { # section SHEET NUMBER
  awk -v head="## $2. " '/^## / { inside = index($0, head) == 1; next } inside' "$LABS/$1"
}

# What the terminals must show in it, and the commands before.
played() {
  awk '/^```/ { inside = !inside && /^```console T/; if (!inside) print ""; next } inside'
}

# Does a row of netstat show the state? CLOSED is shown by a netstat that has no row, or only the
# listener's.
shows() { # shows STATE < what is played
  if [ "$1" != CLOSED ]; then
    grep -qE "^tcp .* $1( timewait .*)?\$"
    return
  fi
  awk '
    function closed() { return asked && !rows }
    /^\$/ { found = found || closed(); asked = /netstat/; rows = 0; next }
    /^$/ { found = found || closed(); asked = 0; next }
    !/ LISTEN$/ { rows = 1 }
    END { exit !(found || closed()) }'
}

@test "the picture and the table are what tcp-states.sh makes" {
  "$LABS/tcp-states.sh" | diff - "$LABS/tcp-states.svg"
  "$LABS/tcp-states.sh" --table >table
  grep '^|' "$LABS/tcp-states.md" | diff table -
}

@test "the table has every edge of the RFC that sockets offer, and no other" {
  diff <(table | cut -d ' ' -f 1,2 | sort) <(echo "$EDGES")
}

@test "each edge's section exists and shows the state that the edge leads to" {
  while read -r from to sheet number; do
    section "$sheet" "$number" >text
    echo "$from to $to: $sheet, section $number"
    [ -s text ]
    played <text | shows "$to"
  done < <(table)
}

@test "the state that an edge comes from has been shown by then" {
  while read -r from to sheet number; do
    echo "$from to $to: $sheet, section $number"
    for n in $(seq "$number"); do section "$sheet" "$n"; done | played | shows "$from"
  done < <(table)
}

@test "TIME_WAIT to CLOSED is seen: the row with its timer, then the same port has no row" {
  read -r sheet number < <(table | sed -n 's/^TIME_WAIT CLOSED //p')
  section "$sheet" "$number" >text
  port=$(sed -n 's/^tcp .*192\.168\.100\.106:\(<[a-z]*>\) .* TIME_WAIT timewait (.*/\1/p' text)
  [ -n "$port" ]
  awk -v port="$port" '
    / TIME_WAIT timewait \(/ { stood = NR }
    # In a block that waits, a netstat of that port which is promised to show nothing.
    /^```console/ { waits = / patient/ && / watch/ }
    asked && /^```$/ { gone = asked }
    { asked = waits && /^\$ netstat / && $NF == ":" port ? NR : 0 }
    END { exit !(stood && gone > stood) }' text
}

@test "each section says which edges it shows, as the table has them" {
  table >edges
  cut -d ' ' -f 3 edges | sort -u | while read -r sheet; do
    sed -n 's/^## \([0-9]*\)\. .*/\1/p' "$LABS/$sheet" | while read -r number; do
      section "$sheet" "$number" | sed -n '/^\*\*Edges:\*\*/,/^$/p' |
        grep -oE '[A-Z_0-9]+ → [A-Z_0-9]+' | sed "s/ → / /; s/\$/ $sheet $number/" || true
    done
  done | sort | diff - <(sort edges)
}

@test "all eleven states are shown" {
  for state in LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK \
    TIME_WAIT CLOSED; do
    echo "$state"
    cat "$LABS/06-all-the-states.md" "$LABS/17-the-rare-states.md" | played | shows "$state"
    grep -q ">$state</text>" "$LABS/tcp-states.svg"
  done
}
