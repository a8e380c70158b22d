/*
 * refusal.h - why this machine refuses the private room, and what its owner can do about it.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stddef.h>

struct refusal {
	char why[200];    /* one clause, for instance "user.max_user_namespaces is 0" */
	char remedy[800]; /* what the owner of the machine can type, and what that does; lines */
};

/*
 * Explain why `step`, one of those below or any other in a few words, failed with `error` (an
 * errno). It reads what the system tells of itself: the kernel's switches, this process's filters
 * and profiles, the signs of a container. `error` 0 says that `step` itself is the reason. `why` is
 * never empty, `remedy` may be.
 */
void refusal_explain(struct refusal *r, const char *step, int error);

/* How to play without a room of one's own: "play as root: sudo /path/to/lab run". */
void refusal_root(char *text, size_t size);

extern const char STEP_USER[]; /* a user namespace is made */
extern const char
	STEP_MAP[]; /* its numbers of users and groups are set: the first capability used */
extern const char STEP_OTHERS[]; /* the namespaces of network, mounts, processes are made */

#endif
