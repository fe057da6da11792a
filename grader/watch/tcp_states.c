#include "watch/tcp_states.h"

/* Sequence numbers are compared modulo 2^32 (RFC 9293, section 3.4). */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static bool has(const struct tcp_segment *segment, unsigned flag)
{
	return (segment->flags & flag) != 0;
}

static uint32_t segment_space(const struct tcp_segment *segment)
{
	return segment->length + has(segment, SEGMENT_SYN) + has(segment, SEGMENT_FIN);
}

bool tcp_begins(const struct tcp_pair *pair, enum end sender, const struct tcp_segment *segment)
{
	const struct tcp_side *own = &pair->side[sender], *other = &pair->side[!sender];
	if (!has(segment, SEGMENT_SYN) || has(segment, SEGMENT_ACK | SEGMENT_RST))
		return false;
	if (!own->started)
		return other->started && other->state == STATE_CLOSED;
	if (own->state == STATE_CLOSED)
		return true;
	if (segment->sequence == own->initial)
		return false;
	/* An end that is past its handshake and sends SYN is answered by a challenge ACK (RFC 5961): still the same
	 * one. */
	return own->state == STATE_TIME_WAIT || own->state == STATE_SYN_SENT || other->state == STATE_CLOSED ||
	       other->state == STATE_TIME_WAIT;
}

static uint32_t side_sent_most(const struct tcp_side *side)
{
	uint32_t most = side->sent;
	for (unsigned i = 0; i < side->ahead_count; i++)
		if (before(most, side->ahead[i].to))
			most = side->ahead[i].to;
	return most;
}

/* Takes the spans that `sent` has reached. */
static void side_catch_up(struct tcp_side *side)
{
	for (unsigned i = 0; i < side->ahead_count;) {
		if (before(side->sent, side->ahead[i].from)) {
			i++;
			continue;
		}
		if (before(side->sent, side->ahead[i].to))
			side->sent = side->ahead[i].to;
		side->ahead[i] = side->ahead[--side->ahead_count];
		i = 0;
	}
}

static void side_send(struct tcp_side *side, uint32_t from, uint32_t to)
{
	if (before(side->sent, from)) {
		if (side->ahead_count < TCP_SPANS)
			side->ahead[side->ahead_count++] = (struct tcp_span){from, to};
		return;
	}
	if (before(side->sent, to))
		side->sent = to;
	side_catch_up(side);
}

/* True when [from, to) was sent before.  An empty segment was when something at its number was. */
static bool side_has_sent(const struct tcp_side *side, uint32_t from, uint32_t to)
{
	if (from == to)
		to++;
	if (!before(side->sent, to))
		return true;
	for (unsigned i = 0; i < side->ahead_count; i++)
		if (!before(from, side->ahead[i].from) && !before(side->ahead[i].to, to))
			return true;
	return false;
}

static bool segment_repeated(const struct tcp_side *own, const struct tcp_segment *segment)
{
	if (!own->started || has(segment, SEGMENT_RST))
		return false;
	/* The SYN of a simultaneous open is sent again as SYN-ACK, and that is news. */
	if (has(segment, SEGMENT_SYN) && has(segment, SEGMENT_ACK) && !own->answered)
		return false;
	return side_has_sent(own, segment->sequence, segment->sequence + segment_space(segment));
}

static void side_start(struct tcp_side *own, const struct tcp_segment *segment)
{
	own->started = true;
	if (has(segment, SEGMENT_SYN)) {
		own->initial = own->sent = segment->sequence;
		return;
	}
	/* Its SYN was missed: it is taken to have been sent just before this. */
	own->initial = segment->sequence - 1;
	own->sent = segment->sequence;
	if (own->state == STATE_CLOSED)
		own->state = STATE_ESTABLISHED;
}

/* What sending it does to its sender. */
static void side_sends(struct tcp_side *own, const struct tcp_side *other, const struct tcp_segment *segment)
{
	if (has(segment, SEGMENT_SYN)) {
		bool answer = has(segment, SEGMENT_ACK);
		bool fresh = own->state == STATE_CLOSED || own->state == STATE_LISTEN || own->state == STATE_SYN_SENT;
		/* A SYN-ACK that is sent again says that the ACK for it was not taken (a full accept queue). */
		bool again = own->answered && own->state == STATE_ESTABLISHED && own->sent == own->initial + 1;
		if (answer && (fresh || again))
			own->state = STATE_SYN_RECEIVED;
		else if (!answer && fresh)
			own->state = STATE_SYN_SENT;
		own->answered = own->answered || answer;
	}
	if (!has(segment, SEGMENT_FIN) || own->finished)
		return;
	own->finished = true;
	own->fin = segment->sequence + segment_space(segment) - 1;
	if (own->state == STATE_ESTABLISHED || own->state == STATE_SYN_RECEIVED)
		own->state = STATE_FIN_WAIT_1;
	else if (own->state == STATE_CLOSE_WAIT)
		/* A FIN that does not acknowledge the other one left before that arrived: they crossed. */
		own->state = own->acknowledges && own->acknowledged == other->fin + 1 ? STATE_LAST_ACK : STATE_CLOSING;
}

