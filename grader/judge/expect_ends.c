/* How a student's program ends its stream and its connection: eof, shutdown, close, reset. */
#include "judge/expect.h"

#include "base/text.h"

static const char *name_of(const struct matcher *matcher, const struct expectation *x)
{
	return story_who(matcher->story, x->line->actor);
}

static struct story_end *other_end(const struct matcher *matcher, struct story_connection *connection, int actor)
{
	return &connection->end[!story_end_of(matcher->story, actor)];
}

/* First sign that the other side has ended its stream, as far as the program could know. */
static uint32_t other_ended(const struct story_end *other)
{
	if (other->fin != STORY_NONE)
		return other->fin;
	if (!other->student && other->shut != STORY_NONE)
		return other->shut;
	if (!other->student && other->closed != STORY_NONE)
		return other->closed;
	return other->ended;
}

/* It closed without reading the end of the stream, but was told by poll (POLLRDHUP, POLLHUP) and left nothing unread. */
static uint32_t eof_by_poll(const struct matcher *matcher, int actor, const struct story_end *end,
                            const struct story_end *other, uint32_t fin)
{
	uint32_t polled = matcher->story->actors[actor].polled;
	if (end->fin == STORY_NONE || end->broken != STORY_NONE || polled == STORY_NONE || polled < fin ||
	    end->fin < polled)
		return STORY_NONE;
	if (end->last_read != STORY_NONE && end->last_read > polled)
		return STORY_NONE;
	return end->read >= other->captured && (other->student || end->read >= other->written) ? end->fin : STORY_NONE;
}

static void eof_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL)
		return;
	const struct story_end *other = other_end(matcher, connection, x->line->actor);
	uint32_t fin = other_ended(other);
	if (fin == STORY_NONE)
		return;
	if (end->zero_read != STORY_NONE && (end->last_zero_read > fin || !matcher->story->captures)) {
		expectation_met(matcher, x, end->last_zero_read);
		return;
	}
	uint32_t polled = eof_by_poll(matcher, x->line->actor, end, other, fin);
	if (polled != STORY_NONE) {
		expectation_met(matcher, x, polled);
		return;
	}
	if (story_sees_reads(matcher->story))
		return;
	/* It ended its own stream behind the other's FIN, without the RST that unread bytes would have caused. */
	if (end->broken == STORY_NONE && end->ended != STORY_NONE && end->ended > fin && end->confirmed != STORY_NONE &&
	    !end->held)
		expectation_met(matcher, x, end->ended);
}

/* The last thing that its reads told it. */
static void last_read_text(const struct story *story, const struct story_end *end, struct expectation *x,
                           struct text *seen)
{
	if (end->reads.count == 0) {
		text_puts(seen, "it did not read");
		return;
	}
	const struct story_transfer *last = &end->reads.list[end->reads.count - 1];
	expectation_shows(x, last->event);
	text_printf(seen, "its last %s() on descriptor %d ", story_call_word(story, end->actor, last->call),
	            last->descriptor);
	if (last->result >= 0) {
		text_printf(seen, "returned %lld", (long long)last->result);
	} else {
		text_puts(seen, "failed with ");
		story_errno(story_error(last->result), seen);
	}
}

