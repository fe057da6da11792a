#include "judge/findings.h"

static const char *const follows[] = {"never-accepts",          "never-closed",   "connection-abandoned",
                                      "connection-not-watched", "reply-not-sent", NULL};

/* Run-time systems wait for a read() in epoll_wait() or for another thread.  The client before the one that waits is
 * still there, has said nothing that was not read, and nothing is owed to it: the server waits for it alone. */
static const struct student_end *waits_for(const struct inquiry *inquiry, const struct student_end *at,
                                           struct student_end *each)
{
	for (*each = (struct student_end){0}; inquiry_next(inquiry, each);) {
		if (each->actor == at->actor && each->mine->made != STORY_NONE && each->other->ended == STORY_NONE &&
		    each->other->broken == STORY_NONE && each->mine->closed == STORY_NONE &&
		    each->mine->confirmed != STORY_NONE && each->mine->held && each->mine->receive_queue == 0 &&
		    each->mine->send_queue == 0)
			return each;
	}
	return NULL;
}

/* A thread that waits for the listening socket would accept. */
static bool sleeps_in_poll(const struct inquiry *inquiry, int actor, const struct story_blocked **where)
{
	bool polls = false;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor != actor)
			continue;
		if (blocked->held || blocked->connection != CONNECTION_NONE || blocked->listening)
			return false;
		if (call_polls(blocked->call)) {
			polls = true;
			*where = blocked;
		}
	}
	return polls;
}

/* All threads that serve wait for clients of their own, one each; the bytes of another client have come, and none of them was
 * ever read.  Two threads at one connection are another bug. */
static const struct story_blocked *all_busy(const struct inquiry *inquiry, const struct student_end *at)
{
	const struct story_blocked *busy = NULL, *list = inquiry->story->blocked;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		if (list[i].actor != at->actor)
			continue;
		if (list[i].held || call_polls(list[i].call) || list[i].connection == at->connection->number ||
		    (list[i].connection != CONNECTION_NONE && !call_reads(list[i].call)))
			return NULL;
		if (list[i].connection == CONNECTION_NONE)
			continue;
		for (size_t j = 0; j < i; j++)
			if (list[j].connection == list[i].connection)
				return NULL;
		busy = &list[i];
	}
	return busy;
}

/* Accepted, and then left to a thread that has no time. */
static void detect_queue(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->settled && inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || at.mine->made == STORY_NONE || at.mine->reads.count > 0 ||
		    !story_sees_reads(inquiry->story) || at.mine->confirmed == STORY_NONE || !at.mine->held ||
		    at.mine->receive_queue == 0 || at.other->broken != STORY_NONE || at.mine->closed != STORY_NONE)
			continue;
		const struct story_blocked *busy = all_busy(inquiry, &at);
		if (busy != NULL)
			finding_add(inquiry, at.actor, EVENTS(at.mine->made, busy->event),
			            "every thread that serves waits in %s() for a silent client of its own; another one has been "
			            "accepted (descriptor %d), and nobody reads what it sent.",
			            story_call_word(inquiry->story, busy->actor, busy->call), at.mine->descriptor);
	}
}

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed)
		return;
	detect_queue(inquiry);
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || at.mine->made != STORY_NONE || !at.connection->established[END_CLIENT] ||
		    at.other->broken != STORY_NONE || story_accepts(inquiry->story, at.actor))
			continue;
		for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
			const struct story_blocked *blocked = &inquiry->story->blocked[i];
			if (blocked->actor != at.actor || blocked->held || !call_reads(blocked->call) || blocked->listening ||
			    blocked->connection == CONNECTION_NONE || blocked->connection == at.connection->number)
				continue;
			finding_add(
				inquiry, at.actor, EVENTS(blocked->event),
				"the server waits in %s() on descriptor %d for one client; another one is connected and was never "
				"accepted.",
				story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor);
		}
		const struct story_blocked *where;
		struct student_end each;
		const struct student_end *served = inquiry->settled ? waits_for(inquiry, &at, &each) : NULL;
		if (served != NULL && sleeps_in_poll(inquiry, at.actor, &where))
			finding_add(inquiry, at.actor, EVENTS(served->mine->made, where->event),
			            "the server waits in %s() while one client is silent; another one is connected and was never "
			            "accepted.",
			            story_call_word(inquiry->story, where->actor, where->call));
	}
}

const struct finding_row finding_serial_server = {
	.id = "serial-server",
	.title = "One quiet client keeps all others waiting",
	.explanation = "While the server waits in read() for one client it cannot accept() another. The kernel sets "
				   "up the connections of the others, but nobody fetches them.",
	.source = "accept(2), poll(2), pthread_create(3), fork(2)",
	.mend = "Serve each client in a thread or a child of its own, or wait for all descriptors at once "
			"with poll() or epoll. A pool of threads that read serves no more clients than it has threads; a common "
			"lock makes one of all threads.",
	.detect = detect,
	.follows = follows,
};
