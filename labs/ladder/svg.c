/*
 * svg.c - the rows of the ladder become one SVG picture.
 *
 * Each connection has a panel: its two ends are two vertical lines, its segments the arrows between
 * them, from top to bottom. Every text says its own width (textLength), so that nothing overlaps
 * whatever font the browser has; the colours follow the reader's choice of light or dark.
 */
#include "ladder.h"

#include <stdlib.h>
#include <string.h>

struct picture {
	size_t rows, connections;
	struct heading {
		unsigned long connection;
		struct address left, right;
		const char *note;
	} heading[PICTURE_ROWS];
	struct row row[PICTURE_ROWS];
};

struct picture *picture_new(void)
{
	return calloc(1, sizeof(struct picture));
}

bool picture_add(struct picture *p, const struct row *r)
{
	if (p->rows == PICTURE_ROWS)
		return false;
	if (r->first)
		p->heading[p->connections++] =
			(struct heading){r->connection, *r->left, *r->right, r->note};
	p->row[p->rows++] = *r;
	return true;
}

/* In pixels; a character of a monospaced font of 12 is about 7 wide. */
enum {
	CHARACTER = 7,
	MARGIN = 16,
	TIME_END = 96,
	LEFT = 200, /* the two vertical lines */
	RIGHT = 720,
	WIDTH = 920,
	SPACE = 10,
	HEADING_HEIGHT = 56,
	ROW_HEIGHT = 30,
	MARKS_HEIGHT = 12,
	PANEL_SPACE = 24
};

static const char style[] =
	"<style>\n"
	"svg{--ink:#1b1f24;--paper:#fff;--line:#57606a;--mark:#a40e26;--state:#0550ae}\n"
	"@media (prefers-color-scheme:dark)"
	"{svg{--ink:#e6edf3;--paper:#0d1117;--line:#8b949e;--mark:#ff7b72;--state:#79c0ff}}\n"
	"text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink)}\n"
	"rect{fill:var(--paper)}path{stroke:var(--ink);fill:none;stroke-width:1.5}\n"
	".end{font-weight:bold}.state{fill:var(--state)}.mark{fill:var(--mark)}\n"
	".time{fill:var(--line)}.line{stroke:var(--line)}\n"
	"</style>\n";

/* What of the text is at x. */
enum anchor { BEGIN, MIDDLE, END };

/* No character of a text needs escaping: parse.c lets none in, and none is in the words. */
static void put(FILE *out, const char *class, int x, int y, enum anchor anchor, const char *text)
{
	const int most = RIGHT - LEFT - 4 * SPACE, length = (int)strlen(text) * CHARACTER;
	const int width = length < most ? length : most;

	fprintf(out,
		"<text class=\"%s\" x=\"%d\" y=\"%d\" textLength=\"%d\" "
		"lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
		class, x - width * (int)anchor / 2, y, width, text);
}

static void draw_row(FILE *out, const struct row *r, int y, bool with_time)
{
	const int tip = r->leftward ? LEFT : RIGHT, back = r->leftward ? 8 : -8;
	char words[WORDS_SIZE], text[WORDS_SIZE + 80], seq[24] = "", ack[24] = "";

	if (with_time && r->time >= 0) {
		snprintf(text, sizeof text, "%ld.%06d", (long)(r->time / 1000000),
			(int)(r->time % 1000000));
		put(out, "time", TIME_END, y + 22, END, text);
	}
	put(out, "state", LEFT - SPACE, y + 22, END, state_name(r->state[0]));
	put(out, "state", RIGHT + SPACE, y + 22, BEGIN, state_name(r->state[1]));
	if (r->has_seq)
		snprintf(seq, sizeof seq, " seq %lu", (unsigned long)r->seq);
	if (r->flags & ACK)
		snprintf(ack, sizeof ack, " ack %lu", (unsigned long)r->ack);
	snprintf(text, sizeof text, "%s%s%s len %lu win %lu", flag_words(r, words), seq, ack,
		(unsigned long)r->length, (unsigned long)r->window);
	put(out, r->marks & RETRANSMISSION ? "mark" : "segment", (LEFT + RIGHT) / 2, y + 12, MIDDLE,
		text);
	fprintf(out, "<path d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/>\n", LEFT + RIGHT - tip, y + 18, tip,
		back, -back, back);
	if (mark_words(r, words)[0] != '\0')
		put(out, "mark", (LEFT + RIGHT) / 2, y + 32, MIDDLE, words);
}

static int row_height(const struct row *r)
{
	return ROW_HEIGHT + (r->marks != 0 || r->sacks > 0 ? MARKS_HEIGHT : 0);
}

/* One connection: its two ends, and its rows below them. Returns where the next one begins. */
static int draw_panel(
	FILE *out, const struct picture *p, const struct heading *h, int y, bool with_time)
{
	const int top = y + HEADING_HEIGHT - SPACE;
	char text[32];

	snprintf(text, sizeof text, "connection %lu", h->connection);
	put(out, "end", MARGIN, y + 16, BEGIN, text);
	if (h->note != NULL)
		put(out, "note", LEFT, y + 16, BEGIN, h->note);
	put(out, "end", LEFT, y + 38, MIDDLE, h->left.text);
	put(out, "end", RIGHT, y + 38, MIDDLE, h->right.text);
	y += HEADING_HEIGHT;
	for (const struct row *r = p->row; r < p->row + p->rows; r++) {
		if (r->connection == h->connection) {
			draw_row(out, r, y, with_time);
			y += row_height(r);
		}
	}
	fprintf(out, "<path class=\"line\" d=\"M%d %dV%dM%d %dV%d\"/>\n", LEFT, top, y, RIGHT, top,
		y);
	return y + PANEL_SPACE;
}

void picture_draw(FILE *out, const struct picture *p, bool with_time)
{
	int height = MARGIN + (int)p->connections * (HEADING_HEIGHT + PANEL_SPACE), y = MARGIN;

	for (size_t i = 0; i < p->rows; i++)
		height += row_height(&p->row[i]);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"img\">\n"
		"<title>TCP segments, drawn by ladder</title>\n%s"
		"<rect width=\"%d\" height=\"%d\"/>\n",
		WIDTH, height, WIDTH, height, style, WIDTH, height);
	for (size_t i = 0; i < p->connections; i++)
		y = draw_panel(out, p, &p->heading[i], y, with_time);
	fputs("</svg>\n", out);
}
