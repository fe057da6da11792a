/* Bytes: what a student's program sends, what it has read, and what the reference has received. */
#include "judge/expect.h"

#include "judge/fit.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/describe.h"

static const char *name_of(const struct matcher *matcher, const struct expectation *x)
{
	return story_who(matcher->story, x->line->actor);
}

static void data_ready(struct matcher *matcher, struct expectation *x)
{
	if (x->data == NULL)
		x->data = matcher_expand(matcher, &x->line->step->data);
}

/* Fits the DATA of a line to what came behind `cursor`, going on where the last look ended. */
static struct fit stream_fit(struct expectation *x, const struct story_bytes *stream, uint64_t cursor, bool last)
{
	size_t from = cursor < stream->length ? (size_t)cursor : stream->length;
	const uint8_t *bytes = stream->bytes != NULL ? stream->bytes + from : NULL;
	size_t length = stream->length - from;
	size_t known = stream->unknown_from > from ? stream->unknown_from - from : 0;
	if (x->data->kind == DATA_PATTERN) {
		/* Looking again at each byte would cost the square of their number. */
		bool worth = length < 1024 || length - x->checked >= length / 16;
		if (!last && (!worth || length == x->checked))
			return (struct fit){.kind = FIT_MORE};
		x->checked = length;
		return fit_data(x->data, bytes, length, known, last);
	}
	size_t done = x->checked;
	if (x->data->kind == DATA_ANY)
		done = 0;
	struct data rest = *x->data;
	if (done > 0) {
		rest.bytes += done;
		rest.length -= done;
		bytes += done;
	}
	struct fit fit = fit_data(&rest, bytes, length - done, known > done ? known - done : 0, last);
	fit.taken += done;
	fit.differs_at += done;
	fit.group_length += fit.kind == FIT_YES ? done : 0;
	if (fit.kind == FIT_MORE && known >= length)
		x->checked = length < x->data->length ? length : x->data->length;
	return fit;
}

static void fit_text(const struct expectation *x, const struct fit *fit, const struct story_bytes *stream,
                     uint64_t cursor, struct text *seen)
{
	size_t from = cursor < stream->length ? (size_t)cursor : stream->length;
	fit_explain(fit, x->data, stream->bytes != NULL ? stream->bytes + from : (const uint8_t *)"", stream->length - from,
	            cursor, "of the stream", seen);
}

/* The last write or read event of the sender's bytes: where they were seen. */
static uint32_t stream_event(const struct story_connection *connection, enum end sender)
{
	const struct story_end *other = &connection->end[!sender];
	return other->student ? connection->end[sender].last_write : other->last_read;
}

static bool send_look(struct matcher *matcher, struct expectation *x, bool last)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	data_ready(matcher, x);
	if (end == NULL)
		return false;
	enum end sender = story_end_of(matcher->story, x->line->actor);
	uint64_t *cursor = &x->lane->sent[sender];
	/* The peer has read to the end: nothing can follow. */
	const struct story_end *reader = &connection->end[!sender];
	bool over = reader->zero_read != STORY_NONE || reader->read_failed != STORY_NONE;
	struct fit fit = stream_fit(x, &end->stream, *cursor, last || over);
	if (fit.kind == FIT_YES) {
		keep(matcher, x->data, end->stream.bytes + *cursor + fit.group, fit.group_length);
		*cursor += fit.taken;
		expectation_met(matcher, x, stream_event(connection, sender));
		return true;
	}
	if (fit.kind == FIT_UNKNOWN) {
		*cursor += fit.taken;
		expectation_inconclusive(matcher, x,
		                         "the bytes between two programs of the student were too many to be "
		                         "recorded");
		return true;
	}
	if (fit.kind == FIT_MORE && !over)
		return false;
	TEXT_AUTO seen = {0};
	expectation_shows(x, stream_event(connection, sender));
	fit_text(x, &fit, &end->stream, *cursor, &seen);
	if (over && fit.kind == FIT_MORE) {
		bool reset = reader->read_failed != STORY_NONE;
		text_puts(&seen, reset ? ", then a RST" : ", then the end of the stream (FIN)");
		expectation_shows(x, reset ? end->broken : end->ended);
	}
	expectation_unmet(matcher, x, &seen);
	return true;
}

static void send_feed(struct matcher *matcher, struct expectation *x)
{
	send_look(matcher, x, false);
}

static void send_quiet(struct matcher *matcher, struct expectation *x)
{
	if (send_look(matcher, x, true))
		return;
	TEXT_AUTO seen = {0};
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL) {
		text_puts(&seen, "there is no connection");
	} else {
		enum end sender = story_end_of(matcher->story, x->line->actor);
		struct fit fit = {.kind = FIT_MORE};
		expectation_shows(x, stream_event(connection, sender));
		fit_text(x, &fit, &end->stream, x->lane->sent[sender], &seen);
		const struct story_end *other = &connection->end[!sender];
		if (end->stream.length == x->lane->sent[sender] && story_sees_reads(matcher->story) && !other->student &&
		    end->read < other->written)
			text_printf(&seen, "; it has read %llu of the %llu bytes sent to it", (unsigned long long)end->read,
			            (unsigned long long)other->written);
	}
	text_puts(&seen, "; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void send_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to send ", name_of(matcher, x));
	data_text(text, &x->line->step->data);
	other_explain(matcher, x, text);
}

