/*
 * flow.c - a segment becomes a row of the ladder: connection, relative numbers, states, marks.
 *
 * A state is never guessed: it follows from a few facts about each end, namely what it has sent,
 * what it has received, and what of its own it knows to be received. Two rules find the facts:
 *
 *   - what an end has received it proves by the ACK number of what it sends;
 *   - until then a segment counts as received when it has passed, unless it is sent again: then it
 *     may well be lost again.
 */
#include "ladder.h"

#include <stdlib.h>
#include <string.h>

/* What one end of a connection is waiting to hear an answer to. */
enum owed { NOTHING, DATA_ANSWER, PROBE_REPLY };

struct end {
	struct address name;

	/* Numbers. `zero` is its SYN's: what is relative counts from there. */
	bool numbered, based;
	uint32_t zero, base; /* `base`: what tcpdump without -S counts from */
	uint32_t next;       /* relative: follows all that it has sent */
	uint32_t gap, gap_end;

	/* What it last said of the other end's bytes. */
	bool has_acked;
	uint32_t ack, window;
	int scale;
	int64_t sent; /* when it last sent */
	enum owed owes;

	/* The facts that its state follows from. */
	bool open; /* it was seen to be able to send: a SYN, data or a FIN came from it */
	bool syn, syn_with_ack, fin; /* sent */
	bool got_syn, got_fin;       /* received */
	bool syn_acked, fin_acked;   /* sent, and it knows that it was received */
	bool passive;                /* it had got the other's FIN when it sent its own */
	bool reset;
	uint32_t fin_end;
};

struct connection {
	unsigned long number; /* 0: the place is free */
	unsigned long used;   /* when it was last heard of */
	bool self;            /* a socket that is connected to itself: both ends are end[0] */
	const char *note;
	enum { UNDECIDED, ABSOLUTE, RELATIVE } mode; /* how tcpdump prints the numbers */
	struct end end[2];                           /* left, right */
};

/* A connection is kept in one of the places of its set; which set its addresses tell. */
enum { SETS = 512, PLACES = 16 };

struct flows {
	unsigned long numbers, clock;
	struct connection set[SETS][PLACES];
};

struct flows *flows_new(void)
{
	return calloc(1, sizeof(struct flows));
}

/* Sequence numbers wrap at 2^32: `a` follows `b` if it is less than 2^31 ahead (RFC 9293 3.4). */
static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* ---- Which connection --------------------------------------------------------------------- */

