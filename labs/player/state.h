/*
 * state.h - where a person's work on a lab is kept, and the room that his terminals share.
 *
 * Everything is below one private folder, $TCP_LABS_STATE, else $XDG_STATE_HOME/tcp-labs, else
 * ~/.local/state/tcp-labs; a folder for each lab:
 *
 *     attempts/2026-11-21T15.30.12/     an attempt, named by when it began
 *         T1.cast      the recording of T1 (asciicast version 2)
 *         T1.open      who has T1 open; he holds a lock on it
 *         desk/        the folder that the terminals share
 *     room-HOST        the room that is open, its attempt, and a lock that each open terminal holds
 *     T1.rc/           what the shell of T1 reads when it starts
 *     T1.cast, before/ what earlier versions of lab have left: read as two attempts more
 *
 * An attempt lasts as long as one of its terminals is open. Nothing of an attempt is ever written
 * over by a later one.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "room.h"
#include "worksheet.h"

enum { PATH_SIZE = 4096, ATTEMPT_SIZE = 32 };

struct state {
	char path[PATH_SIZE];       /* of the lab's folder */
	int folder;                 /* the same, open */
	char attempt[ATTEMPT_SIZE]; /* the name of the attempt that was chosen, or begun; or "" */
	int recordings;             /* the attempt's folder, open: its T1.cast and so on; or -1 */
	int lock;                   /* the room's file, while this process is in the room; or -1 */
	int claim;                  /* a terminal's T1.open, while this process has it; or -1 */
	struct room room;
	bool has_room;          /* false: the system refuses rooms */
	bool is_inside;         /* this process was started in the room: there is nothing to join */
	bool is_first;          /* this process opened the room: the attempt begins */
	struct refusal refusal; /* why there is no room */
};

/*
 * Open the folder of a lab. With `make`, make it if it is missing, and choose no attempt yet;
 * without, choose the latest attempt. A folder that is not this user's own, or that others may look
 * into, is refused. Returns 0; or -1 after one line on stderr. Without `make`, a missing folder is
 * told as "no recording".
 */
int state_open(struct state *s, const struct worksheet *w, bool make);

/* The same without `make`, silent if nothing is recorded: then it returns 1. */
int state_look(struct state *s, const struct worksheet *w);

void state_close(struct state *s);

/* FNV-1a, 64 bits, of the worksheet's text: which version of it a recording was made with. */
unsigned long long state_version(const struct worksheet *w);

/* ---- Attempts ----------------------------------------------------------------------------- */

struct attempt {
	char name[ATTEMPT_SIZE];       /* 2026-11-21T15.30.12, local time */
	char place[ATTEMPT_SIZE + 16]; /* its folder, below the lab's */
	time_t begun, last;            /* the beginning; the latest change of a recording */
	bool is_open;                  /* one of its terminals is open on this machine */
};

/* The attempts at this lab that have a recording, the oldest first, in *list (the caller frees it).
 * Returns how many there are. */
size_t state_attempts(const struct state *s, struct attempt **list);

/* Choose an attempt: "2" is the second one, "2026-11-21T15" the one whose name begins like that,
 * NULL the latest. Sets `attempt` and `recordings`. Returns 0; 1 if there is none at all (NULL); or
 * -1 after one line on stderr. */
int state_choose(struct state *s, const char *which);

/* ---- The room ----------------------------------------------------------------------------- */

/*
 * Open the lab's room, or join the one that is open; keep it until this process ends. The first one
 * begins a new attempt, those that join go on with its. `s` was opened with `make`. Returns 0, or
 * -1 after a complaint.
 */
int state_enter(struct state *s, const struct worksheet *w);

/* Have terminal `number` of the attempt for this process alone, until it ends. Returns 0; or -1
 * after a line that says which process has it, and where. */
int state_claim(struct state *s, const struct worksheet *w, int number);

/* Is terminal `number` of the chosen attempt open? Says where in `where`: "process 4711 on
 * /dev/pts/3". */
bool state_is_open(const struct state *s, int number, char *where, size_t size);

/* Does this process run in the room of a lab? Then "T2 of 01-handshake-and-close" in `where`. */
bool state_inside(char *where, size_t size);

/* What a shell in the room is told, for state_inside(): the value of ROOM_VARIABLE. */
#define ROOM_VARIABLE "TCP_LABS_ROOM"
void state_room_variable(
	const struct state *s, const struct worksheet *w, int number, char *value, size_t size);

#endif
