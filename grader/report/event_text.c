#include "report/event_text.h"

#include "base/text.h"
#include "model/describe.h"
#include "model/setback.h"
#include "report/paint.h"
#include "report/cast.h"
#include "timeline/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PEEK = 32 };

void time_text(struct text *out, int64_t time_ns)
{
	double ms = (double)time_ns / 1e6;
	text_printf(out, ms < 10 ? "%.2f" : ms < 1000 ? "%.1f" : "%.0f", ms);
}

void elapsed_text(struct text *out, int64_t ns)
{
	/* What rounds to a thousand is one of the next unit. */
	static const double units[] = {1e3, 1e6, 1e9};
	static const char *const words[] = {"µs", "ms", "s"};
	size_t unit = 0;
	while (unit < 2 && (double)ns / units[unit] >= 999.5)
		unit++;
	double value = (double)ns / units[unit];
	text_printf(out, value < 999.5 ? "%.3g %s" : "%.0f %s", value, words[unit]);
}

/* Where in the student's source it happened. */
static void add_source(struct text *out, const struct cast *cast, const struct event *event)
{
	if (cast->timeline != NULL && timeline_source(cast->timeline, event, out))
		text_puts(out, ": ");
}

/* In front of what a student's program did. */
static void add_program(struct text *out, const struct cast *cast, const struct event *event)
{
	if (cast_several_students(cast) && event->actor != ACTOR_NONE)
		text_printf(out, "%s: ", cast_actor(cast, event->actor));
	cast_process(out, cast, event->pid);
}

static void add_connection(struct text *out, const struct cast *cast, const struct event *event)
{
	if (event->connection == CONNECTION_NONE)
		return;
	text_puts(out, " on ");
	cast_connection(out, cast, event->connection, event->actor);
}

const struct event *event_call_of(const struct cast *cast, const struct event *returned)
{
	if (cast->timeline == NULL || returned->number >= cast->timeline->count)
		return NULL;
	for (size_t i = returned->number; i-- > 0;) {
		const struct event *event = &cast->timeline->events[i];
		if (event->tid != returned->tid)
			continue;
		if (event->kind == EVENT_CALL && event->call.call == returned->call.call)
			return event;
		if (event->kind == EVENT_RETURN)
			return NULL;
	}
	return NULL;
}

static void call_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	char count[COUNT_LENGTH];
	bool returned = event->kind == EVENT_RETURN;
	const struct event *call = returned ? event_call_of(cast, event) : event;
	add_program(out, cast, event);
	event_call_text(out, call != NULL ? call : event, returned ? event : NULL, PEEK);
	if (returned && event->call.result < 0 && strerrorname_np((int)-event->call.result) != NULL)
		text_printf(out, " (%s)", strerrordesc_np((int)-event->call.result));
	if (returned && event->call.result == 0 && call_reads(event->call.call) && event->call.socket != 0)
		text_puts(out, event->call.datagrams ? ", an empty datagram," : ", end of the stream,");
	if (returned && event->call.repeat > 1)
		text_printf(out, ", %s times in a row,", count_text(event->call.repeat, count));
	while (event->connection == CONNECTION_NONE && out->length > 0 && out->bytes[out->length - 1] == ',')
		out->bytes[--out->length] = '\0';
	add_connection(out, cast, event);
	if (!returned)
		text_puts(out, " begins");
}

/* What the grader does to a program. */
static void harness_text(struct text *out, const struct line *line, const char *name)
{
	static const struct {
		enum verb verb;
		const char *word;
	} words[] = {{VERB_LAUNCH, "starts"}, {VERB_KILL, "kills"}, {VERB_HOLD, "holds"}, {VERB_RELEASE, "releases"}};
	const struct step *step = line->step;
	if (step->verb == VERB_STDIN && step->end_of_stream) {
		text_printf(out, "the grader ends the standard input of %s", name);
	} else if (step->verb == VERB_STDIN) {
		text_printf(out, "the grader types for %s: ", name);
		data_text(out, &step->data);
	} else if (step->verb == VERB_WAIT) {
		text_puts(out, "the grader waits ");
		duration_text(out, step->duration_ns);
	} else if (step->verb == VERB_SIGNAL && sigabbrev_np(step->number) != NULL) {
		text_printf(out, "the grader sends %s SIG%s", name, sigabbrev_np(step->number));
	} else {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (words[i].verb == step->verb)
				text_printf(out, "the grader %s %s", words[i].word, name);
		}
	}
}

