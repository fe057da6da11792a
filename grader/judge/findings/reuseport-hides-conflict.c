#include "judge/findings.h"

#include "timeline/timeline.h"

/* setsockopt(2) as event.call.argument has it; asm-generic/socket.h. */
#define REUSE_PORT ((INT64_C(1) << 32) | 15)

static const char *const follows[] = {"bind-failure-ignored", "exit-status-zero-on-failure", NULL};

static const struct event *sharing(const struct inquiry *inquiry, const struct story_socket *socket)
{
	const struct event *found = NULL;
	for (size_t i = socket->made; i < inquiry->timeline->count && i < socket->listen; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->call.call == CALL_SETSOCKOPT && event->call.result == 0 &&
		    event->call.socket == socket->inode && event->call.argument == REUSE_PORT && event->call.value != 0)
			found = event;
	}
	return found;
}

/* Two sockets that are both there, of two roles, listen on one port. */
static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; inquiry->failed && i < story->socket_count; i++) {
		const struct story_socket *second = &story->sockets[i];
		if (second->listen == STORY_NONE || second->listen_error != 0 || second->bind_error != 0)
			continue;
		for (size_t j = 0; j < story->socket_count; j++) {
			const struct story_socket *first = &story->sockets[j];
			if (first->actor == second->actor || first->listen == STORY_NONE || first->listen > second->listen ||
			    first->address.port != second->address.port || first->closed != STORY_NONE)
				continue;
			const struct event *option = sharing(inquiry, second);
			if (option != NULL && story->actors[first->actor].exited == STORY_NONE)
				finding_add(inquiry, second->actor, EVENTS(option->number, second->listen),
				            "port %u was taken, and bind() succeeded all the same: SO_REUSEPORT is set.",
				            (unsigned)second->address.port);
		}
	}
}

const struct finding_row finding_reuseport_hides_conflict = {
	.id = "reuseport-hides-conflict",
	.title = "SO_REUSEPORT shares the port with whoever has it",
	.explanation = "With SO_REUSEPORT several programs of one user may listen on one port, and the kernel deals the "
				   "clients out among them: a server that was forgotten takes half of them. SO_REUSEADDR is what a "
				   "restart needs. (SO_REUSEADDR | SO_REUSEPORT in one call is 2 | 15 = 15: SO_REUSEPORT alone.)",
	.source = "socket(7), SO_REUSEPORT",
	.mend = "Set SO_REUSEADDR, and SO_REUSEADDR only.",
	.detect = detect,
	.follows = follows,
};
