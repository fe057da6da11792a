#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {
	"closed-unread-data", "resets-instead-of-closing", "closes-after-one-message", "half-close-drops-data",
	"reply-not-sent",     "one-read-one-message",      "wrong-client-dropped",     NULL};

/* One process has the descriptor only: another one would go on with its own. */
static bool alone(const struct inquiry *inquiry, int actor)
{
	unsigned count = 0;
	for (size_t i = 0; i < inquiry->story->process_count; i++)
		count += inquiry->story->processes[i].actor == actor;
	return count == 1;
}

/* What was read or written; the first read that met no descriptor any more goes to *failed. */
static bool served(const struct story_end *end, uint32_t *failed)
{
	*failed = STORY_NONE;
	for (size_t i = 0; i < end->reads.count; i++) {
		if (end->reads.list[i].result >= 0)
			return true;
		if (end->reads.list[i].result == -EBADF && *failed == STORY_NONE)
			*failed = end->reads.list[i].event;
	}
	return end->writes.count > 0;
}

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed || !story_sees_reads(inquiry->story))
		return;
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_end *mine = at.mine;
		uint32_t failed;
		if (at.end != END_SERVER || mine->made == STORY_NONE || mine->close_began == STORY_NONE || mine->closes != 1 ||
		    served(mine, &failed) || (mine->ended == STORY_NONE && mine->broken == STORY_NONE) ||
		    at.other->ended < mine->close_began || at.other->broken < mine->close_began ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE || !alone(inquiry, at.actor) ||
		    inquiry_may_close(inquiry, &at))
			continue;
		finding_add(inquiry, at.actor,
		            failed != STORY_NONE ? EVENTS(mine->close_began, mine->made, failed)
		                                 : EVENTS(mine->close_began, mine->made),
		            "descriptor %d, which %s() had returned, was closed before anything was read from it%s%s%s.",
		            inquiry->timeline->events[mine->close_began].call.descriptor,
		            story_call_word(inquiry->story, at.actor, inquiry->timeline->events[mine->made].call.call),
		            failed != STORY_NONE ? "; then " : "", failed != STORY_NONE ? inquiry_call(inquiry, failed) : "",
		            failed != STORY_NONE ? " failed with EBADF" : "");
	}
}

const struct finding_row finding_closed_before_served = {
	.id = "closed-before-served",
	.title = "The connection is closed before it is served",
	.explanation =
		"All threads of a process share its descriptors: what one closes is closed for the others. So the thread that "
		"accepts must not close a connection that it has handed to another thread (only after fork() are there two "
		"descriptors). A C++ object whose destructor closes does it unasked when a copy of it goes out of scope, and "
		"so does an object of Rust, Python or Java that is dropped or collected. A server that has no place for one more "
		"client closes it so, too.",
	.source = "close(2), pthreads(7)",
	.mend =
		"Let one owner close the descriptor: whoever serves the client, when read() has returned 0. In C++, delete the "
		"copy constructor and move the object into the thread.",
	.detect = detect,
	.follows = follows,
};