/* What an acknowledgment does to the side that gets it. */
static void side_acknowledged(struct tcp_side *side, uint32_t acknowledgment, bool with_syn)
{
	bool syn = before(side->initial, acknowledgment);
	if (syn && (side->state == STATE_SYN_RECEIVED || (side->state == STATE_SYN_SENT && with_syn)))
		side->state = STATE_ESTABLISHED;
	if (!side->finished || acknowledgment != side->fin + 1)
		return;
	if (side->state == STATE_FIN_WAIT_1)
		side->state = STATE_FIN_WAIT_2;
	else if (side->state == STATE_CLOSING)
		side->state = STATE_TIME_WAIT;
	else if (side->state == STATE_LAST_ACK)
		side->state = STATE_CLOSED;
}

static enum tcp_state state_after_fin(enum tcp_state state)
{
	switch (state) {
	case STATE_SYN_RECEIVED:
	case STATE_ESTABLISHED:
		return STATE_CLOSE_WAIT;
	case STATE_FIN_WAIT_1:
		return STATE_CLOSING;
	case STATE_FIN_WAIT_2:
		return STATE_TIME_WAIT;
	case STATE_CLOSED:
	case STATE_LISTEN:
	case STATE_SYN_SENT:
	case STATE_CLOSE_WAIT:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT:
		return state;
	}
	return state;
}

/* The FIN arrives once everything before it has. */
static void side_deliver(struct tcp_side *sender, struct tcp_side *receiver)
{
	if (!sender->finished || sender->finish_received || !before(sender->fin, sender->sent))
		return;
	sender->finish_received = true;
	receiver->state = state_after_fin(receiver->state);
}

/* RFC 9293, section 3.10.7, with the exact match of RFC 5961, section 3.2. */
static void pair_reset(struct tcp_side *own, struct tcp_side *other, const struct tcp_segment *segment)
{
	bool expected = (own->started && segment->sequence == own->sent) ||
	                (other->acknowledges && segment->sequence == other->acknowledged);
	/* A reset with another number answers an unacceptable segment and leaves its sender as it is. */
	if (!own->started || expected)
		own->state = STATE_CLOSED;
	bool answers_syn = has(segment, SEGMENT_ACK) && segment->acknowledgment == other->sent;
	if (other->state == STATE_SYN_SENT ? answers_syn : expected)
		other->state = STATE_CLOSED;
}

static struct tcp_seen segment_seen(const struct tcp_side *own, const struct tcp_side *other,
                                    const struct tcp_segment *segment)
{
	struct tcp_seen seen = {.repeated = segment_repeated(own, segment)};
	if (own->started)
		seen.sequence = segment->sequence - own->initial;
	if (has(segment, SEGMENT_ACK) && other->started)
		seen.acknowledgment = segment->acknowledgment - other->initial;
	return seen;
}

/* An end whose SYN was missed is known by what acknowledges it. */
static void side_infer(struct tcp_side *other, const struct tcp_segment *segment)
{
	if (other->started || !has(segment, SEGMENT_ACK) || has(segment, SEGMENT_RST))
		return;
	other->started = true;
	other->initial = segment->acknowledgment - 1;
	other->sent = segment->acknowledgment;
	other->state = has(segment, SEGMENT_SYN) ? STATE_SYN_SENT : STATE_ESTABLISHED;
}

struct tcp_seen tcp_pass(struct tcp_pair *pair, enum end sender, const struct tcp_segment *segment)
{
	struct tcp_side *own = &pair->side[sender], *other = &pair->side[!sender];
	bool reset = has(segment, SEGMENT_RST);
	if (!own->started && !reset)
		side_start(own, segment);
	side_infer(other, segment);
	struct tcp_seen seen = segment_seen(own, other, segment);
	if (reset) {
		pair_reset(own, other, segment);
		return seen;
	}
	bool acknowledges = has(segment, SEGMENT_ACK) && other->started &&
	                    before(other->initial, segment->acknowledgment) &&
	                    !before(side_sent_most(other), segment->acknowledgment);
	if (acknowledges) {
		own->acknowledges = true;
		own->acknowledged = segment->acknowledgment;
		side_send(other, other->sent, segment->acknowledgment); /* what it has got was sent */
		side_deliver(other, own);
	}
	side_send(own, segment->sequence, segment->sequence + segment_space(segment));
	side_sends(own, other, segment);
	if (acknowledges)
		side_acknowledged(other, segment->acknowledgment, has(segment, SEGMENT_SYN));
	else if (has(segment, SEGMENT_SYN) && other->state == STATE_SYN_SENT && !has(segment, SEGMENT_ACK))
		other->state = STATE_SYN_RECEIVED;
	side_deliver(own, other);
	return seen;
}
