/* attempts.c - see attempts.h. */
#define _XOPEN_SOURCE 700 /* nftw(3) is POSIX's XSI option */
#include "attempts.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "state.h"

/* Open the lab's folder and list its attempts. Returns how many; 0 after a word on why there are
 * none. */
static size_t read_attempts(const struct worksheet *w, struct state *s, struct attempt **list)
{
	*list = NULL;
	return state_open(s, w, false) == 0 ? state_attempts(s, list) : 0;
}

/* ---- List --------------------------------------------------------------------------------- */

struct score {
	size_t done, of;
	char complaint[300];
};

static struct score score_of(const struct worksheet *w, const struct state *s)
{
	struct progress *p = progress_open(w);
	struct score score = {0};

	if (p == NULL)
		return score;
	progress_update(p, s->recordings);
	score.done = progress_done(p, &score.of);
	snprintf(score.complaint, sizeof score.complaint, "%s", p->complaint);
	progress_close(p);
	return score;
}

struct best attempts_best(const struct worksheet *w, struct state *s)
{
	struct attempt *list;
	struct best best = {.count = state_attempts(s, &list)};
	char number[24];

	for (size_t i = 1; i <= best.count; i++) {
		struct score score;
		snprintf(number, sizeof number, "%zu", i);
		if (state_choose(s, number) == -1)
			continue;
		score = score_of(w, s);
		if (best.number > 0 && score.done < best.done)
			continue;
		best.number = i;
		best.done = score.done;
		best.of = score.of;
		snprintf(best.name, sizeof best.name, "%s", list[i - 1].name);
	}
	free(list);
	snprintf(number, sizeof number, "%zu", best.number);
	if (best.number > 0)
		state_choose(s, number);
	return best;
}

static void print_time(time_t when)
{
	char text[32] = "?";
	struct tm parts;

	if (localtime_r(&when, &parts) != NULL)
		strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
	printf("%-16s  ", text);
}

int attempts_list(const struct worksheet *w)
{
	struct state s;
	struct attempt *list;
	const size_t count = read_attempts(w, &s, &list);
	struct score *scores = calloc(count + 1, sizeof *scores);
	size_t best = 0;

	for (size_t i = 0; scores != NULL && i < count; i++) {
		char number[24];
		snprintf(number, sizeof number, "%zu", i + 1);
		if (state_choose(&s, number) == 0)
			scores[i] = score_of(w, &s);
		best = scores[i].done >= scores[best].done ? i : best;
	}
	for (size_t i = 0; scores != NULL && i < count; i++) {
		printf("%3zu  %-22s", i + 1, list[i].name);
		print_time(list[i].last);
		printf("%3zu of %zu steps%s%s\n", scores[i].done, scores[i].of,
			i == best && count > 1 ? ", the best" : "",
			list[i].is_open ? ", still open" : "");
		if (scores[i].complaint[0] != '\0')
			printf("     %s\n", scores[i].complaint);
	}
	free(scores);
	free(list);
	state_close(&s);
	return count > 0 ? 0 : 1;
}

/* ---- Forget ------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static bool agrees(const char *question)
{
	char answer[16] = "";

	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

/* Does any terminal of the attempts that are to go still run? */
static bool refuse_open(const struct worksheet *w, const struct state *s,
	const struct attempt *list, size_t count, const char *which)
{
	for (size_t i = 0; i < count; i++) {
		if (!list[i].is_open || (which != NULL && strcmp(list[i].name, s->attempt) != 0))
			continue;
		fprintf(stderr,
			"lab: the attempt of %s at %s is still open: close its terminals first\n",
			list[i].name, w->name);
		return true;
	}
	return false;
}

int attempts_forget(const struct worksheet *w, const char *which, bool yes)
{
	char path[PATH_SIZE + 64], question[PATH_SIZE + 200];
	struct state s;
	struct attempt *list;
	const size_t count = read_attempts(w, &s, &list);
	int status = 1;

	if (count > 0 && (which == NULL || state_choose(&s, which) == 0) &&
		!refuse_open(w, &s, list, count, which)) {
		snprintf(path, sizeof path, "%s", s.path);
		for (size_t i = 0; which != NULL && i < count; i++)
			if (strcmp(list[i].name, s.attempt) == 0)
				snprintf(path, sizeof path, "%s/%s", s.path, list[i].place);
		if (which == NULL)
			snprintf(question, sizeof question,
				"Remove all %zu attempt%s at %s, in %.3000s?", count,
				count > 1 ? "s" : "", w->name, path);
		else
			snprintf(question, sizeof question, "Remove the attempt of %s at %s?",
				s.attempt, w->name);
		if (which != NULL && strstr(path, "/attempts/") == NULL)
			fprintf(stderr,
				"lab: that one is of an earlier version of lab; remove %s by "
				"hand\n",
				path);
		else if (!yes && isatty(STDIN_FILENO) != 1)
			fprintf(stderr,
				"lab: forget asks first, and there is nobody to ask: add --yes\n");
		else if (!yes && !agrees(question))
			puts("Nothing is removed.");
		else if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0)
			status = 0;
		else
			fprintf(stderr, "lab: remove %s: %s\n", path, strerror(errno));
	}
	free(list);
	state_close(&s);
	return status;
}
