/* projector.c - see projector.h. */
#include "projector.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static int end_of_play = -1;

void projector_begin(int lifeline)
{
	end_of_play = lifeline;
}

static void wait_for_enter(const char *question)
{
	struct pollfd fds[] = {{.fd = end_of_play, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char c = '\0';

	printf("%s", question);
	fflush(stdout);
	while (c != '\n' && poll(fds, 2, -1) > 0 && fds[0].revents == 0 && read(STDIN_FILENO, &c, 1) == 1)
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
	printf("T%d%s ", t->number, !typed ? "|" : t->at_prompt ? "$" : ">");
	screen_print(stdout, line);
	putchar('\n');
	fflush(stdout);
}

void projector_end(const struct worksheet *w)
{
	printf("\n---- %s: the end ----\n", w->name);
	wait_for_enter("[Enter] ");
}
