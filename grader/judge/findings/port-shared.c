#include "judge/findings.h"

static const char *const follows[] = {"prompts-on-stdout", NULL};

static bool bound(const struct inquiry *inquiry, const struct story_socket *socket)
{
	return socket->datagrams && socket->bind != STORY_NONE && socket->bind_error == 0 &&
	       socket->address.port == inquiry->story->port;
}

static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; i < story->socket_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (story->sockets[i].actor != story->sockets[j].actor && bound(inquiry, &story->sockets[i]) &&
			    bound(inquiry, &story->sockets[j]) && inquiry->failed)
				finding_add(inquiry, story->sockets[i].actor, EVENTS(story->sockets[i].bind),
				            "bind() took port %u, which another program had bound already.", story->port);
		}
	}
}

const struct finding_row finding_port_shared = {
	.id = "port-shared",
	.title = "Two servers share the port",
	.explanation =
		"Over UDP SO_REUSEADDR and SO_REUSEPORT let a second program bind a port that is taken. The kernel then gives the datagrams to one of them, and neither knows of the other. A restart needs no such option: UDP leaves nothing behind that would hold the port.",
	.source = "socket(7), SO_REUSEADDR and SO_REUSEPORT",
	.mend = "Leave the option out, and stop when bind() fails.",
	.detect_datagrams = detect,
	.follows = follows,
};
