#include "peer/peer.h"

#include "peer/inside.h"

#include "base/arena.h"
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void peer_drain(struct peer *peer)
{
	if (peer->hooks.drain != NULL)
		peer->hooks.drain(peer->hooks.context);
}

void peer_emit(struct peer *peer, int actor, const struct peer_end *end, enum peer_call call, int64_t result,
               const void *data, size_t length)
{
	peer_drain(peer);
	struct event event = {.kind = EVENT_PEER, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
	if (end != NULL)
		event.connection = (int16_t)end->connection;
	event.peer.call = call;
	event.peer.result = result;
	event.data = data;
	event.data_length = (uint32_t)length;
	peer->hooks.emit(peer->hooks.context, &event);
}

bool peer_watch(struct peer *peer, int descriptor, uint64_t tag, bool again)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = PEER_TAG | tag};
	return epoll_ctl(peer->epoll, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* Between these two, what a hook begins waits for the end of the outermost call. */
static void enter(struct peer *peer)
{
	peer->depth++;
}

static void role_crash(struct peer *peer, struct role *role)
{
	role->crashes = false;
	for (size_t i = 0; i < peer->active_count; i++) {
		if (peer->active[i]->line->actor == role->actor && !peer->active[i]->done)
			peer_action_finish(peer->active[i], ECANCELED);
	}
	fd_close(&role->listener);
	for (size_t i = 0; i < peer->end_count; i++) {
		if (peer->ends[i]->actor == role->actor && peer->ends[i]->phase != END_CLOSED)
			peer_end_close(peer, peer->ends[i]);
	}
}

static void role_resume(struct peer *peer, struct role *role)
{
	role->resumes = false;
	peer_role_accept(peer, role);
	for (size_t i = 0; i < peer->end_count; i++) {
		if (peer->ends[i]->actor == role->actor)
			peer_end_read(peer, peer->ends[i]);
	}
}

static bool roles_follow(struct peer *peer)
{
	bool any = false;
	for (size_t i = 0; i < peer->test->test->actor_count; i++) {
		struct role *role = &peer->roles[i];
		any = any || role->crashes || role->resumes;
		if (role->crashes)
			role_crash(peer, role);
		if (role->resumes)
			role_resume(peer, role);
	}
	return any;
}

static void leave(struct peer *peer)
{
	if (peer->depth == 1) {
		do {
			roles_follow(peer);
			peer_actions_advance(peer);
		} while (roles_follow(peer));
	}
	peer->depth--;
}

struct peer *peer_create(const struct plan_test *test, int epoll, const char *outside, const struct peer_hooks *hooks)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		return NULL;
	peer->test = test;
	peer->hooks = *hooks;
	peer->epoll = epoll;
	peer->arena = arena_create();
	peer->outside = outside != NULL ? arena_string(peer->arena, outside) : NULL;
	peer->buffer = arena_room(peer->arena, PEER_READ_BYTES);
	size_t actors = test->test->actor_count;
	peer->roles = arena_array(peer->arena, actors + 1, sizeof(struct role));
	for (size_t i = 0; i < actors; i++)
		peer->roles[i] =
			(struct role){.actor = (int)i, .played = !test->student[test->test->actors[i].side], .listener = -1};
	peer->actions = arena_array(peer->arena, (size_t)test->line_count + 1, sizeof(struct action));
	for (uint32_t i = 0; i < test->line_count; i++) {
		const struct line *line = test->by_number[i];
		peer->actions[i].line = line;
		if (line->kind == LINE_ACTION && line->actor >= 0 && line->step->verb == VERB_RECEIVE &&
		    line->step->data.kind == DATA_PATTERN)
			peer->roles[line->actor].keeps_bytes = true;
	}
	return peer;
}

void peer_destroy(struct peer *peer)
{
	if (peer == NULL)
		return;
	for (size_t i = 0; i < peer->end_count; i++) {
		fd_close(&peer->ends[i]->descriptor);
		text_release(&peer->ends[i]->unreceived);
	}
	for (size_t i = 0; i < peer->test->test->actor_count; i++)
		fd_close(&peer->roles[i].listener);
	arena_destroy(peer->arena);
	free(peer);
}

void peer_begin(struct peer *peer, const struct line *line)
{
	enter(peer);
	peer_action_begin(peer, line);
	leave(peer);
}

bool peer_done(struct peer *peer, const struct line *line, int *error, int64_t *progress)
{
	const struct action *action = &peer->actions[line->number];
	*error = action->error;
	*progress = action->progress;
	return action->done;
}

