/*
 * ladder.h - what the files of ladder hand on to each other: a line, a segment, a row, a drawing.
 */
#ifndef LADDER_H
#define LADDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- parse.c: one line of tcpdump's text becomes a segment -------------------------------- */

/* "[" + IPv6 address with scope + "]:" + port; host and service names if they are no longer. */
enum { ADDRESS_SIZE = 72, SACK_BLOCKS = 4 };

struct address {
	char text[ADDRESS_SIZE]; /* "127.0.0.1:8000", "[::1]:8000" */
};

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

struct block {
	uint32_t from, to;
};

/* A segment with its numbers as tcpdump printed them, absolute or relative. */
struct segment {
	int64_t time; /* microseconds since the first segment; -1 if the text has no times */
	struct address from, to;
	unsigned flags;
	bool has_seq; /* tcpdump prints none for a mere ACK, unless run with -vv */
	uint32_t seq, ack, window, length;
	int scale; /* the window scale option of a SYN (RFC 7323); -1: none */
	int sacks;
	struct block sack[SACK_BLOCKS];
};

enum line {
	LINE_SEGMENT,
	LINE_EXPECTED, /* tcpdump's banner and closing counts; the first of two lines of -v */
	LINE_OTHER
};

/* What one line leaves behind for the next. Starts as {0}. */
struct parser {
	bool spans;      /* of -ttt: each time is counted from the line before */
	int64_t last;    /* the last time as printed */
	int64_t day;     /* microseconds to add since midnight was passed */
	int64_t sum;     /* of all times that were printed with a blank before them */
	int64_t pending; /* the time of a first line of -v, plus 1; 0: none */
	int64_t zero;    /* the first segment's, plus 1; 0: no segment yet */
};

/* `line` has no newline. Fills `segment` if it returns LINE_SEGMENT. */
enum line parse_line(struct parser *parser, const char *line, struct segment *segment);

/* ---- flow.c: a segment becomes a row of the ladder ---------------------------------------- */

enum state {
	UNKNOWN,
	CLOSED,
	SYN_SENT,
	SYN_RECV,
	ESTABLISHED,
	FIN_WAIT1,
	FIN_WAIT2,
	CLOSING,
	TIME_WAIT,
	CLOSE_WAIT,
	LAST_ACK
};

enum {
	RETRANSMISSION = 1,
	GAP = 2,
	FILLS_GAP = 4,
	ACKS_UNSEEN = 8,
	ZERO_WINDOW = 16,
	WINDOW_UPDATE = 32,
	WINDOW_PROBE = 64,
	KEEPALIVE = 128,
	PROBE_ANSWER = 256,
	DUPLICATE_ACK = 512,
	REFUSED = 1024,
	DUPLICATE_SACK = 2048 /* the first block (RFC 2883) */
};

/* One segment as it is drawn. Sequence numbers count from the SYN of the end they belong to. */
struct row {
	unsigned long connection;           /* its number, from 1 */
	bool first;                         /* of this connection */
	const char *note;                   /* on the connection, or NULL */
	const struct address *left, *right; /* good until the next segment is taken */
	bool leftward;
	int64_t time;
	unsigned flags;
	bool has_seq;
	uint32_t seq, ack, window, length;
	enum state state[2]; /* of the left end, of the right end */
	unsigned marks;
	int sacks;
	struct block sack[SACK_BLOCKS];
};

/* The connections that are remembered. They take the same memory however many segments pass: where
 * one more finds no room, it takes the place of another that was not heard of for longest. */
struct flows;
struct flows *flows_new(void); /* NULL if there is no memory; free(3) it */
void flows_take(struct flows *flows, const struct segment *segment, struct row *row);

/* ---- text.c: a row becomes a line of text, at once ---------------------------------------- */

/* Fits a terminal of 80 columns; longer only where numbers leave no room. */
void text_row(FILE *out, const struct row *row, bool with_time);

/* The words for a row: "FIN_WAIT1", "SYN ACK", "retransmission, sack 1:5". */
enum { WORDS_SIZE = 256 };
const char *state_name(enum state state);
const char *flag_words(const struct row *row, char text[WORDS_SIZE]);
const char *mark_words(const struct row *row, char text[WORDS_SIZE]);

/* ---- svg.c: all rows become a picture, when the last has come ------------------------------ */

/* It is drawn connection by connection, so its rows must be kept: this many at most. */
enum { PICTURE_ROWS = 10000 };

struct picture;
struct picture *picture_new(void); /* NULL if there is no memory; free(3) it */
bool picture_add(struct picture *picture, const struct row *row); /* false: it is full */
void picture_draw(FILE *out, const struct picture *picture, bool with_time);

#endif
