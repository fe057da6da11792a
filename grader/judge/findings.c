#include "judge/findings.h"

#include "base/arena.h"
#include "base/text.h"
#include "judge/circumstances.h"
#include "judge/judge.h"
#include "judge/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One row for each file in findings/: causes before what follows from them. */
#define FINDINGS(X)                                                                                                    \
	X(tcp_instead_of_udp)                                                                                              \
	X(listen_on_udp)                                                                                                   \
	X(datagram_socket)                                                                                                 \
	X(listen_missing)                                                                                                  \
	X(asks_for_port)                                                                                                   \
	X(uncaught_exception)                                                                                              \
	X(ended_before_listening)                                                                                          \
	X(bind_missing)                                                                                                    \
	X(port_byte_order)                                                                                                 \
	X(port_ignored)                                                                                                    \
	X(address_byte_order)                                                                                              \
	X(host_ignored)                                                                                                    \
	X(no_reuseaddr)                                                                                                    \
	X(reuseaddr_too_late)                                                                                              \
	X(child_returns_to_accept)                                                                                         \
	X(child_keeps_listening)                                                                                           \
	X(client_binds_port)                                                                                               \
	X(bind_failure_ignored)                                                                                            \
	X(reuseport_hides_conflict)                                                                                        \
	X(bound_to_loopback)                                                                                               \
	X(ipv6_only)                                                                                                       \
	X(port_shared)                                                                                                     \
	X(backlog_too_small)                                                                                               \
	X(connects_again)                                                                                                  \
	X(connect_failure_ignored)                                                                                         \
	X(exit_status_zero_on_failure)                                                                                     \
	X(failure_status_on_success)                                                                                       \
	X(memory_error)                                                                                                    \
	X(undefined_behaviour)                                                                                             \
	X(memory_leak)                                                                                                     \
	X(killed_by_sigpipe)                                                                                               \
	X(crashed)                                                                                                         \
	X(eof_ignored)                                                                                                     \
	X(wrong_descriptor)                                                                                                \
	X(accept_length_unset)                                                                                             \
	X(error_as_length)                                                                                                 \
	X(accept_error_spins)                                                                                              \
	X(accept_error_ends_server)                                                                                        \
	X(poll_error_ends_server)                                                                                          \
	X(poll_error_spins)                                                                                                \
	X(spins_when_idle)                                                                                                 \
	X(write_error_ignored)                                                                                             \
	X(exits_on_client_error)                                                                                           \
	X(exits_on_eof)                                                                                                    \
	X(fixed_number_served)                                                                                             \
	X(one_shot_server)                                                                                                 \
	X(blocks_on_slow_reader)                                                                                           \
	X(answers_wrong_client)                                                                                            \
	X(closed_twice)                                                                                                    \
	X(shares_buffer)                                                                                                   \
	X(edge_lost)                                                                                                       \
	X(wrong_client_dropped)                                                                                            \
	X(fixed_table)                                                                                                     \
	X(connection_not_watched)                                                                                          \
	X(serial_server)                                                                                                   \
	X(never_accepts)                                                                                                   \
	X(parent_keeps_descriptor)                                                                                         \
	X(closed_unread_data)                                                                                              \
	X(resets_instead_of_closing)                                                                                       \
	X(unasked_greeting)                                                                                                \
	X(reply_changed)                                                                                                   \
	X(gives_up_on_silence)                                                                                             \
	X(closed_before_served)                                                                                            \
	X(closes_after_one_message)                                                                                        \
	X(half_close_drops_data)                                                                                           \
	X(waits_for_full_buffer)                                                                                           \
	X(full_read_means_more)                                                                                            \
	X(waits_for_newline)                                                                                               \
	X(text_not_bytes)                                                                                                  \
	X(nul_truncation)                                                                                                  \
	X(length_sent)                                                                                                     \
	X(sends_null)                                                                                                      \
	X(sends_terminator)                                                                                                \
	X(sends_whole_buffer)                                                                                              \
	X(stale_bytes)                                                                                                     \
	X(short_write_ignored)                                                                                             \
	X(one_read_one_message)                                                                                            \
	X(reply_not_sent)                                                                                                  \
	X(drops_last_line)                                                                                                 \
	X(newline_changed)                                                                                                 \
	X(stdin_eof_ignored)                                                                                               \
	X(input_not_sent)                                                                                                  \
	X(reply_not_printed)                                                                                               \
	X(client_stops_after_one_read)                                                                                     \
	X(client_closes_too_early)                                                                                         \
	X(client_never_half_closes)                                                                                        \
	X(waits_for_each_reply)                                                                                            \
	X(waits_for_keyboard)                                                                                              \
	X(prompts_on_stdout)                                                                                               \
	X(deadlock_full_duplex)                                                                                            \
	X(connection_abandoned)                                                                                            \
	X(client_ignores_eof)                                                                                              \
	X(never_closed)                                                                                                    \
	X(children_never_end)                                                                                              \
	X(descriptor_leak)                                                                                                 \
	X(wait_loop_endless)                                                                                               \
	X(zombies)                                                                                                         \
	X(reply_without_address)                                                                                           \
	X(server_socket_connected)                                                                                         \
	X(replies_from_another_port)                                                                                       \
	X(reply_to_wrong_client)                                                                                           \
	X(datagram_read_in_pieces)                                                                                         \
	X(datagram_truncated)                                                                                              \
	X(empty_datagram_ends)                                                                                             \
	X(datagram_text)                                                                                                   \
	X(exits_on_datagram)                                                                                               \
	X(one_datagram_server)                                                                                             \
	X(datagram_stale_bytes)                                                                                            \
	X(datagram_whole_buffer)                                                                                           \
	X(datagram_nul_truncation)                                                                                         \
	X(datagram_newline)                                                                                                \
	X(datagrams_joined)                                                                                                \
	X(datagram_split)                                                                                                  \
	X(unreachable_ignored)                                                                                             \
	X(unreachable_not_heard)                                                                                           \
	X(no_time_out)                                                                                                     \
	X(loss_not_repaired)                                                                                               \
	X(retransmits_for_ever)                                                                                            \
	X(any_answer_taken)                                                                                                \
	X(answer_not_known)                                                                                                \
	X(datagram_unanswered)