/* Bytes that a student's program has to have taken from the stream in all. */
static uint64_t receive_goal(struct matcher *matcher, struct expectation *x, const struct story_connection *connection)
{
	enum end end = story_end_of(matcher->story, x->line->actor);
	size_t length;
	if (fit_length(x->data, &length))
		return x->lane->received[end] + length;
	return connection->end[!end].written;
}

static void receive_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	data_ready(matcher, x);
	if (end == NULL)
		return;
	uint64_t goal = receive_goal(matcher, x, connection);
	if (story_read_bytes(end) < goal)
		return;
	x->lane->received[story_end_of(matcher->story, x->line->actor)] = goal;
	expectation_met(matcher, x, end->read >= goal && end->last_read != STORY_NONE ? end->last_read : end->confirmed);
}

static void receive_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL) {
		text_puts(&seen, "there is no connection; ");
	} else {
		uint64_t goal = receive_goal(matcher, x, connection);
		uint64_t before = x->lane->received[story_end_of(matcher->story, x->line->actor)];
		uint64_t got = story_read_bytes(end);
		if (!story_sees_reads(matcher->story) && (end->confirmed == STORY_NONE || !end->held)) {
			expectation_inconclusive(matcher, x, "the program's reads are not seen in this test");
			return;
		}
		text_printf(&seen, "it has read %llu of %llu bytes; ", (unsigned long long)(got > before ? got - before : 0),
		            (unsigned long long)(goal - before));
		expectation_shows(x, end->last_read);
		expectation_shows(x, end->confirmed);
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void receive_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to read ", name_of(matcher, x));
	data_text(text, &x->line->step->data);
}

/* Bytes behind those that a line asked for, on one connection. */
static bool silent_broken(struct matcher *matcher, struct expectation *x, struct lane *lane)
{
	const struct story_connection *connection = lane_connection(matcher, lane);
	if (connection == NULL)
		return false;
	enum end sender = story_end_of(matcher->story, x->line->actor);
	const struct story_end *end = &connection->end[sender];
	uint64_t cursor = lane->sent[sender];
	if (cursor < lane->received[!sender])
		cursor = lane->received[!sender];
	if (end->stream.length <= cursor)
		return false;
	TEXT_AUTO seen = {0};
	expectation_shows(x, stream_event(connection, sender));
	text_puts(&seen, "it sent ");
	story_bytes_text(end->stream.length - cursor, &seen);
	text_puts(&seen, " more: ");
	text_escaped(&seen, end->stream.bytes + cursor, end->stream.length - (size_t)cursor, 32, true);
	expectation_unmet(matcher, x, &seen);
	return true;
}

/* `silent` to nobody in particular: of an actor that has several other ends. */
static bool silent_to_all(const struct expectation *x)
{
	return x->line->other == ACTOR_NONE;
}

static void silent_feed(struct matcher *matcher, struct expectation *x)
{
	if (!silent_to_all(x))
		silent_broken(matcher, x, x->lane);
}

static void silent_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!silent_to_all(x))
		silent_broken(matcher, x, x->lane);
	for (size_t i = 0; silent_to_all(x) && i < matcher->lane_count; i++)
		silent_broken(matcher, x, matcher->lanes[i]);
	expectation_met(matcher, x, matcher->event->number);
}

static void silent_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to send nothing more", name_of(matcher, x));
}

bool action_receives(struct matcher *matcher, struct expectation *x, bool last)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	data_ready(matcher, x);
	if (end == NULL)
		return false;
	enum end receiver = story_end_of(matcher->story, x->line->actor);
	const struct story_bytes *stream = &connection->end[!receiver].stream;
	uint64_t *cursor = &x->lane->received[receiver];
	bool over = end->zero_read != STORY_NONE || end->read_failed != STORY_NONE;
	struct fit fit = stream_fit(x, stream, *cursor, last || over);
	if (fit.kind == FIT_YES) {
		/* The peer says when its line is over; until then it could not begin another. */
		if (!last)
			return false;
		keep(matcher, x->data, stream->bytes + *cursor + fit.group, fit.group_length);
		*cursor += fit.taken;
		expectation_met(matcher, x, end->last_read);
		return true;
	}
	if (fit.kind != FIT_NO)
		return false;
	TEXT_AUTO seen = {0};
	expectation_shows(x, end->last_read);
	fit_text(x, &fit, stream, *cursor, &seen);
	expectation_unmet(matcher, x, &seen);
	return true;
}

const struct verb_judge judge_streams[] = {
	{VERB_SEND, VIEW_SENT, false, send_feed, send_quiet, send_explain},
	{VERB_RECEIVE, VIEW_RECEIVED, true, receive_feed, receive_quiet, receive_explain},
	{VERB_SILENT, VIEW_SENT, false, silent_feed, silent_quiet, silent_explain},
	{VERB_SEND, VIEW_NONE, false, NULL, NULL, NULL},
};
