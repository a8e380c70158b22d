/* projector.c - see projector.h. Keep what happened; draw it; read a key. */
#define _XOPEN_SOURCE 700 /* strdup */
#define _DEFAULT_SOURCE   /* beyond POSIX: the window's size, SIGWINCH */
#include "projector.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "record.h"

enum { PANE_WIDTH_LEAST = 60, PROSE_LINES_MAX = 400 };

/* All that a terminal has shown and been typed. */
struct pane {
	char **lines;
	size_t count;
};

/* Where the play stood before a step, so that one can read back. */
struct moment {
	const struct step *step;
	size_t counts[TERMINALS_MAX + 1];
	int active;
};

static const struct worksheet *sheet;
static struct pane panes[TERMINALS_MAX + 1];
static struct moment *moments;
static size_t moment_count;
static int active;   /* the terminal in which something happened last */
static int lifeline; /* hangs up when the play is broken off */
static bool full;    /* draw full screens */
static struct termios modes;
static volatile sig_atomic_t resized;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

/* ---- Begin and end ------------------------------------------------------------------------ */

void projector_begin(const struct worksheet *w, int line)
{
	const struct sigaction action = {.sa_handler = on_resize}; /* no SA_RESTART: poll shall return */
	struct termios keys;

	sheet = w;
	lifeline = line;
	full = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &modes) == 0;
	if (!full)
		return;
	keys = modes;
	keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	sigaction(SIGWINCH, &action, NULL);
	fputs("\033[?1049h\033[?25l", stdout); /* the other screen, no cursor */
}

void projector_end(void)
{
	if (full) {
		fputs("\033[?25h\033[?1049l", stdout);
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	}
	fflush(stdout);
}

/* ---- Drawing ------------------------------------------------------------------------------ */

struct size {
	int columns, rows;
};

static struct size window(void)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col < 20 || size.ws_row < 8)
		return (struct size){80, 24};
	return (struct size){size.ws_col, size.ws_row};
}

/* Print at most `width` characters of a UTF-8 line and fill up with blanks. */
static void print_cut(const char *text, int width)
{
	int done = 0;

	for (; *text != '\0'; text++) {
		const bool begins = ((unsigned char)*text & 0xc0) != 0x80;
		if (begins && done == width)
			break;
		done += begins;
		if (*text == '\xc2' && (unsigned char)text[1] < 0xa0)
			text++, putchar('?'); /* a control character (C1) must not drive the projector */
		else
			putchar(*text == '\t' ? ' ' : *text);
	}
	printf("%*s", width - done, "");
}

/* Prose as lines of at most `width`: paragraphs are filled, lists and tables kept, marks of emphasis
 * dropped. Returns how many there are; the caller frees them. */
static int wrap(const char *begin, const char *end, int width, char *lines[PROSE_LINES_MAX])
{
	char line[1024] = "";
	int count = 0, at = 0;

	while (begin < end && count < PROSE_LINES_MAX - 1) {
		const char *stop = memchr(begin, '\n', (size_t)(end - begin));
		const bool blank = *begin == '\n', keep = *begin == '|' || *begin == '#' || *begin == '-';
		stop = stop == NULL ? end : stop;
		if (at > 0 && (blank || keep)) {
			lines[count++] = strdup(line);
			at = 0;
		}
		if (blank && count > 0)
			lines[count++] = strdup("");
		for (const char *c = begin; c < stop && count < PROSE_LINES_MAX - 2;) {
			const char *word = c;
			while (c < stop && *c != ' ')
				c++;
			const int length = (int)(c - word);
			if (at > 0 && at + 1 + length > width) {
				lines[count++] = strdup(line);
				at = 0;
			}
			if (at > 0)
				line[at++] = ' ';
			for (int i = 0; i < length && at < (int)sizeof line - 2; i++)
				if (strncmp(word + i, "**", 2) == 0)
					i++;
				else
					line[at++] = word[i];
			line[at] = '\0';
			while (c < stop && *c == ' ')
				c++;
		}
		if (keep && at > 0) {
			lines[count++] = strdup(line);
			at = 0;
		}
		begin = stop + 1;
	}
	if (at > 0)
		lines[count++] = strdup(line);
	return count;
}

