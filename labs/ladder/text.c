/*
 * text.c - a row of the ladder becomes a line of text.
 *
 *    time  # client                      server          seq     ack   len     win
 *          1 127.0.0.1:46472             127.0.0.1:8000
 *   0.000  1 SYN_SENT    |-- SYN ----->| ?                 0       -     0   65495
 *   0.000  1 ESTABLISHED |<- SYN ACK --| SYN_RECV          0       1     0   65483
 */
#include "ladder.h"

#include <string.h>

/* Where a column begins, or ends if it is aligned to the right. */
enum {
	TIME_END = 7,
	TIME_COLUMNS = 8, /* that all others move to the left if no time is wanted */
	NUMBER_END = 10,
	LEFT = 11,
	ARROW = 23,
	ARROW_WIDTH = 13,
	RIGHT = 39,
	SEQ_END = 58,
	ACK_END = 66,
	LENGTH_END = 72,
	WINDOW_END = 80,
	LINE_SIZE = 512 /* more than all that a row can hold */
};

struct text_line {
	char text[LINE_SIZE];
	int used, moved;
};

/* A word at its column; if that is taken already, one blank behind what stands there. */
static void put(struct text_line *l, int column, const char *word)
{
	const int length = (int)strlen(word);
	int blanks = column - l->moved - l->used;

	if (blanks < 1)
		blanks = l->used > 0;
	memset(l->text + l->used, ' ', (size_t)blanks);
	memcpy(l->text + l->used + blanks, word, (size_t)length);
	l->used += blanks + length;
}

static void put_right(struct text_line *l, int end, const char *word)
{
	put(l, end - (int)strlen(word), word);
}

static void put_number(struct text_line *l, int end, bool known, unsigned long n)
{
	char word[24], *at = word + sizeof word - 1;

	*at = '\0';
	do /* by hand: with printf a row takes a fifth longer */
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	put_right(l, end, known ? at : "-");
}

static void end_line(struct text_line *l, FILE *out)
{
	l->text[l->used++] = '\n';
	fwrite(l->text, 1, (size_t)l->used, out);
	l->used = 0;
}

/* What stands above the rows: once the titles, and each connection's ends before its first row. */
static void put_heading(struct text_line *l, FILE *out, const struct row *r)
{
	int right = WINDOW_END - (int)strlen(r->right->text);

	if (right > RIGHT)
		right = RIGHT;
	if (r->connection == 1) {
		if (l->moved == 0)
			put_right(l, TIME_END, "time");
		put_right(l, NUMBER_END, "#");
		put(l, LEFT, "client");
		put(l, RIGHT, "server");
		put_right(l, SEQ_END, "seq");
		put_right(l, ACK_END, "ack");
		put_right(l, LENGTH_END, "len");
		put_right(l, WINDOW_END, "win");
		end_line(l, out);
	}
	put_number(l, NUMBER_END, true, r->connection);
	put(l, LEFT, r->left->text);
	if (l->used + l->moved >= right)
		end_line(l, out); /* two long IPv6 addresses do not fit side by side */
	put(l, right, r->right->text);
	end_line(l, out);
	if (r->note != NULL) {
		put(l, LEFT, r->note);
		end_line(l, out);
	}
}

/* "|-- SYN ----->|", "|<- SYN ACK --|", "|-FIN PSH ACK>|". */
static void put_arrow(struct text_line *l, const struct row *r)
{
	char words[WORDS_SIZE], arrow[WORDS_SIZE];
	const int spare = ARROW_WIDTH - 2 - (int)strlen(flag_words(r, words));
	const char *before = spare >= 4 ? "- " : spare >= 2 ? " " : "";
	const char *after = spare >= 2 ? " " : "";
	const int dashes = spare - (int)strlen(before) - (int)strlen(after);

	snprintf(arrow, sizeof arrow, "|%c%s%.99s%s%.*s%c|", r->leftward ? '<' : '-', before, words,
		after, dashes > 0 ? dashes : 0, "-------------", r->leftward ? '-' : '>');
	put(l, ARROW, arrow);
}

void text_row(FILE *out, const struct row *r, bool with_time)
{
	struct text_line line = {.moved = with_time ? 0 : TIME_COLUMNS}, *l = &line;
	char words[WORDS_SIZE];

	if (r->first)
		put_heading(l, out, r);
	if (with_time) {
		snprintf(words, sizeof words, "%ld.%03d", (long)(r->time / 1000000),
			(int)(r->time / 1000 % 1000));
		put_right(l, TIME_END, r->time < 0 ? "-" : words);
	}
	put_number(l, NUMBER_END, true, r->connection);
	put(l, LEFT, state_name(r->state[0]));
	put_arrow(l, r);
	put(l, RIGHT, state_name(r->state[1]));
	put_number(l, SEQ_END, r->has_seq, r->seq);
	put_number(l, ACK_END, r->flags & ACK, r->ack);
	put_number(l, LENGTH_END, true, r->length);
	put_number(l, WINDOW_END, true, r->window);
	end_line(l, out);
	if (mark_words(r, words)[0] != '\0') {
		put(l, ARROW + 1, "*");
		put(l, ARROW + 3, words);
		end_line(l, out);
	}
}

/* ---- Words -------------------------------------------------------------------------------- */

const char *state_name(enum state state)
{
	static const char *const names[] = {"?", "CLOSED", "SYN_SENT", "SYN_RECV", "ESTABLISHED",
		"FIN_WAIT1", "FIN_WAIT2", "CLOSING", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK"};

	return names[state];
}

/* The names of the bits that are set. Returns the length of the text. */
static size_t bit_names(
	unsigned bits, const char *const names[], const char *between, char text[WORDS_SIZE])
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; names[i] != NULL; i++)
		if (bits & 1u << i)
			used += (size_t)snprintf(text + used, WORDS_SIZE - used, "%s%s",
				used > 0 ? between : "", names[i]);
	return used;
}

const char *flag_words(const struct row *r, char text[WORDS_SIZE])
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", NULL};

	if (bit_names(r->flags, names, " ", text) == 0)
		snprintf(text, WORDS_SIZE, "none");
	return text;
}

const char *mark_words(const struct row *r, char text[WORDS_SIZE])
{
	static const char *const names[] = {"retransmission", "gap before it", "fills the gap",
		"acknowledges what was not seen", "zero window", "window update", "window probe",
		"keepalive", "answers the probe", "duplicate ACK", "refused", NULL};
	size_t used = bit_names(r->marks, names, ", ", text);

	for (int i = 0; i < r->sacks; i++)
		used += (size_t)snprintf(text + used, WORDS_SIZE - used, "%s%ssack %lu:%lu",
			used > 0 ? ", " : "", i == 0 && r->marks & DUPLICATE_SACK ? "dup-" : "",
			(unsigned long)r->sack[i].from, (unsigned long)r->sack[i].to);
	return text;
}
