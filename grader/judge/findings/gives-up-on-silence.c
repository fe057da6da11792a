#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"uncaught-exception",
                                      "closes-after-one-message",
                                      "closed-unread-data",
                                      "half-close-drops-data",
                                      "short-write-ignored",
                                      "one-read-one-message",
                                      "resets-instead-of-closing",
                                      "client-closes-too-early",
                                      "client-stops-after-one-read",
                                      "closed-before-served",
                                      NULL};

/* A shorter wait may be no wait at all. */
enum { SHORTEST_NS = 10000000, SILENCE_NS = 1000000000 };

/* The call that ended without anything having come, as the last one of its kind before the event. */
static const struct event *timed_out(const struct inquiry *inquiry, const struct student_end *at, uint32_t before)
{
	const struct event *events = inquiry->timeline->events, *back = NULL;
	for (size_t i = before; i-- > 0;) {
		const struct event *event = &events[i];
		if (event->pid != events[before].pid || (event->kind != EVENT_RETURN && event->kind != EVENT_CALL))
			continue;
		bool transfers = call_reads(event->call.call) || call_writes(event->call.call);
		if (transfers && event->connection != at->connection->number)
			continue;
		if (!transfers && !call_polls(event->call.call))
			continue;
		if (event->kind == EVENT_RETURN && back == NULL) {
			if (event->call.result != (transfers ? -EAGAIN : 0))
				return NULL;
			back = event;
		} else if (event->kind == EVENT_CALL && back != NULL && event->tid == back->tid) {
			if (back->time_ns - event->time_ns >= SHORTEST_NS)
				return event;
			/* One of many short looks: the silence is as long as all of them.  (A server's read is another question.) */
			if (transfers && at->end == END_SERVER)
				return NULL;
			back = NULL;
		}
	}
	return NULL;
}

/* A read that did not wait found nothing, and the same thread closed at once. */
static const struct event *nothing_yet(const struct inquiry *inquiry, uint32_t end)
{
	const struct event *events = inquiry->timeline->events;
	for (size_t i = end; i-- > 0;) {
		const struct event *event = &events[i];
		if ((event->kind != EVENT_RETURN && event->kind != EVENT_CALL) || event->tid != events[end].tid ||
		    !(call_reads(event->call.call) || call_writes(event->call.call) || call_polls(event->call.call)))
			continue;
		return event->kind == EVENT_RETURN && call_reads(event->call.call) && event->call.result == -EAGAIN &&
		               event->connection == events[end].connection
		           ? event
		           : NULL;
	}
	return NULL;
}

/* A read that a signal had interrupted is the last thing that the program did with the connection.  Not so where the
 * grader made that EINTR: the program has no handler. */
static const struct event *interrupted(const struct inquiry *inquiry, const struct student_end *at, uint32_t before)
{
	const struct story_transfers *reads = &at->mine->reads;
	if (reads->count == 0 || at->mine->last_read >= before || reads->list[reads->count - 1].result != -EINTR)
		return NULL;
	const struct event *events = inquiry->timeline->events, *last = &events[at->mine->last_read];
	for (size_t i = at->mine->last_read; i-- > 0 && (events[i].kind != EVENT_CALL || events[i].tid != last->tid);)
		if (events[i].kind == EVENT_SETBACK && events[i].tid == last->tid)
			return NULL;
	return last;
}

/* A timer of a run-time system: everything that had come was read, and for a while nothing more came.  The last event of the
 * connection before; NULL when that was not long ago. */
static const struct event *silent(const struct inquiry *inquiry, const struct student_end *at, uint32_t before)
{
	const struct event *events = inquiry->timeline->events;
	if (at->mine->unread_at_close > 0 || at->mine->made == STORY_NONE)
		return NULL;
	for (size_t i = before; i-- > at->mine->made;) {
		enum event_kind kind = events[i].kind;
		bool moves = kind == EVENT_SEGMENT || kind == EVENT_PEER ||
		             (kind == EVENT_RETURN && (call_reads(events[i].call.call) || call_writes(events[i].call.call)));
		if (moves && events[i].connection == at->connection->number)
			return events[before].time_ns - events[i].time_ns >= SILENCE_NS ? &events[i] : NULL;
	}
	return NULL;
}