#define FINDING_DECLARE(name) extern const struct finding_row finding_##name;
#define FINDING_ROW(name) &finding_##name,

FINDINGS(FINDING_DECLARE)

const struct finding_row *const finding_rows[] = {FINDINGS(FINDING_ROW) NULL};

const struct finding_row *finding_row(const char *id)
{
	for (size_t i = 0; finding_rows[i] != NULL; i++) {
		if (strcmp(finding_rows[i]->id, id) == 0)
			return finding_rows[i];
	}
	return NULL;
}

/* The EVENT_SETBACK of the first call among the evidence that was one. */
static uint32_t evidence_made(const struct inquiry *inquiry, const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++) {
		uint32_t made = circumstances_of(inquiry->story, evidence->events[i]);
		if (made != STORY_NONE)
			return made;
	}
	return STORY_NONE;
}

void finding_add(struct inquiry *inquiry, int actor, const uint32_t *events, const char *format, ...)
{
	struct findings *found = inquiry->found;
	const char *name = story_name(inquiry->story, actor);
	for (size_t i = 0; i < found->count; i++) {
		if (strcmp(found->list[i].id, inquiry->row->id) == 0 && strcmp(found->list[i].actor, name) == 0 &&
		    strcmp(found->list[i].test, inquiry->test->test->name) == 0)
			return;
	}
	struct finding finding = {.id = inquiry->row->id, .test = inquiry->test->test->name, .actor = name};
	finding.robustness = inquiry->row->robustness;
	for (; *events != STORY_NONE && finding.evidence.count < EVIDENCE_MOST; events++)
		finding.evidence.events[finding.evidence.count++] = *events;
	/* After a failure that the grader made, only what speaks of that failure is the program's own bug for certain. */
	uint32_t made = evidence_made(inquiry, &finding.evidence);
	if (made == STORY_NONE && circumstances_failed(inquiry->story, actor))
		return;
	TEXT_AUTO sentence = {0};
	finding.source = judge_source(inquiry->timeline, &finding.evidence, inquiry->arena);
	if (finding.source != NULL)
		text_printf(&sentence, "%s: ", finding.source);
	va_list arguments;
	va_start(arguments, format);
	text_vprintf(&sentence, format, arguments);
	va_end(arguments);
	if (made != STORY_NONE)
		text_printf(&sentence,
		            " (That this call %s is the grader's doing, and legal; what the program made of it is not.)",
		            inquiry->timeline->events[made].setback.error != 0 ? "failed" : "did less");
	finding.sentence = arena_string(inquiry->arena, text_string(&sentence));
	found->list = arena_grow(inquiry->arena, found->list, &found->capacity, found->count + 1, sizeof(struct finding));
	found->list[found->count++] = finding;
}

