#!/usr/bin/env bats
# ladder: what it draws of real captures (tests/captures), and what it makes of everything else.

load helper

CAPTURES=$BATS_TEST_DIRNAME/captures

# The capture becomes exactly the ladder that lies beside it, and stderr is $2 (nothing).
draws() {
  ladder "$CAPTURES/$1.txt" >out 2>err
  diff -u "$CAPTURES/$1.ladder" out
  [ "$(cat err)" = "${2-}" ]
}

# Flags and what follows become a line of tcpdump's, from port 5000 to port 80 or the other way.
client() {
  echo "IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [$1], $2, length ${3:-0}"
}

server() {
  echo "IP 10.0.0.2.80 > 10.0.0.1.5000: Flags [$1], $2, length ${3:-0}"
}

# ---- Captures -------------------------------------------------------------------------------------

@test "the handshake, data both ways and a close in four segments, absolute numbers and relative ones" {
  draws close-four
  draws close-four-relative
}

@test "a close in three segments" {
  draws close-three
}

@test "after a half-close data still come from the other end" {
  draws half-close
}

@test "FINs that cross lead through CLOSING" {
  draws close-simultaneous
}

@test "SYNs that cross lead through SYN_RECV at both ends" {
  draws open-simultaneous
}

@test "a socket that is connected to itself is one socket on both sides" {
  draws self-connect
  draws self-connect-relative
}

@test "a refused port, and the same port tried again" {
  draws refused
}

@test "SYNs that a full backlog drops" {
  draws backlog
}

@test "resets: by choice, because of unread data, in answer to late data" {
  draws reset
  draws reset-unread
  draws reset-late-data
}

@test "a lost SYN is sent again by the client, a lost SYN ACK by the server" {
  draws syn-lost
  draws syn-ack-lost
}

@test "who lost a FIN is not shown in CLOSE_WAIT when it is sent again" {
  draws fin-lost
}

@test "retransmissions are marked, each of them" {
  draws retransmission
}

@test "duplicate ACKs with SACK blocks, seen at the sender and at the receiver" {
  draws fast-retransmission
  draws fast-retransmission-far
}

@test "a duplicate that arrived is marked dup-sack" {
  draws dup-sack
}

@test "zero window, its probes, their answers and the window update" {
  draws zero-window
}

@test "keepalive probes, with their number printed and without" {
  draws keepalive
  draws keepalive-vv
}

@test "sequence numbers that pass 2^32" {
  draws wrap
  draws wrap-relative
}

@test "connections side by side have their numbers" {
  draws several
}

@test "of a connection that began before the capture nothing is claimed that was not seen" {
  draws middle
  draws middle-S
}

@test "IPv6, and what tcpdump prints with -v and -vv" {
  draws ipv6
  draws verbose
  draws very-verbose
}

@test "all of tcpdump's forms of time" {
  for form in t tt ttt tttt ttttt; do
    draws "time-$form"
  done
}

@test "a capture made on macOS" {
  draws macos
}

@test "UDP among TCP is passed over and counted" {
  draws mixed 'ladder: 2 lines were not TCP segments'
}

@test "--no-time leaves out the column of times and nothing else" {
  for capture in "$CAPTURES"/*.txt; do
    cut -c9- "${capture%.txt}.ladder" >expected
    ladder --no-time "$capture" 2>/dev/null | diff -u expected -
  done
}

@test "no line is wider than 80 columns, also not with long addresses" {
  sed 's/127\.0\.0\.1/2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/g; s/IP /IP6 /' \
    "$CAPTURES/several.txt" >long.txt
  ladder long.txt >out
  grep -F '[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:8000' out
  run ! grep -E '.{81}' out "$CAPTURES"/*.ladder
}

# ---- Fine points ----------------------------------------------------------------------------------

@test "what -e and -i any print before the addresses does not matter" {
  sed 's/ IP / lo    In  IP /' "$CAPTURES/close-four.txt" >any.txt
  ladder any.txt | diff -u "$CAPTURES/close-four.ladder" -
  sed 's/ IP / 00:00:00:00:00:00 > 00:00:00:00:00:00, ethertype IPv4 (0x0800), length 74: /' \
    "$CAPTURES/close-four.txt" >ethernet.txt
  ladder ethernet.txt | diff -u "$CAPTURES/close-four.ladder" -
}

@test "times since the first line and times since the line before are told apart" {
  for times in '0.0 1.5 3.5 3.5' '0.0 2.5 1.5 0.5'; do
    for time in $times; do
      client . 'ack 1, win 1000' | sed "s/^/ 00:00:0${time}00000 /"
    done | ladder | awk '/\|/ { printf "%s ", $1 }'
    echo
  done >out
  [ "$(cat out)" = '0.000 1.500 3.500 3.500 
0.000 2.500 4.000 4.500 ' ]
}

@test "time goes on over midnight" {
  sed '1,3s/^[^.]*/23:59:59/; 4,$s/^[^.]*/00:00:00/' "$CAPTURES/close-three.txt" >midnight.txt
  ladder midnight.txt | awk 'NR > 2 && ($1 < 0 || $1 > 2) { exit 1 }'
}

