#include "judge/story_inside.h"

#include "base/arena.h"

/* States in which an end has sent its FIN. */
static bool state_behind_fin(enum tcp_state state)
{
	return state == STATE_FIN_WAIT_1 || state == STATE_FIN_WAIT_2 || state == STATE_CLOSING ||
	       state == STATE_LAST_ACK || state == STATE_TIME_WAIT;
}

/* States in which an end has received the other's FIN. */
static bool state_got_fin(enum tcp_state state)
{
	return state == STATE_CLOSE_WAIT || state == STATE_CLOSING || state == STATE_LAST_ACK || state == STATE_TIME_WAIT;
}

/* Bytes of the other end's stream that have arrived: as captured, else what was written and has left the queue. */
static uint64_t arrived(const struct story *story, const struct story_end *other)
{
	if (story->captures && story->dropped == 0)
		return other->captured;
	if (other->student)
		return other->captured;
	uint64_t queued = other->confirmed != STORY_NONE ? other->send_queue : 0;
	return other->written > queued ? other->written - queued : 0;
}

static void end_confirmed(struct story *story, struct story_connection *connection, enum end which,
                          const struct event *event)
{
	struct story_end *end = &connection->end[which];
	struct story_end *other = &connection->end[!which];
	end->confirmed = event->number;
	end->confirmed_state = event->state.state;
	end->held = event->state.held;
	end->receive_queue = event->state.receive_queue;
	end->send_queue = event->state.send_queue;
	uint64_t taken = 0;
	if (event->state.held && event->state.state != STATE_CLOSED) {
		uint64_t unread = event->state.receive_queue;
		uint64_t there = arrived(story, other);
		taken = there > unread ? there - unread : 0;
		if (state_got_fin(event->state.state) && event->state.receive_queue == 0)
			story_first(&end->drained, event->number);
		/* The last close(2) counts: an earlier one let go of a copy, as a parent does after fork(2). */
		if (end->close_began != STORY_NONE && end->broken == STORY_NONE)
			end->unread_at_close = (int64_t)unread;
	} else if (!event->state.held && end->fin != STORY_NONE && end->broken == STORY_NONE) {
		/* Closing with bytes unread would have sent a RST: RFC 9293 section 3.6.1 (RFC 1122, 4.2.2.13). */
		taken = end->other_at_fin;
	}
	if (taken > end->read_by_state)
		end->read_by_state = taken;
}

void story_feed_state(struct story *story, const struct event *event)
{
	if (event->connection == CONNECTION_NONE) {
		bool known = event->actor >= 0 && (size_t)event->actor < story->test->test->actor_count;
		if (known && event->state.confirmed && event->state.state == STATE_LISTEN)
			story->actors[event->actor].listening = event->number;
		return;
	}
	struct story_connection *connection = story_connection_make(story, event);
	if (connection == NULL || (event->state.end != END_CLIENT && event->state.end != END_SERVER))
		return;
	struct story_end *end = &connection->end[event->state.end];
	struct story_end *other = &connection->end[!event->state.end];
	connection->states = arena_grow(story->arena, connection->states, &connection->state_capacity,
	                                connection->state_count + 1, sizeof(struct story_state));
	connection->states[connection->state_count++] =
		(struct story_state){event->number, event->state.end, event->state.state, event->state.confirmed};
	end->state = event->state.state;
	end->state_event = event->number;
	if (event->state.state != STATE_CLOSED && event->state.state != STATE_LISTEN &&
	    event->state.state != STATE_SYN_SENT && event->state.state != STATE_SYN_RECEIVED)
		connection->established[event->state.end] = true;
	if (state_behind_fin(event->state.state))
		story_end_ended(end, event->number);
	if (state_got_fin(event->state.state))
		story_end_ended(other, event->number);
	if (event->state.confirmed)
		end_confirmed(story, connection, event->state.end, event);
}