/* Which terminals the worksheet has, the active one first if there is not room for all. */
static int choose_panes(const struct moment *m, int room, int chosen[TERMINALS_MAX])
{
	bool used[TERMINALS_MAX + 1] = {false};
	int count = 0, first = 1;

	for (size_t i = 0; i < sheet->count; i++)
		used[sheet->steps[i].terminal] = true;
	if (room == 1 && m->active > 0) {
		chosen[0] = m->active;
		return 1;
	}
	for (int n = first; n <= TERMINALS_MAX && count < room; n++)
		if (used[n] && (m->counts[n] > 0 || n == m->active))
			chosen[count++] = n;
	return count;
}

static void draw_panes(const struct moment *m, struct size size, int top)
{
	const int height = size.rows - 1 - top;
	const int columns = size.columns / PANE_WIDTH_LEAST > 0 ? size.columns / PANE_WIDTH_LEAST : 1;
	const int bands = height / 8 > 0 ? height / 8 : 1;
	int chosen[TERMINALS_MAX], count = choose_panes(m, columns * bands < TERMINALS_MAX ? columns * bands : TERMINALS_MAX, chosen);
	const int across = count < columns ? count : columns;
	const int down = across > 0 ? (count + across - 1) / across : 0;

	for (int i = 0; i < count; i++) {
		const struct pane *pane = &panes[chosen[i]];
		const int width = size.columns / across, rows = height / down;
		const int x = i % across * width, y = top + i / across * rows;
		const size_t shown = m->counts[chosen[i]];
		char role[64], title[96];
		record_role(sheet, chosen[i], role, sizeof role);
		snprintf(title, sizeof title, " T%d %s", chosen[i], role);
		printf("\033[%d;%dH%s", y + 1, x + 1, chosen[i] == m->active ? "\033[7m" : "\033[1m");
		print_cut(title, width - 1);
		fputs("\033[0m", stdout);
		for (int row = 1; row < rows; row++) {
			const size_t fits = (size_t)rows - 1, from = shown > fits ? shown - fits : 0;
			const size_t line = from + (size_t)row - 1;
			printf("\033[%d;%dH", y + row + 1, x + 1);
			print_cut(line < shown ? pane->lines[line] : "", width - 1);
		}
	}
}

/* One screen. Returns how many lines of prose are hidden below. */
static int draw(const struct moment *m, int scrolled, const char *footer)
{
	const struct size size = window();
	const char *begin = m->step != NULL ? sheet->text + m->step->prose :
					      sheet->text + sheet->steps[sheet->count - 1].end;
	const char *end = m->step != NULL ? sheet->text + m->step->fence : sheet->text + sheet->size;
	char *lines[PROSE_LINES_MAX];
	const int count = wrap(begin, end, size.columns - 2, lines);
	int height = (size.rows - 1) / 2;

	height = count - scrolled < height ? count - scrolled : height;
	fputs("\033[H\033[2J", stdout);
	for (int i = 0; i < height; i++) {
		const char *line = lines[scrolled + i];
		fputs(line[0] == '#' ? "\033[1m " : " ", stdout);
		print_cut(line, size.columns - 2);
		fputs("\033[0m\r\n", stdout);
	}
	draw_panes(m, size, height + 1);
	printf("\033[%d;1H\033[7m", size.rows);
	print_cut(footer, size.columns);
	fputs("\033[0m", stdout);
	fflush(stdout);
	for (int i = 0; i < count; i++)
		free(lines[i]);
	return count - scrolled - height;
}

/* ---- Keys --------------------------------------------------------------------------------- */

enum key { GO_ON, BACK, UP, DOWN, PAGE, QUIT, REDRAW };