static void step_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	const struct plan_test *test = cast->test;
	const struct line *line = NULL;
	if (event->step.line < test->line_count && test->by_number != NULL)
		line = test->by_number[event->step.line];
	size_t before = out->length;
	if (line != NULL && line->step != NULL && line->kind == LINE_HARNESS)
		harness_text(out, line, cast_actor(cast, line->actor));
	bool harness = out->length > before;
	if (harness) {
		text_puts(out, event->step.error != 0 ? ": it" : "");
	} else if (line == NULL || line->step == NULL) {
		text_printf(out, "line %" PRIu32, event->step.line + 1);
	} else if (line->step->verb == VERB_DROP && event->step.done && event->step.error == 0) {
		text_printf(out, "that datagram counts as lost: %s does nothing with it", cast_actor(cast, line->actor));
		return;
	} else {
		text_printf(out, "%s: %s", line->actor != ACTOR_NONE ? cast_actor(cast, line->actor) : "the grader",
		            verb_word(line->step->verb));
	}
	if (event->step.error == ETIMEDOUT) {
		text_puts(out, " could not be done: all was quiet");
	} else if (event->step.error != 0) {
		text_puts(out, " failed: ");
		error_name(out, event->step.error);
	} else if (!harness) {
		text_puts(out, event->step.done ? " is done" : " begins");
	}
}

static void ending_text(struct text *out, int32_t status)
{
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));
		text_puts(out, "is ended by ");
		if (name != NULL)
			text_printf(out, "SIG%s", name);
		else
			text_printf(out, "signal %d", WTERMSIG(status));
	} else {
		text_printf(out, "exits with status %d", WEXITSTATUS(status));
	}
}

static void process_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	const char *name = cast_actor(cast, event->actor);
	if (event->kind == EVENT_FORK) {
		text_printf(out, "%s makes a %s", name, event->process.thread ? "thread" : "child process");
		return;
	}
	if (event->kind == EVENT_LAUNCH || event->kind == EVENT_EXEC) {
		text_printf(out, "%s is %s", name, event->kind == EVENT_LAUNCH ? "started" : "running: execve() = 0");
		return;
	}
	text_puts(out, name);
	text_puts(out, event->kind == EVENT_EXIT && !event->process.main ? "'s child " : " ");
	if (event->kind == EVENT_EXIT) {
		ending_text(out, event->process.status);
		return;
	}
	const char *signal = sigabbrev_np(event->process.status);
	if (signal != NULL)
		text_printf(out, "is sent SIG%s", signal);
	else
		text_printf(out, "is sent signal %" PRId32, event->process.status);
}

static void segment_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	enum end sender = event->segment.sender;
	int16_t actor[2] = {ACTOR_NONE, ACTOR_NONE};
	if (event->connection >= 0 && event->connection < CAST_CONNECTIONS)
		memcpy(actor, cast->ends[event->connection].actor, sizeof(actor));
	static const char *const ends[] = {"client", "server"};
	text_printf(out, "%s sends ", actor[sender] != ACTOR_NONE ? cast_actor(cast, actor[sender]) : ends[sender]);
	event_segment_text(out, event);
	if (actor[!sender] != ACTOR_NONE)
		text_printf(out, " to %s", cast_actor(cast, actor[!sender]));
}

static void state_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	int actor = event->actor;
	if (actor == ACTOR_NONE && event->connection >= 0 && event->connection < CAST_CONNECTIONS)
		actor = cast->ends[event->connection].actor[event->state.end];
	static const char *const ends[] = {"the client", "the server"};
	const char *name = actor != ACTOR_NONE ? cast_actor(cast, actor) : ends[event->state.end];
	if (event->connection == CONNECTION_NONE) {
		text_printf(out, "%s is in %s", name, tcp_state_word(event->state.state));
		return;
	}
	text_printf(out, "%s's end of ", name);
	cast_connection(out, cast, event->connection, actor);
	text_printf(out, " is in %s", tcp_state_word(event->state.state));
	if (event->state.confirmed && event->state.receive_queue > 0)
		text_printf(out, ", %" PRIu32 " bytes unread", event->state.receive_queue);
}

static void blocked_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	add_program(out, cast, event);
	if (event->blocked.held) {
		text_puts(out, "stands still: the grader holds it");
		return;
	}
	if (event->blocked.call == CALL_OTHER) {
		text_puts(out, "waits in another call");
		return;
	}
	text_printf(out, "waits in %s(", call_word(event->blocked.call));
	if (event->blocked.descriptor != DESCRIPTOR_NONE)
		text_printf(out, "%" PRId32, event->blocked.descriptor);
	text_puts(out, ")");
	add_connection(out, cast, event);
	if (event->blocked.until_ns >= 0) {
		text_puts(out, " for ");
		elapsed_text(out, event->blocked.until_ns - event->time_ns);
	}
}

static void quiet_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	switch (event->quiet.reason) {
	case QUIET_FOREVER:
		text_puts(out, "all is quiet: every thread is blocked and nothing is on its way");
		return;
	case QUIET_HORIZON:
		text_puts(out, "all is quiet: the next timer runs out behind the time limit");
		return;
	case QUIET_PERIODIC:
		text_puts(out, "all is quiet: it wakes by a timer, does the same nothing and sleeps again");
		return;
	case QUIET_SPINNING:
		text_puts(out, "nothing changes any more: the program repeats a call that leads nowhere");
		return;
	case QUIET_TIMER:
		text_puts(out, "all is quiet until a timer, and nothing more is expected");
		return;
	case QUIET_GONE:
		/* Where the reference plays every role there never was one. */
		text_puts(out, cast->test->student[SIDE_SERVER] || cast->test->student[SIDE_CLIENT]
		                   ? "all is quiet: no process is left"
		                   : "all is quiet: nothing is on its way");
		return;
	}
}

