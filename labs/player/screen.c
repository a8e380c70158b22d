/* screen.c - see screen.h. */
#include "screen.h"

#include <string.h>

void screen_clear(struct screen *s)
{
	s->cursor = s->length = 0;
}

static void put(struct screen *s, char byte)
{
	if (s->cursor == LINE_SIZE) { /* nobody expects a line as long as this */
		memcpy(s->text + LINE_SIZE - 3, "...", 3);
		return;
	}
	s->text[s->cursor++] = byte;
	if (s->cursor > s->length)
		s->length = s->cursor;
}

static char feed_plain(struct screen *s, char byte)
{
	switch (byte) {
	case '\n':
		s->text[s->length] = '\0';
		return '\n';
	case '\r':
		s->cursor = 0;
		break;
	case '\b':
		s->cursor -= s->cursor > 0;
		break;
	case '\033':
		s->state = ESCAPE;
		break;
	case '\a':
		break;
	case '\t':
		put(s, byte);
		break;
	default:
		if ((unsigned char)byte < ' ' || byte == 0x7f) {
			put(s, '^');
			byte = (char)(byte ^ 0x40);
		}
		put(s, byte);
	}
	return 0;
}

/* Escape sequences by their form (ECMA-48 5.4 and 5.6); what they would do is of no interest. */
char screen_feed(struct screen *s, char byte)
{
	if (byte == '\033' && (s->state == ESCAPE || s->state == SEQUENCE)) {
		s->state = ESCAPE; /* what was begun is given up */
		return 0;
	}
	if (byte == '\n' && s->state != PLAIN) {
		s->state = PLAIN; /* never ended: a line's end ends it */
		return feed_plain(s, byte);
	}
	switch (s->state) {
	case PLAIN:
		return feed_plain(s, byte);
	case ESCAPE:
		s->string_length = 0;
		if (byte == '[')
			s->state = SEQUENCE;
		else if (strchr("]PX^_", byte) != NULL && byte != '\0')
			s->state = STRING;
		else if ((unsigned char)byte < 0x20 || (unsigned char)byte > 0x2f)
			s->state = PLAIN;
		return 0;
	case SEQUENCE:
		if ((unsigned char)byte >= 0x40)
			s->state = PLAIN;
		return 0;
	case STRING_ESCAPE:
		s->state = byte == '\\' ? PLAIN : ESCAPE;
		s->string[s->string_length] = '\0';
		return byte == '\\' ? '\a' : screen_feed(s, byte);
	case STRING:
		if (byte == '\033') {
			s->state = STRING_ESCAPE;
		} else if (byte == '\a') {
			s->state = PLAIN;
			s->string[s->string_length] = '\0';
			return '\a';
		} else if (s->string_length < sizeof s->string - 1) {
			s->string[s->string_length++] = byte;
		}
		return 0;
	}
	return 0;
}

size_t screen_character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	const size_t length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 1;

	if (c[0] < 0x80)
		return c[0] >= ' ' && c[0] != 0x7f;
	if (length == 1 || c[0] > 0xf4 || (c[0] == 0xc2 && c[1] < 0xa0))
		return 0; /* among them the control characters of 8 bits */
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* From Unicode 15 (EastAsianWidth.txt; categories Mn, Me and Cf, of the scripts that most people write),
 * neighbours joined where nothing else lies between. In order. */
