#include "judge/findings.h"

static const char *const follows[] = {"host-ignored", "connect-failure-ignored", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->connect_count; i++) {
		const struct story_connect *tried = &inquiry->story->connects[i];
		const uint8_t *bytes = tried->address.bytes;
		struct address swapped = tried->address;
		for (size_t j = 0; j < 4; j++)
			swapped.bytes[j] = bytes[3 - j];
		if (tried->error == 0 || !address_loops(&swapped) || address_loops(&tried->address) ||
		    inquiry_unmet(inquiry, VERB_CONNECT, tried->actor) == NULL)
			continue;
		char to[ADDRESS_LENGTH], meant[ADDRESS_LENGTH];
		finding_add(inquiry, tried->actor, EVENTS(tried->event),
		            "connect() went to %s: that is %s with the bytes of the address swapped.",
		            address_text(&tried->address, to), address_text(&swapped, meant));
	}
}

const struct finding_row finding_address_byte_order = {
	.id = "address-byte-order",
	.title = "The bytes of the address are swapped",
	.explanation =
		"inet_addr(), inet_pton(), gethostbyname() and getaddrinfo() give the address as sin_addr wants it, in "
		"network byte order. htonl() on top of that turns it round.",
	.source = "inet(3), htonl(3), ip(7)",
	.mend = "Leave htonl() away: it is for constants such as INADDR_ANY only.",
	.detect = detect,
	.follows = follows,
};
