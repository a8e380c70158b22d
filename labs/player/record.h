/*
 * record.h - a person's own terminal of a lab: his shell, in the lab's room, recorded.
 */
#ifndef RECORD_H
#define RECORD_H

#include "worksheet.h"

/* Run terminal `number` of the worksheet here, its PATH beginning with `bin`. Returns the shell's
 * exit status, or 1 after a complaint. */
int record_terminal(const struct worksheet *w, int number, const char *bin);

#endif
