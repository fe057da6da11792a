#include "judge/findings.h"

#include "base/text.h"

#include <errno.h>

static const char *const follows[] = {"spins-when-idle", NULL};

static void detect(struct inquiry *inquiry)
{
	const struct event *spin = &inquiry->story->spin_event;
	if (inquiry->story->spin == STORY_NONE || spin->actor < 0 || spin->spin.result >= 0 ||
	    (spin->spin.call != CALL_ACCEPT && spin->spin.call != CALL_ACCEPT4) || spin->spin.result == -EAGAIN)
		return;
	TEXT_AUTO error = {0};
	story_errno((int)-spin->spin.result, &error);
	finding_add(inquiry, spin->actor, EVENTS(inquiry->story->spin),
	            "accept() failed with %s, and was called again at once %llu times.", text_string(&error),
	            (unsigned long long)spin->spin.count);
}

const struct finding_row finding_accept_error_spins = {
	.id = "accept-error-spins",
	.title = "accept() fails in a tight loop",
	.explanation = "When accept() fails because the process has no descriptor left (EMFILE), the connection "
				   "stays in the queue, and the next accept() fails at once in the same way.",
	.source = "accept(2)",
	.mend = "Close descriptors that are not needed any more; after EMFILE or ENFILE pause before the next "
			"accept().",
	.detect = detect,
	.follows = follows,
};