static const struct range {
	unsigned long first, last;
	int columns;
} ranges[] = {
	{0x300, 0x36f, 0},
	{0x483, 0x489, 0},
	{0x591, 0x5bd, 0},
	{0x5bf, 0x5bf, 0},
	{0x5c1, 0x5c2, 0},
	{0x5c4, 0x5c5, 0},
	{0x5c7, 0x5c7, 0},
	{0x610, 0x61a, 0},
	{0x64b, 0x65f, 0},
	{0x670, 0x670, 0},
	{0x6d6, 0x6dc, 0},
	{0x6df, 0x6e4, 0},
	{0x6e7, 0x6e8, 0},
	{0x6ea, 0x6ed, 0},
	{0x711, 0x711, 0},
	{0x730, 0x74a, 0},
	{0x900, 0x902, 0},
	{0x93a, 0x93a, 0},
	{0x93c, 0x93c, 0},
	{0x941, 0x948, 0},
	{0x94d, 0x94d, 0},
	{0x951, 0x957, 0},
	{0x962, 0x963, 0},
	{0x981, 0x981, 0},
	{0x9bc, 0x9bc, 0},
	{0x9c1, 0x9c4, 0},
	{0x9cd, 0x9cd, 0},
	{0xbc0, 0xbc0, 0},
	{0xbcd, 0xbcd, 0},
	{0xe31, 0xe31, 0},
	{0xe34, 0xe3a, 0},
	{0xe47, 0xe4e, 0},
	{0xeb1, 0xeb1, 0},
	{0xeb4, 0xebc, 0},
	{0xec8, 0xece, 0},
	{0x1100, 0x115f, 2},
	{0x1160, 0x11ff, 0},
	{0x1ab0, 0x1ace, 0},
	{0x1dc0, 0x1dff, 0},
	{0x200b, 0x200f, 0},
	{0x202a, 0x202e, 0},
	{0x2060, 0x2064, 0},
	{0x20d0, 0x20f0, 0},
	{0x231a, 0x231b, 2},
	{0x2329, 0x232a, 2},
	{0x23e9, 0x23ec, 2},
	{0x23f0, 0x23f0, 2},
	{0x23f3, 0x23f3, 2},
	{0x25fd, 0x25fe, 2},
	{0x2614, 0x2615, 2},
	{0x2648, 0x2653, 2},
	{0x267f, 0x267f, 2},
	{0x2693, 0x2693, 2},
	{0x26a1, 0x26a1, 2},
	{0x26aa, 0x26ab, 2},
	{0x26bd, 0x26be, 2},
	{0x26c4, 0x26c5, 2},
	{0x26ce, 0x26ce, 2},
	{0x26d4, 0x26d4, 2},
	{0x26ea, 0x26ea, 2},
	{0x26f2, 0x26f3, 2},
	{0x26f5, 0x26f5, 2},
	{0x26fa, 0x26fa, 2},
	{0x26fd, 0x26fd, 2},
	{0x2705, 0x2705, 2},
	{0x270a, 0x270b, 2},
	{0x2728, 0x2728, 2},
	{0x274c, 0x274c, 2},
	{0x274e, 0x274e, 2},
	{0x2753, 0x2755, 2},
	{0x2757, 0x2757, 2},
	{0x2795, 0x2797, 2},
	{0x27b0, 0x27b0, 2},
	{0x27bf, 0x27bf, 2},
	{0x2b1b, 0x2b1c, 2},
	{0x2b50, 0x2b50, 2},
	{0x2b55, 0x2b55, 2},
	{0x2e80, 0x3029, 2},
	{0x302a, 0x302d, 0},
	{0x302e, 0x303e, 2},
	{0x3041, 0x3098, 2},
	{0x3099, 0x309a, 0},
	{0x309b, 0x3247, 2},
	{0x3250, 0x4dbf, 2},
	{0x4e00, 0xa4c6, 2},
	{0xa66f, 0xa672, 0},
	{0xa960, 0xa97c, 2},
	{0xac00, 0xd7a3, 2},
	{0xd7b0, 0xd7fb, 0},
	{0xf900, 0xfaff, 2},
	{0xfb1e, 0xfb1e, 0},
	{0xfe00, 0xfe0f, 0},
	{0xfe10, 0xfe19, 2},
	{0xfe20, 0xfe2f, 0},
	{0xfe30, 0xfe6b, 2},
	{0xfeff, 0xfeff, 0},
	{0xff01, 0xff60, 2},
	{0xffe0, 0xffe6, 2},
	{0x16fe0, 0x18cd5, 2},
	{0x1aff0, 0x1b2fb, 2},
	{0x1f004, 0x1f004, 2},
	{0x1f0cf, 0x1f0cf, 2},
	{0x1f18e, 0x1f18e, 2},
	{0x1f191, 0x1f19a, 2},
	{0x1f200, 0x1f320, 2},
	{0x1f32d, 0x1f335, 2},
	{0x1f337, 0x1f37c, 2},
	{0x1f37e, 0x1f393, 2},
	{0x1f3a0, 0x1f3ca, 2},
	{0x1f3cf, 0x1f3d3, 2},
	{0x1f3e0, 0x1f3f0, 2},
	{0x1f3f4, 0x1f3f4, 2},
	{0x1f3f8, 0x1f43e, 2},
	{0x1f440, 0x1f440, 2},
	{0x1f442, 0x1f4fc, 2},
	{0x1f4ff, 0x1f53d, 2},
	{0x1f54b, 0x1f54e, 2},
	{0x1f550, 0x1f567, 2},
	{0x1f57a, 0x1f57a, 2},
	{0x1f595, 0x1f596, 2},
	{0x1f5a4, 0x1f5a4, 2},
	{0x1f5fb, 0x1f64f, 2},
	{0x1f680, 0x1f6c5, 2},
	{0x1f6cc, 0x1f6cc, 2},
	{0x1f6d0, 0x1f6d2, 2},
	{0x1f6d5, 0x1f6d7, 2},
	{0x1f6dc, 0x1f6df, 2},
	{0x1f6eb, 0x1f6ec, 2},
	{0x1f6f4, 0x1f6fc, 2},
	{0x1f7e0, 0x1f7eb, 2},
	{0x1f7f0, 0x1f7f0, 2},
	{0x1f90c, 0x1f93a, 2},
	{0x1f93c, 0x1f945, 2},
	{0x1f947, 0x1f9ff, 2},
	{0x1fa70, 0x1faf8, 2},
	{0x20000, 0x3fffd, 2},
	{0xe0100, 0xe01ef, 0},
};

size_t screen_width(const char *text, int *columns)
{
	const size_t length = screen_character(text);
	unsigned long code = (unsigned char)text[0] & (length > 1 ? 0xffu >> (length + 1) : 0xffu);
	size_t least = 0, most = sizeof ranges / sizeof ranges[0];

	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	while (least < most) {
		const size_t middle = (least + most) / 2;
		if (code > ranges[middle].last)
			least = middle + 1;
		else
			most = middle;
	}
	*columns = least < sizeof ranges / sizeof ranges[0] && code >= ranges[least].first
			   ? ranges[least].columns
			   : 1;
	return length;
}

void screen_print(FILE *to, const char *text)
{
	size_t length;

	for (; *text != '\0'; text += length) {
		length = *text == '\n' || *text == '\t' ? 1 : screen_character(text);
		if (length > 0)
			fwrite(text, 1, length, to);
		else
			fprintf(to, "\\x%02x", (unsigned char)*text);
		length += length == 0;
	}
}
