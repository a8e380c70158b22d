/* flags.c - see flags.h. */
#include "flags.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usage.h"
#include "wording.h"

enum { FLAGS_MAX = 8, LETTERS = 256 };

/* The option that `word` may be a slip of; NULL if there is none. */
static const char *nearest(const struct flag *flags, const char *word)
{
	const size_t dashes = strspn(word, "-"), length = strcspn(word + dashes, "=");
	const char *found = NULL;
	size_t least = length / 2 + 1;

	for (int i = 0; i < FLAGS_MAX && flags[i].name != NULL && dashes > 0; i++) {
		const char *name = flags[i].name;
		const size_t away = wording_distance(word + dashes, length, name, strlen(name));
		if (away < least) {
			least = away;
			found = name;
		}
	}
	return found;
}

/* What getopt_long() has just refused: it keeps silent itself (opterr, and ':' first). */
static int refused(const struct flag *flags, char *const *argv, int option)
{
	const char *word = argv[optind - 1], *meant = option == ':' ? NULL : nearest(flags, word);
	char what[64];

	snprintf(what, sizeof what,
		option == ':' ? "%s: a value is missing after" : "%s has no option", argv[0]);
	if (meant == NULL)
		usage_wrong(what, word);
	else
		fprintf(stderr, "lab: %s %s; did you mean --%s? see lab help %s\n", what, word,
			meant, argv[0]);
	return -1;
}

static int set_number(const struct flag *f, const char *value)
{
	char *end, what[64];
	const long number = strtol(value, &end, 10);

	if (end != value && *end == '\0' && number >= 1 && number <= f->most) {
		*f->number = (int)number;
		return 0;
	}
	snprintf(what, sizeof what, "-%c wants a number from 1 to %d, not", f->letter, f->most);
	usage_wrong(what, value);
	return -1;
}

static int set_seconds(const struct flag *f, const char *value)
{
	char *end, what[64];
	const double seconds = strtod(value, &end);

	if (end != value && *end == '\0' && seconds <= f->most &&
		(f->above_0 ? seconds > 0 : seconds >= 0)) {
		*f->seconds = seconds;
		return 0;
	}
	snprintf(what, sizeof what, "--%s wants seconds from %s0 to %d, not", f->name,
		f->above_0 ? "above " : "", f->most);
	usage_wrong(what, value);
	return -1;
}

static int set(const struct flag *f, const char *value)
{
	if (f->number != NULL)
		return set_number(f, value);
	if (f->seconds != NULL)
		return set_seconds(f, value);
	if (f->text != NULL)
		*f->text = value;
	else
		*f->is = true;
	return 0;
}

int flags_take(int argc, char **argv, const struct flag *flags)
{
	struct option options[FLAGS_MAX + 1] = {{0}};
	char letters[2 * FLAGS_MAX + 2] = ":";
	size_t length = 1;
	int option;

	opterr = 0;
	/* What getopt_long() returns is the place in the table, behind all letters. */
	for (int i = 0; i < FLAGS_MAX && flags[i].name != NULL; i++) {
		options[i] = (struct option){flags[i].name,
			flags[i].is != NULL ? no_argument : required_argument, NULL, LETTERS + i};
		if (flags[i].letter != '\0') {
			letters[length++] = flags[i].letter;
			letters[length++] = ':';
		}
	}
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		int i = option - LETTERS;
		for (int k = 0; i < 0 && k < FLAGS_MAX && flags[k].name != NULL; k++)
			if (flags[k].letter == option)
				i = k;
		if (i < 0)
			return refused(flags, argv, option);
		if (set(&flags[i], optarg) == -1)
			return -1;
	}
	return optind;
}
