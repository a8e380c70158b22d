/* shelf.c - see shelf.h. */
#define _XOPEN_SOURCE 700 /* realpath(3) is POSIX's XSI option */
#include "shelf.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room.h"
#include "usage.h"
#include "wording.h"

static char *bin;   /* the programs are beside this one */
static char *shelf; /* the worksheets */

/* ---- Where things are --------------------------------------------------------------------- */

static char *join(const char *folder, const char *name)
{
	const size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	if (path == NULL) {
		fputs("lab: no memory left\n", stderr);
		exit(1);
	}
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

/* The file that `name` was started from: itself if it has a slash, else found on the PATH. */
static char *find_on_path(const char *name)
{
	const char *path = getenv("PATH");
	char *list, *folder, *next = NULL, *file, *found = NULL;

	if (strchr(name, '/') != NULL || path == NULL || (list = strdup(path)) == NULL)
		return realpath(name, NULL);
	for (folder = strtok_r(list, ":", &next); folder != NULL && found == NULL;
		folder = strtok_r(NULL, ":", &next)) {
		file = join(folder, name);
		if (access(file, X_OK) == 0)
			found = realpath(file, NULL);
		free(file);
	}
	free(list);
	return found;
}

static char *find_labs(void)
{
	static const char *const places[] = {
		"../labs", "../../../labs", "../../labs", "../share/tcp-labs/labs"};
	const char *given = getenv("TCP_LABS");
	char *path, *found = NULL;

	if (given != NULL && given[0] != '\0')
		return strdup(given);
	for (size_t i = 0; i < sizeof places / sizeof places[0] && found == NULL; i++) {
		path = join(bin, places[i]);
		/* Beside another build there is a folder labs/, of objects. */
		char *readme = join(path, "README.md");
		if (access(readme, R_OK) == 0)
			found = realpath(path, NULL);
		free(readme);
		free(path);
	}
	return found;
}

int shelf_find(const char *name)
{
	char *program = room_program();

	if (program == NULL)
		program = find_on_path(name);
	if (program == NULL) {
		usage_wrong("cannot find the folder of the programs", NULL);
		return -1;
	}
	*strrchr(program, '/') = '\0';
	bin = program;
	shelf = find_labs();
	if (shelf == NULL) {
		fprintf(stderr,
			"lab: no worksheets found beside %s; set TCP_LABS to their folder\n", bin);
		return -1;
	}
	return 0;
}

const char *shelf_bin(void)
{
	return bin;
}

/* ---- Which worksheets --------------------------------------------------------------------- */

/* A worksheet of the course begins with its two-digit number: 01-handshake-and-close.md. */
static int is_worksheet(const struct dirent *entry)
{
	const char *name = entry->d_name;
	const size_t length = strlen(name);

	return length > 6 && strspn(name, "0123456789") == 2 && name[2] == '-' &&
	       strcmp(name + length - 3, ".md") == 0;
}

static int find_all(char ***paths, size_t *count)
{
	struct dirent **entries;
	const int n = scandir(shelf, &entries, is_worksheet, alphasort);

	if (n <= 0) {
		fprintf(stderr, "lab: %s: %s\n", shelf,
			n == -1 ? strerror(errno) : "no worksheets there");
		return -1;
	}
	*paths = calloc((size_t)n, sizeof **paths);
	for (int i = 0; i < n; i++) {
		if (*paths != NULL)
			(*paths)[i] = join(shelf, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	*count = *paths == NULL ? 0 : (size_t)n;
	return *paths == NULL ? -1 : 0;
}

/* Does `lab` name the worksheet of this file: 1, 01, handshake-and-close,
 * 01-handshake-and-close? */
static bool names_file(const char *lab, const char *path)
{
	const char *file = strrchr(path, '/') + 1;
	const size_t length = strlen(file) - 3;
	char *end;

	if (lab[0] != '\0' && strtol(lab, &end, 10) == strtol(file, NULL, 10) && *end == '\0')
		return true;
	if (strlen(lab) == length && strncmp(lab, file, length) == 0)
		return true;
	return strlen(lab) == length - 3 && strncmp(lab, file + 3, length - 3) == 0;
}

/* How far `lab` is from the name of a worksheet's file, from its name without the number, from any
 * word in it: of `sockets`, `handshake`, `3a` one can tell what is meant. */
static size_t away_from(const char *lab, const char *file)
{
	const size_t length = strlen(lab), size = strlen(file) - strlen(".md");
	size_t least = wording_distance(lab, length, file, size), away;
	char *rest;

	if (size < 4)
		return least;
	away = wording_distance(lab, length, file + 3, size - 3);
	least = away < least ? away : least;
	for (size_t at = 3, word; at < size; at += word + 1) {
		word = strcspn(file + at, "-.");
		away = word > 3 ? 1 + wording_distance(lab, length, file + at, word) : least;
		least = away < least ? away : least;
	}
	return strtol(lab, &rest, 10) == strtol(file, NULL, 10) && rest > lab && least > 1 ? 1
											   : least;
}

/* There is no such lab; but one that is nearly called so, or a file of one's own? */
static void complain_of(const char *lab, char nearest[128])
{
	char file[120];

	if (snprintf(file, sizeof file, "%s.md", lab) < (int)sizeof file && access(file, R_OK) == 0)
		strcpy(nearest, file);
	fprintf(stderr, "lab: no lab %s%s%s; `lab list` shows them\n", lab,
		nearest[0] != '\0' ? "; did you mean " : "", nearest);
}

/* The path of the worksheet that `lab` names; NULL after a complaint. The caller frees it. */
static char *find_one(const char *lab)
{
	char **paths = NULL, *found = NULL, nearest[128] = "";
	size_t count = 0, length = strlen(lab), least = length / 2 + 1;

	if (strchr(lab, '/') != NULL || (length > 3 && strcmp(lab + length - 3, ".md") == 0))
		return strdup(lab);
	if (find_all(&paths, &count) == -1)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *file = strrchr(paths[i], '/') + 1;
		const size_t away = away_from(lab, file);
		if (found == NULL && names_file(lab, paths[i]))
			found = strdup(paths[i]);
		if (away < least) {
			least = away;
			snprintf(nearest, sizeof nearest, "%.*s", (int)strlen(file) - 3, file);
		}
		free(paths[i]);
	}
	free(paths);
	if (found == NULL)
		complain_of(lab, nearest);
	return found;
}

static bool is_of_course(const char *path)
{
	const size_t length = strlen(shelf);

	return strncmp(path, shelf, length) == 0 && path[length] == '/';
}

struct worksheet *shelf_read(char *const *named, size_t *count)
{
	struct worksheet *w;
	char **paths = NULL;
	bool good = true;

	if (*count == 0 && find_all(&paths, count) == -1)
		return NULL;
	w = calloc(*count, sizeof *w);
	for (size_t i = 0; w != NULL && i < *count; i++) {
		char *path = paths != NULL ? paths[i] : find_one(named[i]);
		good = path != NULL && worksheet_read(&w[i], path) == 0 && good;
		if (good && is_of_course(path))
			w[i].call = w[i].name;
		free(path);
	}
	free(paths);
	if (good)
		return w;
	shelf_return(w, w == NULL ? 0 : *count, 2);
	return NULL;
}

int shelf_return(struct worksheet *w, size_t count, int status)
{
	for (size_t i = 0; i < count; i++)
		worksheet_free(&w[i]);
	free(w);
	return status;
}
