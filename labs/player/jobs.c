/* jobs.c - see jobs.h. */
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

/* A remark: the number of the job, and what follows it. */
struct remark {
	long job;
	bool begins; /* "[1] 4711" */
	long process;
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
	if (r->begins) {
		r->process = strtol(rest + 2, NULL, 10);
		return true;
	}
	r->state = rest + 4;
	return rest[1] != '\0' && strchr(" +-", rest[1]) != NULL &&
	       strncmp(rest + 2, "  ", 2) == 0 && rest[4] >= 'A' && rest[4] <= 'Z';
}

bool jobs_is_remark(const char *line)
{
	struct remark r;

	return read_remark(line, &r);
}

static bool says_stopped(const struct remark *r)
{
	return !r->begins && strncmp(r->state, "Stopped", 7) == 0;
}

bool jobs_is_stop(const char *line)
{
	struct remark r;

	return read_remark(line, &r) && says_stopped(&r);
}

/* How many jobs does the command put in the background? Not: a && b, 2>&1, &>file, what is quoted,
 * what a shell of its own does (in parentheses). In a loop there may be any number. */
static unsigned starts(const char *command)
{
	unsigned jobs = 0, depth = 0;
	char quote = '\0';

	for (const char *c = command; *c != '\0'; c++) {
		if (*c == '\\' && quote != '\'' && c[1] != '\0')
			c++;
		else if (*c == quote)
			quote = '\0';
		else if (quote == '\0' && (*c == '\'' || *c == '"'))
			quote = *c;
		else if (quote == '\0' && *c == '(')
			depth++;
		else if (quote == '\0' && *c == ')')
			depth -= depth > 0;
		else if (quote == '\0' && depth == 0 && *c == '&' && c[1] != '&' && c[1] != '>' &&
			 (c == command || strchr("&<>", c[-1]) == NULL))
			jobs++;
	}
	return jobs > 0 && strstr(command, "do ") != NULL ? JOBS_MAX : jobs;
}

static bool is_word(const char *command, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(command, word, length) == 0 && strchr(" ;|&", command[length]) != NULL;
}

/* What the job's process does; '?': not known. */
static char state_of(const struct jobs *jobs, long job)
{
	return jobs->state == NULL || jobs->process[job] == 0 ? '?'
							      : jobs->state(jobs->process[job]);
}

static uint64_t stopped_jobs(const struct jobs *jobs)
{
	uint64_t stopped = 0;

	for (long job = 1; job < JOBS_MAX; job++)
		if ((jobs->exist >> job & 1) != 0 && state_of(jobs, job) == 'T')
			stopped |= UINT64_C(1) << job;
	return stopped;
}

void jobs_command(struct jobs *jobs, const char *command)
{
	const char *number = strchr(command, '%');

	jobs->starting = starts(command);
	jobs->stopping = false;
	jobs->listing = is_word(command, "jobs");
	jobs->listed = jobs->running = 0;
	jobs->stopped = jobs->listing ? stopped_jobs(jobs) : 0;
	if (!is_word(command, "fg") && !is_word(command, "disown"))
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

static bool runs(char state)
{
	return state != '?' && state != 'Z' && state != '\0';
}

/* Of a job that has ended meanwhile the shell may have said nothing (`wait`). */
static bool begins(struct jobs *jobs, const struct remark *r)
{
	const uint64_t bit = UINT64_C(1) << r->job;

	if (jobs->starting == 0 || ((jobs->exist & bit) != 0 && runs(state_of(jobs, r->job))))
		return false;
	jobs->starting--;
	jobs->exist |= bit;
	jobs->process[r->job] = r->process;
	return true;
}

/* `jobs` says what the shell has heard of, once of each job. A signal that was just sent may reach the
 * process between the shell's word and this look: so it did that now, or when `jobs` was typed. */
static bool lists(struct jobs *jobs, long job, char state, bool stopped)
{
	const uint64_t bit = UINT64_C(1) << job;

	jobs->listed |= bit;
	jobs->running |= stopped ? 0 : bit;
	return state == '?' || (state == 'T') == stopped || ((jobs->stopped & bit) != 0) == stopped;
}

/* The job has stopped, and the shell says so unasked: after ^Z, of a job that has wanted to read from the
 * terminal, or that a signal has stopped. Where `jobs` has told of it: only if that came before. */
static bool stops(struct jobs *jobs, long job, char state)
{
	const uint64_t bit = UINT64_C(1) << job;
	const bool exists = (jobs->exist & bit) != 0;

	if (jobs->stopping) {
		jobs->stopping = false;
		if (!exists)
			jobs->process[job] = 0;
		jobs->exist |= bit;
		return true;
	}
	if (!exists || state != 'T' || (jobs->listing && (jobs->running & bit) == 0))
		return false;
	jobs->running &= ~bit;
	jobs->set_off = true;
	return true;
}

bool jobs_remark(struct jobs *jobs, const char *line)
{
	struct remark r;

	jobs->set_off = false;
	if (!read_remark(line, &r) || r.job < 1 || r.job >= JOBS_MAX)
		return false;
	if (r.begins)
		return begins(jobs, &r);
	const uint64_t bit = UINT64_C(1) << r.job;
	const bool exists = (jobs->exist & bit) != 0;
	const bool stopped = says_stopped(&r);
	const char state = state_of(jobs, r.job);

	if (jobs->listing && exists && (jobs->listed & bit) == 0 &&
		(stopped || strncmp(r.state, "Running", 7) == 0))
		return lists(jobs, r.job, state, stopped);
	if (stopped)
		return stops(jobs, r.job, state);
	if (!exists || runs(state))
		return false;
	jobs->exist &= ~bit;
	return true;
}