/* After the end of the stream an RST shows only here, never in read(2). */
static void end_failed(struct peer *peer, struct peer_end *end)
{
	struct pollfd state = {.fd = end->descriptor};
	int error = 0;
	socklen_t length = sizeof(error);
	if (end->phase != END_OPEN || !end->ended || end->error != 0 || poll(&state, 1, 0) <= 0 ||
	    !(state.revents & POLLERR))
		return;
	if (getsockopt(end->descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error == 0)
		return;
	end->error = error;
	peer_emit(peer, end->actor, end, PEER_READ, -ECONNRESET, NULL, 0);
}

void peer_ready(struct peer *peer, uint64_t tag)
{
	uint64_t number = tag & ~PEER_TAG & ~PEER_TAG_LISTENER;
	enter(peer);
	if ((tag & PEER_TAG_LISTENER) != 0) {
		if (number < peer->test->test->actor_count)
			peer_role_accept(peer, &peer->roles[number]);
	} else if (number < peer->end_count) {
		struct peer_end *end = peer->ends[number];
		peer_end_settle(peer, end);
		peer_end_read(peer, end);
		end_failed(peer, end);
	}
	leave(peer);
}

bool peer_quiet(struct peer *peer)
{
	bool any = false;
	size_t unfinished = peer->active_count;
	enter(peer);
	for (size_t i = 0; i < unfinished; i++) {
		struct action *action = peer->active[i];
		action->quiet = true;
		if (!action->waits)
			continue;
		if (peer->hooks.taken != NULL && !peer->hooks.taken(peer->hooks.context, action->end->connection))
			continue;
		action->waits = false;
		any = true;
	}
	leave(peer);
	any = any || peer->active_count != unfinished;
	for (size_t i = 0; i < peer->active_count; i++)
		peer->active[i]->quiet = false;
	return any;
}

/* What poll(2) has to report for an end to be unfinished; 0: nothing. */
static short awaited(const struct peer *peer, const struct peer_end *end)
{
	short events = 0;
	if (end->phase == END_CONNECTING)
		return POLLOUT;
	if (end->phase == END_CLOSED)
		return 0;
	if (!end->ended && !peer->roles[end->actor].held && peer->read_bytes < PEER_BYTES)
		events |= POLLIN;
	if (end->writer != NULL && !end->writer->waits)
		events |= POLLOUT;
	return events;
}

static bool waits_for(struct peer *peer, int descriptor, short events, uint64_t tag)
{
	struct pollfd state = {.fd = descriptor, .events = events};
	if (poll(&state, 1, 0) <= 0 || (state.revents & events) == 0)
		return false;
	peer_watch(peer, descriptor, tag, true);
	return true;
}

bool peer_pending(struct peer *peer)
{
	bool any = false;
	for (size_t i = 0; i < peer->test->test->actor_count; i++) {
		const struct role *role = &peer->roles[i];
		if (role->listener >= 0 && !role->held && !role->full && peer->open_count < PEER_ENDS &&
		    waits_for(peer, role->listener, POLLIN, PEER_TAG_LISTENER | i))
			any = true;
	}
	for (size_t i = 0; i < peer->end_count; i++) {
		const struct peer_end *end = peer->ends[i];
		short events = awaited(peer, end);
		if (events != 0 && waits_for(peer, end->descriptor, events, end->number))
			any = true;
	}
	return any;
}

void peer_hold(struct peer *peer, int actor, bool held)
{
	enter(peer);
	peer->roles[actor].held = held;
	peer->roles[actor].resumes = !held;
	leave(peer);
}

void peer_crash(struct peer *peer, int actor)
{
	enter(peer);
	peer->roles[actor].crashes = true;
	leave(peer);
}

static bool names(const struct line *line, int actor)
{
	if (line->actor == actor || line->other == actor)
		return true;
	if (line->step == NULL)
		return false;
	for (size_t i = 0; i < line->step->wire_count; i++) {
		if (line->step->wire[i].actor == actor)
			return true;
	}
	for (size_t i = 0; i < line->step->state_count; i++) {
		if (line->step->states[i].actor == actor)
			return true;
	}
	return false;
}

void peer_prepare(struct peer *peer)
{
	enter(peer);
	for (size_t i = 0; i < peer->test->test->actor_count; i++) {
		struct role *role = &peer->roles[i];
		bool named = false, listens_itself = false;
		if (!role->played || peer->test->test->actors[i].side != SIDE_SERVER)
			continue;
		for (uint32_t j = 0; j < peer->test->line_count; j++) {
			const struct line *line = peer->test->by_number[j];
			/* `launch`, `exit` and the like speak of a program, not of a listening socket. */
			named = named || (names(line, (int)i) && (line->kind == LINE_ACTION || line->actor != (int)i));
			listens_itself = listens_itself || (line->actor == (int)i && line->step->verb == VERB_LISTEN);
		}
		if (named && !listens_itself)
			peer_role_listen(peer, role);
	}
	leave(peer);
}
