/* projector.c - see projector.h. */
#include "projector.h"

#include <stdio.h>
#include <string.h>

static void wait_for_enter(const char *question)
{
	int c;

	printf("%s", question);
	fflush(stdout);
	while ((c = getchar()) != '\n' && c != EOF)
		;
}

void projector_before(const struct worksheet *w, const struct step *s)
{
	printf("\n---- %s, step %d of %zu ----\n", w->name, s->number, w->count);
	printf("%.*s", (int)(s->fence - s->prose), w->text + s->prose);
	for (size_t i = 0; i < s->count && s->items[i].kind < OUTPUT; i++)
		printf("T%d will type: %s\n", s->terminal, s->items[i].text);
	wait_for_enter("[Enter] ");
}

void projector_line(const struct terminal *t, const char *line, bool typed)
{
	if (typed)
		printf("T%d%s %s\n", t->number, t->at_prompt ? "$" : ">", line);
	else
		printf("T%d| %s\n", t->number, line);
	fflush(stdout);
}

void projector_end(const struct worksheet *w)
{
	printf("\n---- %s: the end ----\n", w->name);
	wait_for_enter("[Enter] ");
}
