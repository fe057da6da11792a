#include "judge/findings.h"

#include "timeline/timeline.h"

/* epoll_ctl(2). */
#define EDGE_TRIGGERED (INT64_C(1) << 31)
enum { CONTROL_DELETE = 2 };

static const char *const follows[] = {"connection-abandoned",
                                      "never-closed",
                                      "one-read-one-message",
                                      "half-close-drops-data",
                                      "fixed-table",
                                      "drops-last-line",
                                      "descriptor-leak",
                                      "connection-not-watched",
                                      "reply-not-sent",
                                      "deadlock-full-duplex",
                                      "serial-server",
                                      "never-accepts",
                                      NULL};

/* How the socket was registered last; 0: not at all. */
static int64_t registered(const struct inquiry *inquiry, int actor, uint64_t socket, uint32_t *event_number)
{
	int64_t events = 0;
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || event->call.call != CALL_EPOLL_CTL || event->call.result != 0 ||
		    event->actor != actor || event->call.socket != socket)
			continue;
		events = event->call.argument == CONTROL_DELETE ? 0 : event->call.value;
		*event_number = event->number;
	}
	return events;
}

/* Clients wait to be accepted, and the listening socket told of them before. */
static void detect_listener(struct inquiry *inquiry, const struct story_blocked *blocked)
{
	const struct story_socket *listener = story_listener(inquiry->story, blocked->actor);
	uint32_t added = STORY_NONE;
	unsigned waiting = 0;
	if (listener == NULL || (registered(inquiry, blocked->actor, listener->inode, &added) & EDGE_TRIGGERED) == 0)
		return;
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);)
		waiting += at.actor == blocked->actor && at.end == END_SERVER && at.mine->made == STORY_NONE &&
		           at.connection->established[END_CLIENT] && at.other->broken == STORY_NONE;
	if (waiting > 0)
		finding_add(
			inquiry, blocked->actor, EVENTS(added, blocked->event),
			"%u connection%s on the listening socket (descriptor %d, EPOLLET) and accept() was not called again: "
			"%s() waits.",
			waiting, waiting == 1 ? " waits" : "s wait", listener->descriptor,
			story_call_word(inquiry->story, blocked->actor, blocked->call));
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && inquiry->settled && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		bool waits =
			blocked->call == CALL_EPOLL_WAIT || blocked->call == CALL_EPOLL_PWAIT || blocked->call == CALL_EPOLL_PWAIT2;
		if (waits && !blocked->held)
			detect_listener(inquiry, blocked);
		for (struct student_end at = {0}; waits && !blocked->held && inquiry_next(inquiry, &at);) {
			uint32_t added = STORY_NONE;
			const struct story_transfers *reads = &at.mine->reads;
			if (at.actor != blocked->actor || story_unread(inquiry->story, at.connection, at.end) == 0 ||
			    reads->count == 0 || reads->list[reads->count - 1].result <= 0 ||
			    (registered(inquiry, at.actor, at.mine->socket, &added) & EDGE_TRIGGERED) == 0)
				continue;
			finding_add(inquiry, at.actor, EVENTS(reads->list[reads->count - 1].event, added, blocked->event),
			            "%s took %s and was not called again: it left %s there, and %s() waits.",
			            inquiry_call(inquiry, reads->list[reads->count - 1].event),
			            inquiry_bytes(inquiry, (uint64_t)reads->list[reads->count - 1].result),
			            inquiry_bytes(inquiry, story_unread(inquiry->story, at.connection, at.end)),
			            story_call_word(inquiry->story, blocked->actor, blocked->call));
		}
	}
}

/* Over UDP: datagrams that came before the last read are still there. */
static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.connection == NULL || wrong.got != NULL || !inquiry->settled)
		return;
	const struct story_blocked *where = inquiry_polls(inquiry, wrong.actor);
	const struct story_datagram *waits = NULL, *taken = taken_next(inquiry, wrong.end, 0);
	for (size_t i = 0; i < wrong.other->datagram_count && waits == NULL; i++)
		waits = wrong.other->datagrams[i].taken == STORY_NONE ? &wrong.other->datagrams[i] : NULL;
	uint32_t added = STORY_NONE;
	for (const struct story_datagram *next = taken; next != NULL; next = taken_next(inquiry, wrong.end, next->taken))
		taken = next;
	if (where == NULL || waits == NULL || taken == NULL || waits->event > taken->taken)
		return;
	uint64_t socket = inquiry->timeline->events[taken->taken].call.socket;
	if ((registered(inquiry, wrong.actor, socket, &added) & EDGE_TRIGGERED) != 0)
		finding_add(inquiry, wrong.actor, EVENTS(taken->taken, added, where->event),
		            "%s took one datagram and was not called again: others still lie there, and %s() waits.",
		            inquiry_call(inquiry, taken->taken), story_call_word(inquiry->story, wrong.actor, where->call));
}

const struct finding_row finding_edge_lost = {
	.id = "edge-lost",
	.title = "Edge-triggered epoll is read only once",
	.explanation = "With EPOLLET epoll_wait() tells that bytes have come, once. What is not read then is not told "
				   "again until more comes, and the other side may be waiting for the answer. The same is true of "
				   "connections and accept().",
	.source = "epoll(7), Level-triggered and edge-triggered",
	.mend = "Make the socket non-blocking and read (or accept) until that fails with EAGAIN, or leave EPOLLET out.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
