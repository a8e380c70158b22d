/*
 * ladder-lines.c - fuzz ladder: any bytes as lines of a capture, drawn as text and as a picture.
 *
 * With libFuzzer, for five minutes, starting from the captures of the tests:
 *
 *   clang -g -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/ladder-lines.c labs/ladder/{parse,flow,text,svg}.c -o build/fuzz-ladder &&
 *       mkdir -p build/corpus && build/fuzz-ladder -max_total_time=300 build/corpus tests/captures
 *
 * Without it, -DSTANDALONE in place of `fuzzer,` makes a program that runs the files it is given.
 */
#include <stdlib.h>
#include <string.h>

#include "../../labs/ladder/ladder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is drawn must obey what the text and the picture rely on. */
static void draw(FILE *out, struct flows *flows, struct picture *picture, const struct segment *s)
{
	struct row row;

	flows_take(flows, s, &row);
	if (strpbrk(row.left->text, "<>&\"' ") != NULL || row.state[0] > LAST_ACK || s->time < -1)
		abort();
	text_row(out, &row, true);
	picture_add(picture, &row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out; /* stays open from one input to the next */
	struct parser parser = {0};
	struct segment segment;
	struct flows *flows = flows_new();
	struct picture *picture = picture_new();
	char *text = malloc(size + 1), *line, *next;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	if (out == NULL || flows == NULL || picture == NULL || text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (line = text; line != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (parse_line(&parser, line, &segment) == LINE_SEGMENT)
			draw(out, flows, picture, &segment);
	}
	picture_draw(out, picture, true);
	free(text);
	free(picture);
	free(flows);
	return 0;
}

#include "standalone.h"
