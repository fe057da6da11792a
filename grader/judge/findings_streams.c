/* What a student's program sent on a connection, beside what the lines of the test want on it. */
#include "judge/findings.h"

#include "base/arena.h"

#include <string.h>

/* The next line by which the actor is to send something to the other; NULL behind the last.  *at is 0 at first. */
static const struct line *send_next(const struct inquiry *inquiry, int actor, int other, uint32_t *at)
{
	while (*at < inquiry->test->line_count) {
		const struct line *line = inquiry->test->by_number[(*at)++];
		if (line->step->verb == VERB_SEND && line->actor == actor &&
		    (line->other == ACTOR_NONE || line->other == other))
			return line;
	}
	return NULL;
}

static bool literal(const struct line *line)
{
	return line->step->data.kind == DATA_BYTES && !line->step->data.uses_names;
}

bool inquiry_expected(const struct inquiry *inquiry, const struct story_connection *connection, enum end end,
                      struct story_bytes *expected)
{
	int actor = story_actor_at(inquiry->story, connection, end);
	int other = story_actor_at(inquiry->story, connection, !end);
	uint32_t at = 0;
	const struct line *line = send_next(inquiry, actor, other, &at);
	bool any = line != NULL;
	*expected = (struct story_bytes){.unknown_from = SIZE_MAX};
	for (; line != NULL; line = send_next(inquiry, actor, other, &at)) {
		const struct data *data = &line->step->data;
		if (!literal(line)) {
			expected->unknown_from = expected->length;
			return true;
		}
		expected->bytes =
			arena_grow(inquiry->arena, expected->bytes, &expected->capacity, expected->length + data->length, 1);
		if (data->length > 0)
			memcpy(expected->bytes + expected->length, data->bytes, data->length);
		expected->length += data->length;
	}
	return any;
}

static size_t first_difference(const uint8_t *one, const uint8_t *other, size_t length)
{
	if (length == 0 || memcmp(one, other, length) == 0)
		return length;
	size_t at = 0;
	while (one[at] == other[at])
		at++;
	return at;
}

/* Several connections between the same two share the lines: none of them can be compared. */
static bool has_rival(const struct inquiry *inquiry, const struct story_connection *connection)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; i < story->connection_count; i++) {
		const struct story_connection *rival = story->connections[i];
		if (rival != NULL && rival != connection &&
		    story_actor_at(story, rival, END_CLIENT) == story_actor_at(story, connection, END_CLIENT) &&
		    story_actor_at(story, rival, END_SERVER) == story_actor_at(story, connection, END_SERVER))
			return true;
	}
	return false;
}

/* The first line with which the actor ends both directions, or (`half`) its own; UINT32_MAX: none. */
static uint32_t closing_line(const struct inquiry *inquiry, int actor, int other, bool half)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		const struct step *step = line->step;
		bool ends = step->verb == VERB_CLOSE || step->verb == VERB_RESET ||
		            (half && (step->verb == VERB_SHUTDOWN || step->with_fin || step->with_reset));
		if (ends && line->actor == actor && (line->other == ACTOR_NONE || line->other == other))
			return i;
	}
	return UINT32_MAX;
}

/* A client that only half-closes still reads the reply; a server that ends its stream has said all. */
bool inquiry_may_close(const struct inquiry *inquiry, const struct student_end *at)
{
	int other = story_actor_at(inquiry->story, at->connection, !at->end);
	uint32_t own = closing_line(inquiry, at->actor, other, at->end == END_SERVER);
	if (own == UINT32_MAX || own > closing_line(inquiry, other, at->actor, true))
		return false;
	struct story_bytes expected;
	if (has_rival(inquiry, at->connection) || !inquiry_expected(inquiry, at->connection, END_SERVER, &expected) ||
	    expected.unknown_from != SIZE_MAX)
		return true;
	return (at->end == END_SERVER ? at->mine->stream.length : at->mine->read) >= expected.length;
}

size_t inquiry_difference(const struct inquiry *inquiry, const struct story_connection *connection, enum end end,
                          struct story_bytes *expected)
{
	int actor = story_actor_at(inquiry->story, connection, end);
	int other = story_actor_at(inquiry->story, connection, !end);
	if (has_rival(inquiry, connection))
		return SIZE_MAX;
	*expected = (struct story_bytes){.unknown_from = SIZE_MAX};
	const struct story_bytes *stream = &connection->end[end].stream;
	size_t known = stream->unknown_from < stream->length ? stream->unknown_from : stream->length, same = 0;
	uint32_t at = 0;
	const struct line *line = send_next(inquiry, actor, other, &at);
	if (line == NULL)
		return SIZE_MAX;
	bool whole = true, different = false; /* what the line wants is there; something else is */
	for (; line != NULL && whole; line = send_next(inquiry, actor, other, &at)) {
		const struct data *data = &line->step->data;
		if (!literal(line))
			return SIZE_MAX;
		size_t length = data->length < known - same ? data->length : known - same;
		size_t equal = first_difference(stream->bytes + same, data->bytes, length);
		different = equal < length;
		whole = equal == data->length;
		same += equal;
	}
	if (!different && (known < stream->length || (whole && same == stream->length)))
		return SIZE_MAX;
	inquiry_expected(inquiry, connection, end, expected);
	return different || expected->unknown_from == SIZE_MAX ? same : SIZE_MAX;
}

/* Some line by which this end is to send is unmet. */
static bool end_unmet(const struct inquiry *inquiry, const struct student_end *at)
{
	const struct line *line;
	int other = story_actor_at(inquiry->story, at->connection, !at->end);
	for (uint32_t i = 0; (line = send_next(inquiry, at->actor, other, &i)) != NULL;)
		if (matcher_verdict(inquiry->matcher, line->number)->verdict == STEP_UNMET)
			return true;
	return false;
}

const struct story_transfer *inquiry_unanswered(const struct inquiry *inquiry, const struct student_end *at,
                                                struct story_bytes *expected)
{
	size_t offset = inquiry_difference(inquiry, at->connection, at->end, expected);
	const struct story_actor *program = &inquiry->story->actors[at->actor];
	const struct story_transfer *last = NULL;
	if (at->end != END_SERVER || offset == SIZE_MAX || offset != at->mine->stream.length || !inquiry->settled ||
	    inquiry->story->quiet_reason == QUIET_SPINNING || !end_unmet(inquiry, at) || at->mine->ended != STORY_NONE ||
	    at->mine->broken != STORY_NONE || at->other->broken != STORY_NONE || program->exited != STORY_NONE ||
	    program->holds || at->mine->read < at->other->written)
		return NULL;
	for (size_t i = 0; i < at->mine->reads.count; i++)
		last = at->mine->reads.list[i].result > 0 ? &at->mine->reads.list[i] : last;
	if (last == NULL || (at->mine->last_write != STORY_NONE && at->mine->last_write > last->event))
		return NULL;
	/* It may be about to. */
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->call == CALL_NANOSLEEP || blocked->call == CALL_CLOCK_NANOSLEEP ||
		    (blocked->connection == at->connection->number && call_writes(blocked->call)))
			return NULL;
	}
	return last;
}