/* A client that has half-closed waits for the rest of the reply. */
static void detect_client(struct inquiry *inquiry, const struct student_end *at)
{
	uint32_t exited = inquiry->story->actors[at->actor].exited;
	uint32_t end = at->mine->close_began < exited ? at->mine->close_began : exited;
	if (end == STORY_NONE || at->other->broken < end || at->other->ended < end || at->mine->zero_reads > 0 ||
	    inquiry->story->actors[at->actor].killed != STORY_NONE)
		return;
	const struct event *call = timed_out(inquiry, at, end);
	if (call != NULL)
		finding_add(inquiry, at->actor, EVENTS(call->number, end),
		            "%s() ended by a time-out, and the client took that for the end, although the server had only been "
		            "silent.",
		            story_call_word(inquiry->story, at->actor, call->call.call));
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry_next(inquiry, &at);) {
		if (at.end == END_CLIENT)
			detect_client(inquiry, &at);
		uint32_t end = at.mine->shut < at.mine->close_began ? at.mine->shut : at.mine->close_began;
		/* A parent closes what its child goes on with. */
		if (at.mine->last_read != STORY_NONE && at.mine->last_read > end)
			end = at.mine->ended;
		if (at.end != END_SERVER || end == STORY_NONE || at.other->broken < end || at.other->ended < end ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE)
			continue;
		const struct event *call = timed_out(inquiry, &at, end), *cut = interrupted(inquiry, &at, end),
						   *last = silent(inquiry, &at, end);
		if (cut != NULL)
			finding_add(
				inquiry, at.actor, EVENTS(cut->number, end),
				"%s was interrupted by a signal (EINTR), and the server closed the connection, although the client "
				"had only been silent.",
				inquiry_call(inquiry, cut->number));
		else if (call == NULL && last != NULL)
			finding_add(inquiry, at.actor, EVENTS(last->number, end),
			            "the server closed descriptor %d after %lld s in which the client had only been silent.",
			            at.mine->descriptor,
			            (long long)((inquiry->timeline->events[end].time_ns - last->time_ns) / 1000000000));
		else if (call != NULL)
			finding_add(
				inquiry, at.actor, EVENTS(call->number, end),
				"%s() ended by a time-out, and the server closed descriptor %d, although the client had only been "
				"silent or slow.",
				story_call_word(inquiry->story, at.actor, call->call.call), at.mine->descriptor);
		const struct event *early = call == NULL && cut == NULL && last == NULL ? nothing_yet(inquiry, end) : NULL;
		if (early != NULL)
			finding_add(
				inquiry, at.actor, EVENTS(early->number, end),
				"%s had nothing to take yet (EAGAIN), and the server closed the connection, although the client "
				"had only been silent.",
				inquiry_call(inquiry, early->number));
	}
}

/* Over UDP: the last thing that a server's socket said was that nothing had come for a while. */
static void detect_datagrams(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		if (!plan_student(inquiry->test, actor) || story_end_of(inquiry->story, actor) != END_SERVER ||
		    !inquiry_exited(inquiry, actor) || inquiry_may_exit(inquiry, actor))
			continue;
		uint32_t exited = inquiry->story->actors[actor].exited;
		const struct event *last = NULL;
		for (size_t i = exited; i-- > 0 && last == NULL;) {
			const struct event *event = &inquiry->timeline->events[i];
			bool reads = call_reads(event->call.call) && event->call.datagrams;
			if (event->kind == EVENT_RETURN && event->actor == actor && (reads || call_polls(event->call.call)))
				last = event;
		}
		if (last != NULL && last->call.result == (call_polls(last->call.call) ? 0 : -EAGAIN))
			finding_add(inquiry, actor, EVENTS(last->number, exited),
			            "%s() ended by a time-out, and the program ended, although clients had only been silent.",
			            story_call_word(inquiry->story, actor, last->call.call));
	}
}

const struct finding_row finding_gives_up_on_silence = {
	.id = "gives-up-on-silence",
	.title = "Silence is taken for the end",
	.explanation =
		"With a time-out (SO_RCVTIMEO, settimeout(), setSoTimeout()) recv() fails with EAGAIN when nothing has "
		"come for a while; a signal with a handler makes it fail with EINTR. That is neither an error of the connection nor its "
		"end: the other side may speak again.",
	.source = "socket(7), SO_RCVTIMEO; RFC 9293 §3.6",
	.mend =
		"After a time-out go on waiting, or set none; after EINTR call it again. Only read() == 0 says that the other "
		"side has closed.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
