/*
 * state.h - where a person's work on a lab is kept, and the room that his terminals share.
 *
 * Everything is below one private folder, $TCP_LABS_STATE, else $XDG_STATE_HOME/tcp-labs, else
 * ~/.local/state/tcp-labs; a folder for each lab:
 *
 *     T1.cast      the recording of T1 (asciicast version 2)
 *     T1.rc/       what the shell of T1 reads when it starts
 *     desk/        the folder that the terminals share
 *     room-HOST    the room's process and a lock that each open terminal holds
 *     before/      the recordings of the session before this one
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "room.h"
#include "worksheet.h"

enum { PATH_SIZE = 4096 };

struct state {
	char path[PATH_SIZE]; /* of the lab's folder */
	int folder;           /* the same, open */
	int lock;             /* the room's file, while this process is in the room; or -1 */
	struct room room;
	bool has_room; /* false: the system refuses rooms */
	bool is_first; /* this process opened the room: the session begins */
	struct refusal refusal; /* why there is no room */
};

/*
 * Open the folder of a lab; with `make`, make it if it is missing. A folder that is not this user's
 * own, or that others may look into, is refused. Returns 0; or -1 after one line on stderr (without
 * `make`, a missing folder is told as "no recording").
 */
int state_open(struct state *s, const struct worksheet *w, bool make);

/* Open the lab's room, or join the one that is open; keep it until this process ends. The first one
 * moves the recordings of the session before into before/. Returns 0, or -1 after a complaint. */
int state_enter(struct state *s);

void state_close(struct state *s);

/* FNV-1a, 64 bits, of the worksheet's text: which version of it a recording was made with. */
unsigned long long state_version(const struct worksheet *w);

#endif
