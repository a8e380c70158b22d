#!/bin/sh
# tcp-states.sh - draw the diagram of TCP's states
#
# usage: tcp-states.sh > tcp-states.svg       the picture
#        tcp-states.sh --table                the table of its edges, as it stands in tcp-states.md
#
# The diagram is that of RFC 9293, figure 5, with the edge that its note 2 names (FIN_WAIT1 to
# TIME_WAIT) and without the one that sockets have no call for (LISTEN to SYN_SENT), the states named
# as netstat shows them. Each edge tells in which section of which lab it is seen live: 6.3 is lab 6,
# section 3.
set -eu

table=0
case ${1-} in
  '') ;;
  --table) table=1 ;;
  *)
    echo 'usage: tcp-states.sh [--table]' >&2
    exit 2
    ;;
esac

# lab   | its number | its worksheet
# state | name | x and y of the middle of its box
# edge  | from | to | when | sends | lab.section | kind | path | x and y of its text, its anchor
#
# Kinds: client and server (the usual way of that end), rare (neither's).
awk -F ' *[|] *' -v table="$table" '
function text(x, y, class, anchor, what) {
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\" text-anchor=\"%s\">%s</text>\n",
		x, y, class, anchor, what
}

function begin_picture(    kind, k) {
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\" height=\"1010\" viewBox=\"0 0 1000 1010\">"
	print "<title>The states of a TCP connection</title>"
	print "<style>"
	print "svg { --paper: #fff; --ink: #1f2328; --pale: #59636e; --box: #f3f5f7;"
	print "  --client: #0550ae; --server: #116329; --rare: #6e7781 }"
	print "@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --pale: #9198a1;"
	print "  --box: #1c2128; --client: #6cb6ff; --server: #57c46b; --rare: #8b949e } }"
	print ".paper { fill: var(--paper) }"
	print ".box { fill: var(--box); stroke: var(--ink); stroke-width: 1.5 }"
	print ".edge { fill: none; stroke-width: 1.5 }"
	print ".client { stroke: var(--client); stroke-width: 3 } .tip-client { fill: var(--client) }"
	print ".server { stroke: var(--server); stroke-width: 3; stroke-dasharray: 8 5 } .tip-server { fill: var(--server) }"
	print ".rare { stroke: var(--rare) } .tip-rare { fill: var(--rare) }"
	print "text { font-family: system-ui, sans-serif; fill: var(--ink) }"
	print ".title { font-size: 22px; font-weight: 600 }"
	print ".name { font-size: 16px; font-weight: 600 }"
	print ".when, .note { font-size: 14px }"
	print ".sends { font-size: 14px; fill: var(--pale) }"
	print ".step { font-weight: 600 }"
	print "</style>"
	print "<defs>"
	split("client server rare", kind, " ")
	for (k = 1; k <= 3; k++) {
		printf "<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" ", kind[k]
		printf "markerWidth=\"11\" markerHeight=\"11\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
		printf "<path d=\"M0 1 L10 5 L0 9 z\" class=\"tip-%s\"/></marker>\n", kind[k]
	}
	print "</defs>"
	print "<rect class=\"paper\" width=\"1000\" height=\"1010\"/>"
}

function legend(y, kind, what) {
	printf "<path class=\"edge %s\" marker-end=\"url(#%s)\" d=\"M30 %d H90\"/>\n", kind, kind, y - 5
	text(102, y, "note", "start", what)
}

function begin_table() {
	print "| from | to | when | sends | lab | section |"
	print "|---|---|---|---|---|---|"
}

BEGIN {
	if (table) {
		begin_table()
	} else {
		begin_picture()
		text(30, 46, "title", "start", "TCP, state by state")
		legend(84, "client", "the client as usual (it closes first)")
		legend(110, "server", "the server as usual")
		legend(136, "rare", "seldom seen")
		text(30, 166, "note", "start", "What happens; below it what is sent;")
		text(30, 186, "note", "start", "and where to see it: <tspan class=\"step\">6.3</tspan> is lab 6, section 3")
	}
}

$1 == "lab" {
	sheet[$2] = $3
}

$1 == "state" && !table {
	printf "<rect class=\"box\" x=\"%d\" y=\"%d\" width=\"150\" height=\"44\" rx=\"8\"/>\n", $3 - 75, $4 - 22
	text($3, $4 + 6, "name", "middle", $2)
}