@test "a four-tuple that is used again is another connection" {
  # tcpdump counts anew from a SYN ACK.
  sed '1s/seq [0-9]*/seq 77/; 2s/ack [0-9]*/ack 78/' "$CAPTURES/close-four-relative.txt" >second.txt
  cat "$CAPTURES/close-four-relative.txt" second.txt | ladder --no-time >out
  cut -c9- "$CAPTURES/close-four-relative.ladder" >expected
  sed '1d; s/^ 1/ 2/' expected | cat expected - | diff -u - out
}

@test "after a refusal the other end may open a connection of its own" {
  {
    client S 'seq 100, win 1000'
    server R. 'seq 0, ack 101, win 0'
    server S 'seq 500, win 1000'
    client S. 'seq 700, ack 501, win 1000'
  } | ladder --no-time >out
  grep -E '^ *2 10\.0\.0\.2:80 +10\.0\.0\.1:5000$' out
  grep -E '2 ESTABLISHED +\|<- SYN ACK --\| SYN_RECV +0 +1 +0 +1000$' out
}

@test "a SYN ACK with another number belongs to another connection" {
  {
    client S 'seq 100, win 1000'
    server S. 'seq 500, ack 101, win 1000'
    client . 'ack 501, win 1000'
    server S. 'seq 900, ack 801, win 1000'
  } | ladder --no-time | grep -E '2 ESTABLISHED +\|<- SYN ACK --\| SYN_RECV +0 +1 +0 +1000$'
}

@test "a FIN may carry data" {
  {
    client S 'seq 100, win 1000'
    server S. 'seq 500, ack 101, win 1000'
    client . 'ack 501, win 1000'
    client FP. 'seq 101:106, ack 501, win 1000' 5
    server . 'ack 106, win 1000'
    server F. 'seq 501, ack 107, win 1000'
    client . 'ack 502, win 1000'
  } | ladder --no-time >out
  [ "$(sed -n '6,$s/^ 1 \([A-Z_0-9]*\) .*| \([A-Z_0-9]*\) .*/\1 \2/p' out)" = \
    "$(printf '%s\n' 'FIN_WAIT1 CLOSE_WAIT' 'FIN_WAIT1 ESTABLISHED' 'TIME_WAIT LAST_ACK' 'TIME_WAIT CLOSED')" ]
}

@test "an old system's window probe carries one byte" {
  {
    client S 'seq 100, win 1000'
    server S. 'seq 500, ack 101, win 1000'
    client P. 'seq 101:102, ack 501, win 1000' 1
    server . 'ack 102, win 0'
    client P. 'seq 102:103, ack 501, win 1000' 1
  } | ladder --no-time >out
  [ "$(grep -c 'window probe' out)" -eq 1 ]
  [ "$(tail -n 1 out | tr -s ' ')" = ' * window probe' ]
}

@test "what fills a gap is told from what is sent again" {
  {
    client P. 'seq 1:101, ack 1, win 1000' 100
    client P. 'seq 301:401, ack 1, win 1000' 100
    client P. 'seq 101:201, ack 1, win 1000' 100
    client P. 'seq 201:301, ack 1, win 1000' 100
    client P. 'seq 101:201, ack 1, win 1000' 100
  } | ladder --no-time | sed -n 's/^ *\* //p' >out
  printf '%s\n' 'gap before it' 'fills the gap' 'fills the gap' 'retransmission' | diff - out
}