/* Wait for a key, a new window size, or the end. */
static enum key read_key(void)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = lifeline, .events = POLLIN}};
	char bytes[16];
	ssize_t n;

	for (;;) {
		if (poll(fds, 2, -1) == -1 || resized) {
			resized = 0;
			return REDRAW;
		}
		if (fds[1].revents != 0)
			return QUIT;
		n = read(STDIN_FILENO, bytes, sizeof bytes - 1);
		if (n <= 0)
			return QUIT;
		bytes[n] = '\0';
		if (bytes[0] == '\n' || bytes[0] == '\r')
			return GO_ON;
		if (bytes[0] == 'q')
			return QUIT;
		if (bytes[0] == 'b')
			return BACK;
		if (bytes[0] == ' ')
			return PAGE;
		if (bytes[0] == 'k' || strcmp(bytes, "\033[A") == 0)
			return UP;
		if (bytes[0] == 'j' || strcmp(bytes, "\033[B") == 0)
			return DOWN;
	}
}

/* Show moments, from the latest one, until Enter is pressed there. */
static bool browse(void)
{
	size_t at = moment_count - 1;
	int scrolled = 0, hidden;
	char footer[200];

	for (;;) {
		const struct moment *m = &moments[at];
		const bool latest = at == moment_count - 1;
		snprintf(footer, sizeof footer, " %s  %s %zu of %zu   Enter: %s   b: back   space: more   q: end",
			sheet->name, m->step != NULL ? "step" : "after step",
			m->step != NULL ? (size_t)m->step->number : sheet->count, sheet->count,
			!latest           ? "forward again" :
			m->step != NULL ? "play it" :
					  "finish");
		hidden = draw(m, scrolled, footer);
		switch (read_key()) {
		case GO_ON:
			if (latest)
				return true;
			at++;
			scrolled = 0;
			break;
		case BACK:
			at -= at > 0;
			scrolled = 0;
			break;
		case UP:
			scrolled -= scrolled > 0;
			break;
		case DOWN:
			scrolled += hidden > 0;
			break;
		case PAGE:
			scrolled += hidden > 5 ? 5 : hidden > 0 ? hidden : 0;
			break;
		case QUIT:
			return false;
		case REDRAW:
			break;
		}
	}
}

/* ---- What the play tells ------------------------------------------------------------------ */

static struct moment *new_moment(const struct step *s)
{
	struct moment *m = realloc(moments, (moment_count + 1) * sizeof *moments);

	if (m == NULL)
		return NULL;
	moments = m;
	m = &moments[moment_count++];
	*m = (struct moment){.step = s, .active = s != NULL ? s->terminal : active};
	for (int n = 1; n <= TERMINALS_MAX; n++)
		m->counts[n] = panes[n].count;
	return m;
}

static bool before_plain(const struct worksheet *w, const struct step *s)
{
	struct pollfd fds[] = {{.fd = lifeline, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char c = '\0';

	if (s != NULL) {
		printf("\n---- %s, step %d of %zu ----\n", w->name, s->number, w->count);
		printf("%.*s", (int)(s->fence - s->prose), w->text + s->prose);
	} else {
		printf("\n---- %s: the end ----\n", w->name);
	}
	printf("[Enter] ");
	fflush(stdout);
	while (c != '\n' && poll(fds, 2, -1) > 0 && fds[0].revents == 0 && read(STDIN_FILENO, &c, 1) == 1)
		;
	putchar('\n');
	return fds[0].revents == 0;
}

bool projector_before(const struct worksheet *w, const struct step *s)
{
	if (!full)
		return before_plain(w, s);
	return new_moment(s) != NULL && browse();
}

void projector_line(const struct pty *t, const char *line, bool typed)
{
	struct pane *pane = &panes[t->number];
	char **lines = realloc(pane->lines, (pane->count + 1) * sizeof *lines);
	char *text = malloc(strlen(line) + 8);
	struct moment now = {.active = t->number};

	if (lines == NULL || text == NULL)
		return;
	pane->lines = lines;
	sprintf(text, "%s%s", !typed ? "" : t->at_prompt ? "$ " : "> ", line);
	pane->lines[pane->count++] = text;
	active = t->number;
	if (!full) {
		printf("T%d: ", t->number);
		screen_print(stdout, text);
		putchar('\n');
		fflush(stdout);
		return;
	}
	now.step = moment_count > 0 ? moments[moment_count - 1].step : NULL;
	for (int n = 1; n <= TERMINALS_MAX; n++)
		now.counts[n] = panes[n].count;
	draw(&now, 0, " ...");
}
