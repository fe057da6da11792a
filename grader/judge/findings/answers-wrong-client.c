#include "judge/findings.h"

#include "timeline/timeline.h"

#include <string.h>

static const char *const follows[] = {
	"connection-abandoned", "serial-server",    "never-closed",          "wrong-descriptor",
	"fixed-table",          "descriptor-leak",  "waits-for-full-buffer", "stdin-eof-ignored",
	"one-read-one-message", "unasked-greeting", "stale-bytes",           "connection-not-watched",
	"shares-buffer",        "closed-twice",     "reply-not-sent",        NULL};

static bool reads_socket(const struct story_blocked *blocked)
{
	return call_reads(blocked->call) && blocked->connection != CONNECTION_NONE && !blocked->held;
}

/* Two threads wait for the same client, and none for one whose bytes lie there. */
static void detect_waiting(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; inquiry->settled && i < story->blocked_count; i++) {
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

/* The last read of the thread that wrote, when it read exactly these bytes from another connection. */
static const struct event *source_of(const struct inquiry *inquiry, const struct event *write)
{
	for (size_t i = write->number; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || event->tid != write->tid || !call_reads(event->call.call) ||
		    event->call.result <= 0 || event->connection == CONNECTION_NONE)
			continue;
		bool same = event->call.result == write->call.result && event->data_length == write->data_length &&
		            memcmp(event->data, write->data, write->data_length) == 0;
		return same && event->connection != write->connection ? event : NULL;
	}
	return NULL;
}

/* The lines want these bytes there: in a chat what one says is for the others. */
static bool holds(const struct story_bytes *expected, const struct event *write)
{
	return expected->length > 0 && memmem(expected->bytes, expected->length, write->data, write->data_length) != NULL;
}

/* What one client said went to another, and the first one misses it. */
static void detect_written(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *write = &inquiry->timeline->events[i];
		if (write->kind != EVENT_RETURN || write->actor < 0 || !call_writes(write->call.call) ||
		    write->call.result <= 0 || write->data_length == 0 || write->connection == CONNECTION_NONE)
			continue;
		const struct event *read = source_of(inquiry, write);
		const struct story_connection *from = read != NULL ? story_connection(story, read->connection) : NULL;
		const struct story_connection *to = story_connection(story, write->connection);
		struct story_bytes expected;
		if (from == NULL || to == NULL || story_end_of(story, write->actor) != END_SERVER ||
		    inquiry_difference(inquiry, from, END_SERVER, &expected) == SIZE_MAX ||
		    inquiry_difference(inquiry, to, END_SERVER, &expected) == SIZE_MAX || holds(&expected, write))
			continue;
		finding_add(inquiry, write->actor, EVENTS(read->number, write->number),
		            "what came on descriptor %d was answered on descriptor %d: another client got the reply.",
		            read->call.descriptor, write->call.descriptor);
	}
}

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed)
		return;
	detect_written(inquiry);
	detect_waiting(inquiry);
}

const struct finding_row finding_answers_wrong_client = {
	.id = "answers-wrong-client",
	.title = "A reply goes to another client",
	.explanation = "The descriptor that is written to is not the one that was read from. Most often all threads share "
				   "one variable, global or by its address, and the next accept() overwrites it.",
	.source = "pthread_create(3)",
	.mend = "Give each thread a copy of its own: pass the number itself, or a malloc()ed int. In a loop, write to "
			"the descriptor that was read.",
	.detect = detect,
	.follows = follows,
};
