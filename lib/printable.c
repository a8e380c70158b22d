/* printable.c - see printable.h. */
#include "printable.h"

#include <stdio.h>
#include <string.h>

int utf8_decode(const void *bytes, size_t size, unsigned long *code)
{
	/* The least character that needs so many bytes more: one written longer is not UTF-8. */
	static const unsigned long least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *s = bytes;
	size_t more;

	if (size == 0 || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
		return 0;
	more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
	*code = more == 0 ? s[0] : s[0] & (0x3fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if (i == size)
			return -1;
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[more] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return (int)more + 1;
}

size_t utf8_printable(const void *bytes, size_t size)
{
	unsigned long code = 0;
	const int length = utf8_decode(bytes, size, &code);

	return length > 0 && code >= 0x20 && (code < 0x7f || code >= 0xa0) ? (size_t)length : 0;
}

size_t utf8_unfinished(const void *bytes, size_t size)
{
	const unsigned char *end = (const unsigned char *)bytes + size;
	unsigned long code;

	for (size_t back = 1; back <= 3 && back <= size; back++)
		if (utf8_decode(end - back, back, &code) == -1)
			return back;
	return 0;
}

/* The first character of the data, or a run of equal bytes that cannot be printed, as text. Returns
 * how many bytes of data that is. */
static size_t next_piece(char piece[40], const unsigned char *s, size_t left)
{
	static const char hex[] = "0123456789abcdef";
	const size_t character = utf8_printable(s, left);
	size_t run = 1;

	if (character > 0) {
		memcpy(piece, s, character);
		piece[character] = '\0';
		return character;
	}
	while (run < left && s[run] == s[0])
		run++;
	if (run >= 4) {
		snprintf(piece, 40, "\\x%02x{%zu}", s[0], run);
		return run;
	}
	if (s[0] == '\n' || s[0] == '\r' || s[0] == '\t') {
		memcpy(piece, s[0] == '\n' ? "\\n" : s[0] == '\r' ? "\\r" : "\\t", 3);
		return 1;
	}
	/* Without printf(3), which would take more of a thread's stack than all the rest. */
	memcpy(piece, "\\x..", 5);
	piece[2] = hex[s[0] >> 4];
	piece[3] = hex[s[0] & 15];
	return 1;
}

const char *printable(char *text, size_t room, const void *bytes, size_t size)
{
	const unsigned char *s = bytes;
	size_t need = sizeof " ... ( bytes)"; /* for the tail, and a digit more each time */
	char piece[40];
	size_t at = 0, cut = 0; /* the end of the text, and the last place where the tail fits */

	for (size_t left = size; left > 9; left /= 10)
		need++;
	for (size_t i = 0; i < size;) {
		if (at + need < room)
			cut = at;
		if (s[i] >= 0x20 && s[i] < 0x7f && at + 1 < room) {
			text[at++] = (char)s[i++]; /* most are such, and this is fast */
			continue;
		}
		i += next_piece(piece, s + i, size - i);
		if (at + strlen(piece) >= room) {
			at = cut;
			if (cut + need < room)
				at += (size_t)snprintf(
					text + cut, room - cut, " ... (%zu bytes)", size);
			break;
		}
		memcpy(text + at, piece, strlen(piece));
		at += strlen(piece);
	}
	text[at] = '\0';
	return text;
}
