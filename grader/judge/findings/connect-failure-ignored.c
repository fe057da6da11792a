#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"killed-by-sigpipe", "write-error-ignored", NULL};

static void detect(struct inquiry *inquiry)
{
	const struct timeline *timeline = inquiry->timeline;
	for (size_t i = 0; i < inquiry->story->connect_count; i++) {
		const struct story_connect *tried = &inquiry->story->connects[i];
		if (tried->error == 0 || tried->error == EINPROGRESS || tried->error == EINTR || tried->error == EALREADY)
			continue;
		for (size_t j = tried->event + 1; j < timeline->count; j++) {
			const struct event *event = &timeline->events[j];
			if (event->kind != EVENT_RETURN || event->actor != tried->actor)
				continue;
			if (event->call.call == CALL_CONNECT || event->call.call == CALL_SOCKET)
				break;
			bool used = call_reads(event->call.call) || call_writes(event->call.call);
			if (!used || (event->call.result != -ENOTCONN && event->call.result != -EPIPE))
				continue;
			finding_add(inquiry, tried->actor, EVENTS(tried->event, event->number),
			            "connect() failed, and %s was called all the same.", inquiry_call(inquiry, event->number));
			break;
		}
	}
}

const struct finding_row finding_connect_failure_ignored = {
	.id = "connect-failure-ignored",
	.title = "A failed connect() is ignored",
	.explanation = "When connect() fails there is no connection. Writing to the socket all the same fails with "
				   "EPIPE or ENOTCONN, and by default SIGPIPE ends the program without a word.",
	.source = "connect(2), signal(7)",
	.mend = "Check what connect() returns; on -1 print the reason and exit with a non-zero status.",
	.detect = detect,
	.follows = follows,
};
