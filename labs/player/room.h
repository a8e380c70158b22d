/*
 * room.h - the private room of a play: the one place that knows Linux's namespaces.
 *
 * A room has a network of its own (loopback up, every port free), a file system view of its own (so
 * that /run may hold `ip netns`), and where the system allows it processes of its own: when its
 * first process ends, the kernel ends all the others. It needs no root: inside its user namespace
 * the user keeps his own number and holds every capability (user_namespaces(7), capabilities(7)).
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "refusal.h"

struct room {
	pid_t keeper;  /* the parent of `first`, if this process made the room; 0: it did not */
	pid_t first;   /* the room's first process, whose namespaces are the room */
	int lifeline;  /* the room lives while its maker holds it open; -1: by a lock */
	bool own_pids; /* it has a process namespace */
	bool hosts;    /* `ip netns exec` works there: it takes a /sys of one's own */
};

/*
 * Make a room. It lives until room_close(), or until this process ends; or, where `lock` is not -1,
 * as long as any process holds a read lock (fcntl(2)) on that file, which this one must hold now:
 * so several processes share a room, and the last one to leave closes it. Returns 0; or -1, and
 * `refusal` says why, and what can be done.
 */
int room_open(struct room *room, int lock, struct refusal *refusal);

/* Move this process (and those that it will fork) into the room. It must have one thread. Returns
 * 0, or -1 with errno. */
int room_join(const struct room *room);

/* Let go of the room and wait until all that ran in it is gone. */
void room_close(struct room *room);

/* From now on this process inherits orphans among its descendants; room_sweep() ends them all, and
 * its children. This is what keeps a play tidy where there is no process namespace. */
void room_adopt_orphans(void);
void room_sweep(void);

/* From now on this process, and those that it starts, get the processor in shorter turns, but
 * sooner. */
void room_take_short_turns(void);

/* Close every descriptor but 0, 1, 2 and these (-1: none), whoever it was inherited from. */
void room_close_others(int one, int two, int three);

/*
 * Each of these speaks of the terminal whose shell this process has started: of the shell's
 * session, because the number of a terminal may be in use a second time, in a container on the same
 * machine.
 *
 * What runs in the foreground there? Returns 1: programs that the shell has started; 2: the same,
 * and all of them wait for something; 0: the shell itself, or a child that has not become its
 * program yet; -1: not known.
 */
int room_foreground(pid_t shell);

/* How many processes are there besides the shell, in its session, or out of it and yet with the
 * terminal, which `slave` is, as their input or output? */
int room_others(pid_t shell, int slave);

/* The state of a process by the number that it has in the room: the letter of proc(5); NUL: there is
 * none. '?': not known. */
char room_state(long process);

/* End them all, and the shell. */
void room_end_session(pid_t shell);

/* The file that this program was started from, or NULL; the caller frees it. */
char *room_program(void);

#endif
