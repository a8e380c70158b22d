/* blur.c - see blur.h. Forms are tried at each place where a word begins, the longest first. */
#define _XOPEN_SOURCE 700 /* localtime_r(3), gmtime_r(3) */
#include "blur.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worksheet.h"

/* A form is text in which
 *
 *     Y M D h m s   are digits of a year, month, day, hour, minute and second
 *     d             a blank or a digit of a day
 *     w b p         the name of a weekday or a month, AM or PM
 *     z             a time zone's letters
 *
 * `always`: whatever the date; else only if it is the span's. */
static const struct form {
	const char *text;
	bool always;
} forms[] = {{"w b dD hh:mm:ss p z YYYY", true}, {"w dD b YYYY hh:mm:ss p z", true},
	{"w b dD hh:mm:ss z YYYY", true}, {"w b dD hh:mm:ss YYYY", true},
	{"w dD b YYYY hh:mm:ss", true}, {"w, DD b YYYY hh:mm:ss", true},
	{"YYYY-MM-DDThh:mm:ss", true}, {"YYYY-MM-DD hh:mm:ss", true}, {"YYYY/MM/DD hh:mm:ss", true},
	{"DD/b/YYYY:hh:mm:ss", true}, {"YYYY-MM-DD hh:mm", true}, {"YYYY-MM-DDThh:mm", true},
	{"b dD hh:mm:ss", true}, {"b dD hh:mm", true}, {"b dD  YYYY", true}, {"YYYY-MM-DD", false},
	{"YYYY/MM/DD", false}, {"DD/MM/YYYY", false}, {"MM/DD/YYYY", false}, {"DD.MM.YYYY", false},
	{"w b dD", false}, {"hh:mm:ss p", false}, {"hh:mm:ss", false}, {"hh:mm", false}};

/* What was read of a form; -1: it does not say. */
struct moment {
	int year, month, day, hour, minute, second;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* One of `names`, three letters each: its number, from 0; or -1. */
static int name_at(const char *text, const char *names)
{
	for (const char *name = names; *name != '\0'; name += 3)
		if (strncmp(text, name, 3) == 0)
			return (int)(name - names) / 3;
	return -1;
}

static int *field(struct moment *m, char letter)
{
	switch (letter) {
	case 'Y':
		return &m->year;
	case 'M':
		return &m->month;
	case 'D':
		return &m->day;
	case 'h':
		return &m->hour;
	case 'm':
		return &m->minute;
	default:
		return &m->second;
	}
}

/* What one letter of a form reads at `text`: how many bytes, 0 if it is not that. */
static size_t read_letter(char letter, const char *text, struct moment *m)
{
	size_t length = 0;
	int *value;

	switch (letter) {
	case 'w':
		return name_at(text, "MonTueWedThuFriSatSun") >= 0 ? 3 : 0;
	case 'b':
		m->month = 1 + name_at(text, "JanFebMarAprMayJunJulAugSepOctNovDec");
		return m->month > 0 ? 3 : 0;
	case 'p':
		return strncmp(text, "AM", 2) == 0 || strncmp(text, "PM", 2) == 0 ? 2 : 0;
	case 'z':
		while (isalpha((unsigned char)text[length]) ||
			(length == 0 && strchr("+-", text[0]) != NULL && text[0] != '\0') ||
			(strchr("+-", text[0]) != NULL && isdigit((unsigned char)text[length])))
			length++;
		return length >= 2 && length <= 5 ? length : 0;
	case 'd':
		if (text[0] != ' ' && !isdigit((unsigned char)text[0]))
			return 0;
		m->day = text[0] == ' ' ? 0 : text[0] - '0';
		return 1;
	default:
		if (!isdigit((unsigned char)text[0]))
			return 0;
		value = field(m, letter);
		*value = (*value < 0 ? 0 : *value) * 10 + text[0] - '0';
		return 1;
	}
}

/* Read the form at `text`. Returns its length; 0 if it is not there. */
static size_t read_form(const char *form, const char *text, struct moment *m)
{
	const char *at = text;

	*m = (struct moment){-1, -1, -1, -1, -1, -1};
	for (; *form != '\0'; form++) {
		/* T is a letter of the form as it stands, and so are all marks. */
		const size_t length = strchr("YMDhmsdwbpz", *form) != NULL
					      ? read_letter(*form, at, m)
					      : *at == *form;
		if (length == 0)
			return 0;
		at += length;
	}
	return (size_t)(at - text);
}

/* The tail of a time: its fraction, and a zone that stands close by (Z, +01:00) or behind a blank
 * (+0100). */
static size_t tail(const char *text)
{
	size_t length = 0, zone;

	if (strchr(".,", text[0]) != NULL && isdigit((unsigned char)text[0 + (text[0] != '\0')]))
		length = 1 + strspn(text + 1, "0123456789");
	if (text[length] == 'Z' && !is_word(text[length + 1]))
		return length + 1;
	zone = length + (text[length] == ' ');
	if (text[zone] == '+' || text[zone] == '-') {
		const size_t digits = strspn(text + zone + 1, "0123456789:");
		if (digits == 4 || digits == 5)
			return zone + 1 + digits;
	}
	return length;
}

/* Is that moment, as far as it is told, the time `t` by that clock? */
static bool agrees(const struct moment *m, const struct tm *t)
{
	const int hour = m->hour < 0 ? -1 : m->hour % 12; /* AM and PM */

	return (m->year < 0 || m->year == t->tm_year + 1900) &&
	       (m->month < 0 || m->month == t->tm_mon + 1) &&
	       (m->day < 0 || m->day == t->tm_mday) && (hour < 0 || hour == t->tm_hour % 12) &&
	       (m->minute < 0 || m->minute == t->tm_min) &&
	       (m->second < 0 || m->second == t->tm_sec);
}

/* Is that moment in the span, give or take two seconds, by the local clock or by UTC's? */
static bool is_in(const struct moment *m, const struct span *when)
{
	struct tm local, utc;

	for (time_t t = when->begin - 2; t <= when->end + 2; t++) {
		localtime_r(&t, &local);
		gmtime_r(&t, &utc);
		if (agrees(m, &local) || agrees(m, &utc))
			return true;
	}
	return false;
}

/* A date or a time at `text`, where a word begins: its length, 0 if there is none. */
static size_t time_at(const char *text, const struct span *when)
{
	struct moment m;

	if (!isdigit((unsigned char)text[0]) && name_at(text, "MonTueWedThuFriSatSun") < 0 &&
		name_at(text, "JanFebMarAprMayJunJulAugSepOctNovDec") < 0)
		return 0;
	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
		size_t length = read_form(forms[f].text, text, &m);
		if (length == 0)
			continue;
		if (m.second >= 0)
			length += tail(text + length);
		if (is_word(text[length]) || text[length] == ':')
			continue;
		return forms[f].always || is_in(&m, when) ? length : 0;
	}
	return 0;
}

