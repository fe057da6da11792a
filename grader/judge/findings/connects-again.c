#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"connect-failure-ignored", "spins-when-idle", NULL};

/* Addresses are tried one after the other; the same one again is another try. */
enum { TRIES_MOST = 3 };

static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; inquiry->failed && i < story->connect_count; i++) {
		const struct story_connect *last = &story->connects[i];
		if (last->error != ECONNREFUSED || story->actors[last->actor].exited != STORY_NONE)
			continue;
		size_t tries = 0;
		uint32_t first = last->event;
		for (size_t j = 0; j < story->connect_count; j++) {
			const struct story_connect *tried = &story->connects[j];
			if (tried->actor != last->actor || tried->error != ECONNREFUSED ||
			    tried->address.port != last->address.port || tried->address.family != last->address.family)
				continue;
			tries++;
			first = tried->event < first ? tried->event : first;
		}
		if (tries > TRIES_MOST)
			finding_add(inquiry, last->actor, EVENTS(first),
			            "connect() was refused %llu times, and the program goes on.", (unsigned long long)tries);
	}
}

const struct finding_row finding_connects_again = {
	.id = "connects-again",
	.title = "A refused connect() is tried for ever",
	.explanation = "ECONNREFUSED is an answer: nobody listens there. A client that tries again and again never tells "
				   "its user, and each try with a socket of its own that is not closed costs a descriptor.",
	.source = "connect(2)",
	.mend = "When connect() has failed for all addresses, print the reason and exit with a non-zero status.",
	.detect = detect,
	.follows = follows,
};