const struct line *inquiry_unmet(const struct inquiry *inquiry, enum verb verb, int actor)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->kind == LINE_EXPECTATION && line->step->verb == verb && line->actor == actor &&
		    matcher_verdict(inquiry->matcher, i)->verdict == STEP_UNMET)
			return line;
	}
	return NULL;
}

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

bool inquiry_next(const struct inquiry *inquiry, struct student_end *at)
{
	const struct story *story = inquiry->story;
	while (at->next < story->connection_count * 2) {
		size_t index = at->next++;
		struct story_connection *connection = story->connections[index / 2];
		enum end end = index % 2 == 0 ? END_CLIENT : END_SERVER;
		int actor = connection != NULL ? story_actor_at(story, connection, end) : ACTOR_NONE;
		if (actor == ACTOR_NONE || !plan_student(inquiry->test, actor))
			continue;
		at->connection = connection;
		at->end = end;
		at->mine = &connection->end[end];
		at->other = &connection->end[!end];
		at->actor = actor;
		return true;
	}
	return false;
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

bool inquiry_exited(const struct inquiry *inquiry, int actor)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	return program->exited != STORY_NONE && program->killed == STORY_NONE;
}

bool inquiry_may_exit(const struct inquiry *inquiry, int actor)
{
	if (inquiry->story->actors[actor].killed != STORY_NONE)
		return true;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->actor == actor && line->step->verb == VERB_EXIT)
			return true;
	}
	return false;
}

const char *inquiry_number(struct inquiry *inquiry, uint64_t number)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	char *text = arena_alloc(inquiry->arena, 48);
	size_t at = 0;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	return text;
}

const char *inquiry_call(struct inquiry *inquiry, uint32_t number)
{
	if (number >= inquiry->timeline->count)
		return "a call";
	const struct event *event = &inquiry->timeline->events[number];
	const char *word = story_call_word(inquiry->story, event->actor, event->call.call);
	if (event->call.descriptor < 0)
		return arena_printf(inquiry->arena, "%s()", word);
	return arena_printf(inquiry->arena, "%s() on descriptor %d", word, event->call.descriptor);
}

/* What follows from another finding of the same actor in the same test is told by that one. */
static void follows_drop(struct findings *found, size_t first)
{
	bool drop[64] = {false};
	size_t count = found->count - first < 64 ? found->count - first : 64;
	for (size_t i = 0; i < count; i++) {
		const struct finding_row *row = finding_row(found->list[first + i].id);
		const char *const *follows = row != NULL ? row->follows : NULL;
		for (size_t j = 0; follows != NULL && j < count; j++) {
			if (strcmp(found->list[first + i].actor, found->list[first + j].actor) != 0)
				continue;
			for (size_t k = 0; follows[k] != NULL; k++)
				drop[j] = drop[j] || strcmp(follows[k], found->list[first + j].id) == 0;
		}
	}
	size_t kept = first;
	for (size_t i = first; i < found->count; i++) {
		if (i - first >= count || !drop[i - first])
			found->list[kept++] = found->list[i];
	}
	found->count = kept;
}

void judge_findings(const struct plan_test *test, const struct timeline *timeline, struct arena *arena,
                    struct findings *found)
{
	struct matcher *matcher = matcher_create(test, arena);
	for (size_t i = 0; i < timeline->count; i++)
		matcher_feed(matcher, &timeline->events[i]);
	const struct story *story = matcher_story(matcher);
	struct inquiry inquiry = {.test = test, .timeline = timeline, .story = story, .matcher = matcher, .arena = arena};
	inquiry.found = found;
	inquiry.settled = story->settled && story->quiet_reason != QUIET_TIMER;
	for (uint32_t i = 0; i < test->line_count; i++)
		inquiry.failed = inquiry.failed || matcher_verdict(matcher, i)->verdict == STEP_UNMET;
	struct test_result result = {.test = test->test};
	rules_judge(test, story, matcher, arena, &result);
	inquiry.failed = inquiry.failed || result.rule_count > 0;
	size_t first = found->count;
	for (size_t i = 0; finding_rows[i] != NULL; i++) {
		inquiry.row = finding_rows[i];
		void (*detect)(struct inquiry *) = story_datagrams(story) ? inquiry.row->detect_datagrams : inquiry.row->detect;
		if (detect != NULL)
			detect(&inquiry);
	}
	follows_drop(found, first);
}

const struct story_blocked *inquiry_polls(const struct inquiry *inquiry, int actor)
{
	const struct story_blocked *where = NULL;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor != actor)
			continue;
		if (blocked->held || !call_polls(blocked->call))
			return NULL;
		where = blocked;
	}
	return where;
}
