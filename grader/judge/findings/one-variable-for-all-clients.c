#include "judge/findings.h"

static const char *const follows[] = {"connection-abandoned",  "serial-server", "never-closed",    "wrong-descriptor",
                                      "waits-for-full-buffer", "fixed-table",   "descriptor-leak", NULL};

static bool reads_socket(const struct story_blocked *blocked)
{
	return call_reads(blocked->call) && blocked->connection != CONNECTION_NONE && !blocked->held;
}

static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; inquiry->failed && inquiry->settled && i < story->blocked_count; i++) {
		const struct story_blocked *one = &story->blocked[i], *two = NULL;
		for (size_t j = i + 1; reads_socket(one) && j < story->blocked_count; j++) {
			const struct story_blocked *other = &story->blocked[j];
			if (reads_socket(other) && other->socket == one->socket && other->pid == one->pid && other->tid != one->tid)
				two = other;
		}
		for (struct student_end at = {0}; two != NULL && inquiry_next(inquiry, &at);) {
			if (at.actor == one->actor && at.end == END_SERVER && at.connection->number != one->connection &&
			    at.mine->made != STORY_NONE && at.mine->confirmed != STORY_NONE && at.mine->held &&
			    at.mine->receive_queue > 0)
				finding_add(
					inquiry, one->actor, EVENTS(one->event, two->event, at.mine->made),
					"two threads read from descriptor %d, and none from descriptor %d, where another client waits.",
					one->descriptor, at.mine->descriptor);
		}
	}
}

const struct finding_row finding_one_variable_for_all_clients = {
	.id = "one-variable-for-all-clients",
	.title = "All threads share one descriptor variable",
	.explanation = "The threads were given the address of one variable, or use a global one. The next accept() "
				   "overwrites it, and both threads then serve the newest client.",
	.source = "pthread_create(3)",
	.mend = "Give each thread a copy of its own: pass the number itself, or a malloc()ed int.",
	.detect = detect,
	.follows = follows,
};
