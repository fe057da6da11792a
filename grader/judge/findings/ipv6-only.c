#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"bound-to-loopback", "never-accepts", NULL};

enum { IPV6 = 10 }; /* AF_INET6 */
static const uint8_t loopback_six[16] = {[15] = 1}; /* RFC 4291, 2.5.3: ::1 */

static bool was_reached(const struct inquiry *inquiry, int actor)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);)
		if (at.actor == actor && at.connection->established[END_CLIENT])
			return true;
	return false;
}

/* Over UDP nothing is set up that could be seen: a socket for each of the two serves both. */
static bool has_other(const struct inquiry *inquiry, int actor)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->actor == actor && socket->datagrams && socket->bind != STORY_NONE && socket->bind_error == 0 &&
		    socket->address.family != IPV6)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_socket *listener =
			plan_student(inquiry->test, actor) ? story_listener(inquiry->story, actor) : NULL;
		bool ready =
			listener != NULL && (listener->datagrams ? listener->bind_error == 0
		                                             : listener->listen != STORY_NONE && listener->listen_error == 0);
		if (!ready || listener->bind == STORY_NONE || listener->address.family != IPV6 || !inquiry->failed ||
		    was_reached(inquiry, actor) || has_other(inquiry, actor))
			continue;
		bool loopback = memcmp(listener->address.bytes, loopback_six, sizeof(loopback_six)) == 0;
		char address[ADDRESS_LENGTH];
		if (loopback || listener->six_only)
			finding_add(inquiry, actor, EVENTS(listener->bind, listener->listen),
			            "the server %s on %s%s: no IPv4 client reaches it.", listener->datagrams ? "waits" : "listens",
			            address_text(&listener->address, address), loopback ? "" : " with IPV6_V6ONLY");
	}
}

const struct finding_row finding_ipv6_only = {
	.id = "ipv6-only",
	.title = "The server listens for IPv6 only",
	.explanation =
		"A socket of AF_INET6 that is bound to :: serves IPv4 clients, too, unless IPV6_V6ONLY is set. One that "
		"is bound to ::1 serves nobody but IPv6 clients of the same host.",
	.source = "ipv6(7), IPV6_V6ONLY",
	.mend = "Bind to 0.0.0.0 with AF_INET, or to :: with IPV6_V6ONLY switched off.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
