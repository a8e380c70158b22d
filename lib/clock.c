/* clock.c - the clock, and pauses: see netutil.h. */
#include "netutil.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

void net_pause(double seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	if (seconds <= 0)
		return;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

double net_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double net_elapsed(double start)
{
	return (double)(long)((net_now() - start) * 10) / 10;
}

int net_milliseconds(double moment)
{
	const double left = (moment - net_now()) * 1000 + 1;

	return left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0;
}
