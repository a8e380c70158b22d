/* heartbeat.h - wait for a client that may have vanished. */
#ifndef HEARTBEAT_H
#define HEARTBEAT_H

#define NEVER 1e9 /* seconds: some thirty years */

/* --heartbeat: seconds of silence before each `ping`; 0: none. */
extern double heartbeat;

/*
 * Wait until there is something to read, at most until `end` (net_now()), and send `ping` each
 * `heartbeat` seconds meanwhile. `peer` and `start` are for the log (net_say()). Returns 1 once
 * there is something to read, 0 with errno EAGAIN once `end` has passed, -1 if the ping could not
 * be sent, having said why.
 */
int await(int fd, const char *peer, double start, double end);

#endif
