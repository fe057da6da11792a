#include "judge/findings.h"

static const char *const follows[] = {"resets-instead-of-closing", "half-close-drops-data", "one-read-one-message",
                                      "short-write-ignored", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.mine->unread_at_close <= 0 || at.mine->broken == STORY_NONE || at.other->broken != STORY_NONE ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE)
			continue;
		uint32_t close = at.mine->close_began != STORY_NONE ? at.mine->close_began : at.mine->broken;
		finding_add(inquiry, at.actor, EVENTS(close, at.mine->broken),
		            "descriptor %d was closed with %s unread; the kernel sent RST instead of FIN.", at.mine->descriptor,
		            inquiry_bytes(inquiry, (uint64_t)at.mine->unread_at_close));
	}
}

const struct finding_row finding_closed_unread_data = {
	.id = "closed-unread-data",
	.title = "Closed with data still unread",
	.explanation = "When a socket is closed while received data lie in it unread, the kernel sends a RST instead "
				   "of a FIN: the other side may lose even what you had sent before.",
	.source = "RFC 1122 §4.2.2.13; RFC 9293 §3.6",
	.mend = "Read until read() returns 0 before you close(); or shutdown(SHUT_WR) first and then read to "
			"the end.",
	.detect = detect,
	.follows = follows,
};
