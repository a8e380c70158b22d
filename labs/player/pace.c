/* pace.c - see pace.h. */
#include "pace.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 7, USUAL_NS = 4000000, MOST = 6 };

static double start_a_shell(void)
{
	struct timespec from, to;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", ":", (char *)NULL);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double pace_measure(void)
{
	double took[TRIES], pace;

	for (int i = 0; i < TRIES; i++)
		took[i] = start_a_shell();
	qsort(took, TRIES, sizeof took[0], compare);
	pace = took[TRIES / 2] / USUAL_NS;
	return pace < 1 ? 1 : pace > MOST ? MOST : pace;
}
