#include "judge/findings.h"

static const char *const follows[] = {"listen-missing", "accept-error-spins", "spins-when-idle", NULL};

/* getaddrinfo(3) tries its addresses with datagram sockets of its own. */
static bool has_stream(const struct story *story, int actor)
{
	for (size_t i = 0; i < story->socket_count; i++) {
		if (story->sockets[i].actor == actor && !story->sockets[i].datagrams)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (!socket->datagrams || socket->bind == STORY_NONE || socket->bind_error != 0 ||
		    test->actors[socket->actor].side != SIDE_SERVER || socket->address.port != inquiry->story->port ||
		    inquiry_unmet(inquiry, VERB_LISTEN, socket->actor) == NULL)
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->made, socket->bind),
		            "descriptor %d is a datagram socket (UDP); this test speaks TCP.", socket->descriptor);
	}
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		bool client = test->actors[socket->actor].side == SIDE_CLIENT;
		if (client && socket->datagrams && !has_stream(inquiry->story, socket->actor) &&
		    inquiry_unmet(inquiry, VERB_CONNECT, socket->actor) != NULL)
			finding_add(
				inquiry, socket->actor, EVENTS(socket->made),
				"descriptor %d is a datagram socket (UDP), on which connect() sends nothing; this test speaks TCP.",
				socket->descriptor);
	}
}

const struct finding_row finding_datagram_socket = {
	.id = "datagram-socket",
	.title = "A UDP socket where TCP is spoken",
	.explanation = "SOCK_DGRAM makes a UDP socket. UDP and TCP have ports of their own: nobody who connects over TCP "
				   "reaches it, and listen() on it fails with EOPNOTSUPP.",
	.source = "socket(2), tcp(7), udp(7)",
	.mend = "Make the socket with socket(AF_INET, SOCK_STREAM, 0).",
	.detect = detect,
	.follows = follows,
};
