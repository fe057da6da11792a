#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <string.h>

static const char *const follows[] = {"client-never-half-closes", "connection-abandoned", "never-closed",
                                      "connection-not-watched", NULL};

/* How many of these bytes have been typed; 0 where what is typed is not what is sent. */
static size_t typed(const struct inquiry *inquiry, int actor, const struct story_bytes *wanted)
{
	TEXT_AUTO all = {0};
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_STEP || !event->step.done || event->actor != actor ||
		    event->step.line >= inquiry->test->line_count)
			continue;
		const struct step *step = inquiry->test->by_number[event->step.line]->step;
		if (step->verb == VERB_STDIN && step->data.kind == DATA_BYTES)
			text_add(&all, step->data.bytes, step->data.length);
	}
	size_t length = all.length < wanted->length ? all.length : wanted->length;
	return length > 0 && memcmp(text_string(&all), wanted->bytes, length) == 0 ? length : 0;
}

/* A thread may be about to send: it is blocked in writing, or sleeps. */
static bool may_send(const struct inquiry *inquiry, int actor)
{
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		bool sleeps = blocked->call == CALL_NANOSLEEP || blocked->call == CALL_CLOCK_NANOSLEEP;
		bool sends = call_writes(blocked->call) && blocked->connection != CONNECTION_NONE;
		if (blocked->actor == actor && (blocked->held || sends || sleeps))
			return true;
	}
	return false;
}

/* Where it waits: best where it looks at several descriptors, then for the keyboard. */
static const struct story_blocked *waits(const struct inquiry *inquiry, int actor)
{
	const struct story_blocked *found = NULL;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		bool keyboard = call_reads(blocked->call) && blocked->descriptor == 0 && blocked->socket == 0;
		if (blocked->actor == actor && (found == NULL || keyboard || call_polls(blocked->call)))
			found = blocked;
	}
	return found;
}

/* All that it waits for is the reply: that has a finding of its own. */
static bool waits_for_reply(const struct inquiry *inquiry, const struct student_end *at)
{
	bool only = at->mine->stream.length > 0;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor == at->actor)
			only = only && call_reads(blocked->call) && blocked->connection == at->connection->number;
	}
	return only;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		struct story_bytes expected;
		if (at.end != END_CLIENT || !inquiry->settled || inquiry->story->quiet_reason == QUIET_SPINNING ||
		    inquiry_unmet(inquiry, VERB_SEND, at.actor) == NULL || program->exited != STORY_NONE || program->holds ||
		    at.mine->ended != STORY_NONE || at.other->ended != STORY_NONE || at.mine->broken != STORY_NONE ||
		    at.other->broken != STORY_NONE || at.mine->shut != STORY_NONE || at.mine->send_queue > 0)
			continue;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		size_t given = offset < expected.length ? typed(inquiry, at.actor, &expected) : 0;
		const struct story_blocked *where = waits(inquiry, at.actor);
		if (offset != at.mine->stream.length || given <= offset || where == NULL || may_send(inquiry, at.actor) ||
		    waits_for_reply(inquiry, &at))
			continue;
		finding_add(inquiry, at.actor, EVENTS(where->event),
		            "%s were typed and %zu of them sent, and the program waits in %s()%s.",
		            inquiry_bytes(inquiry, given), offset, story_call_word(inquiry->story, at.actor, where->call),
		            where->descriptor == 0 && where->socket == 0 ? " for more from the keyboard" : "");
	}
}

const struct finding_row finding_input_kept_back = {
	.id = "input-kept-back",
	.title = "What was typed is not sent yet",
	.explanation =
		"fgets(), getline(), readline() and <STDIN> read all that is there and hand out one line; the others lie in a "
		"buffer of the program. select() and poll() look at the descriptor, where nothing is left, and wait. A read "
		"that wants a full buffer (fread(), read_exact(), read() of a file object in Python) waits for more as well.",
	.source = "select_tut(2), setvbuf(3); read(2)",
	.mend = "Beside select() or poll() read with read(0, …), os.read() or sysread() and send what it returned. Where "
			"threads or asyncio are used, send each line when it has come.",
	.detect = detect,
	.follows = follows,
};
