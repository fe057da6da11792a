#include "judge/rules.h"

#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

#include <signal.h>
#include <stdlib.h>

struct rules {
	const struct plan_test *test;
	const struct story *story;
	const struct matcher *matcher;
	struct arena *arena;
	struct test_result *result;
	size_t capacity;
};

static bool is_student(const struct rules *rules, int actor)
{
	return actor >= 0 && (size_t)actor < rules->test->test->actor_count && plan_student(rules->test, actor);
}

static struct rule_result *broken(struct rules *rules, enum rule rule, int actor, const struct text *seen)
{
	struct test_result *result = rules->result;
	result->rules =
		arena_grow(rules->arena, result->rules, &rules->capacity, result->rule_count + 1, sizeof(struct rule_result));
	struct rule_result *added = &result->rules[result->rule_count++];
	*added = (struct rule_result){
		.rule = rule, .actor = story_name(rules->story, actor), .seen = arena_string(rules->arena, text_string(seen))};
	return added;
}

static void shows(struct rule_result *rule, uint32_t event)
{
	if (event != STORY_NONE && rule->evidence.count < EVIDENCE_MOST)
		rule->evidence.events[rule->evidence.count++] = event;
}

/* A rule is told once for each actor: the first time it was broken. */
static bool is_told(const struct rules *rules, enum rule rule, int actor)
{
	for (size_t i = 0; i < rules->result->rule_count; i++) {
		if (rules->result->rules[i].rule == rule && rules->result->rules[i].actor == story_name(rules->story, actor))
			return true;
	}
	return false;
}

static bool line_met(const struct rules *rules, uint32_t number)
{
	return matcher_verdict(rules->matcher, number)->verdict == STEP_MET;
}

/* The grader was about to end the run, or had ended the program for a limit. */
static bool grader_ends(const struct story *story, uint32_t event)
{
	return (story->settled && story->quiet < event) || story->limit < event || story->spin < event;
}

static bool signal_sent(const struct story *story, int actor, int number, uint32_t before)
{
	for (size_t i = 0; i < story->signal_count; i++) {
		const struct story_signal *sent = &story->signals[i];
		if (sent->actor == actor && sent->event < before && (number == 0 || sent->number == number))
			return true;
	}
	return false;
}

/* A line expects the program to be ended by this signal. */
static bool signal_expected(const struct rules *rules, int actor, int number)
{
	for (uint32_t i = 0; i < rules->test->line_count; i++) {
		const struct line *line = rules->test->by_number[i];
		if (line->step->verb == VERB_EXIT && line->actor == actor && line->step->exit_kind == EXIT_SIGNAL &&
		    line->step->number == number && line_met(rules, i))
			return true;
	}
	return false;
}

/* The signals by which one process asks another to end. */
static bool signal_asks(int number)
{
	return number == SIGTERM || number == SIGKILL || number == SIGINT || number == SIGHUP || number == SIGQUIT ||
	       number == SIGUSR1 || number == SIGUSR2;
}

static bool is_crash(const struct rules *rules, const struct story_process *process)
{
	const struct story *story = rules->story;
	if (process->ended == STORY_NONE || !WIFSIGNALED(process->status) || !is_student(rules, process->actor))
		return false;
	int number = WTERMSIG(process->status);
	if (number == SIGKILL && grader_ends(story, process->ended))
		return false;
	if (process->main)
		return !signal_sent(story, process->actor, number, process->ended) &&
		       !signal_expected(rules, process->actor, number);
	/* A child may be ended by its own program, or with it. */
	bool asked = number < 64 && (story->actors[process->actor].signals_sent >> number & 1) != 0;
	bool followed = signal_sent(story, process->actor, 0, process->ended);
	return !(signal_asks(number) && (asked || followed));
}

/* What the box ended the program for; the signal that it did it with is no news then. */
static void judge_limit(struct rules *rules)
{
	const struct story *story = rules->story;
	const struct event *limit = &story->limit_event;
	if (story->limit == STORY_NONE ||
	    (limit->limit.limit != LIMIT_MEMORY && limit->limit.limit != LIMIT_PROCESSES &&
	     limit->limit.limit != LIMIT_FILES) ||
	    !is_student(rules, limit->actor))
		return;
	TEXT_AUTO seen = {0};
	text_printf(&seen, "%s was ended: it ", story_who(story, limit->actor));
	if (limit->limit.limit == LIMIT_MEMORY)
		text_printf(&seen, "used more than %lld MiB of memory", (long long)(limit->limit.value >> 20));
	else if (limit->limit.limit == LIMIT_FILES)
		text_puts(&seen, "wrote files without end");
	else
		text_printf(&seen, "made more than %lld processes", (long long)limit->limit.value);
	shows(broken(rules, RULE_CRASH, limit->actor, &seen), story->limit);
}

