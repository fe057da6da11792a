#include "peer/inside.h"

#include "base/arena.h"
#include "model/verbs.h"

#include <errno.h>

static bool is_played(enum verb verb)
{
	return verb <= VERB_WINDOW;
}

void peer_action_finish(struct action *action, int error)
{
	action->done = true;
	action->error = error;
	if (action->end == NULL)
		return;
	if (action->end->writer == action)
		action->end->writer = NULL;
	if (action->end->reader == action)
		action->end->reader = NULL;
}

const struct data *peer_action_data(struct peer *peer, const struct action *action)
{
	const struct data *data = &action->line->step->data;
	if (action->line->step->verb == VERB_SEND && data->kind != DATA_BYTES)
		data = data->example;
	return data->uses_names && peer->hooks.expand != NULL ? peer->hooks.expand(peer->hooks.context, data) : data;
}

static struct role *role_of(const struct peer *peer, const struct action *action)
{
	return &peer->roles[action->line->actor];
}

static bool is_server(const struct peer *peer, const struct action *action)
{
	return peer->test->test->actors[action->line->actor].side == SIDE_SERVER;
}

/* Gives the line the connection that it speaks of, making one where it presupposes that.  False while there is none, or
 * when that failed and with it the line. */
static bool action_has_end(struct peer *peer, struct action *action)
{
	struct role *role = role_of(peer, action);
	if (action->end == NULL && is_server(peer, action)) {
		int error = peer_role_listen(peer, role);
		if (error != 0) {
			peer_action_finish(action, error);
			return false;
		}
		peer_role_accept(peer, role);
		action->end = peer_role_end(peer, role, action->line->other, false);
	} else if (action->end == NULL) {
		action->end = peer_role_end(peer, role, action->line->other, false);
		if (action->end == NULL) {
			action->end = peer_end_create(peer, role->actor, action->line->other, END_CLIENT);
			if (peer_datagrams(peer))
				peer_datagrams_open(peer, action->end, "127.0.0.1", false);
			else
				peer_end_connect(peer, action->end, "127.0.0.1");
		}
	}
	if (action->end == NULL)
		return false;
	action->end->claimed = true;
	peer_end_settle(peer, action->end);
	if (action->end->phase == END_CLOSED)
		peer_action_finish(action, action->end->error != 0 ? action->end->error : EBADF);
	return action->end->phase == END_OPEN;
}

static void action_connect(struct peer *peer, struct action *action)
{
	if (action->end == NULL) {
		const char *host = action->line->step->outside ? peer->outside : "127.0.0.1";
		action->end = peer_end_create(peer, action->line->actor, action->line->other, END_CLIENT);
		if (peer_datagrams(peer))
			peer_datagrams_open(peer, action->end, host, true);
		else
			peer_end_connect(peer, action->end, host);
	}
	peer_end_settle(peer, action->end);
	if (action->end->phase != END_CONNECTING)
		peer_action_finish(action, action->end->error);
}

static void action_accept(struct peer *peer, struct action *action)
{
	struct role *role = role_of(peer, action);
	int error = peer_role_listen(peer, role);
	if (error != 0) {
		peer_action_finish(action, error);
		return;
	}
	peer_role_accept(peer, role);
	action->end = peer_role_end(peer, role, action->line->other, true);
	/* Without `from:` the line means whoever comes next; the plan names the likeliest. */
	if (action->end == NULL && action->line->step->other == ACTOR_NONE)
		action->end = peer_role_end(peer, role, ACTOR_NONE, true);
	if (action->end == NULL)
		return;
	action->end->claimed = true;
	peer_role_choose(peer, action->end);
	peer_action_finish(action, 0);
}

static void action_eof(struct peer *peer, struct action *action)
{
	peer_end_read(peer, action->end);
	if (action->end->ended)
		peer_action_finish(action, action->end->error);
}