static void spin_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	char count[COUNT_LENGTH];
	add_program(out, cast, event);
	if (event->spin.call == CALL_OTHER) {
		text_puts(out, "computes without a call and without getting anywhere");
	} else {
		text_printf(out, "repeats %s(", call_word(event->spin.call));
		if (event->spin.descriptor != DESCRIPTOR_NONE)
			text_printf(out, "%" PRId32, event->spin.descriptor);
		text_puts(out, event->spin.result < 0 ? ") = -1 " : ") = ");
		if (event->spin.result < 0)
			error_name(out, (int)-event->spin.result);
		else
			text_printf(out, "%" PRId64, event->spin.result);
		text_printf(out, ", %s times in a row", count_text(event->spin.count, count));
	}
	if (event->spin.cpu_ns > 0) {
		text_puts(out, ", ");
		elapsed_text(out, event->spin.cpu_ns);
		text_puts(out, " of CPU");
	}
}

static void limit_event_text(struct text *out, const struct event *event)
{
	enum limit_kind limit = event->limit.limit;
	text_printf(out, "the limit of %s (", limit_kind_word(limit));
	if (limit == LIMIT_TIME)
		elapsed_text(out, event->limit.value);
	else if (limit == LIMIT_PROCESSES || limit == LIMIT_DESCRIPTORS || limit == LIMIT_EVENTS)
		text_printf(out, "%" PRId64, event->limit.value);
	else
		size_text(out, event->limit.value > 0 ? (uint64_t)event->limit.value : 0);
	text_puts(out, ") was reached");
}

static void peer_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	text_printf(out, "%s: ", cast_actor(cast, event->actor));
	event_peer_text(out, event, PEEK);
	if (event->peer.call == PEER_READ && event->peer.result == 0)
		text_puts(out, cast->test->test->transport == TRANSPORT_UDP ? ", an empty datagram" : ", end of the stream");
	else if (event->peer.result < 0 && strerrorname_np((int)-event->peer.result) != NULL)
		text_printf(out, " (%s)", strerrordesc_np((int)-event->peer.result));
}

static void output_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	text_printf(out, "%s prints ", cast_actor(cast, event->actor));
	text_escaped(out, event->data, event->data_length, PEEK, true);
	text_puts(out, event->output.descriptor == 2 ? " on standard error" : " on standard output");
}

static void count_event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	text_printf(out, "%s has ", cast_actor(cast, event->actor));
	if (event->count.value < 0)
		text_puts(out, "an unknown number of");
	else
		text_printf(out, "%" PRId64, event->count.value);
	text_printf(out, " %s", count_kind_word(event->count.what));
}

static void start_event_text(struct text *out, const struct event *event)
{
	text_printf(out, "the test begins on port %u, evidence of rung %s", event->start.port,
	            rung_word(event->start.rung));
}

void event_text(struct text *out, const struct cast *cast, const struct event *event)
{
	add_source(out, cast, event);
	switch (event->kind) {
	case EVENT_START:
		start_event_text(out, event);
		return;
	case EVENT_STEP:
		step_event_text(out, cast, event);
		return;
	case EVENT_LAUNCH:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_SIGNAL:
		process_event_text(out, cast, event);
		return;
	case EVENT_CALL:
	case EVENT_RETURN:
		call_event_text(out, cast, event);
		return;
	case EVENT_CONNECTION:
		cast_connection(out, cast, event->connection, event->ends.server);
		text_puts(out, " appears");
		return;
	case EVENT_SEGMENT:
		segment_event_text(out, cast, event);
		return;
	case EVENT_STATE:
		state_event_text(out, cast, event);
		return;
	case EVENT_PEER:
		peer_event_text(out, cast, event);
		return;
	case EVENT_OUTPUT:
		output_event_text(out, cast, event);
		return;
	case EVENT_COUNT:
		count_event_text(out, cast, event);
		return;
	case EVENT_BLOCKED:
		blocked_event_text(out, cast, event);
		return;
	case EVENT_QUIET:
		quiet_event_text(out, cast, event);
		return;
	case EVENT_SPIN:
		spin_event_text(out, cast, event);
		return;
	case EVENT_LIMIT:
		limit_event_text(out, event);
		return;
	case EVENT_SETBACK:
		setback_event_text(out, event);
		return;
	case EVENT_VARIED:
		text_printf(out, "case %" PRIu32 " of %" PRIu32 ": ", event->varied.number, event->varied.of);
		text_add(out, event->data, event->data_length);
		return;
	case EVENT_DROPPED:
		text_printf(out, "the capture lost %" PRIu64 " segments", event->dropped.count);
		return;
	case EVENT_SOURCE:
		text_puts(out, "a line of the source");
		return;
	case EVENT_END:
		text_puts(out, "the test ends");
		return;
	}
}
