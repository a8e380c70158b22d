/*
 * new.h - a worksheet to begin with.
 */
#ifndef NEW_H
#define NEW_H

/* Write NAME.md here: a worksheet that passes as it is. `name` is of letters, digits, '-' and '_',
 * with or without .md. Never writes over a file. Returns 0; 1 if it can't be written, 2 if the name
 * is none, each after one line on stderr. */
int new_worksheet(const char *name);

#endif
