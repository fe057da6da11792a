#include "run/runner_state.h"

#include "base/arena.h"
#include "watch/entry.h"
#include "watch/udp_table.h"

#include <errno.h>

static bool student_end(const struct runner *runner, const struct connection *connection, enum end end)
{
	int actor = connection->actor[end];
	if (actor != ACTOR_NONE)
		return plan_student(runner->test, actor);
	return runner->test->student[end == END_SERVER ? SIDE_SERVER : SIDE_CLIENT];
}

/* The connection whose end the kernel gives this inode. */
static void socket_resolve(struct runner *runner, uint64_t inode, enum end end, int actor)
{
	for (int i = (int)connections_count(runner->connections) - 1; i >= 0; i--) {
		struct connection *connection = connections_at(runner->connections, i);
		struct kernel_socket socket;
		if (connection->socket[end] != 0 || !student_end(runner, connection, end) ||
		    !kernel_get(runner->kernel, &connection->address[end], &connection->address[!end], &socket) ||
		    !socket.found || socket.inode != inode)
			continue;
		connections_socket(runner->connections, connection, end, inode);
		if (actor != ACTOR_NONE && connection->actor[end] == ACTOR_NONE)
			connections_assign(runner->connections, connection, end, actor);
		return;
	}
}

/* Where only one actor can be at an end, it is. */
static int only_actor(const struct runner *runner, enum side side)
{
	int found = ACTOR_NONE;
	for (size_t i = 0; i < runner->test->test->actor_count; i++) {
		if (runner->test->test->actors[i].side != side)
			continue;
		if (found != ACTOR_NONE)
			return ACTOR_NONE;
		found = (int)i;
	}
	return found;
}

void evidence_resolve(struct runner *runner, struct event *event)
{
	bool call = event->kind == EVENT_CALL || event->kind == EVENT_RETURN;
	if (runner->test->test->transport == TRANSPORT_UDP) {
		if (call && event->call.datagrams && event->actor >= 0 && event->connection == CONNECTION_NONE)
			datagram_resolve(runner, event);
		return;
	}
	if (!call || event->call.socket == 0 || event->connection != CONNECTION_NONE || runner->kernel == NULL)
		return;
	bool accepts = event->kind == EVENT_RETURN &&
	               (event->call.call == CALL_ACCEPT || event->call.call == CALL_ACCEPT4) && event->call.result >= 0;
	bool connects = event->kind == EVENT_RETURN && event->call.call == CALL_CONNECT;
	if (!accepts && !connects && event->call.listening)
		return;
	enum end end =
		connects  ? END_CLIENT
		: accepts ? END_SERVER
				  : (event->actor >= 0 && runner->test->test->actors[event->actor].side == SIDE_CLIENT ? END_CLIENT
	                                                                                                   : END_SERVER);
	struct address from, to;
	if (connects && runner->capture == NULL && kernel_addresses(runner->kernel, event->call.socket, &from, &to))
		connections_find(runner->connections, &from, &to);
	socket_resolve(runner, event->call.socket, end, event->actor);
	struct connection *connection = connections_by_socket(runner->connections, event->call.socket, NULL);
	if (connection != NULL)
		event->connection = (int16_t)connection->number;
}

static void state_confirm(struct runner *runner, struct connection *connection, enum end end)
{
	struct event event = {.kind = EVENT_STATE};
	if (runner->test->test->transport == TRANSPORT_UDP)
		return; /* RFC 768 knows no states */
	struct peer_end_now own;
	if (peer_end_state(runner->peer, &connection->address[end], &connection->address[!end], &own)) {
		event.state.end = end;
		event.state.state = own.state;
		event.state.confirmed = true;
		event.state.held = own.held;
		event.state.receive_queue = own.receive_queue;
		event.state.send_queue = own.send_queue;
		event.actor = (int16_t)connection->actor[end];
		event.connection = (int16_t)connection->number;
		runner_emit(runner, &event);
		return;
	}
	if (runner->kernel == NULL || !kernel_state_event(runner->kernel, connection, end, &event))
		return;
	/* The kernel forgets the addresses of a socket that has come to CLOSED, be its descriptor open or not. */
	if (!event.state.held && event.state.state == STATE_CLOSED && !connection->over[end] &&
	    connection->socket[end] != 0)
		event.state.held = tracer_holds(runner->tracer, connection->socket[end]);
	connection->over[end] =
		!event.state.held && (event.state.state == STATE_CLOSED || event.state.state == STATE_TIME_WAIT);
	event.actor = (int16_t)connection->actor[end];
	event.connection = (int16_t)connection->number;
	runner_emit(runner, &event);
}

void evidence_confirm(struct runner *runner, bool all)
{
	for (size_t i = 0; i < connections_count(runner->connections); i++) {
		struct connection *connection = connections_at(runner->connections, (int)i);
		for (enum end end = END_CLIENT; end <= END_SERVER; end++) {
			bool sent = (connection->fin[end] || connection->reset[end]) && !connection->over[end];
			if (student_end(runner, connection, end) && (all || sent))
				state_confirm(runner, connection, end);
			else if (all && (runner->capture == NULL || connection->state[end] != STATE_CLOSED))
				state_confirm(runner, connection, end);
		}
	}
}

