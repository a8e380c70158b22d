/* scroll.c - see scroll.h. */
#include "scroll.h"

#include <stdlib.h>
#include <string.h>

/* Characters of one line; what is beyond is dropped. Numbers in an escape sequence. */
enum { CELLS = 8192, NUMBERS = 32 };

/* A line as long as it is, be it several rows on the screen: the edge is where the cursor can't go
 * back over. */
struct scroll {
	char cell[CELLS][5]; /* a character each, UTF-8 */
	size_t cursor, length, width;
	size_t wanted; /* bytes that the last character still lacks */
	enum { PLAIN, ESCAPE, SEQUENCE, STRING, STRING_ESCAPE } state;
	char numbers[NUMBERS];
	size_t numbers_size;
	bool elsewhere; /* on the second screen: an editor, a pager */
	size_t blanks;  /* so many were written last, one behind the other */
	bool returned;  /* ... and then a carriage return, in a long line */
	scroll_line *told;
	void *reader;
};

static size_t row(const struct scroll *s)
{
	/* Behind the last column the cursor still stands in that row. */
	return s->width == 0 ? 0
			     : (s->cursor > 0 ? s->cursor - (s->cursor % s->width == 0) : 0) /
				       s->width * s->width;
}

static void blanks_to(struct scroll *s, size_t end)
{
	for (; s->length < end && s->length < CELLS; s->length++)
		memcpy(s->cell[s->length], " ", 2);
}

static void put(struct scroll *s, char byte)
{
	char *cell;

	if (((unsigned char)byte & 0xc0) == 0x80 && s->wanted > 0 && s->cursor > 0) {
		s->wanted--;
		cell = s->cell[s->cursor - 1];
		cell[strlen(cell) + 1] = '\0';
		cell[strlen(cell)] = byte;
		return;
	}
	if (s->cursor >= CELLS)
		return;
	blanks_to(s, s->cursor);
	s->cell[s->cursor][0] = byte;
	s->cell[s->cursor][1] = '\0';
	s->cursor++;
	s->length = s->cursor > s->length ? s->cursor : s->length;
	s->wanted = (unsigned char)byte < 0xc2   ? 0
		    : (unsigned char)byte < 0xe0 ? 1
		    : (unsigned char)byte < 0xf0 ? 2
						 : 3;
}

static void end_line(struct scroll *s)
{
	char line[CELLS * 4 + 1];
	size_t size = 0;

	for (size_t i = 0; i < s->length; i++) {
		memcpy(line + size, s->cell[i], strlen(s->cell[i]));
		size += strlen(s->cell[i]);
	}
	while (size > 0 && line[size - 1] == ' ')
		size--;
	line[size] = '\0';
	s->cursor = s->length = s->blanks = 0;
	s->returned = false;
	if (!s->elsewhere)
		s->told(s->reader, line);
}

/* zsh and fish fill the row behind output without a newline, such that their prompt begins a new
 * one if there was any, and the same one if not: a mark, blanks for the rest of a whole row. */
static bool is_filled(const struct scroll *s)
{
	return s->width > 0 ? s->blanks + 1 >= s->width : s->blanks >= 39;
}

static void break_filled(struct scroll *s)
{
	const size_t mark = s->cursor - s->blanks - 1;

	s->width = s->width == 0 ? s->blanks + 1 : s->width; /* so it is known */
	s->length = mark;
	if (mark > 0)
		end_line(s);
	s->cursor = s->length = 0;
}

static void go_back(struct scroll *s)
{
	if (s->blanks < s->cursor && is_filled(s)) {
		break_filled(s);
	} else if (s->cursor > 40 && (s->width == 0 || row(s) + 1 < s->cursor)) {
		/* A shell goes on in the next row, or a row is written anew: what comes next tells. */
		s->returned = true;
	} else {
		s->cursor = row(s);
	}
}

/* Behind a carriage return in a long line. A shell that goes on in the next row writes what stands
 * there first, a character or a blank, goes back, and writes it again. So the edge is known, also
 * when the window's width is not, or has changed. */
static void come_back(struct scroll *s, char byte)
{
	const char *last = s->cell[s->cursor - 1], *first = s->cell[row(s)];

	s->returned = false;
	/* Who writes the whole row anew begins with what it begins with. */
	if (last[0] == byte && last[1] == '\0' &&
		(s->width == 0 || s->cursor > s->width || byte != first[0]))
		s->cursor--;
	else if (s->width == 0 && s->blanks > 0 && byte == '\033')
		s->cursor--;
	else
		s->cursor = row(s);
}

/* Down, in a line of several rows; or the line ends. */
static void go_down(struct scroll *s)
{
	if (s->width > 0 && s->length > (s->cursor / s->width + 1) * s->width)
		s->cursor += s->width;
	else
		end_line(s);
}

static void plain(struct scroll *s, char byte)
{
	if (s->returned && byte != '\n' && byte != '\r')
		come_back(s, byte);
	if (byte == '\n') {
		go_down(s);
	} else if (byte == '\r') {
		go_back(s);
	} else if (byte == '\b') {
		s->cursor -= s->cursor > 0;
	} else if (byte == '\033') {
		s->state = ESCAPE;
	} else if (byte == '\t') {
		do
			put(s, ' ');
		while (s->cursor % 8 != 0 && s->cursor < CELLS);
	} else if ((unsigned char)byte >= ' ' && byte != 0x7f) {
		put(s, byte);
	}
	s->blanks = byte == ' ' ? s->blanks + 1 : 0;
}

