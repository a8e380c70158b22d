/*
 * thread.c - a thread with a small stack, a new one or one that has nothing left to do: see
 * netutil.h.
 *
 * To start a thread and to end it takes the kernel longer than all that a short session needs. So a
 * thread whose work is done waits a moment for more of it. A busy server finds one that waits; in a
 * quiet one they are gone at once.
 */
#include "netutil.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

enum { MOMENT = 20000000 /* nanoseconds */, STACK = 65536 };

/* What a thread has to do; it frees it. */
struct work {
	void *(*run)(void *);
	void *argument;
};

/* A thread that waits for more; each has one. */
struct idle {
	pthread_cond_t handed;
	struct work *work; /* NULL: nothing has been handed yet */
	struct idle *next;
};

/* Those that wait. The last one that has begun to is the first to be handed something: what it
 * needs is still in the processor's cache. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct idle *waiting;

/* Hand it to a thread that waits. Returns false if there is none. */
static bool hand_over(struct work *w)
{
	struct idle *i;

	pthread_mutex_lock(&lock);
	if ((i = waiting) != NULL) {
		waiting = i->next;
		i->work = w;
		pthread_cond_signal(&i->handed); /* within the lock: later *i may be gone */
	}
	pthread_mutex_unlock(&lock);
	return i != NULL;
}

/* Wait a moment for more work. Returns NULL if there is none. */
static struct work *more_work(void)
{
	static _Thread_local struct idle self = {.handed = PTHREAD_COND_INITIALIZER};
	struct idle **at;
	struct timespec end;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += MOMENT;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	pthread_mutex_lock(&lock);
	self.work = NULL;
	self.next = waiting;
	waiting = &self;
	while (self.work == NULL && error == 0)
		error = pthread_cond_timedwait(&self.handed, &lock, &end);
	if (self.work == NULL) {
		for (at = &waiting; *at != &self; at = &(*at)->next)
			;
		*at = self.next;
	}
	pthread_mutex_unlock(&lock);
	return self.work;
}

static void *work(void *first)
{
	for (struct work *w = first; w != NULL; w = more_work()) {
		w->run(w->argument);
		free(w);
	}
	return NULL;
}

static int start(pthread_t *thread, int state, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(
		&attributes, PTHREAD_STACK_MIN > STACK ? (size_t)PTHREAD_STACK_MIN : STACK);
	pthread_attr_setdetachstate(&attributes, state);
	errno = pthread_create(thread, &attributes, run, argument);
	pthread_attr_destroy(&attributes);
	return errno == 0 ? 0 : -1;
}

int net_thread(pthread_t *thread, void *(*run)(void *), void *argument)
{
	struct work *w;
	pthread_t unnamed;

	if (thread != NULL)
		return start(thread, PTHREAD_CREATE_JOINABLE, run, argument);
	if ((w = malloc(sizeof *w)) == NULL)
		return -1;
	*w = (struct work){.run = run, .argument = argument};
	if (hand_over(w) || start(&unnamed, PTHREAD_CREATE_DETACHED, work, w) == 0)
		return 0;
	free(w);
	return -1;
}
