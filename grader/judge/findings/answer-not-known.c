#include "judge/findings.h"

static const char *const follows[] = {"loss-not-repaired", NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_CLIENT || wrong.got == NULL || wrong.index == 0)
		return;
	const struct story_datagram *asked = &wrong.mine->datagrams[wrong.index - 1];
	const struct story_datagram *answer = taken_before(wrong.other, wrong.got->event);
	if (answer == NULL || answer->taken < asked->event || !datagrams_alike(asked, wrong.got) ||
	    !datagrams_alike(asked, answer))
		return;
	finding_add(inquiry, wrong.actor, EVENTS(answer->taken, wrong_event(&wrong)),
	            "%s took exactly the bytes that had been sent, and they were sent once more.",
	            inquiry_call(inquiry, answer->taken));
}

const struct finding_row finding_answer_not_known = {
	.id = "answer-not-known",
	.title = "The right answer is not recognised",
	.explanation =
		"The answer came, and the program went on waiting for it. Often the whole buffer is compared, with whatever lies behind the bytes that came, or bytes are compared with an object of another type.",
	.source = "recv(2)",
	.mend = "Compare exactly as many bytes as recv() returned (in Java: packet.getLength()) with what was sent.",
	.detect_datagrams = detect,
	.follows = follows,
};
