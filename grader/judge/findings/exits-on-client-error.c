#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"one-shot-server", "exits-on-eof", "uncaught-exception", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || !inquiry_exited(inquiry, at.actor) || inquiry_may_exit(inquiry, at.actor))
			continue;
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		uint32_t error = STORY_NONE;
		const struct story_transfers *both[] = {&at.mine->reads, &at.mine->writes};
		for (size_t k = 0; k < 2; k++) {
			for (size_t i = 0; i < both[k]->count; i++) {
				const struct story_transfer *transfer = &both[k]->list[i];
				if (transfer->event < program->exited &&
				    (transfer->result == -ECONNRESET || transfer->result == -EPIPE || transfer->result == -ENOTCONN))
					error = transfer->event;
			}
		}
		if (error != STORY_NONE)
			finding_add(inquiry, at.actor, EVENTS(error, program->exited),
			            "%s failed because the client had reset its connection, and the whole server ended.",
			            inquiry_call(inquiry, error));
	}
}

const struct finding_row finding_exits_on_client_error = {
	.id = "exits-on-client-error",
	.title = "An error of one client ends the server",
	.explanation = "A client that resets its connection makes read() or write() fail with ECONNRESET or EPIPE. "
				   "That concerns this connection only; a server that exits there (or lets an exception through) "
				   "is gone for everybody.",
	.source = "RFC 9293 §3.5.3; read(2), write(2)",
	.mend = "On an error of a connection: close that connection and go on with the others.",
	.detect = detect,
	.follows = follows,
};