@test "the first SACK block is a dup-sack below the ACK or inside the second block" {
  {
    client . 'ack 1, win 1000'
    client . 'ack 101, win 1000, options [nop,nop,sack 1 {1:101}]'
    client . 'ack 102, win 1000, options [nop,nop,sack 2 {301:401}{201:501}]'
    client . 'ack 103, win 1000, options [nop,nop,sack 2 {301:401}{501:601}]'
    client . 'ack 104, win 1000, options [nop,nop,sack 2 {701:801}{501:601}]'
  } | ladder --no-time | grep -o '[a-z-]*sack [0-9:]*' | tr '\n' ' ' >out
  [ "$(cat out)" = "dup-sack 1:101 dup-sack 301:401 sack 201:501 $(
    )sack 301:401 sack 501:601 sack 701:801 sack 501:601 " ]
}

@test "a window is scaled only if both ends offered to" {
  {
    client S 'seq 100, win 1000, options [mss 1460,nop,wscale 7]'
    server S. 'seq 500, ack 101, win 2000, options [mss 1460]'
    client . 'ack 501, win 300'
  } | ladder --no-time >out
  [ "$(awk '$3 == "|--" && $4 == "ACK" { print $NF }' out)" = 300 ]
}

@test "an old system's keepalive carries one byte that was acknowledged" {
  {
    client S 'seq 100, win 1000'
    server S. 'seq 500, ack 101, win 1000'
    client P. 'seq 101:102, ack 501, win 1000' 1
    server . 'ack 102, win 1000'
    client . 'seq 101:102, ack 501, win 1000' 1
  } | ladder --no-time >out
  [ "$(tail -n 1 out | tr -s ' ')" = ' * keepalive' ]
}

@test "a SYN ACK that comes first tells which end is the client" {
  server S. 'seq 500, ack 101, win 1000' | ladder --no-time >out
  grep -E '^ *1 10\.0\.0\.1:5000 +10\.0\.0\.2:80$' out
  grep -E '1 ESTABLISHED +\|<- SYN ACK --\| SYN_RECV +0 +1 +0 +1000$' out
}

@test "a capture that begins in mere ACKs is counted from where it begins" {
  {
    client . 'ack 3000000000, win 1000'
    server . 'ack 4000000000, win 1000'
    client P. 'seq 4000000000:4000000005, ack 3000000000, win 1000' 5
  } | ladder --no-time >absolute
  grep -E '1 \? +\|-- PSH ACK ->\| \? +1 +1 +5 +1000$' absolute
  {
    client . 'ack 3000000000, win 1000'
    server . 'ack 0, win 1000'
    client P. 'seq 0:5, ack 1, win 1000' 5
  } | ladder --no-time >relative
  grep -E '1 \? +\|-- PSH ACK ->\| \? +0 +1 +5 +1000$' relative
  run ! grep -F '*' absolute relative
}

@test "what tcpdump says of the data does not matter" {
  client P. 'seq 1:6, ack 1, win 1000' '5: HTTP, length: 5' >in
  client P. 'seq 6:11, ack 1, win 1000' '5, more' >>in
  [ "$(ladder in 2>&1 | grep -c 'PSH ACK')" -eq 2 ]
}

@test "an ACK of what was not seen is marked" {
  {
    client S 'seq 100, win 1000'
    server S. 'seq 500, ack 101, win 1000'
    server . 'ack 301, win 1000'
  } | ladder --no-time | grep -F '* acknowledges what was not seen'
}

# ---- Input that is no capture ---------------------------------------------------------------------

@test "tcpdump's banner and closing counts are not counted" {
  {
    echo 'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode'
    echo 'listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes'
    cat "$CAPTURES/close-three.txt"
    printf '\n10 packets captured\n20 packets received by filter\n0 packets dropped by kernel\n'
    printf '1 packet captured\n1 packet received by filter\n'
  } >in
  run ladder in
  [ "$status" -eq 0 ]
  [ "$output" = "$(cat "$CAPTURES/close-three.ladder")" ]
}

@test "one line that is no segment is one line" {
  run ladder <<<'23:59:59.000000 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28'
  [ "$status" -eq 0 ]
  [ "$output" = 'ladder: 1 line was not a TCP segment' ]
}

