/* print.c - see print.h. */
#include "print.h"

#include <stdio.h>
#include <string.h>

/* ---- The handout -------------------------------------------------------------------------- */

static void print_rules(const struct worksheet *w, const struct step *s)
{
	const char *fence = w->text + s->fence, *last;

	printf("%.*s\n", (int)strcspn(fence, "\r\n"), fence);
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].kind == OUTPUT)
			puts("________________________________________");
		else
			print_item(&s->items[i]);
	/* The closing fence as it stands. */
	last = w->text + s->end;
	while (last > fence && (last[-1] == '\n' || last[-1] == '\r'))
		last--;
	while (last > fence && last[-1] != '\n')
		last--;
	printf("%.*s\n", (int)strcspn(last, "\r\n"), last);
}

/* Prose from `begin` to `end`. An answer is what stands between <details> and </details>. */
static void print_prose(const char *begin, const char *end, bool answers)
{
	bool folded = false;

	for (const char *line = begin, *next; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next == NULL ? end : next + 1;
		if (strncmp(line, "<details>", 9) == 0) {
			folded = true;
			if (answers)
				puts("**Answer.**");
		} else if (strncmp(line, "</details>", 10) == 0) {
			folded = false;
		} else if (answers || !folded) {
			printf("%.*s", (int)(next - line), line);
		}
	}
}

void print_handout(const struct worksheet *w, bool answers)
{
	size_t at = 0;

	for (size_t s = 0; s < w->count; s++) {
		const struct step *step = &w->steps[s];
		print_prose(w->text + at, w->text + step->fence, answers);
		if (answers)
			printf("%.*s", (int)(step->end - step->fence), w->text + step->fence);
		else
			print_rules(w, step);
		at = step->end;
	}
	print_prose(w->text + at, w->text + w->size, answers);
}

/* ---- The transcript ----------------------------------------------------------------------- */

void print_item(const struct item *item)
{
	static const char *const marks[] = {
		[COMMAND] = "$ ", [INPUT] = "> ", [KEY] = "", [OUTPUT] = "", [ANYTHING] = ""};

	printf("%s%s\n", marks[item->kind], item->text);
}

void print_transcript(const struct worksheet *w, int number, int section)
{
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		bool headed = number != 0;
		for (size_t s = 0; s < w->count && (number == 0 || number == n); s++) {
			if (w->steps[s].terminal != n ||
				(section != 0 && w->steps[s].section != section))
				continue;
			if (!headed)
				printf("# T%d\n", n);
			headed = true;
			for (size_t i = 0; i < w->steps[s].count; i++)
				print_item(&w->steps[s].items[i]);
		}
	}
}
