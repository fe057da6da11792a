#include "judge/findings.h"

static const char *const follows[] = {"bind-failure-ignored", "crashed", "spins-when-idle", NULL};

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed)
		return;
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		bool datagrams = false;
		for (size_t j = 0; j < inquiry->story->socket_count; j++)
			datagrams = datagrams ||
			            (inquiry->story->sockets[j].actor == socket->actor && inquiry->story->sockets[j].datagrams);
		if (!datagrams)
			finding_add(inquiry, socket->actor, EVENTS(socket->made),
			            "descriptor %d is a TCP socket; no UDP socket was made.", socket->descriptor);
	}
}

const struct finding_row finding_tcp_instead_of_udp = {
	.id = "tcp-instead-of-udp",
	.title = "A TCP socket is used where UDP is asked for",
	.explanation =
		"SOCK_STREAM makes a TCP socket: it has connections, and no datagram reaches it. A port of TCP and the same port of UDP have nothing to do with each other.",
	.source = "socket(2), udp(7)",
	.mend =
		"Make the socket with socket(AF_INET, SOCK_DGRAM, 0); then there is nothing to listen() to and nothing to accept().",
	.detect_datagrams = detect,
	.follows = follows,
};
