#include "judge/findings.h"

static const char *const follows[] = {"never-closed",
                                      "client-ignores-eof",
                                      "spins-when-idle",
                                      "connection-abandoned",
                                      "descriptor-leak",
                                      "parent-keeps-descriptor",
                                      "sends-whole-buffer",
                                      "stale-bytes",
                                      "stdin-eof-ignored",
                                      "prompts-on-stdout",
                                      "newline-changed",
                                      "write-error-ignored",
                                      NULL};

/* Run-time systems may remember the end, and make no call for it any more. */
static bool computes(const struct story *story, const struct student_end *at)
{
	return story->spin != STORY_NONE && story->spin_event.actor == at->actor &&
	       story->spin_event.spin.call == CALL_OTHER && at->mine->zero_reads > 0 && at->mine->closed == STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (computes(inquiry->story, &at)) {
			finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read, inquiry->story->spin),
			            "%s %s: the %s had closed its direction. The program went on, and burnt %lld ms of CPU time.",
			            inquiry_call(inquiry, at.mine->zero_read), story_end_word(inquiry->story, at.actor),
			            at.end == END_SERVER ? "client" : "server",
			            (long long)(inquiry->story->spin_event.spin.cpu_ns / 1000000));
			continue;
		}
		if (at.mine->zero_reads < 8)
			continue;
		bool waits = at.mine->state == STATE_CLOSE_WAIT;
		finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read, at.mine->last_zero_read),
		            "%s %s: the %s had closed its direction. You called it again %llu times.%s",
		            inquiry_call(inquiry, at.mine->zero_read), story_end_word(inquiry->story, at.actor),
		            at.end == END_SERVER ? "client" : "server", (unsigned long long)(at.mine->zero_reads - 1),
		            waits ? " Your side stays in CLOSE_WAIT." : "");
	}
}

const struct finding_row finding_eof_ignored = {
	.id = "eof-ignored",
	.title = "The end of the stream is ignored",
	.explanation = "read() returns 0 when the other side has closed its direction and everything it sent has "
				   "been read. It will return 0 for ever after. A loop that does not stop there spins, and the "
				   "connection stays in CLOSE_WAIT because close() is never called.",
	.source = "read(2); RFC 9293 §3.6",
	.mend = "When read() or recv() returns 0: leave the loop and close() the descriptor. Only -1 is an "
			"error.",
	.detect = detect,
	.follows = follows,
};