static void judge_crash(struct rules *rules)
{
	const struct story *story = rules->story;
	judge_limit(rules);
	for (size_t i = 0; i < story->process_count; i++) {
		const struct story_process *process = &story->processes[i];
		if (!is_crash(rules, process) || is_told(rules, RULE_CRASH, process->actor))
			continue;
		TEXT_AUTO seen = {0};
		text_printf(&seen, process->main ? "%s " : "a child process of %s ", story_who(story, process->actor));
		story_status(process->status, &seen);
		shows(broken(rules, RULE_CRASH, process->actor, &seen), process->ended);
	}
}

static int any_student(const struct rules *rules, int actor)
{
	for (size_t i = 0; i < rules->test->test->actor_count && !is_student(rules, actor); i++) {
		if (plan_student(rules->test, (int)i))
			return (int)i;
	}
	return actor;
}

static void spin_text(const struct event *spin, struct text *seen)
{
	if (spin->spin.call == CALL_OTHER) {
		text_printf(seen, "computed for %lld ms of CPU time without getting anywhere",
		            (long long)(spin->spin.cpu_ns / 1000000));
		return;
	}
	text_printf(seen, "called %s()", call_word(spin->spin.call));
	if (spin->spin.descriptor >= 0)
		text_printf(seen, " on descriptor %d", spin->spin.descriptor);
	text_printf(seen, " %llu times in a row, and each time it ", (unsigned long long)spin->spin.count);
	if (spin->spin.result < 0) {
		text_puts(seen, "failed with ");
		story_errno(story_error(spin->spin.result), seen);
	} else {
		text_printf(seen, "returned %lld", (long long)spin->spin.result);
	}
}

static void judge_spin(struct rules *rules)
{
	const struct story *story = rules->story;
	if (story->spin != STORY_NONE) {
		int actor = any_student(rules, story->spin_event.actor);
		TEXT_AUTO seen = {0};
		text_printf(&seen, "%s ", story_who(story, actor));
		spin_text(&story->spin_event, &seen);
		shows(broken(rules, RULE_SPIN, actor, &seen), story->spin);
	} else if (story->limit != STORY_NONE &&
	           (story->limit_event.limit.limit == LIMIT_OUTPUT || story->limit_event.limit.limit == LIMIT_EVENTS)) {
		const struct event *limit = &story->limit_event;
		int actor = any_student(rules, limit->actor);
		TEXT_AUTO seen = {0};
		text_printf(&seen, "%s was ended: it ", story_who(story, actor));
		if (limit->limit.limit == LIMIT_OUTPUT)
			text_printf(&seen, "printed more than %lld bytes", (long long)limit->limit.value);
		else
			text_puts(&seen, "makes call after call and does not come to rest");
		shows(broken(rules, RULE_SPIN, actor, &seen), story->limit);
	}
}

/* A line that is met has the actor end this connection, or its program, in one of the ways given. */
static bool ending_met(const struct rules *rules, const struct story_connection *connection, int actor, enum verb verb)
{
	for (uint32_t i = 0; i < rules->test->line_count; i++) {
		const struct expectation *x = &rules->matcher->lines[i];
		if (x->line->step->verb != verb || x->line->actor != actor || !line_met(rules, i))
			continue;
		if (verb == VERB_EXIT || (x->lane != NULL && x->lane->connection == connection->number))
			return true;
	}
	return false;
}

/* The kernel, not the program, sent this RST, or the lifecycle asks for it. */
static bool reset_excused(const struct rules *rules, const struct story_connection *connection, enum end which)
{
	const struct story *story = rules->story;
	const struct story_end *end = &connection->end[which], *other = &connection->end[!which];
	int actor = story_actor_at(story, connection, which);
	if (other->broken != STORY_NONE && other->broken < end->broken)
		return true;
	/* Nobody listened: the RST refuses the SYN. */
	if (story->captures && end->syn == STORY_NONE)
		return true;
	if (grader_ends(story, end->broken))
		return true;
	for (size_t i = 0; i < story->signal_count; i++) {
		const struct story_signal *sent = &story->signals[i];
		if (sent->actor == actor && connection->created < sent->event && sent->event < end->broken)
			return true;
	}
	if (ending_met(rules, connection, actor, VERB_RESET))
		return true;
	/* What comes for a socket that was closed as asked is refused by the kernel: RFC 9293 section 3.10.7.1. */
	bool over = end->ended != STORY_NONE && end->ended < end->broken && end->unread_at_close <= 0;
	return over &&
	       (ending_met(rules, connection, actor, VERB_CLOSE) || ending_met(rules, connection, actor, VERB_EXIT));
}

