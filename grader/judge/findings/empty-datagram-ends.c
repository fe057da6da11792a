#include "judge/findings.h"

static const char *const follows[] = {"exits-on-datagram", "one-datagram-server", "no-time-out", "datagram-unanswered",
                                      NULL};

enum { REPEATED = 8 }; /* so many times is no accident */

static bool ended(const struct inquiry *inquiry, int actor, uint32_t since)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	bool may = story_end_of(inquiry->story, actor) == END_SERVER && inquiry_may_exit(inquiry, actor);
	return inquiry_exited(inquiry, actor) && !may && program->exited > since;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.connection == NULL)
		return;
	const struct story_actor *program = &inquiry->story->actors[wrong.actor];
	if (call_reads(program->row.call) && program->row.count > REPEATED && program->row.result == 0)
		finding_add(inquiry, wrong.actor, EVENTS(program->row.event),
		            "%s returned 0 again and again: the empty datagram is not taken, it is still the next one.",
		            inquiry_call(inquiry, program->row.event));
	for (size_t i = 0; i < wrong.other->datagram_count; i++) {
		const struct story_datagram *datagram = &wrong.other->datagrams[i];
		if (datagram->length > 0 || datagram->taken == STORY_NONE)
			continue;
		bool answered = wrong.mine->last_write != STORY_NONE && wrong.mine->last_write > datagram->taken;
		bool last = !answered && taken_before(wrong.other, STORY_NONE) == datagram;
		if (last && ended(inquiry, wrong.actor, datagram->taken))
			finding_add(inquiry, wrong.actor, EVENTS(datagram->taken, inquiry->story->actors[wrong.actor].exited),
			            "%s returned 0, and the program ended.", inquiry_call(inquiry, datagram->taken));
		else if (wrong.end == END_SERVER && wrong.expected->length == 0 && wrong.got == NULL)
			finding_add(inquiry, wrong.actor, EVENTS(datagram->taken), "%s returned 0, and nothing was sent back.",
			            inquiry_call(inquiry, datagram->taken));
	}
}

const struct finding_row finding_empty_datagram_ends = {
	.id = "empty-datagram-ends",
	.title = "An empty datagram is taken for an end",
	.explanation =
		"A datagram may carry no bytes at all: then recvfrom() returns 0. Over TCP that is the end of the stream; over UDP there is no end, and it is a datagram like any other.",
	.source = "recv(2), RFC 768",
	.mend = "Treat a result of 0 like any other length; only -1 is an error.",
	.detect_datagrams = detect,
	.follows = follows,
};
