/* cause.c - see cause.h. */
#include "cause.h"

#include <string.h>

/* The word that tells what a command does: behind settings of variables, `time`, and the name of
 * the host on which it runs. */
static const char *first_word(const char *command)
{
	static const char exec[] = "ip netns exec ";

	for (;;) {
		command += strspn(command, " ");
		const size_t word = strcspn(command, " ");
		if (strncmp(command, exec, strlen(exec)) == 0)
			command += strlen(exec) + strcspn(command + strlen(exec), " ");
		else if (strncmp(command, "time ", 5) == 0 || memchr(command, '=', word) != NULL)
			command += word;
		else
			return command;
	}
}

/* Does the part of a command, `length` bytes, write into a file, or use a descriptor of the shell
 * (3>&-, <&3: it may be a connection)? What goes to /dev/null does not count. */
static bool redirects(const char *part, size_t length)
{
	struct placeholder p;

	for (size_t i = 0; i < length; i++) {
		const size_t name = placeholder_at(part + i, &p);
		i += name > 0 ? name - 1 : 0; /* <port> */
		if (name == 0 && strncmp(part + i, "<&", 2) == 0)
			return true;
		if (name == 0 && part[i] == '>' &&
			(i == 0 || strncmp(part + i - 1, "2>/dev/null", 11) != 0))
			return true;
	}
	return false;
}

/* Do the options of a tool that looks otherwise change something? ss -K ends connections, sed -i
 * writes. */
static bool changes(const char *word, size_t length)
{
	const char option = strncmp(word, "ss ", 3) == 0    ? 'K'
			    : strncmp(word, "sed ", 4) == 0 ? 'i'
							    : '\0';

	if (option == '\0')
		return false;
	for (const char *at = word + 3; at < word + length; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strncmp(at, "--kill", 6) == 0 || strncmp(at, "--in-place", 10) == 0 ||
			(at[0] == '-' && at[1] != '-' &&
				memchr(at, option, strcspn(at, " ")) != NULL))
			return true;
	}
	return false;
}

/* How much of an arithmetic expansion begins here, $((...)); 0: none. */
static size_t arithmetic(const char *at)
{
	const char *end = strncmp(at, "$((", 3) == 0 ? strstr(at, "))") : NULL;

	return end != NULL ? (size_t)(end + 2 - at) : 0;
}

/* The length of the first of several commands: up to a `|`, `;` or `&` that is in no quotes. A
 * command within the command, $(...) or `...`, is told by `*hides`. */
static size_t first_command(const char *command, bool *hides)
{
	struct placeholder p;
	char quote = '\0';
	size_t i = 0, skip;

	for (; command[i] != '\0'; i += skip) {
		const char c = command[i];
		skip = arithmetic(command + i) + placeholder_at(command + i, &p);
		if (skip > 0 && quote != '\'')
			continue;
		skip = 1;
		if (c == '\\' && quote != '\'' && command[i + 1] != '\0')
			skip = 2;
		else if (c == quote)
			quote = '\0';
		else if (quote == '\0' && (c == '\'' || c == '"'))
			quote = c;
		else if (quote != '\'' && (c == '`' || strncmp(command + i, "$(", 2) == 0))
			*hides = true;
		else if (quote == '\0' && (c == '|' || c == ';'))
			break;
		else if (quote == '\0' && c == '&' && command[i + 1] != '>' &&
			 (i == 0 || strchr("<>", command[i - 1]) == NULL))
			break;
	}
	return i;
}

/* Is this one of the words that begin a command? */
static bool is_one_of(const char *command, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(command, words[i], strlen(words[i])) == 0 &&
			strchr(" |;&", command[strlen(words[i])]) != NULL)
			return true;
	return false;
}

bool cause_looks_only(const char *command)
{
	static const char *const tools[] = {"netstat", "ss", "lsof", "tcpdump", "nstat", "ladder",
		"cat", "grep", "head", "tail", "wc", "ls", "ps", "echo", "sort", "uniq", "cut",
		"tr", "paste", "sed"};
	static const char *const nothing[] = {"true", "false", ":"}; /* as in `grep x || true` */
	static const char *const capture[] = {"tcpdump"}, *const keep[] = {"tee"};
	bool first = true, captures = false;
	size_t length;

	/* All that stand in a pipe or one after the other: `head -c 9 file | nc` sends it. What tee
	 * writes is a cause, unless it is a capture's copy. */
	for (; first || *command != '\0'; command += length + strspn(command + length, "|;& ")) {
		bool hides = false;
		length = first_command(command, &hides);
		const char *word = first_word(command);
		if (hides || redirects(command, length) ||
			changes(word, (size_t)(command + length - word)))
			return false;
		captures = captures || is_one_of(word, capture, 1);
		if (!is_one_of(word, tools, sizeof tools / sizeof tools[0]) &&
			(first || !is_one_of(word, nothing, sizeof nothing / sizeof nothing[0])) &&
			!(captures && is_one_of(word, keep, 1)))
			return false;
		first = false;
	}
	return true;
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
