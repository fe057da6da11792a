#include "judge/findings.h"

static const char *const follows[] = {"never-accepts", "never-closed", "connection-abandoned", NULL};

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed)
		return;
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || at.mine->made != STORY_NONE || !at.connection->established[END_CLIENT] ||
		    at.other->broken != STORY_NONE)
			continue;
		for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
			const struct story_blocked *blocked = &inquiry->story->blocked[i];
			if (blocked->actor != at.actor || blocked->held || !call_reads(blocked->call) || blocked->listening ||
			    blocked->connection == CONNECTION_NONE || blocked->connection == at.connection->number)
				continue;
			finding_add(
				inquiry, at.actor, EVENTS(blocked->event),
				"the server waits in %s() on descriptor %d for one client; another one is connected and was never "
				"accepted.",
				story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor);
		}
	}
}

const struct finding_row finding_serial_server = {
	.id = "serial-server",
	.title = "One quiet client keeps all others waiting",
	.explanation = "While the server waits in read() for one client it cannot accept() another. The kernel sets "
				   "up the connections of the others, but nobody fetches them.",
	.source = "accept(2), poll(2), pthread_create(3), fork(2)",
	.mend = "Serve each client in a thread or a child of its own, or wait for all descriptors at once "
			"with poll() or epoll.",
	.detect = detect,
	.follows = follows,
};