static unsigned hash(const struct address *a)
{
	unsigned h = 2166136261u; /* FNV-1a */

	for (const char *c = a->text; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	return h ^ h >> 15;
}

static bool same(const struct address *a, const struct address *b)
{
	return strcmp(a->text, b->text) == 0;
}

/* The four-tuple names a connection, whichever end comes first. */
static struct connection *find_place(struct flows *f, const struct segment *s)
{
	struct connection *set = f->set[(hash(&s->from) + hash(&s->to)) % SETS], *oldest = set;

	for (struct connection *c = set; c < set + PLACES; c++) {
		const struct address *a = &c->end[0].name, *b = &c->end[!c->self].name;
		if (c->number != 0 && ((same(a, &s->from) && same(b, &s->to)) ||
					      (same(a, &s->to) && same(b, &s->from))))
			return c;
		if (c->used < oldest->used)
			oldest = c;
	}
	oldest->number = 0;
	return oldest;
}

/* The same four-tuple may be used again: does this SYN open another connection? */
static bool opens_another(const struct end *from, const struct end *to, const struct segment *s)
{
	if (s->flags & RST || !(s->flags & SYN))
		return false;
	if (from->syn && from->zero == s->seq)
		return false; /* sent again, or in answer to a SYN that crossed it */
	if (s->flags & ACK)
		return from->open && (!from->syn || from->syn_acked);
	return from->open || !to->syn || to->syn_acked || to->reset; /* else both open at once */
}

/* Who opened it stands left. If that was not seen, a server's port is most often the lower one. */
static bool starts_left(const struct segment *s)
{
	if (s->flags & SYN)
		return !(s->flags & ACK);
	return strtoul(strrchr(s->from.text, ':') + 1, NULL, 10) >=
	       strtoul(strrchr(s->to.text, ':') + 1, NULL, 10);
}

static void begin(struct flows *f, struct connection *c, const struct segment *s)
{
	const bool left = starts_left(s);
	const struct connection old = *c;

	*c = (struct connection){.number = ++f->numbers, .self = same(&s->from, &s->to)};
	if (c->self)
		c->note = "(connected to itself: both sides are one socket)";
	else if ((s->flags & (SYN | ACK)) != SYN)
		c->note = "(its beginning was not seen)";
	for (int i = 0; i < 2; i++) {
		struct end *e = &c->end[i];
		e->name = left == (i == 0) ? s->from : s->to;
		e->scale = -1;
		/* tcpdump keeps its base when a four-tuple is used again: see below. */
		for (int k = 0; k < 2 && old.number != 0; k++) {
			if (same(&old.end[k].name, &e->name)) {
				e->base = old.end[k].base;
				e->based = old.end[k].based;
			}
		}
	}
}

/* ---- Relative numbers --------------------------------------------------------------------- */

static uint32_t apart(uint32_t a, uint32_t b)
{
	return a - b < b - a ? a - b : b - a;
}

/*
 * Without -S tcpdump prints relative numbers, except in a SYN, in what carries no ACK, and in the
 * first segment that it sees of a connection. Which way it was run shows by what a number is closer
 * to: to the number that is due, or to the count that is due.
 */
static void decide(
	struct connection *c, const struct end *from, const struct end *to, const struct segment *s)
{
	uint64_t absolute = 0, relative = 0;

	if (to->numbered) {
		absolute += apart(s->ack, to->zero + to->next);
		relative += apart(s->ack + to->base, to->zero + to->next);
	}
	if (s->has_seq && from->numbered) {
		absolute += apart(s->seq, from->zero + from->next);
		relative += apart(s->seq + from->base, from->zero + from->next);
	}
	if (absolute != relative)
		c->mode = relative < absolute ? RELATIVE : ABSOLUTE;
	else if (!to->numbered) /* a count begins small; one in 256 initial numbers does too */
		c->mode = s->ack < 1 << 24 ? RELATIVE : ABSOLUTE;
}

/* The first number that is seen of an end: `before` is how much of its sequence lies before it. */
static void start_counting(struct end *e, uint32_t number, uint32_t before)
{
	e->numbered = true;
	e->zero = number - before;
	e->next = before;
}

static void relative_numbers(struct connection *c, struct end *from, struct end *to,
	const struct segment *s, struct row *r)
{
	const bool based = from->based || to->based; /* tcpdump has recorded what it counts from */
	bool counted = based && s->flags & ACK && !(s->flags & SYN);
	uint32_t add[2] = {0, 0}; /* to this segment's seq, and to its ack */

	if (counted && c->mode == UNDECIDED)
		decide(c, from, to, s);
	counted = counted && c->mode == RELATIVE;
	if (counted) {
		add[0] = from->base;
		add[1] = to->base;
	}
	if (s->has_seq && !from->numbered)
		start_counting(from, s->seq + add[0], counted ? s->seq : 0);
	if (s->flags & SYN)
		from->zero = s->seq;
	if (s->flags & ACK && !to->numbered)
		start_counting(to, s->ack + add[1], counted ? s->ack : 1);
	if (s->flags & ACK && (!based || s->flags & SYN)) { /* now it does */
		from->base = s->has_seq ? s->seq : from->zero + from->next;
		to->base = s->ack - 1;
		from->based = to->based = true;
	}
	r->seq = s->seq + add[0] - from->zero;
	r->ack = s->ack + add[1] - to->zero;
	for (r->sacks = 0; r->sacks < s->sacks; r->sacks++) {
		r->sack[r->sacks].from = s->sack[r->sacks].from + add[1] - to->zero;
		r->sack[r->sacks].to = s->sack[r->sacks].to + add[1] - to->zero;
	}
}

/* ---- States ------------------------------------------------------------------------------- */

/* The diagram of RFC 9293 3.3.2, from the facts of one end. */
static enum state state_of(const struct end *e, const struct end *peer)
{
	if (e->reset)
		return CLOSED;
	if (e->syn && !e->syn_acked)
		return e->got_syn ? SYN_RECV : SYN_SENT;
	if (!e->open || !peer->open)
		return UNKNOWN; /* a FIN may have gone before the first segment that was seen */
	if (!e->fin)
		return e->got_fin ? CLOSE_WAIT : ESTABLISHED;
	if (e->passive)
		return e->fin_acked ? CLOSED : LAST_ACK;
	if (!e->got_fin)
		return e->fin_acked ? FIN_WAIT2 : FIN_WAIT1;
	return e->fin_acked ? TIME_WAIT : CLOSING;
}

/* What a segment proves about the end that sends it. */
static void learn_sender(
	struct end *from, const struct end *to, const struct segment *s, const struct row *r)
{
	from->reset = (s->flags & RST) != 0;
	if (from->reset)
		return;
	if (s->flags & ACK) {
		from->got_syn = true;
		from->got_fin = to->fin && ahead(r->ack, to->fin_end) >= 0;
	}
	if (s->flags & SYN) {
		from->syn = true;
		from->syn_acked = false;
		from->got_syn = (s->flags & ACK) != 0;
		from->syn_with_ack = from->syn_with_ack || from->got_syn;
	} else if (s->flags & ACK) {
		from->syn_acked = true; /* past the handshake (RFC 9293 3.10.7.4) */
	}
	if (s->flags & FIN) {
		from->passive = from->fin ? from->passive : from->got_fin;
		from->fin = true;
		from->fin_acked = false;
		from->fin_end = r->seq + s->length + 1;
	}
	from->open = from->open || s->flags & (SYN | FIN) || s->length > 0;
}

/* What follows for the other end when the segment arrives. */
static void learn_receiver(
	const struct end *from, struct end *to, const struct segment *s, const struct row *r)
{
	if (s->flags & RST) {
		to->reset = true;
		return;
	}
	if (r->marks & RETRANSMISSION) {
		to->got_fin = from->fin && to->has_acked && ahead(to->ack, from->fin_end) >= 0;
		return;
	}
	to->got_syn = to->got_syn || s->flags & SYN;
	to->got_fin = to->got_fin || s->flags & FIN;
	if (s->flags & SYN && s->flags & ACK)
		to->syn = to->open = true; /* nothing else is answered by SYN ACK */
	if (s->flags & ACK) {
		to->syn_acked = to->syn_acked || to->syn;
		if (to->fin && ahead(r->ack, to->fin_end) >= 0) {
			to->fin_acked = true;
			to->got_fin = from->fin; /* what was sent before this ACK has arrived too */
		}
	}
}

/* ---- Marks -------------------------------------------------------------------------------- */

/* Marks of what takes sequence numbers: data, SYN, FIN. `late`: it lies before what is due. */
static unsigned data_marks(
	struct end *from, const struct end *to, const struct segment *s, const struct row *r)
{
	const int32_t late = ahead(from->next, r->seq);

	if (late < 0) {
		from->gap = from->next;
		from->gap_end = r->seq;
		return GAP;
	}
	if (late == 0)
		return s->length == 1 && to->has_acked && to->window == 0 ? WINDOW_PROBE : 0;
	if (late == 1 && s->length == 1 && to->has_acked && to->ack == from->next)
		return KEEPALIVE; /* older systems send one byte that was acknowledged */
	if (s->flags & SYN && s->flags & ACK && !from->syn_with_ack)
		return 0; /* both open at once: its SYN, now with the answer to the other's */
	if (ahead(r->seq, from->gap) >= 0 && ahead(r->seq, from->gap_end) < 0) {
		from->gap = r->seq + s->length;
		return FILLS_GAP;
	}
	return RETRANSMISSION;
}

/* No probe comes sooner after what its sender sent before (microseconds; Linux: 200 ms). */
enum { PROBE_WAIT = 150000 };

/* Marks of a mere ACK. A probe's number lies one before what is due, so that it must be answered;
 * where tcpdump does not print the number, nothing called for this ACK and it says nothing new. */
static unsigned ack_marks(
	const struct end *from, const struct end *to, const struct segment *s, const struct row *r)
{
	const unsigned probe = to->has_acked && to->window == 0 ? WINDOW_PROBE : KEEPALIVE;

	if (s->has_seq && ahead(r->seq, from->next) < 0)
		return probe;
	if (!from->has_acked || r->ack != from->ack)
		return 0;
	if (s->sacks > 0)
		return DUPLICATE_ACK;
	if (r->window != from->window)
		return r->window > from->window ? WINDOW_UPDATE : 0;
	if (r->ack != to->next || from->owes == DATA_ANSWER)
		return DUPLICATE_ACK;
	if (from->owes == PROBE_REPLY)
		return PROBE_ANSWER;
	return s->has_seq || (s->time >= 0 && s->time - from->sent < PROBE_WAIT) ? DUPLICATE_ACK
										 : probe;
}

static bool inside(const struct block *b, const struct block *of)
{
	return ahead(b->from, of->from) >= 0 && ahead(b->to, of->to) <= 0;
}

static unsigned marks(
	struct end *from, const struct end *to, const struct segment *s, const struct row *r)
{
	unsigned m = 0;

	if (s->flags & RST)
		return state_of(to, from) == SYN_SENT ? REFUSED : 0;
	if (s->length > 0 || s->flags & (SYN | FIN))
		m = data_marks(from, to, s, r);
	else if (s->flags & ACK)
		m = ack_marks(from, to, s, r);
	if (s->flags & ACK && ahead(r->ack, to->next) > 0)
		m |= ACKS_UNSEEN;
	if (r->window == 0 && !(s->flags & SYN))
		m |= ZERO_WINDOW;
	/* RFC 2883 4: the first block tells of what came twice if it lies before the ACK, or within
	 * the second block. */
	if (s->sacks > 0 && (ahead(r->sack[0].to, r->ack) <= 0 ||
				    (s->sacks > 1 && inside(&r->sack[0], &r->sack[1]))))
		m |= DUPLICATE_SACK;
	return m;
}

/* ---- The row ------------------------------------------------------------------------------ */

/* The window in bytes: both SYNs must have offered a scale; a SYN's own is never scaled. */
static uint32_t window_of(struct end *from, const struct end *to, const struct segment *s)
{
	if (s->flags & SYN)
		from->scale = s->scale;
	else if (from->scale > 0 && to->scale >= 0)
		return s->window << from->scale;
	return s->window;
}

/* What the next segments are compared with. */
static void remember(struct end *from, struct end *to, const struct segment *s, const struct row *r)
{
	const uint32_t end = r->seq + s->length + ((s->flags & SYN) != 0) + ((s->flags & FIN) != 0);

	if (s->flags & RST)
		return;
	if (s->has_seq && ahead(end, from->next) > 0)
		from->next = end;
	if (s->flags & ACK) {
		if (ahead(r->ack, to->next) > 0)
			to->next = r->ack;
		from->has_acked = true;
		from->ack = r->ack;
	}
	from->window = r->window;
	from->sent = s->time;
	from->owes = NOTHING;
	if (r->marks & (WINDOW_PROBE | KEEPALIVE))
		to->owes = PROBE_REPLY;
	else if (s->length > 0 || s->flags & (SYN | FIN))
		to->owes = DATA_ANSWER;
}

void flows_take(struct flows *f, const struct segment *s, struct row *r)
{
	struct connection *c = find_place(f, s);
	bool leftward = !same(&s->from, &c->end[0].name);
	struct end *from = &c->end[leftward], *to = &c->end[!leftward && !c->self];

	memset(r, 0, sizeof *r);
	if (c->number == 0 || opens_another(from, to, s)) {
		begin(f, c, s);
		r->first = true;
		leftward = !same(&s->from, &c->end[0].name);
		from = &c->end[leftward];
		to = &c->end[!leftward && !c->self];
	}
	c->used = ++f->clock;

	r->connection = c->number;
	r->note = c->note;
	r->left = &c->end[0].name;
	r->right = &c->end[1].name;
	r->leftward = leftward;
	r->time = s->time;
	r->flags = s->flags;
	r->has_seq = s->has_seq;
	r->length = s->length;
	relative_numbers(c, from, to, s, r);
	r->window = window_of(from, to, s);
	r->marks = marks(from, to, s, r);

	learn_sender(from, to, s, r);
	r->state[leftward] = state_of(from, to);
	learn_receiver(from, to, s, r);
	r->state[!leftward] = state_of(to, from);
	remember(from, to, s, r);
}