/* Seconds since 1970 that are of the span, with their fraction. */
static size_t epoch_at(const char *text, const struct span *when)
{
	const size_t digits = strspn(text, "0123456789");
	const long long seconds = digits == 10 ? strtoll(text, NULL, 10) : 0;

	if (seconds < (long long)when->begin - 60 || seconds > (long long)when->end + 60)
		return 0;
	return digits + tail(text + digits);
}

/* Is what stands at `text`, behind a number, a unit of measured time? */
static bool is_unit(const char *text)
{
	static const char *const units[] = {
		"s", "ms", "us", "µs", "sec", "secs", "second", "seconds"};

	text += *text == ' ';
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strncmp(text, units[i], strlen(units[i])) == 0 &&
			!is_word(text[strlen(units[i])]))
			return true;
	return false;
}

int blur_is_decimal(const char *line, const char *at)
{
	const char *begin = at, *end = at;
	int points = 0;

	while (begin > line && (isdigit((unsigned char)begin[-1]) || begin[-1] == '.'))
		begin--;
	for (; isdigit((unsigned char)*end) || (*end == '.' && isdigit((unsigned char)end[1]));
		end++)
		points += *end == '.';
	for (const char *c = begin; c < at; c++)
		points += *c == '.';
	return points == 1 && begin[0] != '.' && (begin == line || begin[-1] != ':');
}

/* The fraction of a second that stands at `text`, behind its point: its length, or 0. */
static size_t fraction_at(const char *line, const char *text)
{
	const size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text - line < 2 || text[-1] != '.' || !isdigit((unsigned char)text[-2]))
		return 0;
	if (blur_is_decimal(line, text) && is_unit(text + digits))
		return digits;
	/* 00:00:05.123456 */
	return text - line >= 9 && text[-4] == ':' && text[-7] == ':' && digits >= 3 ? digits : 0;
}

/* "24 packets received by filter": so many as had come by when it was stopped, read or not. */
static size_t count_at(const char *line, const char *text)
{
	const size_t digits = strspn(text, "0123456789");

	return text == line && strcmp(text + digits, " packets received by filter") == 0 ? digits
											 : 0;
}

void blur_times(char *to, size_t size, const char *text, const struct span *when)
{
	const char *line = text;
	struct placeholder p;
	size_t at = 0;

	while (*text != '\0' && at < size - 4) {
		const bool begins =
			text == line || (!is_word(text[-1]) && text[-1] != ':' && text[-1] != '.');
		size_t length = begins ? time_at(text, when) : 0;
		if (length == 0 && begins)
			length = epoch_at(text, when);
		if (length == 0)
			length = count_at(line, text);
		if (length == 0)
			length = fraction_at(line, text);
		if (length > 0) {
			memcpy(to + at, "<*>", 3);
			at += 3;
			text += length;
		} else if ((length = placeholder_at(text, &p)) > 0 && at + length < size) {
			memcpy(to + at, text, length);
			at += length;
			text += length;
		} else {
			to[at++] = *text++;
		}
	}
	to[at] = '\0';
}
