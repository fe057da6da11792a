#include "judge/story.h"

#include <errno.h>

struct story_connection *story_connection(const struct story *story, int number)
{
	return number >= 0 && (size_t)number < story->connection_count ? story->connections[number] : NULL;
}

bool story_accepts(const struct story *story, int actor)
{
	for (size_t i = 0; i < story->blocked_count; i++) {
		const struct story_blocked *blocked = &story->blocked[i];
		if (blocked->actor == actor && blocked->listening && !blocked->held &&
		    (blocked->call == CALL_ACCEPT || blocked->call == CALL_ACCEPT4))
			return true;
	}
	return false;
}

const struct story_process *story_process(const struct story *story, int32_t pid)
{
	for (size_t i = story->process_count; i > 0; i--) {
		if (story->processes[i - 1].pid == pid)
			return &story->processes[i - 1];
	}
	return NULL;
}

int story_actor_at(const struct story *story, const struct story_connection *connection, enum end end)
{
	if (connection->end[end].actor != ACTOR_NONE)
		return connection->end[end].actor;
	enum side side = end == END_SERVER ? SIDE_SERVER : SIDE_CLIENT;
	int only = ACTOR_NONE;
	for (size_t i = 0; i < story->test->test->actor_count; i++) {
		if (story->test->test->actors[i].side != side)
			continue;
		if (only != ACTOR_NONE)
			return ACTOR_NONE;
		only = (int)i;
	}
	return only;
}

enum end story_end_of(const struct story *story, int actor)
{
	return story->test->test->actors[actor].side == SIDE_SERVER ? END_SERVER : END_CLIENT;
}

const struct story_socket *story_changed(const struct story *story, size_t *seen, size_t *count)
{
	size_t changes = story->socket_changes - *seen;
	*seen = story->socket_changes;
	*count = changes > 1 ? story->socket_count : changes;
	return changes == 1 ? &story->sockets[story->socket_changed] : story->sockets;
}

const struct story_socket *story_listener(const struct story *story, int actor)
{
	const struct story_socket *best = NULL;
	uint32_t since = story->actors[actor].launched == STORY_NONE ? 0 : story->actors[actor].launched;
	for (size_t i = 0; i < story->socket_count; i++) {
		const struct story_socket *socket = &story->sockets[i];
		if (socket->actor != actor || socket->made < since ||
		    (socket->bind == STORY_NONE && socket->listen == STORY_NONE))
			continue;
		if (best == NULL || socket->listen != STORY_NONE || best->listen == STORY_NONE)
			best = socket;
	}
	return best;
}

int story_error(int64_t result)
{
	if (result >= 0)
		return 0;
	/* The kernel's errors end at 4095: what is past that is no errno. */
	return result >= -4095 ? (int)-result : EIO;
}

bool story_sees_reads(const struct story *story)
{
	return story->watch == WATCH_CALLS || story->watch == WATCH_TIMED;
}

bool story_sees_calls(const struct story *story)
{
	return story->watch != WATCH_NOTHING;
}

uint64_t story_read_bytes(const struct story_end *end)
{
	return end->read > end->read_by_state ? end->read : end->read_by_state;
}

bool story_writes_more(const struct story_end *end, const struct story_transfer *write)
{
	int64_t read = 0, written = write->asked;
	for (size_t i = 0; i < end->reads.count && end->reads.list[i].event < write->event; i++)
		read += end->reads.list[i].result > 0 ? end->reads.list[i].result : 0;
	for (size_t i = 0; i < end->writes.count && end->writes.list[i].event < write->event; i++)
		written += end->writes.list[i].result > 0 ? end->writes.list[i].result : 0;
	return written > read;
}

uint64_t story_unread(const struct story *story, const struct story_connection *connection, enum end which)
{
	const struct story_end *end = &connection->end[which], *other = &connection->end[!which];
	if (end->confirmed == STORY_NONE || end->broken != STORY_NONE || other->broken != STORY_NONE)
		return 0;
	if (end->held)
		return end->receive_queue;
	/* Of a connection in TIME_WAIT the kernel tells no queue.  All had come before the FIN. */
	bool readable =
		end->confirmed_state == STATE_TIME_WAIT && end->close_began == STORY_NONE && story_sees_reads(story);
	return readable && other->written > end->read ? other->written - end->read : 0;
}
