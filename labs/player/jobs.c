/* jobs.c - see jobs.h. */
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

/* A remark: the number of the job, and what follows it. */
struct remark {
	long job;
	bool begins;       /* "[1] 4711" */
	const char *state; /* "Stopped", "Done", "Exit 1", ... */
};

static bool read_remark(const char *line, struct remark *r)
{
	const char *rest = line + 1 + (line[0] == '[' ? strspn(line + 1, "0123456789") : 0);

	if (line[0] != '[' || rest == line + 1 || rest[0] != ']')
		return false;
	*r = (struct remark){.job = strtol(line + 1, NULL, 10)};
	r->begins = rest[1] == ' ' && rest[2] != '\0' &&
		    rest[2 + strspn(rest + 2, "0123456789")] == '\0';
	if (r->begins)
		return true;
	r->state = rest + 4;
	return rest[1] != '\0' && strchr(" +-", rest[1]) != NULL &&
	       strncmp(rest + 2, "  ", 2) == 0 && rest[4] >= 'A' && rest[4] <= 'Z';
}

bool jobs_is_remark(const char *line)
{
	struct remark r;

	return read_remark(line, &r);
}

/* Does the command leave something in the background? Not: a && b, 2>&1, &>file. */
static bool starts_job(const char *command)
{
	for (const char *c = strchr(command, '&'); c != NULL; c = strchr(c + 1, '&'))
		if ((c == command || strchr("&<>", c[-1]) == NULL) && c[1] != '&' && c[1] != '>')
			return true;
	return false;
}

void jobs_command(struct jobs *jobs, const char *command)
{
	const bool is_fg = strncmp(command, "fg", 2) == 0 && strchr(" ", command[2]) != NULL;
	const char *number = strchr(command, '%');

	jobs->starting = starts_job(command);
	jobs->stopping = false;
	if (!is_fg)
		return;
	/* It is a job no more: when it ends now, the shell says nothing of it. Which one it is, is
	 * known if it has a number, or is the only one. */
	if (number != NULL && number[1] >= '1' && number[1] <= '9')
		jobs->exist &= ~(UINT64_C(1) << (strtol(number + 1, NULL, 10) & 63));
	else if ((jobs->exist & (jobs->exist - 1)) == 0)
		jobs->exist = 0;
}

void jobs_stop(struct jobs *jobs)
{
	jobs->stopping = true;
}

bool jobs_remark(struct jobs *jobs, const char *line)
{
	struct remark r;
	bool exists;

	if (!read_remark(line, &r) || r.job < 1 || r.job > 63)
		return false;
	const uint64_t bit = UINT64_C(1) << r.job;
	exists = (jobs->exist & bit) != 0;
	if (r.begins) {
		if (!jobs->starting)
			return false;
		jobs->exist |= bit;
		return true;
	}
	if (strncmp(r.state, "Stopped", 7) == 0) {
		exists = exists || jobs->stopping;
		jobs->stopping = false;
		jobs->exist |= exists ? bit : 0;
	} else if (strncmp(r.state, "Running", 7) != 0) {
		jobs->exist &= ~bit;
	}
	return exists;
}