$1 == "edge" && table {
	split($6, step, ".")
	printf "| %s | %s | %s | %s | [%d](%s) | %d |\n", $2, $3, $4, $5, step[1], sheet[step[1]], step[2]
}

$1 == "edge" && !table {
	printf "<path class=\"edge %s\" marker-end=\"url(#%s)\" d=\"%s\"/>\n", $7, $7, $8
	text($9, $10, "when", $11, $4)
	text($9, $10 + 18, "sends", $11, $5 " <tspan class=\"step\">" $6 "</tspan>")
}

END {
	if (!table)
		print "</svg>"
}
' <<'DIAGRAM'
lab | 6 | 06-all-the-states.md
lab | 17 | 17-the-rare-states.md
state | CLOSED      | 500 |  60
state | LISTEN      | 500 | 220
state | SYN_RECV    | 190 | 370
state | SYN_SENT    | 810 | 370
state | ESTABLISHED | 500 | 520
state | FIN_WAIT1   | 190 | 680
state | CLOSE_WAIT  | 810 | 680
state | FIN_WAIT2   | 190 | 940
state | CLOSING     | 500 | 680
state | TIME_WAIT   | 500 | 940
state | LAST_ACK    | 810 | 810
state | CLOSED      | 810 | 940
edge | CLOSED | LISTEN | listen | nothing | 6.2 | server | M470 82 V196 | 460 | 130 | end
edge | LISTEN | CLOSED | close | nothing | 6.12 | rare | M530 198 V84 | 540 | 130 | start
edge | CLOSED | SYN_SENT | connect | SYN | 6.3 | client | M575 52 C760 52 840 180 840 346 | 836 | 170 | start
edge | SYN_SENT | CLOSED | close | nothing | 6.9 | rare | M780 348 C780 200 700 90 577 76 | 690 | 200 | middle
edge | LISTEN | SYN_RECV | SYN arrives | SYN, ACK | 6.3 | server | M425 212 C300 212 160 250 160 346 | 152 | 250 | end
edge | SYN_RECV | LISTEN | RST arrives | nothing | 6.9 | rare | M220 348 C220 280 320 232 423 232 | 290 | 300 | start
edge | SYN_SENT | SYN_RECV | SYN arrives | SYN, ACK | 17.3 | rare | M735 370 H267 | 500 | 344 | middle
edge | SYN_SENT | ESTABLISHED | SYN, ACK arrive | ACK | 6.4 | client | M780 392 L577 508 | 716 | 462 | start
edge | SYN_RECV | ESTABLISHED | ACK arrives | nothing | 6.4 | server | M220 392 L423 508 | 284 | 462 | end
edge | SYN_RECV | FIN_WAIT1 | close | FIN | 17.3 | rare | M140 392 V656 | 130 | 520 | end
edge | ESTABLISHED | FIN_WAIT1 | close | FIN | 6.5 | client | M425 532 L240 656 | 290 | 582 | end
edge | ESTABLISHED | CLOSE_WAIT | FIN arrives | ACK | 6.6 | server | M575 532 L760 656 | 710 | 582 | start
edge | FIN_WAIT1 | FIN_WAIT2 | ACK arrives | nothing | 6.6 | client | M160 702 V916 | 150 | 810 | end
edge | FIN_WAIT1 | CLOSING | FIN arrives | ACK | 17.5 | rare | M265 680 H423 | 344 | 650 | middle
edge | FIN_WAIT1 | TIME_WAIT | FIN, ACK arrive | ACK | 17.2 | rare | M230 702 L440 916 | 362 | 790 | start
edge | FIN_WAIT2 | TIME_WAIT | FIN arrives | ACK | 6.8 | client | M265 940 H423 | 344 | 964 | middle
edge | CLOSING | TIME_WAIT | ACK arrives | nothing | 17.5 | rare | M520 702 V916 | 530 | 810 | start
edge | CLOSE_WAIT | LAST_ACK | close | FIN | 6.7 | server | M810 702 V786 | 820 | 740 | start
edge | LAST_ACK | CLOSED | ACK arrives | nothing | 6.8 | server | M810 832 V916 | 820 | 870 | start
edge | TIME_WAIT | CLOSED | 2 MSL are over | nothing | 6.11 | client | M575 940 H733 | 654 | 964 | middle
DIAGRAM
