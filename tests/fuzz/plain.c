/*
 * plain.c - fuzz what reads plain terminals: any bytes as typescripts, asciicasts or pasted text.
 *
 * The input is the text of T1, of T2 and of T3, with a line of four equal signs between them. Each
 * is also read as the lines of terminals of several widths. tests/check fuzz builds and runs it; see
 * tests/fuzz/worksheet.c for how to do without libFuzzer.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../labs/player/explain.h"
#include "../../labs/player/plain.h"
#include "../../labs/player/scroll.h"
#include "../../labs/player/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sheet[] =
	"# Fuzz\n\n## One\n```console T1\n$ echo-server\nlistening on 127.0.0.1:8000\n```\n"
	"```console T2\n$ echo-client\n<*> 127.0.0.1:<client> TCP session open\n...\n```\n"
	"```console T3 unordered watch\n$ netstat -ant | grep :<client>\n"
	"tcp 0 0 127.0.0.1:8000 127.0.0.1:<client> ESTABLISHED\n```\n"
	"## Two\n```console T1\n<*> 127.0.0.1:<client> TCP session open\n```\n"
	"```console T1\n> hello\nhello\n^C\n```\n```console T2\n$ exit\n```\n";

enum { FILES = 3 };

static struct worksheet worksheet;
static int fds[FILES + 1];
static char paths[FILES + 1][32];

/* Every recording is one of this worksheet. (state.c itself would bring rooms along.) */
unsigned long long state_version(const struct worksheet *w)
{
	(void)w;
	return 1;
}

static int make_file(const char *text, char *path)
{
	const int fd = mkstemp(path);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		abort();
	return fd;
}

static void begin(void)
{
	char path[] = "/tmp/fuzz-plain-XXXXXX";
	const int fd = make_file(sheet, path);

	if (worksheet_read(&worksheet, path) == -1)
		abort();
	unlink(path);
	close(fd);
	for (int n = 1; n <= FILES; n++) {
		char name[] = "/tmp/fuzz-plain-XXXXXX";
		fds[n] = make_file("", name);
		unlink(name);
		snprintf(paths[n], sizeof paths[n], "/dev/fd/%d", fds[n]);
	}
}

static void check_scrolled(void *reader, const char *line)
{
	const size_t length = strlen(line);

	*(size_t *)reader += length;
	if (length > 0 && line[length - 1] == ' ')
		abort();
}

static void judge(struct progress *p)
{
	struct explanation e;
	size_t of, done = progress_done(p, &of);

	if (done > of || of > worksheet.count)
		abort();
	for (size_t i = 0; i <= p->count; i++) {
		explain(p, i, &e);
		explanation_free(&e);
		if (i < p->count)
			free(explain_wording(p, i));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n====\n";
	const char *files[TERMINALS_MAX + 1] = {NULL};
	struct progress *p;
	int n = 0;

	if (worksheet.steps == NULL)
		begin();
	for (size_t at = 0, end; n < FILES && at <= size; at = end + strlen(mark)) {
		for (end = at; end < size && (size - end < strlen(mark) ||
						     memcmp(data + end, mark, strlen(mark)) != 0);)
			end++;
		n++;
		if (ftruncate(fds[n], 0) == -1 ||
			pwrite(fds[n], data + at, end - at, 0) != (ssize_t)(end - at))
			abort();
		files[n] = paths[n];
		for (size_t width = 0; width < 100; width = width * 3 + 1) {
			size_t shown = 0;
			(void)scroll_read(
				(const char *)data + at, end - at, width, check_scrolled, &shown);
		}
	}
	p = plain_progress(&worksheet, files);
	if (p != NULL)
		judge(p);
	if (p != NULL)
		progress_close(p);
	return 0;
}

#include "standalone.h"
