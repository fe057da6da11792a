#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"never-accepts",
                                      "connection-abandoned",
                                      "never-closed",
                                      "descriptor-leak",
                                      "one-read-one-message",
                                      "half-close-drops-data",
                                      NULL};

/* epoll_ctl(2). */
enum { CONTROL_DELETE = 2 };

static bool in_epoll(const struct inquiry *inquiry, const struct student_end *at)
{
	bool is = false;
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->call.call == CALL_EPOLL_CTL && event->call.result == 0 &&
		    event->actor == at->actor && event->call.socket == at->mine->socket)
			is = event->call.argument != CONTROL_DELETE;
	}
	return is;
}

/* Where the actor's threads wait: best one that looks at many descriptors, then one that reads another connection.  False
 * when some thread may still come to this connection. */
static bool waits_elsewhere(const struct inquiry *inquiry, const struct student_end *at,
                            const struct story_blocked **where)
{
	*where = NULL;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor != at->actor)
			continue;
		if (blocked->held || blocked->connection == at->connection->number ||
		    (call_writes(blocked->call) && blocked->connection != CONNECTION_NONE))
			return false;
		if (call_polls(blocked->call) || (call_reads(blocked->call) && *where == NULL))
			*where = blocked;
	}
	/* The scheduler of Go watches all descriptors; whether somebody then reads is another matter. */
	return *where == NULL || !call_polls((*where)->call) || !in_epoll(inquiry, at) || at->mine->reads.count == 0;
}

/* The listening socket is not among those that it looks at any more: clients are connected, and it waits for others. */
static void detect_listener(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry->settled && inquiry_next(inquiry, &at);) {
		const struct story_blocked *where = inquiry_polls(inquiry, at.actor);
		bool accepted = false;
		for (struct student_end each = {0}; inquiry_next(inquiry, &each);)
			accepted = accepted || (each.actor == at.actor && each.mine->made != STORY_NONE);
		if (at.end == END_SERVER && at.mine->made == STORY_NONE && at.connection->established[END_CLIENT] &&
		    at.other->broken == STORY_NONE && accepted && where != NULL && where->descriptor < 0)
			finding_add(
				inquiry, at.actor, EVENTS(where->event),
				"a client is connected and not accepted, and the program waits in %s(), which does not look at the "
				"listening socket any more.",
				story_call_word(inquiry->story, at.actor, where->call));
	}
}

static void detect(struct inquiry *inquiry)
{
	/* A thread that runs is not among those that wait. */
	if (inquiry->story->quiet_reason == QUIET_SPINNING)
		return;
	detect_listener(inquiry);
	for (struct student_end at = {0}; inquiry->failed && inquiry->settled && inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		const struct story_blocked *where;
		uint64_t unread = story_unread(inquiry->story, at.connection, at.end);
		if (unread == 0 || at.mine->send_queue > 0 || at.mine->zero_reads > 0 || program->exited != STORY_NONE ||
		    program->holds || story_read_bytes(at.mine) >= at.other->written || !waits_elsewhere(inquiry, &at, &where))
			continue;
		/* A client that reads in turn may be waiting for its keyboard: not so where it looks at several. */
		if (at.end == END_SERVER ? at.mine->made == STORY_NONE : where == NULL || !call_polls(where->call))
			continue;
		uint32_t event = where != NULL ? where->event : at.mine->confirmed;
		uint32_t made = at.mine->made != STORY_NONE ? at.mine->made : at.connection->created;
		const char *bytes = inquiry_bytes(inquiry, unread);
		if (where != NULL && call_polls(where->call) && in_epoll(inquiry, &at))
			finding_add(inquiry, at.actor, EVENTS(made, event),
			            "%s came on descriptor %d, and the program waits and reads nothing there.", bytes,
			            at.mine->descriptor);
		else if (where == NULL || where->connection != CONNECTION_NONE || where->listening || where->descriptor == 0)
			finding_add(inquiry, at.actor, EVENTS(made, event),
			            "%s came on descriptor %d, and no thread of the program reads there or waits there.", bytes,
			            at.mine->descriptor);
		else
			finding_add(
				inquiry, at.actor, EVENTS(made, event),
				"%s came on descriptor %d, and the program waits in %s(), which does not look at that descriptor.",
				bytes, at.mine->descriptor, story_call_word(inquiry->story, at.actor, where->call));
	}
}

const struct finding_row finding_connection_not_watched = {
	.id = "connection-not-watched",
	.title = "Nobody waits for a connection",
	.explanation = "What comes on a connection is read only while somebody waits for it: a thread in "
				   "read(), or select(), poll() or epoll_wait() with its descriptor among those they look at. select() "
				   "leaves only the ready ones in its sets, and looks at descriptors below its first argument.",
	.source = "select(2), poll(2), epoll_ctl(2), pthread_create(3)",
	.mend = "Start the thread of each connection (start() in Python and Java). With select(): build the sets anew "
			"before each call, and pass the highest descriptor + 1.",
	.detect = detect,
	.follows = follows,
};
