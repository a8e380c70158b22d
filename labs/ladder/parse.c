/*
 * parse.c - one line of tcpdump's text becomes a segment.
 *
 *   12:01:00.000123 IP 127.0.0.1.46472 > 127.0.0.1.8000: Flags [P.], seq 1:14, ack 1, win 512,
 *   options [nop,nop,TS val 7 ecr 5], length 13
 *
 * A line counts only if all of it is there and agrees with itself: bytes from a file are nothing to
 * rely on, and a line that was cut off in a number would show a wrong one.
 */
#include "ladder.h"

#include <ctype.h>
#include <string.h>

static const int64_t SECOND = 1000000, DAY = 86400 * 1000000LL;

/* Pass over `word` if it comes next. */
static bool skip(const char **at, const char *word)
{
	const size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

/* Take a number that is no greater than `most`: absurd ones are not numbers. */
static bool number(const char **at, uint32_t most, uint32_t *value)
{
	uint64_t n = 0;
	const char *s = *at;

	for (; *s >= '0' && *s <= '9' && n <= most; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	if (s == *at || n > most)
		return false;
	*value = (uint32_t)n;
	*at = s;
	return true;
}

/* ---- Time --------------------------------------------------------------------------------- */

/* "12:01:00.000123 ", "2026-11-20 12:01:00.000123 ", "1795229315.964662 ": microseconds. */
static bool printed_time(const char *at, int64_t *time)
{
	uint32_t n, hours, minutes, fraction = 0;

	if (strlen(at) > 11 && at[4] == '-' && at[7] == '-' && at[10] == ' ')
		at += 11;
	if (!number(&at, UINT32_MAX, &n))
		return false;
	if (*at == ':') {
		hours = n;
		if (hours > 99 || !skip(&at, ":") || !number(&at, 59, &minutes) ||
			!skip(&at, ":") || !number(&at, 60, &n))
			return false;
		*time = (hours * 60LL + minutes) * 60 * SECOND;
	} else {
		*time = 0;
	}
	if (*at++ != '.')
		return false;
	for (int i = 0; i < 6; i++) { /* what follows are nanoseconds */
		fraction *= 10;
		if (isdigit((unsigned char)*at))
			fraction += (uint32_t)(*at++ - '0');
	}
	*time += n * SECOND + fraction;
	return at[strspn(at, "0123456789")] == ' ';
}

/*
 * The line's time on one clock that goes on from line to line; -1 if it has none.
 *
 * tcpdump prints a blank before what is counted from the line before (-ttt) or from the first line
 * (-ttttt). Only -ttt ever goes back, so the text is taken for -ttttt until it does; then all that
 * was printed so far is summed up.
 */
static int64_t clock_time(struct parser *p, const char *line)
{
	const bool blank = line[0] == ' ';
	int64_t time, before = p->last;

	if (!printed_time(line + blank, &time))
		return -1;
	p->last = time;
	if (blank) {
		p->sum += p->sum < INT64_MAX / 2 ? time : 0;
		p->spans = p->spans || time < before;
	} else if (before < DAY && time + DAY / 2 < before && p->day < INT64_MAX / 2) {
		p->day += DAY; /* past midnight */
	}
	return blank && p->spans ? p->sum : time + p->day;
}

/* ---- Addresses ---------------------------------------------------------------------------- */

/* host.port becomes host:port, or [host]:port for IPv6. Other characters than those of addresses
 * and names are refused, so that nothing in an address needs escaping in a terminal or an SVG. */
static bool address(const char *start, const char *end, struct address *a)
{
	const char *dot = end, *c;
	uint32_t port;
	bool v6 = false;

	for (c = start; c < end; c++) {
		if (!isalnum((unsigned char)*c) && strchr(".:%_-", *c) == NULL)
			return false;
		v6 = v6 || *c == ':';
		if (*c == '.')
			dot = c;
	}
	if (dot == end || dot == start || dot + 1 == end || end - start + 3 > ADDRESS_SIZE)
		return false;
	c = dot + 1;
	if (isdigit((unsigned char)*c) && (!number(&c, 65535, &port) || c != end))
		return false;
	snprintf(a->text, sizeof a->text, "%s%.*s%s:%.*s", v6 ? "[" : "", (int)(dot - start), start,
		v6 ? "]" : "", (int)(end - dot - 1), dot + 1);
	return true;
}

static const char *word_before(const char *line, const char *end)
{
	while (end > line && end[-1] != ' ')
		end--;
	return end;
}

/* The line up to `end` ends in "FROM > TO". */
static bool addresses(const char *line, const char *end, struct segment *s)
{
	const char *to = word_before(line, end);

	return to - line > 3 && strncmp(to - 3, " > ", 3) == 0 && address(to, end, &s->to) &&
	       address(word_before(line, to - 3), to - 3, &s->from);
}

/* ---- The segment -------------------------------------------------------------------------- */

static bool flags(const char **at, unsigned *set)
{
	static const char letters[] = "FSRP.UEWe"; /* e: a bit newer than this program; not shown */

	*set = 0;
	if (skip(at, "none]"))
		return true;
	for (; **at != ']'; ++*at) {
		const char *letter = **at != '\0' ? strchr(letters, **at) : NULL;
		if (letter == NULL)
			return false;
		*set |= 1u << (letter - letters);
	}
	++*at;
	*set &= 0xff;
	return true;
}

/* Between the brackets only the window scale and the SACK blocks matter (RFC 7323, RFC 2018). */
static bool options(const char **at, struct segment *s)
{
	const char *end = strstr(*at, "], length "), *found;
	uint32_t n;

	if (end == NULL)
		return false;
	if ((found = strstr(*at, "wscale ")) != NULL && found < end) {
		found += strlen("wscale ");
		if (!number(&found, 255, &n))
			return false;
		s->scale = n > 14 ? 14 : (int)n; /* RFC 7323 2.3: greater ones count as 14 */
	}
	if ((found = strstr(*at, "sack ")) != NULL && found < end) {
		found += strlen("sack ");
		if (!number(&found, SACK_BLOCKS, &n) || !skip(&found, " "))
			return false;
		for (; s->sacks < (int)n; s->sacks++) {
			struct block *b = &s->sack[s->sacks];
			if (!skip(&found, "{") || !number(&found, UINT32_MAX, &b->from) ||
				!skip(&found, ":") || !number(&found, UINT32_MAX, &b->to) ||
				!skip(&found, "}"))
				return false;
		}
	}
	*at = end + 1;
	return true;
}

/* What follows ": Flags [". */
static bool numbers(const char *at, struct segment *s)
{
	uint32_t end = 0, urgent;
	bool good = flags(&at, &s->flags), has_ack = false, has_end = false, has_length = false;

	while (good && !has_length && skip(&at, ", ")) {
		if (skip(&at, "seq ")) {
			s->has_seq = good = number(&at, UINT32_MAX, &s->seq);
			if (good && skip(&at, ":"))
				has_end = good = number(&at, UINT32_MAX, &end);
		} else if (skip(&at, "ack ")) {
			has_ack = good = number(&at, UINT32_MAX, &s->ack);
		} else if (skip(&at, "win ")) {
			good = number(&at, 65535, &s->window);
		} else if (skip(&at, "urg ")) {
			good = number(&at, 65535, &urgent);
		} else if (skip(&at, "cksum ")) {
			at += strcspn(at, ",");
		} else if (skip(&at, "options [")) {
			good = options(&at, s);
		} else {
			good = skip(&at, "length ") && number(&at, 1 << 24, &s->length);
			has_length = good;
		}
	}
	/* tcpdump prints the end of the data whenever there are data: it must agree. */
	return good && has_length && has_ack == ((s->flags & ACK) != 0) &&
	       (s->has_seq || !(s->flags & (SYN | FIN | RST))) &&
	       (has_end ? s->has_seq && end - s->seq == s->length : s->length == 0);
}

/* ---- The line ----------------------------------------------------------------------------- */

/* "tcpdump: verbose output suppressed", "listening on lo", "reading from file",
 * "10 packets captured"; and the empty line that tcpdump writes after a ^C. */
static bool is_banner(const char *line)
{
	const char *at = line;
	uint32_t n;

	if (*line == '\0' || skip(&at, "tcpdump: ") || skip(&at, "listening on ") ||
		skip(&at, "reading from file "))
		return true;
	return number(&at, UINT32_MAX, &n) && (skip(&at, " packets ") || skip(&at, " packet ")) &&
	       (skip(&at, "captured") || skip(&at, "received by ") || skip(&at, "dropped by "));
}

enum line parse_line(struct parser *p, const char *line, struct segment *s)
{
	const char *found = strstr(line, ": Flags [");
	int64_t time = clock_time(p, line);

	if (found == NULL) {
		/* With -v an IPv4 packet takes two lines, the time is in the first. */
		p->pending = 0;
		if (strstr(line, "proto TCP (6), length ") == NULL)
			return is_banner(line) ? LINE_EXPECTED : LINE_OTHER;
		p->pending = time + 1;
		return LINE_EXPECTED;
	}
	if (time == -1)
		time = p->pending - 1;
	p->pending = 0;
	*s = (struct segment){.scale = -1};
	if (!addresses(line, found, s) || !numbers(found + strlen(": Flags ["), s))
		return LINE_OTHER;
	if (p->zero == 0 && time >= 0)
		p->zero = time + 1;
	s->time = time < 0 ? -1 : time < p->zero ? 0 : time - (p->zero - 1);
	return LINE_SEGMENT;
}
