/*
 * plain.h - what plain terminals leave, read as if it had been recorded.
 *
 * Whoever works without `lab term` has typescripts of script(1), asciicasts, captures of tmux or
 * text that was copied out of a window. The worksheet helps to read them: a line that ends with one
 * of its commands begins with a prompt, and what begins alike has a prompt as well.
 *
 * Such a text has no times. So nothing in it can be too early for what caused it: what plain
 * terminals show is compared with the sheet in all but that.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "progress.h"

/*
 * Read files[n], the text of terminal Tn (NULL: there is none). If all of them are recordings of
 * `lab term` their times count as ever. A file that cannot be used is told in one line on stderr,
 * and the others are read. Returns NULL, after such a line, if none can be.
 */
struct progress *plain_progress(
	const struct worksheet *w, const char *const files[TERMINALS_MAX + 1]);

#endif
