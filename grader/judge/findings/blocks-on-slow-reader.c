#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"never-accepts",          "deadlock-full-duplex", "serial-server",
                                      "connection-abandoned",   "never-closed",         "one-read-one-message",
                                      "connection-not-watched", "reply-not-sent",       NULL};

/* How often a write that takes nothing is tried again before that is a loop. */
enum { STUBBORN = 16 };

/* Tries are made on one connection and nothing else is done. */
static uint32_t tries(const struct student_end *at)
{
	const struct story_transfers *writes = &at->mine->writes;
	if (writes->count == 0)
		return STORY_NONE;
	const struct story_transfer *last = &writes->list[writes->count - 1];
	uint64_t times = 0;
	for (size_t i = writes->count; i-- > 0 && writes->list[i].result == -EAGAIN;)
		times += writes->list[i].repeat;
	return times >= STUBBORN ? last->event : STORY_NONE;
}

static bool waits(const struct student_end *at)
{
	return at->other->broken == STORY_NONE &&
	       (at->mine->made == STORY_NONE ? at->connection->established[END_CLIENT]
	                                     : story_read_bytes(at->mine) < at->other->written);
}

static void detect_tries(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->story->quiet_reason == QUIET_SPINNING && inquiry_next(inquiry, &at);) {
		uint32_t tried = at.end == END_SERVER ? tries(&at) : STORY_NONE;
		for (struct student_end each = {0}; tried != STORY_NONE && inquiry_next(inquiry, &each);)
			if (each.actor == at.actor && each.connection != at.connection && waits(&each))
				finding_add(inquiry, at.actor, EVENTS(tried),
				            "the server calls %s again and again, whose client does not read; another client waits.",
				            inquiry_call(inquiry, tried));
	}
}

/* The thread that has read what the client sent waits for another thread, and has answered nothing: a lock is held. */
static bool locked_out(const struct inquiry *inquiry, const struct student_end *at)
{
	if (at->mine->last_read == STORY_NONE || at->mine->written >= at->mine->read || at->mine->made == STORY_NONE ||
	    at->other->broken != STORY_NONE)
		return false;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++)
		if (inquiry->story->blocked[i].call == CALL_FUTEX &&
		    inquiry->story->blocked[i].tid == inquiry->timeline->events[at->mine->last_read].tid)
			return true;
	return false;
}

static void detect(struct inquiry *inquiry)
{
	if (inquiry->failed)
		detect_tries(inquiry);
	for (size_t i = 0; inquiry->failed && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_writes(blocked->call) || blocked->connection == CONNECTION_NONE)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			bool another =
				at.end == END_SERVER && at.actor == blocked->actor && at.connection->number != blocked->connection;
			if (another && locked_out(inquiry, &at))
				finding_add(
					inquiry, blocked->actor, EVENTS(at.mine->last_read, blocked->event),
					"the server is blocked in %s() on descriptor %d, whose client does not read; the thread that read from "
					"descriptor %d waits for it, as for a lock.",
					story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor,
					at.mine->descriptor);
			else if (another && waits(&at))
				finding_add(
					inquiry, blocked->actor, EVENTS(blocked->event),
					"the server is blocked in %s() on descriptor %d, whose client does not read; another client waits.",
					story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor);
		}
	}
}

const struct finding_row finding_blocks_on_slow_reader = {
	.id = "blocks-on-slow-reader",
	.title = "One slow client stops all others",
	.explanation =
		"A blocking write() to a client that does not read waits until that client reads. In a loop "
		"that serves all clients, nobody else is served meanwhile; nor where threads hold a common lock while they write.",
	.source = "send(2), poll(2), fcntl(2) (O_NONBLOCK)",
	.mend = "Make the connections non-blocking, keep what write() did not take in a buffer of that "
			"client, and go on when poll() says POLLOUT. Hold no lock while you write.",
	.detect = detect,
	.follows = follows,
};
