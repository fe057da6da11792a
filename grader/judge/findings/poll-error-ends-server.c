#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"one-shot-server", "exits-on-eof", "exits-on-client-error", "uncaught-exception",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		/* The signal of its child may well be what a client waits for. */
		if (event->kind != EVENT_RETURN || event->actor < 0 || !call_polls(event->call.call) ||
		    story_end_of(inquiry->story, event->actor) != END_SERVER || event->call.result != -EINTR ||
		    !inquiry_exited(inquiry, event->actor) || inquiry_may_exit(inquiry, event->actor) ||
		    event->number < inquiry->story->actors[event->actor].launched)
			continue;
		uint32_t exited = inquiry->story->actors[event->actor].exited;
		bool again = false;
		for (size_t j = i + 1; j < exited && j < inquiry->timeline->count; j++) {
			const struct event *later = &inquiry->timeline->events[j];
			again = again || (later->kind == EVENT_CALL && later->pid == event->pid && call_polls(later->call.call));
		}
		if (!again && exited > event->number)
			finding_add(inquiry, event->actor, EVENTS(event->number, exited),
			            "%s() was interrupted by a signal (EINTR), and the program ended.",
			            story_call_word(inquiry->story, event->actor, event->call.call));
	}
}

const struct finding_row finding_poll_error_ends_server = {
	.id = "poll-error-ends-server",
	.title = "An interrupted select() ends the program",
	.explanation = "A signal, the SIGCHLD of a child for example, interrupts select(), poll() and epoll_wait(), which "
				   "then fail with EINTR even with SA_RESTART. Nothing is wrong.",
	.source = "signal(7), Interruption of system calls",
	.mend = "When select() or poll() fails with EINTR, call it again.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
