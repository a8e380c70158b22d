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
