#include "judge/findings.h"

#include "base/arena.h"
#include "base/text.h"
#include "judge/circumstances.h"
#include "judge/judge.h"
#include "judge/rules.h"

#include <stdarg.h>
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
	X(killed_by_signal)                                                                                                \
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
	X(input_kept_back)                                                                                                 \
	X(input_not_sent)                                                                                                  \
	X(printed_on_stderr)                                                                                               \
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
	X(retransmits_too_soon)                                                                                            \
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

void finding_add_at(struct inquiry *inquiry, int actor, const uint32_t *events, const char *source, const char *format,
                    va_list arguments)
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
	if (finding.source == NULL)
		finding.source = source;
	if (finding.source != NULL)
		text_printf(&sentence, "%s: ", finding.source);
	text_vprintf(&sentence, format, arguments);
	if (made != STORY_NONE)
		text_printf(&sentence,
		            " (That this call %s is the grader's doing, and legal; what the program made of it is not.)",
		            inquiry->timeline->events[made].setback.error != 0 ? "failed" : "did less");
	finding.sentence = arena_string(inquiry->arena, text_string(&sentence));
	found->list = arena_grow(inquiry->arena, found->list, &found->capacity, found->count + 1, sizeof(struct finding));
	found->list[found->count++] = finding;
}

void finding_add(struct inquiry *inquiry, int actor, const uint32_t *events, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	finding_add_at(inquiry, actor, events, NULL, format, arguments);
	va_end(arguments);
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

const char *inquiry_bytes(struct inquiry *inquiry, uint64_t count)
{
	TEXT_AUTO text = {0};
	story_bytes_text(count, &text);
	return arena_string(inquiry->arena, text_string(&text));
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
