/* json.c - see json.h. */
#define _XOPEN_SOURCE 700 /* strndup */
#include "json.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32 };

static struct json *read_value(const char **at, int depth);

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

/* ---- Strings ------------------------------------------------------------------------------ */

static unsigned long code_unit(const char *at)
{
	char digits[5] = {0};

	if (strspn(at, "0123456789abcdefABCDEF") < 4)
		return 0xfffd;
	memcpy(digits, at, 4);
	return strtoul(digits, NULL, 16);
}

static char *put_utf8(char *to, unsigned long code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/* What stands behind a backslash. U+0000 can't be in a C string. */
static char *read_escape(const char **at, char *to)
{
	static const char names[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char *which = strchr(names, **at);
	unsigned long code, low;
	size_t digits;

	if (**at != 'u') {
		*to++ = which != NULL ? means[which - names] : **at;
		++*at;
		return to;
	}
	code = code_unit(*at + 1);
	digits = strspn(*at + 1, "0123456789abcdefABCDEF");
	*at += 1 + (digits < 4 ? digits : 4);
	if (code >= 0xd800 && code < 0xdc00 && strncmp(*at, "\\u", 2) == 0) {
		low = code_unit(*at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			*at += 6;
		}
	}
	return put_utf8(to, code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
}

/* The string at `*at`; the caller frees it. NULL if it is none. */
static char *read_string(const char **at)
{
	char *text, *to;

	if (**at != '"')
		return NULL;
	text = to = malloc(strlen(*at) * 3 / 2 + 8); /* an escape never grows */
	for (++*at; text != NULL && **at != '"';) {
		if (**at == '\0' || (**at == '\\' && (*at)[1] == '\0')) {
			free(text);
			return NULL;
		}
		if (**at == '\\') {
			++*at;
			to = read_escape(at, to);
		} else {
			*to++ = *(*at)++;
		}
	}
	if (text != NULL) {
		*to = '\0';
		++*at;
	}
	return text;
}

/* ---- Values ------------------------------------------------------------------------------- */

/* What stands between the brackets. */
static bool read_inside(struct json *value, const char **at, int depth, char end)
{
	struct json **last = &value->first;
	char *key;

	++*at;
	skip_blanks(at);
	if (**at == end) {
		++*at;
		return true;
	}
	for (;;) {
		key = NULL;
		skip_blanks(at);
		if (end == '}') {
			key = read_string(at);
			skip_blanks(at);
			if (key == NULL || **at != ':') {
				free(key);
				return false;
			}
			++*at;
		}
		*last = read_value(at, depth + 1);
		if (*last == NULL) {
			free(key);
			return false;
		}
		(*last)->key = key;
		last = &(*last)->next;
		skip_blanks(at);
		if (**at == end) {
			++*at;
			return true;
		}
		if (**at != ',')
			return false;
		++*at;
	}
}

static bool read_word(struct json *value, const char **at)
{
	static const char *const words[] = {"null", "false", "true"};
	const size_t length = strspn(*at, "0123456789+-.eE");

	if (length > 0) {
		value->type = JSON_NUMBER;
		value->text = strndup(*at, length);
		*at += length;
		return value->text != NULL;
	}
	for (int i = 0; i < 3; i++) {
		if (strncmp(*at, words[i], strlen(words[i])) != 0)
			continue;
		value->type = i == 0 ? JSON_NULL : i == 1 ? JSON_FALSE : JSON_TRUE;
		*at += strlen(words[i]);
		return true;
	}
	return false;
}

static struct json *read_value(const char **at, int depth)
{
	struct json *value = depth > DEEPEST ? NULL : calloc(1, sizeof *value);
	bool good;

	if (value == NULL)
		return NULL;
	skip_blanks(at);
	if (**at == '{' || **at == '[') {
		value->type = **at == '{' ? JSON_OBJECT : JSON_ARRAY;
		good = read_inside(value, at, depth, **at == '{' ? '}' : ']');
	} else if (**at == '"') {
		value->type = JSON_STRING;
		good = (value->text = read_string(at)) != NULL;
	} else {
		good = read_word(value, at);
	}
	if (good)
		return value;
	json_free(value);
	return NULL;
}

struct json *json_read(const char *text)
{
	struct json *value = read_value(&text, 0);

	skip_blanks(&text);
	if (*text == '\0')
		return value;
	json_free(value);
	return NULL;
}

void json_free(struct json *value)
{
	struct json *next;

	for (; value != NULL; value = next) {
		next = value->next;
		json_free(value->first);
		free(value->key);
		free(value->text);
		free(value);
	}
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *value =
		object == NULL || object->type != JSON_OBJECT ? NULL : object->first;

	while (value != NULL && strcmp(value->key, key) != 0)
		value = value->next;
	return value;
}

const char *json_text(const struct json *value)
{
	return value == NULL || value->type != JSON_STRING ? "" : value->text;
}

long json_number(const struct json *value)
{
	return value == NULL || value->type != JSON_NUMBER ? 0 : strtol(value->text, NULL, 10);
}
