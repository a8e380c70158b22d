/*
 * json.h - a text in JSON (RFC 8259) read into values; for what `lab check --json` has written.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

struct json {
	enum {
		JSON_NULL,
		JSON_FALSE,
		JSON_TRUE,
		JSON_NUMBER,
		JSON_STRING,
		JSON_ARRAY,
		JSON_OBJECT
	} type;
	char *key;                 /* in an object; else NULL */
	char *text;                /* of a string, decoded; of a number, as it stands */
	struct json *first, *next; /* the values inside; the one behind it */
};

/* Read one value, which must be all of the text. NULL if it is not JSON, is nested too deep, or
 * there is no memory. */
struct json *json_read(const char *text);

void json_free(struct json *value);

/* The value of `key`; NULL if `object` is none (or NULL), or has no such key. */
const struct json *json_get(const struct json *object, const char *key);

/* The text of a string, the number of a number; "" and 0 if it is none, or NULL. */
const char *json_text(const struct json *value);
long json_number(const struct json *value);

#endif