static void go_up(struct scroll *s, size_t rows)
{
	s->cursor -= s->width * rows <= s->cursor ? s->width * rows : s->cursor;
}

static void erase(struct scroll *s, size_t from, size_t to)
{
	if (to >= s->length) {
		s->length = from < s->length ? from : s->length;
		return;
	}
	for (size_t i = from; i < to; i++)
		memcpy(s->cell[i], " ", 2);
}

static void delete_characters(struct scroll *s, size_t n)
{
	if (s->cursor >= s->length)
		return;
	n = n < s->length - s->cursor ? n : s->length - s->cursor;
	memmove(s->cell[s->cursor], s->cell[s->cursor + n],
		(s->length - s->cursor - n) * sizeof s->cell[0]);
	s->length -= n;
}

static void insert_blanks(struct scroll *s, size_t n)
{
	blanks_to(s, s->cursor);
	n = n < CELLS - s->length ? n : CELLS - s->length;
	memmove(s->cell[s->cursor + n], s->cell[s->cursor],
		(s->length - s->cursor) * sizeof s->cell[0]);
	for (size_t i = 0; i < n; i++)
		memcpy(s->cell[s->cursor + i], " ", 2);
	s->length += n;
}

/* So bash begins its prompt (zsh and fish say it behind theirs): it takes that for the beginning of a
 * row, be there output without a newline or a `^C`. */
static void begin_prompt(struct scroll *s)
{
	const size_t at = s->cursor;

	if (at > 0 && at == s->length &&
		(at < 2 || s->cell[at - 1][0] != ' ' || s->cell[at - 1][1] != '\0'))
		end_line(s);
}

/* A control sequence that has ended: those that edit a line, and those that change the screen. */
static void sequence(struct scroll *s, char last)
{
	const size_t given = strtoul(s->numbers, NULL, 10);
	const size_t n = given == 0 ? 1 : given < CELLS ? given : CELLS - 1;

	switch (last) {
	case 'A':
		go_up(s, n);
		break;
	case 'C':
		s->cursor = s->cursor + n < CELLS ? s->cursor + n : CELLS - 1;
		break;
	case 'D':
		s->cursor -= n < s->cursor ? n : s->cursor;
		break;
	case 'G':
		s->cursor = row(s) + n - 1 < CELLS ? row(s) + n - 1 : CELLS - 1;
		break;
	case 'H':
		s->cursor = s->length = 0; /* the screen was cleared, or is painted anew */
		break;
	case 'J':
		erase(s, given == 2 ? 0 : s->cursor, CELLS);
		break;
	case 'K':
		erase(s, given == 0 ? s->cursor : row(s),
			s->width == 0 || given == 1 ? CELLS : row(s) + s->width);
		break;
	case 'P':
		delete_characters(s, n);
		break;
	case '@':
		insert_blanks(s, n);
		break;
	case 'h':
	case 'l':
		if (last == 'h' && strcmp(s->numbers, "?2004") == 0)
			begin_prompt(s);
		if (strcmp(s->numbers, "?1049") == 0 || strcmp(s->numbers, "?47") == 0) {
			s->elsewhere = last == 'h';
			s->cursor = s->length = 0;
		}
		break;
	default:
		break;
	}
}

static void escape(struct scroll *s, char byte)
{
	s->numbers_size = 0;
	memset(s->numbers, 0, sizeof s->numbers);
	if (byte == '[')
		s->state = SEQUENCE;
	else if (byte != '\0' && strchr("]PX^_", byte) != NULL)
		s->state = STRING;
	else if ((unsigned char)byte < 0x20 || (unsigned char)byte > 0x2f)
		s->state = PLAIN;
	if (byte == 'M')
		go_up(s, 1);
}

static void feed(struct scroll *s, char byte)
{
	if (byte == '\n' && s->state != PLAIN)
		s->state = PLAIN;
	switch (s->state) {
	case PLAIN:
		plain(s, byte);
		break;
	case ESCAPE:
		escape(s, byte);
		break;
	case SEQUENCE:
		if ((unsigned char)byte >= 0x40) {
			s->state = PLAIN;
			sequence(s, byte);
		} else if (s->numbers_size < NUMBERS - 1) {
			s->numbers[s->numbers_size++] = byte;
		}
		break;
	case STRING:
		s->state = byte == '\033' ? STRING_ESCAPE : byte == '\a' ? PLAIN : STRING;
		break;
	case STRING_ESCAPE:
		s->state = byte == '\\' ? PLAIN : STRING;
		break;
	}
}

int scroll_read(const char *bytes, size_t size, size_t width, scroll_line *told, void *reader)
{
	struct scroll *s = calloc(1, sizeof *s);

	if (s == NULL)
		return -1;
	s->width = width;
	s->told = told;
	s->reader = reader;
	for (size_t i = 0; i < size; i++)
		feed(s, bytes[i]);
	if (s->length > 0)
		end_line(s);
	free(s);
	return 0;
}
