#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		const struct story_datagram *last =
			at.mine->datagram_count > 0 ? &at.mine->datagrams[at.mine->datagram_count - 1] : NULL;
		if (at.end != END_SERVER || last == NULL || last->event < program->launched ||
		    !inquiry_exited(inquiry, at.actor) || inquiry_may_exit(inquiry, at.actor) ||
		    program->status != (program->status & 0xff00))
			continue;
		finding_add(inquiry, at.actor, EVENTS(last->event, program->exited),
		            "the program ended with status %d after it had answered.", program->status >> 8);
	}
}

const struct finding_row finding_one_datagram_server = {
	.id = "one-datagram-server",
	.title = "The server ends after its first datagrams",
	.explanation =
		"A server answers one datagram after another, for as long as it runs. After sendto() it has to go back to recvfrom().",
	.source = "recvfrom(2)",
	.mend = "Put recvfrom() and sendto() into an endless loop.",
	.detect_datagrams = detect,
};
