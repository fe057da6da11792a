#include "judge/findings.h"

static const char *const follows[] = {"never-accepts",
                                      "deadlock-full-duplex",
                                      "serial-server",
                                      "connection-abandoned",
                                      "never-closed",
                                      "one-read-one-message",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_writes(blocked->call) || blocked->connection == CONNECTION_NONE)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			bool waits = at.mine->made == STORY_NONE ? at.connection->established[END_CLIENT]
			                                         : story_read_bytes(at.mine) < at.other->written;
			if (at.end == END_SERVER && at.actor == blocked->actor && at.connection->number != blocked->connection &&
			    waits && at.other->broken == STORY_NONE)
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
	.explanation = "A blocking write() to a client that does not read waits until that client reads. In a loop "
				   "that serves all clients, nobody else is served meanwhile.",
	.source = "send(2), poll(2), fcntl(2) (O_NONBLOCK)",
	.mend = "Make the connections non-blocking, keep what write() did not take in a buffer of that "
			"client, and go on when poll() says POLLOUT.",
	.detect = detect,
	.follows = follows,
};
