/*
 * class.c - fuzz what reads a class: any bytes as the files that students send, JSON or not.
 *
 * The first byte of the input chooses how the class is told of (as text, csv, json); then come the
 * files, with a line of four equal signs between them. tests/check fuzz builds and runs it; see tests/fuzz/worksheet.c
 * for how to do without libFuzzer.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../labs/player/class.h"
#include "../../labs/player/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 3 };

static const char sheet[] = "# Fuzz\n\n## One\n```console T1\n$ echo a\na\n```\n"
			    "## Two\n```console T2\n$ echo b\nb\n```\n";

static struct worksheet worksheet;
static int fds[FILES];
static char paths[FILES][32];

static int make_file(void)
{
	char path[] = "/tmp/fuzz-class-XXXXXX";
	const int fd = mkstemp(path);

	if (fd == -1 || unlink(path) == -1)
		abort();
	return fd;
}

static void begin(void)
{
	char path[] = "/tmp/fuzz-class-XXXXXX";
	const int fd = mkstemp(path);

	if (fd == -1 || write(fd, sheet, strlen(sheet)) == -1 ||
		worksheet_read(&worksheet, path) == -1)
		abort();
	unlink(path);
	close(fd);
	strcpy(worksheet.name, "fuzz"); /* as the files have it */
	for (int i = 0; i < FILES; i++) {
		fds[i] = make_file();
		snprintf(paths[i], sizeof paths[i], "/dev/fd/%d", fds[i]);
	}
}

/* Every value inside has a key if it stands in an object, and only then. */
static void check_value(const struct json *value, int depth)
{
	if (depth > 1000)
		abort();
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		if ((v->key != NULL) != (value->type == JSON_OBJECT))
			abort();
		if (value->type != JSON_OBJECT && value->type != JSON_ARRAY)
			abort();
		if (v->key != NULL && json_get(value, v->key) == NULL)
			abort();
		check_value(v, depth + 1);
	}
	if (value->type == JSON_STRING && json_text(value) != value->text)
		abort();
	(void)json_number(value);
}

static bool is_json(const char *text)
{
	struct json *value = json_read(text);
	const bool is = value != NULL;

	if (is)
		check_value(value, 0);
	json_free(value);
	return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n====\n";
	const struct class_options o = {.bin = ".",
		.csv = size > 0 && data[0] % 3 == 1,
		.json = size > 0 && data[0] % 3 == 2};
	char *who[FILES];
	size_t count = 0;
	bool any = size > 0 && data[0] % 16 == 0; /* most of what is no JSON is refused at once */

	if (worksheet.steps == NULL)
		begin();
	for (size_t at = size > 0, end; count < FILES && at <= size; at = end + strlen(mark)) {
		for (end = at; end < size && (size - end < strlen(mark) ||
						     memcmp(data + end, mark, strlen(mark)) != 0);)
			end++;
		char *text = strndup((const char *)data + at, end - at);
		if (text == NULL || ftruncate(fds[count], 0) == -1 ||
			pwrite(fds[count], data + at, end - at, 0) != (ssize_t)(end - at))
			abort();
		any = is_json(text) || any;
		free(text);
		who[count] = paths[count];
		count++;
	}
	if (any && class_tell(&worksheet, who, count, &o) == 2)
		abort();
	return 0;
}

#include "standalone.h"