@test "a line that is cut off anywhere is counted, never drawn" {
  line=$(grep -m 1 'length 13$' "$CAPTURES/close-four.txt")
  for ((i = 1; i < ${#line}; i++)); do
    echo "${line:0:i}"
  done >in
  run ladder in
  [ "$status" -eq 0 ]
  [ "$output" = "ladder: $((${#line} - 1)) lines were not TCP segments" ]
  printf %s "$line" | ladder | grep -F 'PSH ACK'
}

@test "numbers that cannot be are refused" {
  {
    client S 'seq 4294967296, win 1000'
    client S 'seq -1, win 1000'
    client S 'win 1000'
    client . 'win 1000'
    client P 'seq 1:2, ack 1, win 1000' 1
    client P. 'seq 1:3, ack 1, win 1000' 1
    client P. 'seq 1, ack 1, win 1000' 1
    client . 'ack 1, win 65536'
    client . 'ack 99999999999999999999999999, win 1'
    client . 'ack 1, win 1, options [nop,nop,sack 9 {1:2}]'
    client . 'ack 1, win 1, options [nop,nop,sack 2 {1:2}]'
    client X 'seq 1, win 1'
    client S 'seq 1, win 1' 1x
    echo 'IP 10.0.0.1.5000 > 10.0.0.2.65536: Flags [S], seq 1, win 1, length 0'
    echo 'IP 10.0.0.1.5000 > 10.0.0.2.: Flags [S], seq 1, win 1, length 0'
    echo 'IP 10.0.0.1.5000 > <b>.80: Flags [S], seq 1, win 1, length 0'
    echo "IP 10.0.0.1.5000 > $(printf '%080d' 0).80: Flags [S], seq 1, win 1, length 0"
    echo ': Flags [S], seq 1, win 1, length 0'
  } >in
  run ladder in
  [ "$status" -eq 0 ]
  [ "$output" = "ladder: $(wc -l <in) lines were not TCP segments" ]
}

@test "binary input is counted" {
  head -c 300000 /dev/urandom >in
  run ladder in
  [ "$status" -eq 0 ]
  [[ $output =~ ^ladder:\ [0-9]+\ lines\ were\ not\ TCP\ segments$ ]]
  # A NUL hides nothing behind it.
  { client S 'seq 1, win 1' | tr '\n' '\0'; echo; } >in
  run ladder in
  [ "$output" = 'ladder: 1 line was not a TCP segment' ]
}

@test "an endless line is one line, and what follows it is drawn" {
  {
    head -c 200000 /dev/zero | tr '\0' x
    echo
    cat "$CAPTURES/close-three.txt"
  } >in
  ladder in 2>err | diff -u "$CAPTURES/close-three.ladder" -
  [ "$(cat err)" = 'ladder: 1 line was not a TCP segment' ]
}

@test "empty input draws nothing" {
  run ladder </dev/null
  [ "$status" -eq 0 ]
  [ "$output" = '' ]
}

# ---- The command line -----------------------------------------------------------------------------

@test "a FILE that cannot be read is named, exit 1" {
  run ladder missing.txt
  [ "$status" -eq 1 ]
  [ "$output" = 'ladder: open missing.txt: No such file or directory' ]
  run ladder .
  [ "$status" -eq 1 ]
  [ "$output" = 'ladder: read .: Is a directory' ]
}

@test "output that cannot be written is said, exit 1" {
  if [ ! -e /dev/full ]; then
    skip 'no /dev/full'
  fi
  run sh -c 'ladder "$1" >/dev/full' sh "$CAPTURES/close-three.txt"
  [ "$status" -eq 1 ]
  [ "$output" = 'ladder: write standard output: No space left on device' ]
}

@test "wrong usage exits 2" {
  run ladder --wrong
  [ "$status" -eq 2 ]
  run ladder one two
  [ "$status" -eq 2 ]
  [ "$output" = 'ladder: one FILE, not also two' ]
}

@test "--help and --version" {
  run ladder --help
  [ "$status" -eq 0 ]
  [[ $output == 'usage: ladder '* ]]
  run ladder --version
  [ "$output" = 'ladder (TCP Labs) 1.0' ]
}

# ---- Live -----------------------------------------------------------------------------------------

runs_now() { [ "$(cat "/proc/$PID/comm")" = "$1" ]; }

# Start a program that reads what is written to descriptor 9. SIGINT has its default action in it, as
# in a pipeline that was typed: without job control a background process would ignore it anyway.
start_live() {
  local heeding=()
  # Where the tests were started with SIGINT ignored, what they start would ignore it too.
  ! env --default-signal=INT true 2>/dev/null || heeding=(env --default-signal=INT)
  mkfifo pipe
  set -m
  "${heeding[@]}" "$@" <pipe >live.out 2>live.err 3>&- &
  PID=$!
  set +m
  STARTED+=("$PID")
  exec 9>pipe
  # Not before does it heed the signal again.
  wait_for runs_now "${1##*/}"
}

@test "each line is drawn as it comes" {
  start_live ladder
  head -n 1 "$CAPTURES/close-three.txt" >&9
  wait_for_line live.out SYN_SENT
  sed -n 2p "$CAPTURES/close-three.txt" >&9
  wait_for_line live.out SYN_RECV
  exec 9>&-
  wait_exit "$PID"
  diff -u <(head -n 4 "$CAPTURES/close-three.ladder") live.out
}

@test "Ctrl-C in a pipeline loses nothing" {
  # The signal does end what does not ignore it: so the test could fail.
  start_live cat
  kill -INT "$PID"
  wait_exit "$PID"
  [ "$status" -ne 0 ]
  exec 9>&-
  rm pipe

  start_live ladder
  head -n 5 "$CAPTURES/close-three.txt" >&9
  wait_for_line live.out 'PSH ACK'
  kill -INT "$PID"
  sed -n '6,$p' "$CAPTURES/close-three.txt" >&9
  exec 9>&-
  wait_exit "$PID"
  [ "$status" -eq 0 ]
  diff -u "$CAPTURES/close-three.ladder" live.out
}

# ---- Limits ---------------------------------------------------------------------------------------

# $1 connections from $2 on, a SYN and its answer each.
connections() {
  awk -v n="$1" -v from="$2" 'BEGIN {
    for (i = from; i < from + n; i++) {
      a = "10." int(i / 65536) "." int(i / 256) % 256 "." i % 256 ".5000"
      printf "IP %s > 10.9.9.9.80: Flags [S], seq %d, win 1000, length 0\n", a, i
      printf "IP 10.9.9.9.80 > %s: Flags [S.], seq 7, ack %d, win 1000, length 0\n", a, i + 1
    }
  }'
}

resident() {
  awk '/^VmRSS/ { print $2 }' "/proc/$1/status"
}

@test "memory does not grow with the number of connections" {
  if [ ! -r /proc/self/status ]; then
    skip 'no /proc'
  fi
  start_live ladder
  connections 30000 0 >&9
  wait_for_line live.out '^ +- 30000 .*SYN_RECV'
  before=$(resident "$PID")
  connections 60000 30000 >&9
  wait_for_line live.out '^ +- 90000 .*SYN_RECV'
  after=$(resident "$PID")
  exec 9>&-
  wait_exit "$PID"
  [ "$after" -lt $((before + 512)) ]
}

@test "thousands of connections at once are kept apart" {
  { connections 2000 0; connections 2000 0 | sed -n 'n;p'; } | ladder >out
  [ "$(grep -c 'SYN_SENT' out)" -eq 2000 ]
  run ! grep 'its beginning was not seen' out
}

# ---- SVG ------------------------------------------------------------------------------------------

# 16 connections, 30 segments each, the longest addresses and the greatest numbers, every third
# segment with marks.
crowd() {
  awk 'BEGIN {
    to = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff.65000"
    for (i = 0; i < 30; i++)
      for (c = 0; c < 16; c++) {
        from = sprintf("2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x.65535", 4096 + c)
        printf "12:34:%02d.%06d IP6 ", i, c * 1000
        if (i == 0)
          print from " > " to ": Flags [SEW], seq 5, win 65535, options [wscale 14], length 0"
        else if (i == 1)
          print to " > " from ": Flags [S.E], seq 9, ack 6, win 65535, options [wscale 14], length 0"
        else if (i % 3 == 0)
          print from " > " to ": Flags [FP.UEW], seq 4000000000:4000065483, ack 10, win 65535, length 65483"
        else if (i % 3 == 1)
          print to " > " from ": Flags [.], ack 6, win 65535, options [sack 4 " \
            "{4000000000:4000065483}{4000000000:4000065483}{4000000000:4000065483}" \
            "{4000000000:4000065483}], length 0"
        else
          print to " > " from ": Flags [.], ack 6, win 0, length 0"
      }
  }'
}

# The boxes of all texts and arrows of a picture: left, top, right, bottom, from its own numbers.
# Letters of 12 pixels reach less than 12 above their line and 3 below.
boxes() {
  {
    sed -n 's/^<text class="[a-z]*" x="\([0-9]*\)" y="\([0-9]*\)" textLength="\([0-9]*\)".*/\1 \2 \3/p' "$1" |
      awk '{ print $1, $2 - 12, $1 + $3, $2 + 3 }'
    sed -n 's/^<path d="M\([0-9]*\) \([0-9]*\)H\([0-9]*\)m.*/\1 \2 \3/p' "$1" |
      awk '{ print $1 < $3 ? $1 : $3, $2 - 2, $1 < $3 ? $3 : $1, $2 + 2 }'
  } | sort -n -k 2
}

@test "no text of a picture overlaps another or an arrow, and none leaves it" {
  # The captures add what is special: a note on a connection, a time that is not known.
  { crowd; cat "$CAPTURES/middle.txt" "$CAPTURES/self-connect.txt" "$CAPTURES/time-t.txt"; } >in
  ladder --svg in >crowd.svg
  boxes crowd.svg >box.list
  [ "$(wc -l <box.list)" -eq $(($(grep -c '<text' crowd.svg) + $(wc -l <in))) ]
  [ "$(wc -l <box.list)" -gt $((480 * 5)) ]
  read -r width height < <(sed -n 's/^<svg .* width="\([0-9]*\)" height="\([0-9]*\)".*/\1 \2/p' crowd.svg)
  awk -v width="$width" -v height="$height" '
    $1 < 0 || $2 < 0 || $3 > width || $4 > height { print "outside: " $0; bad = 1 }
    {
      for (i = NR - 1; i > 0 && bottom[i] > $2 - 40; i--)
        if (bottom[i] > $2 && left[i] < $3 && right[i] > $1) { print "over another: " $0; bad = 1 }
      left[NR] = $1; top[NR] = $2; right[NR] = $3; bottom[NR] = $4
    }
    END { exit bad }' box.list
}

@test "a picture shows what the text shows" {
  for capture in "$CAPTURES"/*.txt; do
    ladder --svg "$capture" 2>/dev/null >picture.svg
    sed -n 's/^.\{10\} \([A-Z_0-9?]*\) *|[-<].*[->]| \([A-Z_0-9?]*\) .*/\1\n\2/p' \
      "${capture%.txt}.ladder" | sort >expected
    [ -s expected ]
    sed -n 's/^<text class="state".*>\(.*\)<.text>$/\1/p' picture.svg | sort | diff expected -
    sed -n 's/^ *\* //p' "${capture%.txt}.ladder" | sort >expected
    sed -n 's/^<text class="mark".*>\(.*\)<.text>$/\1/p' picture.svg | grep -v ' win [0-9]*$' | sort |
      diff expected -
  done
}

@test "a picture is one file for light and dark" {
  ladder --svg "$CAPTURES/close-three.txt" >picture.svg
  grep -F 'prefers-color-scheme:dark' picture.svg
  run ! grep -E 'href|url\(|@import|<script|<image' picture.svg
  [ "$(head -c 5 picture.svg)" = '<svg ' ]
  [ "$(tail -n 1 picture.svg)" = '</svg>' ]
  # Every element is closed.
  [ "$(grep -o '<text\|<style\|<title\|<svg' picture.svg | wc -l)" -eq \
    "$(grep -o '</text>\|</style>\|</title>\|</svg>' picture.svg | wc -l)" ]
}

@test "a picture without times is the same in every run" {
  sed 's/^[^ ]*/12:34:56.789012/' "$CAPTURES/close-three.txt" >other.txt
  ladder --svg --no-time "$CAPTURES/close-three.txt" >one.svg
  ladder --svg --no-time other.txt >two.svg
  cmp one.svg two.svg
}

@test "a picture that is full says how much was left out" {
  connections 5002 0 >in
  ladder --svg in >picture.svg 2>err
  [ "$(cat err)" = 'ladder: the picture holds 10000 segments, 4 more were left out' ]
  [ "$(grep -c 'class="segment"' picture.svg)" -eq 10000 ]
}

@test "a picture of nothing is a picture" {
  run ladder --svg </dev/null
  [ "$status" -eq 0 ]
  [[ $output == '<svg '*'</svg>' ]]
}