static void eof_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL) {
		text_puts(&seen, "there is no connection; ");
		where_text(matcher, x->line->actor, &seen);
		expectation_unmet(matcher, x, &seen);
		return;
	}
	const struct story_end *other = other_end(matcher, connection, x->line->actor);
	uint32_t fin = other_ended(other);
	bool proved = story_sees_reads(matcher->story) || end->broken != STORY_NONE || fin == STORY_NONE ||
	              (end->confirmed != STORY_NONE && end->held && end->receive_queue > 0);
	if (!proved) {
		expectation_inconclusive(matcher, x,
		                         "the program's reads are not seen in this test, and nothing else shows "
		                         "whether it read the end of the stream");
		return;
	}
	if (fin == STORY_NONE) {
		text_puts(&seen, "the other side has not ended its stream; ");
	} else {
		expectation_shows(x, fin);
		if (end->broken != STORY_NONE) {
			text_puts(&seen, "it reset the connection (RST)");
			expectation_shows(x, end->broken);
		} else if (story_sees_reads(matcher->story)) {
			text_puts(&seen, "the other side's FIN came, but ");
			last_read_text(matcher->story, end, x, &seen);
			text_puts(&seen, end->reads.count > 0 ? " and it did not read again" : "");
		} else {
			text_puts(&seen, "the other side's FIN came and lies unread");
		}
		text_puts(&seen, "; ");
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void eof_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to read the end of the stream (read() returns 0)", name_of(matcher, x));
}

/* Whether the socket outlived its FIN: 1, 0, or -1 while that is not known. */
static int held_after_fin(const struct matcher *matcher, const struct story_end *end)
{
	if (end->ended == STORY_NONE)
		return -1;
	if (end->confirmed != STORY_NONE && end->confirmed >= end->ended)
		return end->held ? 1 : 0;
	/* With the calls seen, a FIN without shutdown() is that of the last close.  The FIN is seen before the call that
	 * sent it returns, so this is known only when all is quiet. */
	bool all_returned = matcher->event->kind == EVENT_QUIET || matcher->event->kind == EVENT_END;
	return all_returned && story_sees_calls(matcher->story) && end->shut == STORY_NONE ? 0 : -1;
}

static void reset_instead(const struct story_end *end, struct expectation *x, struct text *seen)
{
	expectation_shows(x, end->close_began);
	expectation_shows(x, end->broken);
	text_puts(seen, "it sent a RST instead of a FIN");
	if (end->unread_at_close > 0) {
		text_puts(seen, ": ");
		story_bytes_text((uint64_t)end->unread_at_close, seen);
		text_puts(seen, " lay unread when it called close()");
	}
}

static void close_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL)
		return;
	const struct story_end *other = other_end(matcher, connection, x->line->actor);
	if (other->broken != STORY_NONE && end->ended == STORY_NONE && end->broken == STORY_NONE) {
		/* The other side's RST left nothing to say: no FIN can follow it, only close(2). */
		if (end->closed != STORY_NONE && end->closed > other->broken)
			expectation_met(matcher, x, end->closed);
		return;
	}
	if (end->broken != STORY_NONE && (end->ended == STORY_NONE || end->broken < end->ended)) {
		TEXT_AUTO seen = {0};
		reset_instead(end, x, &seen);
		expectation_unmet(matcher, x, &seen);
		return;
	}
	if (held_after_fin(matcher, end) == 0) {
		expectation_shows(x, end->close_began);
		expectation_met(matcher, x, end->ended);
	}
}

static void still_open_text(struct matcher *matcher, struct expectation *x, const struct story_end *end,
                            struct text *seen)
{
	if (end->zero_read != STORY_NONE && end->reads.count > 0) {
		const struct story_transfer *last = &end->reads.list[end->reads.count - 1];
		expectation_shows(x, end->zero_read);
		text_printf(seen,
		            "%s() on descriptor %d %s, then nothing: ", story_call_word(matcher->story, end->actor, last->call),
		            last->descriptor, story_end_word(matcher->story, end->actor));
	}
	if (end->ended != STORY_NONE) {
		expectation_shows(x, end->ended);
		text_puts(seen, "its FIN was sent, but the socket is still open");
	} else if (end->closes > 0 && (end->confirmed == STORY_NONE || end->held)) {
		expectation_shows(x, end->closed);
		text_puts(seen, "close() was called, but no FIN was sent, as another descriptor of the socket is still open");
	} else {
		text_puts(seen, "the socket is still open");
	}
	enum tcp_state state = end->confirmed != STORY_NONE ? end->confirmed_state : end->state;
	if (state != STATE_CLOSED)
		text_printf(seen, " in %s", tcp_state_word(state));
	(void)matcher;
}

