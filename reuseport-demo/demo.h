/* demo.h - what the two sides of reuseport-demo share. */
#ifndef DEMO_H
#define DEMO_H

#include "options.h"

#include <sys/types.h>

/* The command line of `reuseport-demo serve`. */
extern const struct program serving;

/* Listen on all of these addresses and answer whoever connects. Returns the exit status, if it ever
 * does. */
int serve(char **addresses, int count);

/* Log what the other end sent, `n` bytes, without the end of its last line. */
void say(const char *peer, const char *data, ssize_t n);

#endif
