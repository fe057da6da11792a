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

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_socket *listener =
			plan_student(inquiry->test, actor) ? story_listener(inquiry->story, actor) : NULL;
		if (listener == NULL || listener->listen == STORY_NONE || listener->listen_error != 0 ||
		    listener->bind == STORY_NONE || listener->address.family != IPV6 || !inquiry->failed ||
		    was_reached(inquiry, actor))
			continue;
		bool loopback = memcmp(listener->address.bytes, loopback_six, sizeof(loopback_six)) == 0;
		char address[ADDRESS_LENGTH];
		if (loopback || listener->six_only)
			finding_add(inquiry, actor, EVENTS(listener->bind, listener->listen),
			            "the server listens on %s%s: no IPv4 client reaches it.",
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
	.follows = follows,
};