static void judge_reset(struct rules *rules)
{
	const struct story *story = rules->story;
	for (size_t i = 0; i < story->connection_count; i++) {
		const struct story_connection *connection = story->connections[i];
		for (int which = END_CLIENT; connection != NULL && which <= END_SERVER; which++) {
			const struct story_end *end = &connection->end[which];
			int actor = story_actor_at(story, connection, (enum end)which);
			if (end->broken == STORY_NONE || !end->student || !is_student(rules, actor) ||
			    is_told(rules, RULE_RESET, actor) || reset_excused(rules, connection, (enum end)which))
				continue;
			TEXT_AUTO seen = {0};
			text_printf(&seen, "%s sent a RST", story_who(story, actor));
			int other = story_actor_at(story, connection, (enum end) !which);
			if (other != ACTOR_NONE)
				text_printf(&seen, " to %s", story_who(story, other));
			if (end->unread_at_close > 0) {
				text_puts(&seen, ": ");
				story_bytes_text((uint64_t)end->unread_at_close, &seen);
				text_puts(&seen, " lay unread when it called close()");
			} else if (end->ended != STORY_NONE && end->ended < end->broken) {
				text_puts(&seen, ": it had closed, and more came for it");
			}
			struct rule_result *rule = broken(rules, RULE_RESET, actor, &seen);
			shows(rule, end->close_began);
			shows(rule, end->broken);
		}
	}
}

/* The test has `send` lines of the actor on this lane. */
static bool expects_data(const struct rules *rules, const struct lane *lane, enum end sender)
{
	for (uint32_t i = 0; i < rules->test->line_count; i++) {
		const struct expectation *x = &rules->matcher->lines[i];
		if (x->lane == lane && x->line->step->verb == VERB_SEND && x->line->kind == LINE_EXPECTATION &&
		    story_end_of(rules->story, x->line->actor) == sender)
			return true;
	}
	return false;
}

static void judge_extra(struct rules *rules)
{
	const struct matcher *matcher = rules->matcher;
	/* Where a line is not met, bytes are left over because of that. */
	for (uint32_t i = 0; i < rules->test->line_count; i++) {
		if (!line_met(rules, i))
			return;
	}
	for (size_t i = 0; i < matcher->lane_count; i++) {
		const struct lane *lane = matcher->lanes[i];
		const struct story_connection *connection = story_connection(rules->story, lane->connection);
		for (int which = END_CLIENT; connection != NULL && which <= END_SERVER; which++) {
			const struct story_end *end = &connection->end[which];
			int actor = story_actor_at(rules->story, connection, (enum end)which);
			uint64_t cursor = lane->sent[which];
			if (!connection->end[!which].student && lane->received[!which] > cursor)
				cursor = lane->received[!which];
			bool datagrams = story_datagrams(rules->story);
			if (datagrams)
				cursor = datagrams_expected(lane, (enum end)which);
			if (!is_student(rules, actor) || (datagrams ? end->datagram_count : end->stream.length) <= cursor ||
			    is_told(rules, RULE_EXTRA, actor) || !expects_data(rules, lane, (enum end)which))
				continue;
			TEXT_AUTO seen = {0}, whom = {0};
			int other = connection->end[!which].actor;
			if (other != ACTOR_NONE && rules->test->test->actor_count > 2)
				text_printf(&whom, " %s", story_who(rules->story, other));
			if (datagrams) {
				text_printf(&seen, "%s sent%s more than it was to send, ", story_who(rules->story, actor),
				            text_string(&whom));
				datagrams_more(end, cursor, &seen);
				shows(broken(rules, RULE_EXTRA, actor, &seen), end->datagrams[cursor].event);
				continue;
			}
			text_printf(&seen, "%s sent%s ", story_who(rules->story, actor), text_string(&whom));
			story_bytes_text(end->stream.length - cursor, &seen);
			text_puts(&seen, " more than it was to send: ");
			if (end->stream.unknown_from > cursor)
				text_escaped(&seen, end->stream.bytes + cursor, end->stream.length - (size_t)cursor, 32, true);
			shows(broken(rules, RULE_EXTRA, actor, &seen), connection->end[!which].last_read);
		}
	}
}

void rules_judge(const struct plan_test *test, const struct story *story, const struct matcher *matcher,
                 struct arena *arena, struct test_result *result)
{
	struct rules rules = {.test = test, .story = story, .matcher = matcher, .arena = arena, .result = result};
	result->rules = NULL;
	result->rule_count = 0;
	unsigned allowed = test->test->allowed;
	if ((allowed & (1u << RULE_CRASH)) == 0)
		judge_crash(&rules);
	if ((allowed & (1u << RULE_SPIN)) == 0)
		judge_spin(&rules);
	if ((allowed & (1u << RULE_RESET)) == 0)
		judge_reset(&rules);
	if ((allowed & (1u << RULE_EXTRA)) == 0)
		judge_extra(&rules);
}
