/*
 * ports.h - where there is no private room: are the ports that a worksheet uses free on this
 * machine?
 */
#ifndef PORTS_H
#define PORTS_H

#include <stddef.h>

#include "worksheet.h"

enum { PORTS_MAX = 64 };

/* The ports that stand in a worksheet's commands and promises, each once; returns how many. */
size_t ports_of(const struct worksheet *w, int ports[PORTS_MAX]);

/*
 * Wait until the worksheet's ports are free of connections that have ended but are kept for a while
 * by the kernel (TIME_WAIT and its kind; a line on stderr says that it waits). Returns 0; or -1
 * with the reason in `text`: a program that is not ours has one of them, or it takes longer than a
 * minute and a quarter. Or 1: the descriptor `lifeline` (-1: none) hung up meanwhile. Where the
 * system does not tell which ports are in use, 0.
 */
int ports_wait(const struct worksheet *w, int lifeline, char *text, size_t size);

#endif
