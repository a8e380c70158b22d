/*
 * recording.c - fuzz what reads a person's recordings and explains them: any events, in any order,
 * in any terminal, against a worksheet.
 *
 * Each line of the input is an event: the terminal's number, the kind (o shown, i typed, c a
 * command that the shell started, p a prompt; j a line of the file as it stands) and its text, with
 * \n for a line's end. The recordings grow in two parts, as they do under `lab guide`. tests/check
 * fuzz builds and runs it; see tests/fuzz/worksheet.c for how to do without libFuzzer.
 */
#define _XOPEN_SOURCE 700 /* openat, mkdtemp */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../labs/player/cast.h"
#include "../../labs/player/explain.h"
#include "../../labs/player/progress.h"
#include "../../labs/player/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sheet[] =
	"# Fuzz\n\n## One\n```console T1\n$ echo-server --pause-close 0.5\nlistening on 127.0.0.1:8000\n```\n"
	"```console T2\n$ echo-client\n<*> 127.0.0.1:<client> TCP session open\n...\n```\n"
	"> **If not (too early):** wait.\n\n"
	"```console T3 unordered watch\n$ netstat -ant | grep :<client>\n"
	"tcp 0 0 127.0.0.1:8000 127.0.0.1:<client> ESTABLISHED\n"
	"tcp 0 0 127.0.0.1:<client> 127.0.0.1:8000 ESTABLISHED\n```\n"
	"## Two\n```console T1\n<*> 127.0.0.1:<client> TCP session open\n"
	"<*> IP seq <x>, ack <y>\n<*> IP seq <y>, ack <x+1>\n```\n"
	"```console T1 patient\n> hello\nhello\n^C\n```\n"
	"## Three\n```console T2 since T1\nClosed\n...\n```\n```console T2\n$ exit\n```\n";

enum { TERMINALS = 3 };

/* Every recording is one of this worksheet. (state.c itself would bring rooms along.) */
unsigned long long state_version(const struct worksheet *w)
{
	(void)w;
	return 1;
}

static int folder = -1;
static struct worksheet worksheet;
static struct cast *casts; /* by number */

/* The worksheet, and a folder for the recordings; made once. */
static void begin(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096], name[4200];
	FILE *file;

	if (folder != -1)
		return;
	casts = calloc(TERMINALS + 1, sizeof *casts);
	snprintf(path, sizeof path, "%s/fuzz-recording-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (casts == NULL || mkdtemp(path) == NULL ||
		(folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		abort();
	snprintf(name, sizeof name, "%s/sheet.md", path);
	file = fopen(name, "w");
	if (file == NULL || fputs(sheet, file) == EOF || fclose(file) == EOF ||
		worksheet_read(&worksheet, name) == -1)
		abort();
	unlink(name);
}

static void write_event(const char *line, size_t size)
{
	char text[2048] = "command: ";
	size_t at = size > 1 && line[1] == 'c' ? strlen(text) : 0;
	struct cast *cast;

	if (size < 2 || line[0] < '1' || line[0] > '0' + TERMINALS)
		return;
	cast = &casts[line[0] - '0'];
	for (size_t i = 2; i < size && at + 2 < sizeof text; i++) {
		if (line[i] == '\\' && i + 1 < size && line[i + 1] == 'n') {
			text[at++] = '\r';
			text[at++] = '\n';
			i++;
		} else {
			text[at++] = line[i];
		}
	}
	if (line[1] == 'j')
		(void)!write(cast->fd, text, at);
	else if (line[1] == 'p')
		cast_write(cast, 'm', "prompt", 6);
	else
		cast_write(cast, line[1] == 'c' ? 'm' : line[1], text, at);
}

static void write_events(const char *data, size_t size)
{
	for (const char *line = data, *end; line < data + size; line = end + 1) {
		end = memchr(line, '\n', size - (size_t)(line - data));
		end = end == NULL ? data + size : end;
		write_event(line, (size_t)(end - line));
	}
}

static void judge(struct progress *p)
{
	struct explanation e;
	size_t of, done;

	if (progress_update(p, folder) == -1)
		return;
	done = progress_done(p, &of);
	if (done > of || of > worksheet.count || p->next > p->count)
		abort();
	for (size_t i = 0; i <= p->count; i++) {
		explain(p, i, &e);
		if (e.reason < NO_REASON || e.reason > NOT_SHOWN_YET)
			abort();
		explanation_free(&e);
		if (i < p->count)
			free(explain_wording(p, i));
	}
	for (size_t s = 0; s < worksheet.count; s++)
		if (progress_kept(p, &worksheet.steps[s], &of) > of)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct progress *p;
	char name[16];

	begin();
	for (int n = 1; n <= TERMINALS; n++) {
		snprintf(name, sizeof name, "T%d.cast", n);
		unlinkat(folder, name, 0);
		casts[n] = (struct cast){.fd = -1};
		if (cast_open(&casts[n], folder, name, 1, 80, 24) == -1)
			abort();
	}
	p = progress_open(&worksheet);
	if (p == NULL)
		abort();
	write_events((const char *)data, size / 2);
	judge(p);
	write_events((const char *)data + size / 2, size - size / 2);
	judge(p);
	progress_close(p);
	for (int n = 1; n <= TERMINALS; n++)
		cast_close(&casts[n]);
	return 0;
}

#include "standalone.h"
