/* The calls on one end, and the rules that a spec gives. */
#include "peer/raw_inside.h"
#include "peer/raw_network.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

void raw_shape(struct raw *raw, const struct step *step, int actor)
{
	if (step->verb == VERB_CONNECT) {
		raw->crosses = actor;
		return;
	}
	raw->shapes = arena_grow(raw->arena, raw->shapes, &raw->shape_capacity, raw->shape_count + 1, sizeof(struct shape));
	raw->shapes[raw->shape_count++] = (struct shape){.step = step, .actor = actor};
}

void raw_limit_window(struct raw *raw, int actor, uint32_t bytes)
{
	raw->window_most =
		arena_grow(raw->arena, raw->window_most, &raw->window_capacity, (size_t)actor + 1, sizeof(uint32_t));
	raw->window_most[actor] = bytes + 1; /* 0: never limited */
	for (size_t i = 0; i < raw->end_count; i++) {
		if (raw->ends[i]->actor != actor)
			continue;
		tcb_limit_window(&raw->ends[i]->tcb, bytes);
		raw_end_flush(raw->ends[i]);
	}
	raw_told_out(raw);
}

bool raw_window_closed(const struct raw_end *end)
{
	return tcb_window(&end->tcb) == 0;
}

int raw_listen(struct raw *raw, int actor)
{
	struct address any = {.family = AF_INET, .port = raw->port};
	if (raw->listener != ACTOR_NONE && raw->listener != actor) {
		errno = EADDRINUSE;
		return -1;
	}
	if (raw->guard < 0)
		raw->guard = raw_network_guard(&any, 0);
	if (raw->guard < 0)
		return -1;
	raw->listener = actor;
	return fcntl(raw->guard, F_DUPFD_CLOEXEC, 0);
}

void raw_unlisten(struct raw *raw, int actor)
{
	if (raw->listener == actor)
		raw->listener = ACTOR_NONE;
}

struct raw_end *raw_accept(struct raw *raw, int actor)
{
	for (size_t i = 0; i < raw->end_count; i++) {
		struct raw_end *end = raw->ends[i];
		bool set_up =
			end->tcb.state != STATE_SYN_RECEIVED && end->tcb.state != STATE_SYN_SENT && end->tcb.state != STATE_LISTEN;
		/* One that was reset before it was set up is none. */
		if (!end->unaccepted || end->actor != actor || !set_up || end->tcb.snd_una == end->tcb.iss)
			continue;
		end->unaccepted = false;
		return end;
	}
	return NULL;
}

struct raw_end *raw_bind(struct raw *raw, int actor, const struct address *server)
{
	struct address local = *server;
	local.port = 0;
	if (server->family != AF_INET) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	int guard = raw_network_guard(&local, raw->port);
	if (guard < 0)
		return NULL;
	struct raw_end *end = raw_end_create(raw, actor, &local, server);
	end->guard = guard;
	return end;
}

void raw_connect(struct raw_end *end)
{
	tcb_connect(&end->tcb);
	raw_end_flush(end);
	raw_work(end->raw);
}

static int fault_errno(const struct tcb *tcb)
{
	switch (tcb->fault) {
	case TCB_SOUND:
		return 0;
	case TCB_REFUSED:
		return ECONNREFUSED;
	case TCB_RESET:
		return ECONNRESET;
	case TCB_TIMED_OUT:
		return ETIMEDOUT;
	}
	return 0;
}

bool raw_connected(const struct raw_end *end, int *error)
{
	*error = fault_errno(&end->tcb);
	return end->tcb.state != STATE_SYN_SENT && end->tcb.state != STATE_SYN_RECEIVED;
}

ssize_t raw_receive(struct raw_end *end, void *into, size_t room)
{
	size_t count = tcb_receive(&end->tcb, into, room);
	if (count > 0) {
		raw_end_flush(end); /* the window may have opened */
		return (ssize_t)count;
	}
	if (tcb_at_end(&end->tcb) && end->tcb.fault == TCB_SOUND)
		return 0;
	errno = end->tcb.fault != TCB_SOUND ? fault_errno(&end->tcb) : EAGAIN;
	return -1;
}

bool raw_has_room(const struct raw_end *end)
{
	return end->tcb.unacknowledged.length < TCB_SEND_BYTES;
}

ssize_t raw_send(struct raw_end *end, const void *bytes, size_t length, bool more)
{
	if (!raw_has_room(end)) {
		errno = EAGAIN;
		return -1;
	}
	int64_t count = tcb_send(&end->tcb, bytes, length);
	if (count < 0) {
		errno = end->tcb.fault != TCB_SOUND ? fault_errno(&end->tcb) : EPIPE;
		return -1;
	}
	if (!more) {
		raw_end_flush(end);
		raw_work(end->raw);
	}
	return (ssize_t)count;
}

int raw_shutdown(struct raw_end *end)
{
	if (end->tcb.state == STATE_CLOSED)
		return ENOTCONN;
	tcb_close(&end->tcb);
	raw_end_flush(end);
	raw_work(end->raw);
	return 0;
}

int raw_close(struct raw_end *end, bool reset)
{
	/* RFC 1122, section 4.2.2.13: what nobody has read is answered by RST. */
	if (reset || end->tcb.unread.length > 0) {
		if (end->tcb.state != STATE_CLOSED)
			tcb_abort(&end->tcb);
	} else {
		tcb_close(&end->tcb);
	}
	tcb_orphan(&end->tcb);
	raw_end_flush(end);
	raw_work(end->raw);
	return 0;
}
