/*
 * printable.c - fuzz lib/printable.c: whatever a peer sends, what is printed fits, ends, holds
 * nothing that drives a terminal, and what is called UTF-8 is what its code point is encoded as.
 *
 * With libFuzzer, for a minute, starting from the worksheets:
 *
 *   clang -g -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/printable.c lib/printable.c -o build/fuzz-printable &&
 *       mkdir -p build/corpus && build/fuzz-printable -max_total_time=60 build/corpus labs
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t encode(unsigned long c, unsigned char to[4])
{
	static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
	const size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	for (size_t i = more; i > 0; i--, c >>= 6)
		to[i] = (unsigned char)(0x80 | (c & 0x3f));
	to[0] = (unsigned char)(first[more] | c);
	return more + 1;
}

static void check_decoded(const uint8_t *data, size_t size)
{
	unsigned char again[4];
	unsigned long code = 0;
	const int length = utf8_decode(data, size, &code);

	if (length > 0 &&
		(encode(code, again) != (size_t)length || memcmp(again, data, (size_t)length) != 0))
		abort();
	if (length == -1 && size >= 4)
		abort(); /* four bytes tell of any character whether it is one */
	if (length > 0 && utf8_printable(data, size) == 0 && code >= 0x20 && code != 0x7f &&
		(code < 0x80 || code >= 0xa0))
		abort();
}

static void check_text(const char *text, size_t room)
{
	const size_t length = strnlen(text, room);

	if (length == room)
		abort();
	for (size_t i = 0, n; i < length; i += n)
		if ((n = utf8_printable(text + i, length - i)) == 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t room =
		size == 0 ? 1 : 1 + data[0]; /* from no text at all to a line of 255 bytes */
	char *text = malloc(room);

	if (text == NULL)
		return 0;
	check_text(printable(text, room, data, size), room);
	for (size_t i = 0; i < size; i++)
		check_decoded(data + i, size - i);
	if (utf8_unfinished(data, size) > 3 || utf8_unfinished(data, size) > size)
		abort();
	free(text);
	return 0;
}
