/*
 * blur.h - what in a line of output is a date, a time, or a time that was measured: it is another
 * one in each play.
 */
#ifndef BLUR_H
#define BLUR_H

#include <stddef.h>
#include <time.h>

/* When a line may have been shown. */
struct span {
	time_t begin, end;
};

/*
 * Copy `text`, a promise, with <*> in place of
 *
 *     a date with its time         2026-11-30 08:27:31, Mon Nov 30 08:27:31 UTC 2026, Nov 30 08:27
 *     today's date, a time of the span, and the seconds since 1970 of the span
 *     a fraction of a second       00:00:05.<*>, [0.<*> s], 0.<*> ms
 *     how much tcpdump's filter has seen, at its end
 *
 * Times of other days and hours may be what a lesson is about (00:00:05 since the packet before):
 * they stay. A placeholder is passed over as it is.
 */
void blur_times(char *to, size_t size, const char *text, const struct span *when);

/* Is the number at `at` a part of a decimal number, such as 3.14 (and not of 127.0.0.1)? */
int blur_is_decimal(const char *line, const char *at);

#endif
