#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"one-read-one-message", "never-closed", "connection-abandoned", "reply-not-sent",
                                      NULL};

/* recv(2), MSG_WAITALL. */
enum { WAIT_FOR_ALL = 0x100 };

/* The call that it is blocked in. */
static uint32_t entered(const struct inquiry *inquiry, const struct story_blocked *blocked)
{
	for (size_t i = blocked->event; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->tid == blocked->tid)
			return event->number;
	}
	return STORY_NONE;
}

/* The kernel takes the bytes out of the queue while the call still waits for more: they count as not read yet. */
static bool waits_for_all(const struct inquiry *inquiry, const struct story_blocked *blocked)
{
	uint32_t number = entered(inquiry, blocked);
	const struct event *event = number != STORY_NONE ? &inquiry->timeline->events[number] : NULL;
	return event != NULL && event->call.call == blocked->call && (event->call.value & WAIT_FOR_ALL) != 0;
}

/* A loop until the buffer is full: the next read asks for exactly what the last one left over. */
static void detect_loop(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		const struct story_transfer *last = inquiry_unanswered(inquiry, &at, &expected);
		if (last == NULL || last->result >= last->asked)
			continue;
		for (size_t i = last->event + 1; i < inquiry->timeline->count; i++) {
			const struct event *event = &inquiry->timeline->events[i];
			if ((event->kind == EVENT_CALL || event->kind == EVENT_RETURN) && call_reads(event->call.call) &&
			    event->connection == at.connection->number && event->actor == at.actor) {
				if (event->call.argument == last->asked - last->result)
					finding_add(
						inquiry, at.actor, EVENTS(last->event, event->number),
						"%s was asked for %s and got %lld; before it answers, the program waits for more, up to %lld.",
						inquiry_call(inquiry, last->event), inquiry_bytes(inquiry, (uint64_t)last->asked),
						(long long)last->result, (long long)event->call.argument);
				break;
			}
		}
	}
}

static void detect(struct inquiry *inquiry)
{
	if (story_sees_reads(inquiry->story))
		detect_loop(inquiry);
	for (size_t i = 0; inquiry->failed && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_reads(blocked->call) || blocked->connection == CONNECTION_NONE)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			uint64_t taken = waits_for_all(inquiry, blocked) ? at.mine->read : story_read_bytes(at.mine);
			if (at.connection->number == blocked->connection && at.actor == blocked->actor &&
			    at.other->written > taken && at.other->ended == STORY_NONE && at.other->broken == STORY_NONE)
				finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
				            "%s came, and %s() on descriptor %d still waits for more.",
				            inquiry_bytes(inquiry, at.other->written - taken),
				            story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor);
		}
	}
}

/* recvmmsg(2) returns when it has as many datagrams as it was given room for. */
static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got != NULL || wrong.connection == NULL)
		return;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		size_t waiting = 0;
		/* Those that came while it waited: whose the others were, the call may have told wrongly. */
		for (size_t j = 0; j < wrong.other->datagram_count; j++)
			waiting += wrong.other->datagrams[j].taken == STORY_NONE &&
			           wrong.other->datagrams[j].event > entered(inquiry, blocked);
		if (blocked->actor == wrong.actor && !blocked->held && blocked->call == CALL_RECVMMSG && waiting > 0)
			finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
			            "%zu of the client's datagrams came, and recvmmsg() on descriptor %d still waits for more.",
			            waiting, blocked->descriptor);
	}
}

const struct finding_row finding_waits_for_full_buffer = {
	.id = "waits-for-full-buffer",
	.title = "The program waits until its buffer is full",
	.explanation =
		"With MSG_WAITALL recv() returns only when it has as many bytes as the buffer holds, or at "
		"the end of the stream; a loop around read(), readFully(), read_exact(), read_to_end() and ReadAll() do "
		"the same. A short message then waits for bytes that will never come. Over UDP recvmmsg() waits for as many "
		"datagrams as it was given room for, unless it is told MSG_WAITFORONE.",
	.source = "recv(2), MSG_WAITALL; read(2)",
	.mend = "Call recv() once, without MSG_WAITALL, and send back as many bytes as it returned.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
