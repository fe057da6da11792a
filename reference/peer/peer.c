#include "peer/peer.h"

#include "peer/inside.h"

#include "base/arena.h"
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
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
	if (peer->raw != NULL)
		raw_unlisten(peer->raw, role->actor);
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

static void segment_shaped(void *context, struct raw_end *raw, enum peer_call call, const char *words)
{
	struct peer *peer = context;
	const struct address address[2] = {raw->local, raw->remote};
	bool server = raw->actor >= 0 && peer->test->test->actors[raw->actor].side == SIDE_SERVER;
	const int actor[2] = {server ? ACTOR_NONE : raw->actor, server ? raw->actor : ACTOR_NONE};
	struct peer_end end = {.connection =
	                           peer->hooks.connection(peer->hooks.context, &address[server], &address[!server], actor)};
	peer_emit(peer, raw->actor, &end, call, 0, words, strlen(words));
}

static void segment_state(void *context, struct raw_end *raw, enum tcp_state state)
{
	struct peer *peer = context;
	const struct address address[2] = {raw->local, raw->remote};
	bool server = raw->actor >= 0 && peer->test->test->actors[raw->actor].side == SIDE_SERVER;
	const int actor[2] = {server ? ACTOR_NONE : raw->actor, server ? raw->actor : ACTOR_NONE};
	int connection = peer->hooks.connection(peer->hooks.context, &address[server], &address[!server], actor);
	const struct peer_end *end = raw->user;
	struct event event = {.kind = EVENT_STATE, .actor = (int16_t)raw->actor, .connection = (int16_t)connection};
	event.state.end = server ? END_SERVER : END_CLIENT;
	event.state.state = state;
	event.state.confirmed = true;
	event.state.held = end == NULL || end->phase != END_CLOSED;
	peer_drain(peer);
	peer->hooks.emit(peer->hooks.context, &event);
}

/* The role's own TCP, where the test asks for one. */
static bool raw_open(struct peer *peer)
{
	const struct test *test = peer->test->test;
	struct raw_hooks hooks = {peer, segment_shaped, segment_state};
	if (test->network != NETWORK_RAW)
		return true;
	peer->raw = raw_create(peer->test->port, peer->test->seed, test->buffer_bytes, peer->epoll, PEER_TAG | PEER_TAG_RAW,
	                       &hooks);
	return peer->raw != NULL;
}

/* Bytes that a line wants to come to a role, by `send` of the other or by its own `receive`; what a pattern looks at has a
 * ceiling, and {NAME} may stand for as much. */
static void note_asked(struct peer *peer, const struct line *line)
{
	const struct step *step = line->step;
	int actor = step->verb == VERB_SEND ? line->other : step->verb == VERB_RECEIVE ? line->actor : ACTOR_NONE;
	if (actor < 0)
		return;
	bool open = step->data.kind == DATA_PATTERN || step->data.uses_names;
	peer->roles[actor].asked_bytes += step->data.length + (open ? PEER_PATTERN_BYTES : 0);
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
		note_asked(peer, line);
	}
	if (raw_open(peer))
		return peer;
	int error = errno;
	peer_destroy(peer);
	errno = error;
	return NULL;
}

void peer_destroy(struct peer *peer)
{
	if (peer == NULL)
		return;
	for (size_t i = 0; i < peer->end_count; i++) {
		fd_close(&peer->ends[i]->descriptor);
		text_release(&peer->ends[i]->unreceived);
		text_release(&peer->ends[i]->joined);
	}
	for (size_t i = 0; i < peer->test->test->actor_count; i++)
		fd_close(&peer->roles[i].listener);
	raw_destroy(peer->raw);
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
	if (end->phase != END_OPEN || !end->ended || end->error != 0)
		return;
	if (end->raw != NULL)
		raw_connected(end->raw, &error);
	else if (poll(&state, 1, 0) <= 0 || !(state.revents & POLLERR))
		return;
	if (end->raw == NULL && getsockopt(end->descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return;
	if (error == 0)
		return;
	end->error = error;
	peer_emit(peer, end->actor, end, PEER_READ, -ECONNRESET, NULL, 0);
}

/* What the reference's own TCP has for the roles. */
static void raw_ready(struct peer *peer)
{
	raw_news(peer->raw);
	raw_work(peer->raw);
	for (size_t i = 0; i < peer->test->test->actor_count; i++) {
		if (peer->roles[i].listener >= 0)
			peer_role_accept(peer, &peer->roles[i]);
	}
	for (size_t i = 0; i < peer->end_count; i++) {
		struct peer_end *end = peer->ends[i];
		if (end->phase == END_CLOSED)
			continue;
		peer_end_settle(peer, end);
		peer_end_read(peer, end);
		end_failed(peer, end);
	}
}

void peer_network(struct peer *peer)
{
	if (peer != NULL && peer->raw != NULL)
		raw_work(peer->raw);
}

int64_t peer_patience_ns(const struct peer *peer)
{
	return peer->raw != NULL ? raw_patience_ns(peer->raw) : -1;
}

bool peer_end_state(const struct peer *peer, const struct address *local, const struct address *remote,
                    struct peer_end_now *now)
{
	const struct raw_end *raw = peer->raw != NULL ? raw_find(peer->raw, local, remote) : NULL;
	if (raw == NULL)
		return false;
	const struct peer_end *end = raw->user;
	*now = (struct peer_end_now){.state = raw->tcb.state,
	                             .held = end == NULL || end->phase != END_CLOSED,
	                             .receive_queue = (uint32_t)raw->tcb.unread.length,
	                             .send_queue = (uint32_t)raw->tcb.unacknowledged.length,
	                             .window_closed = raw_window_closed(raw)};
	return true;
}

void peer_ready(struct peer *peer, uint64_t tag)
{
	uint64_t number = tag & ~PEER_TAG & ~PEER_TAG_LISTENER;
	enter(peer);
	if ((tag & PEER_TAG_RAW) != 0) {
		raw_ready(peer);
	} else if ((tag & PEER_TAG_LISTENER) != 0) {
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

void peer_sent_to(struct peer *peer, int connection)
{
	enter(peer);
	for (size_t i = 0; i < peer->test->test->actor_count; i++)
		peer_datagrams_read_role(peer, &peer->roles[i]);
	for (size_t i = 0; i < peer->end_count; i++) {
		struct peer_end *end = peer->ends[i];
		if (end->connection == connection && end->end == END_CLIENT)
			peer_datagrams_read(peer, end);
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
	/* The next piece goes before what was lost is sent again: so far behind is a timer. */
	return any || (peer->raw != NULL && raw_quiet(peer->raw));
}

/* What poll(2) has to report for an end to be unfinished; 0: nothing. */
static short awaited(const struct peer *peer, const struct peer_end *end)
{
	short events = 0;
	if (end->phase == END_CONNECTING)
		return POLLOUT;
	if (end->phase == END_CLOSED)
		return 0;
	if (!end->ended && !peer_end_reads_no_more(peer, end))
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
	/* Its news are told through the epoll as well. */
	if (peer->raw != NULL)
		return raw_has_news(peer->raw);
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
