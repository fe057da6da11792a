#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {
	"closed-before-served", "closes-after-one-message", "closed-unread-data",  "wrong-client-dropped",
	"one-read-one-message", "half-close-drops-data",    "gives-up-on-silence", NULL};

/* The process had served that connection itself. */
static bool served(const struct inquiry *inquiry, int connection, int32_t pid)
{
	const struct story_connection *of = story_connection(inquiry->story, connection);
	for (enum end end = END_CLIENT; of != NULL && end <= END_SERVER; end++)
		for (size_t i = 0; i < of->end[end].reads.count; i++)
			if (of->end[end].reads.list[i].pid == pid)
				return true;
	return false;
}

/* The thread had closed a descriptor of this number before, and since then has moved no byte on this connection. */
static uint32_t closed_before(const struct inquiry *inquiry, const struct event *close)
{
	for (size_t i = close->number; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || event->tid != close->tid)
			continue;
		if ((call_reads(event->call.call) || call_writes(event->call.call)) && event->connection == close->connection)
			return STORY_NONE;
		if (event->call.call == CALL_CLOSE && event->call.descriptor == close->call.descriptor &&
		    event->connection != close->connection && event->call.result == 0)
			return served(inquiry, event->connection, close->pid) ? event->number : STORY_NONE;
	}
	return STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry_next(inquiry, &at);) {
		if (at.mine->close_began == STORY_NONE || at.mine->closes != 1 || at.other->ended < at.mine->close_began)
			continue;
		uint32_t first = closed_before(inquiry, &inquiry->timeline->events[at.mine->close_began]);
		if (first != STORY_NONE)
			finding_add(inquiry, at.actor, EVENTS(first, at.mine->close_began),
			            "descriptor %d was closed twice by the same thread; meanwhile it had become the connection of "
			            "another client, which ended.",
			            at.mine->descriptor);
	}
}

const struct finding_row finding_closed_twice = {
	.id = "closed-twice",
	.title = "A descriptor is closed twice",
	.explanation = "close() gives the number back, and the next accept() may return the same one. A second close() of "
				   "that number then ends the connection of somebody else.",
	.source = "close(2)",
	.mend = "Close each descriptor in one place, once; set the variable to -1 after it.",
	.detect = detect,
	.follows = follows,
};