void evidence_follow(struct runner *runner, const struct event *event)
{
	/* What arrived is the evidence, not what the program gave to its call; so it is read while the program stands there. */
	if (event->kind == EVENT_RETURN && event->call.datagrams && call_writes(event->call.call) &&
	    event->call.result >= 0) {
		peer_sent_to(runner->peer, event->connection);
		return;
	}
	if (event->kind == EVENT_CONNECTION) {
		struct connection *connection = connections_at(runner->connections, event->connection);
		bool datagrams = runner->test->test->transport == TRANSPORT_UDP;
		for (enum end end = END_CLIENT; end <= END_SERVER; end++) {
			int actor = only_actor(runner, end == END_SERVER ? SIDE_SERVER : SIDE_CLIENT);
			/* The reference's clients tell their addresses themselves: a datagram to another one reaches none of them. */
			if (end == END_CLIENT && datagrams && actor != ACTOR_NONE && !plan_student(runner->test, actor))
				continue;
			if (connection->actor[end] == ACTOR_NONE && actor != ACTOR_NONE)
				connections_assign(runner->connections, connection, end, actor);
		}
		return;
	}
	if (event->kind == EVENT_SEGMENT && (event->segment.flags & (SEGMENT_FIN | SEGMENT_RST)) != 0) {
		const struct connection *connection = connections_at(runner->connections, event->connection);
		if (connection != NULL && student_end(runner, connection, event->segment.sender))
			runner->confirm = true;
		return;
	}
	/* What lies unread when the program closes decides between FIN and RST (RFC 1122, section 4.2.2.13). */
	if (event->kind == EVENT_CALL && event->call.call == CALL_CLOSE && event->connection != CONNECTION_NONE) {
		enum end end;
		struct connection *connection = connections_by_socket(runner->connections, event->call.socket, &end);
		if (connection != NULL)
			state_confirm(runner, connection, end);
		return;
	}
	bool lets_go =
		event->kind == EVENT_EXIT ||
		(event->kind == EVENT_RETURN && (event->call.call == CALL_CLOSE || event->call.call == CALL_SHUTDOWN ||
	                                     event->call.call == CALL_CLOSE_RANGE || event->call.call == CALL_DUP2));
	if ((runner->confirm && (event->kind == EVENT_RETURN || event->kind == EVENT_EXIT)) || lets_go) {
		runner->confirm = false;
		evidence_confirm(runner, false);
	}
}

bool evidence_would_block(void *context, const struct entry *entry)
{
	struct runner *runner = context;
	struct kernel_socket socket;
	if (runner->kernel == NULL)
		return false;
	if (entry->call == CALL_ACCEPT || entry->call == CALL_ACCEPT4)
		return kernel_listener(runner->kernel, runner->test->port, &socket, NULL) && socket.found &&
		       socket.receive_queue == 0;
	enum end end;
	struct connection *connection = connections_by_socket(runner->connections, entry->socket, &end);
	if (!call_reads(entry->call) || connection == NULL || connection->fin[!end] || connection->reset[!end])
		return false;
	return kernel_get(runner->kernel, &connection->address[end], &connection->address[!end], &socket) && socket.found &&
	       socket.receive_queue == 0;
}

static void counts_take(struct runner *runner)
{
	for (size_t i = 0; i < runner->test->test->actor_count; i++) {
		if (!plan_student(runner->test, (int)i) || !runner->programs[i].launched)
			continue;
		int64_t counts[COUNTS];
		tracer_count(runner->tracer, (int)i, counts);
		for (enum count_kind what = COUNT_SOCKETS; what <= COUNT_THREADS; what++) {
			struct event event = {.kind = EVENT_COUNT, .actor = (int16_t)i, .connection = CONNECTION_NONE};
			event.count.what = what;
			event.count.value = counts[what];
			if (event.count.value >= 0)
				runner_emit(runner, &event);
		}
	}
}

static bool port_is_taken(const struct runner *runner)
{
	struct kernel_socket socket;
	if (runner->test->test->transport == TRANSPORT_UDP)
		return udp_table_bound(runner->test->port);
	return runner->kernel != NULL && kernel_listener(runner->kernel, runner->test->port, &socket, NULL) && socket.found;
}

/* Where calls are not seen, the kernel's list of listening sockets shows what listen() has done. */
static void listener_take(struct runner *runner)
{
	int actor = only_actor(runner, SIDE_SERVER);
	if (actor == ACTOR_NONE || !plan_student(runner->test, actor) || !runner->programs[actor].launched ||
	    runner->programs[actor].listens || !port_is_taken(runner))
		return;
	runner->programs[actor].listens = true;
	struct event event = {.kind = EVENT_STATE, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
	event.state.end = END_SERVER;
	event.state.state = STATE_LISTEN;
	event.state.confirmed = event.state.held = true;
	runner_emit(runner, &event);
}

void evidence_quiet(struct runner *runner, const struct activity *activity)
{
	bool final = matcher_finished(runner->matcher);
	if (runner->rung > RUNG_C)
		listener_take(runner);
	if (final || runner->capture == NULL || matcher_wants_states(runner->matcher))
		evidence_confirm(runner, true);
	if (final || matcher_wants_counts(runner->matcher))
		counts_take(runner);
	for (size_t i = 0; i < activity->blocked_count; i++) {
		const struct blocked *blocked = &activity->blocked[i];
		struct event event = {.kind = EVENT_BLOCKED, .actor = (int16_t)blocked->actor};
		event.connection = (int16_t)blocked->connection;
		event.pid = blocked->pid;
		event.tid = blocked->tid;
		event.site = blocked->site;
		event.blocked.call = blocked->call;
		event.blocked.descriptor = blocked->descriptor;
		event.blocked.socket = blocked->socket;
		event.blocked.held = blocked->held;
		event.blocked.listening = blocked->listening;
		event.blocked.until_ns =
			blocked->until_ns < 0 ? -1 : blocked->until_ns - runner->start_ns + tracer_ahead(runner->tracer);
		runner_emit(runner, &event);
	}
}
