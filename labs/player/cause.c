/* cause.c - see cause.h. */
#include "cause.h"

#include <string.h>

/* The word that tells what a command does: behind settings of variables, `time`, and the name of
 * the host on which it runs. */
static const char *first_word(const char *command)
{
	static const char exec[] = "ip netns exec ";

	for (;;) {
		const size_t word = strcspn(command, " ");
		if (strncmp(command, exec, strlen(exec)) == 0)
			command += strlen(exec) + strcspn(command + strlen(exec), " ");
		else if (strncmp(command, "time ", 5) == 0 || memchr(command, '=', word) != NULL)
			command += word;
		else
			return command;
		command += strspn(command, " ");
	}
}

/* Does it write into a file, or to a descriptor? What goes to /dev/null does not count. */
static bool writes(const char *command)
{
	struct placeholder p;

	for (const char *at = command; *at != '\0'; at++) {
		const size_t name = placeholder_at(at, &p);
		at += name > 0 ? name - 1 : 0; /* <port> */
		if (name == 0 && *at == '>' &&
			(at == command || strncmp(at - 1, "2>/dev/null", 11) != 0))
			return true;
	}
	return false;
}

bool cause_looks_only(const char *command)
{
	static const char *const tools[] = {"netstat", "ss", "lsof", "tcpdump", "nstat", "ladder",
		"cat", "grep", "head", "tail", "wc", "ls", "ps", "echo"};
	const char *word = first_word(command);

	for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
		if (strncmp(word, tools[i], strlen(tools[i])) == 0 &&
			strchr(" ", word[strlen(tools[i])]) != NULL)
			return !writes(word);
	return false;
}

void cause_mark_looks(struct worksheet *w)
{
	bool looks[TERMINALS_MAX + 1] = {false};

	for (struct step *s = w->steps; s < w->steps + w->count; s++)
		for (struct item *item = s->items; item < s->items + s->count; item++) {
			if (item->kind == COMMAND)
				looks[s->terminal] = cause_looks_only(item->text);
			item->looks = looks[s->terminal] || s->watch || s->unordered;
		}
}

static void widen(struct cause *first, struct cause *last, const struct step *s, int since)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->items[i].kind >= OUTPUT || s->items[i].looks)
			continue;
		if (first->item == NULL)
			*first = (struct cause){s, &s->items[i]};
		/* What is typed in one go (> and keys with no promise in between) is one cause. */
		if ((since == 0 || since == s->terminal) &&
			(i == 0 || s->items[i].kind == COMMAND || s->items[i - 1].kind >= OUTPUT ||
				s->items[i - 1].looks))
			*last = (struct cause){s, &s->items[i]};
	}
}

void cause_find(const struct worksheet *w, const struct step *s, bool rooms, bool patient,
	struct cause *first, struct cause *last)
{
	const struct step *before;

	*first = *last = (struct cause){0};
	if (s->items[0].kind < OUTPUT)
		return;
	for (before = s; before > w->steps;)
		if ((--before)->terminal == s->terminal &&
			worksheet_is_played(before, rooms, patient))
			break;
	if (before->terminal != s->terminal || before == s)
		return;
	for (const struct step *c = before + 1; c < s; c++)
		if (worksheet_is_played(c, rooms, patient))
			widen(first, last, c, s->since);
	if (first->item == NULL)
		cause_find(w, before, rooms, patient, first, last);
}