/* Done, or goes on later: shutdown and close wait for a line of another branch that is still writing. */
static void action_on_end(struct peer *peer, struct action *action)
{
	struct peer_end *end = action->end;
	switch (action->line->step->verb) {
	case VERB_SEND:
		if (peer_datagrams(peer))
			peer_datagrams_send(peer, action);
		else
			peer_action_send(peer, action);
		return;
	case VERB_RECEIVE:
		peer_action_receive(peer, action);
		return;
	case VERB_EOF:
		action_eof(peer, action);
		return;
	case VERB_SHUTDOWN:
		if (end->writer == NULL)
			peer_action_finish(action, peer_end_shutdown(peer, end));
		return;
	case VERB_CLOSE:
		if (end->writer == NULL)
			peer_action_finish(action, peer_end_close(peer, end));
		return;
	case VERB_RESET:
		peer_action_finish(action, peer_end_reset(peer, end));
		return;
	case VERB_LOSE:
	case VERB_DUPLICATE:
	case VERB_REORDER:
	case VERB_DELAY:
	case VERB_WINDOW:
	case VERB_DROP:
	case VERB_LISTEN:
	case VERB_CONNECT:
	case VERB_ACCEPT:
	case VERB_SILENT:
	case VERB_IDLE:
	case VERB_ALIVE:
	case VERB_EXIT:
	case VERB_STDIN:
	case VERB_STDOUT:
	case VERB_STDERR:
	case VERB_WIRE:
	case VERB_STATE:
	case VERB_SOCKETS:
	case VERB_DESCRIPTORS:
	case VERB_ZOMBIES:
	case VERB_PROCESSES:
	case VERB_THREADS:
	case VERB_LAUNCH:
	case VERB_KILL:
	case VERB_SIGNAL:
	case VERB_HOLD:
	case VERB_RELEASE:
	case VERB_WAIT:
	case VERB_TOGETHER:
	case VERB_REPEAT:
		break;
	}
}

/* Rules for segments to come, and the window of the role's ends. */
static void action_shape(struct peer *peer, struct action *action)
{
	const struct step *step = action->line->step;
	int actor = action->line->actor;
	if (peer->raw == NULL) {
		peer_action_finish(action, EOPNOTSUPP);
		return;
	}
	if (step->verb == VERB_WINDOW) {
		peer_drain(peer);
		raw_limit_window(peer->raw, actor, step->window_bytes);
		const struct peer_end *end = peer_role_end(peer, role_of(peer, action), ACTOR_NONE, false);
		peer_emit(peer, actor, end, PEER_WINDOW, (int64_t)step->window_bytes, NULL, 0);
	} else {
		raw_shape(peer->raw, step, actor);
	}
	peer_action_finish(action, 0);
}

/* The reference's own TCP can send RST also behind the FIN of a close. */
static bool action_resets_closed(struct peer *peer, struct action *action)
{
	if (peer->raw == NULL || peer_role_end(peer, role_of(peer, action), action->line->other, false) != NULL)
		return false;
	for (size_t i = peer->end_count; i > 0; i--) {
		struct peer_end *end = peer->ends[i - 1];
		bool meant = end->actor == action->line->actor &&
		             (action->line->other == ACTOR_NONE || end->other == action->line->other);
		if (!meant || end->raw == NULL || end->raw->tcb.state == STATE_CLOSED)
			continue;
		peer_action_finish(action, peer_end_reset(peer, end));
		return true;
	}
	return false;
}

static void action_advance(struct peer *peer, struct action *action)
{
	enum verb verb = action->line->step->verb;
	if (verb == VERB_LISTEN)
		peer_action_finish(action, peer_role_listen(peer, role_of(peer, action)));
	else if (verb_shapes(verb) || action->line->step->simultaneous)
		action_shape(peer, action);
	else if (verb == VERB_CONNECT)
		action_connect(peer, action);
	else if (verb == VERB_ACCEPT)
		action_accept(peer, action);
	else if (!is_played(verb))
		peer_action_finish(action, 0);
	else if (verb == VERB_RESET && action_resets_closed(peer, action))
		return;
	else if (peer_datagrams(peer) && (verb == VERB_RECEIVE || verb == VERB_DROP))
		peer_datagrams_take(peer, action);
	else if (peer_datagrams(peer) && verb == VERB_CLOSE && is_server(peer, action))
		peer_action_finish(action, peer_datagrams_close_role(peer, role_of(peer, action)));
	else if (action_has_end(peer, action))
		action_on_end(peer, action);
}

void peer_action_begin(struct peer *peer, const struct line *line)
{
	struct action *action = &peer->actions[line->number];
	if (action->begun)
		return;
	action->begun = true;
	if (line->actor < 0 || !peer->roles[line->actor].played) {
		peer_action_finish(action, 0);
		return;
	}
	peer->active =
		arena_grow(peer->arena, peer->active, &peer->active_capacity, peer->active_count + 1, sizeof(struct action *));
	peer->active[peer->active_count++] = action;
}

void peer_actions_advance(struct peer *peer)
{
	/* One line may wait for another (a close for a send), and what is begun meanwhile stands at the end. */
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < peer->active_count; i++) {
			struct action *action = peer->active[i];
			if (!action->done)
				action_advance(peer, action);
			again = again || action->done;
		}
		size_t kept = 0;
		for (size_t i = 0; i < peer->active_count; i++) {
			if (!peer->active[i]->done)
				peer->active[kept++] = peer->active[i];
		}
		peer->active_count = kept;
		again = again && kept > 0;
	}
}
