#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"no-time-out", "loss-not-repaired", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_SEGMENT || event->segment.flags != SEGMENT_UNREACHABLE ||
		    event->segment.sender != END_SERVER)
			continue;
		const struct story_connection *connection = story_connection(inquiry->story, event->connection);
		int actor = connection != NULL ? story_actor_at(inquiry->story, connection, END_CLIENT) : ACTOR_NONE;
		if (actor == ACTOR_NONE || !plan_student(inquiry->test, actor) ||
		    connection->end[END_CLIENT].made != STORY_NONE ||
		    (inquiry_unmet(inquiry, VERB_EXIT, actor) == NULL && inquiry_unmet(inquiry, VERB_STDERR, actor) == NULL))
			continue;
		bool connected = false;
		for (size_t j = 0; j < inquiry->story->connect_count; j++)
			connected = connected || inquiry->story->connects[j].actor == actor;
		if (!connected)
			finding_add(
				inquiry, actor, EVENTS(event->number),
				"the port was reported unreachable, and the program, whose socket is not connected, did not hear it.");
	}
}

const struct finding_row finding_unreachable_not_heard = {
	.id = "unreachable-not-heard",
	.title = "The socket is not connected, so no error reaches it",
	.explanation =
		"ICMP \"port unreachable\" is reported on a connected socket only: an unconnected one may have sent to many addresses, and the kernel does not say which of them it was.",
	.source = "udp(7), RFC 1122 §4.1.3.3",
	.mend = "connect() the socket to the server, which sends nothing, and use send() and recv().",
	.detect_datagrams = detect,
	.follows = follows,
};