static void close_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	struct story_end *end = expectation_end(matcher, x, NULL);
	if (end == NULL) {
		text_puts(&seen, "there is no connection");
	} else {
		int held = held_after_fin(matcher, end);
		if (held < 0 && end->ended != STORY_NONE) {
			expectation_inconclusive(matcher, x, "its FIN came, but nothing shows whether the socket is still open");
			return;
		}
		still_open_text(matcher, x, end, &seen);
	}
	text_puts(&seen, "; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void close_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to close the connection (its FIN)", name_of(matcher, x));
}

/* The other side's bytes went on behind the FIN and met no RST: the socket was open for reading. */
static bool read_on(const struct story_connection *connection, const struct story_end *end)
{
	if (end->fin == STORY_NONE || end->broken != STORY_NONE)
		return false;
	for (size_t i = connection->segment_count; i > 0; i--) {
		const struct story_segment *segment = &connection->segments[i - 1];
		if (segment->event <= end->fin)
			break;
		if (&connection->end[segment->sender] != end && segment->length > 0 && !segment->repeated)
			return true;
	}
	return false;
}

static void shutdown_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL)
		return;
	TEXT_AUTO seen = {0};
	if (end->broken != STORY_NONE && end->ended == STORY_NONE) {
		reset_instead(end, x, &seen);
		expectation_unmet(matcher, x, &seen);
		return;
	}
	if (end->ended == STORY_NONE)
		return;
	bool both = end->shut != STORY_NONE && end->shut_how == STORY_SHUT_RDWR;
	if (end->shut != STORY_NONE && !both) {
		expectation_shows(x, end->shut);
		expectation_met(matcher, x, end->ended);
		return;
	}
	expectation_shows(x, end->ended);
	int held = held_after_fin(matcher, end);
	if (both) {
		text_puts(&seen, "shutdown(SHUT_RDWR) ended the reading direction too");
		expectation_shows(x, end->shut);
		expectation_unmet(matcher, x, &seen);
	} else if (held == 1 || read_on(connection, end)) {
		expectation_met(matcher, x, end->ended);
	} else if (held == 0 && story_sees_calls(matcher->story)) {
		text_puts(&seen, "it closed the socket altogether: nothing that comes now can be read");
		expectation_unmet(matcher, x, &seen);
	}
}

static void shutdown_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	struct story_end *end = expectation_end(matcher, x, NULL);
	if (end != NULL && end->ended != STORY_NONE) {
		expectation_inconclusive(matcher, x, "its FIN came, but nothing shows whether the socket was still open then");
		return;
	}
	text_puts(&seen, end == NULL ? "there is no connection; " : "no FIN came; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void shutdown_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to end its stream (FIN) and go on reading", name_of(matcher, x));
}

static void reset_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_end *end = expectation_end(matcher, x, NULL);
	if (end != NULL && end->broken != STORY_NONE)
		expectation_met(matcher, x, end->broken);
}

static void reset_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	struct story_end *end = expectation_end(matcher, x, NULL);
	if (end != NULL && end->ended != STORY_NONE) {
		expectation_shows(x, end->ended);
		text_puts(&seen, "it sent a FIN and no RST; ");
	} else {
		text_puts(&seen, "no RST came; ");
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void reset_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to reset the connection (RST)", name_of(matcher, x));
}

const struct verb_judge judge_ends[] = {
	{VERB_EOF, VIEW_RECEIVED, true, eof_feed, eof_quiet, eof_explain},
	{VERB_SHUTDOWN, VIEW_NONE, true, shutdown_feed, shutdown_quiet, shutdown_explain},
	{VERB_CLOSE, VIEW_NONE, true, close_feed, close_quiet, close_explain},
	{VERB_RESET, VIEW_NONE, true, reset_feed, reset_quiet, reset_explain},
	{VERB_EOF, VIEW_NONE, false, NULL, NULL, NULL},
};
