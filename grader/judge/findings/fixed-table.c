#include "judge/findings.h"

static const char *const follows[] = {"connection-abandoned", "never-closed", "descriptor-leak",
                                      "connection-not-watched", NULL};

/* A connection that was fetched and whose bytes nobody takes. */
static bool neglected(const struct student_end *at)
{
	return at->mine->made != STORY_NONE && at->mine->reads.count == 0 && at->mine->confirmed != STORY_NONE &&
	       at->mine->held && at->mine->receive_queue > 0 && at->mine->broken == STORY_NONE &&
	       at->other->broken == STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry->settled && inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || !neglected(&at) || !story_sees_reads(inquiry->story))
			continue;
		const struct story_blocked *where = inquiry_polls(inquiry, at.actor);
		if (where == NULL)
			continue;
		unsigned before = 0;
		bool earlier = true;
		for (struct student_end each = {0}; inquiry_next(inquiry, &each);) {
			if (each.actor != at.actor || each.mine->made == STORY_NONE || each.connection == at.connection)
				continue;
			before += each.mine->made < at.mine->made && each.mine->held;
			/* The ones behind it are no better off: then it is a matter of how many there are. */
			earlier = earlier && (each.mine->made < at.mine->made || each.mine->reads.count == 0);
		}
		if (before > 0 && earlier)
			finding_add(
				inquiry, at.actor, EVENTS(at.mine->made, where->event),
				"accept() returned descriptor %d for one client more than the %u before, and %s() does not watch "
				"it: what this client sent is never read.",
				at.mine->descriptor, before, story_call_word(inquiry->story, where->actor, where->call));
	}
}

const struct finding_row finding_fixed_table = {
	.id = "fixed-table",
	.title = "Clients past a fixed number are not served",
	.explanation = "The connection was accepted, but its descriptor is not among those that the loop watches: the "
				   "table of clients is full, or the first argument of select() is too small. The client waits for "
				   "ever.",
	.source = "select(2) (nfds), poll(2)",
	.mend = "Let the table grow with the clients, pass the highest descriptor + 1 to select(), and close() a "
			"connection that you have no place for.",
	.detect = detect,
	.follows = follows,
};
