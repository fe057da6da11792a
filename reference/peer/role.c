#include "peer/address.h"
#include "peer/inside.h"

#include "base/fd.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* Connections that wait to be accepted: more than any test has clients. */
enum { BACKLOG = 1024 };

/* On every address of both families where the host has IPv6, else of IPv4.  0 or errno. */
static int listener_open(const struct peer *peer, int family, int *descriptor)
{
	struct address any = {.family = (uint8_t)family, .port = peer->test->port};
	struct sockaddr_storage name;
	socklen_t length = peer_address_write(&any, &name);
	int on = 1, off = 0;
	bool datagrams = peer_datagrams(peer);
	*descriptor = socket(family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*descriptor < 0)
		return errno;
	/* Over UDP the option would let two servers share the port: socket(7). */
	if (datagrams)
		peer_datagrams_listen(*descriptor, family);
	else
		setsockopt(*descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Accepted sockets inherit them, and so the window is small from the SYN-ACK on: tcp(7). */
	peer_limit_buffers(peer, *descriptor);
	if (family == AF_INET6)
		setsockopt(*descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(*descriptor, (struct sockaddr *)&name, length) == 0 && (datagrams || listen(*descriptor, BACKLOG) == 0))
		return 0;
	int error = errno;
	fd_close(descriptor);
	return error;
}

static int role_listen_raw(struct peer *peer, struct role *role)
{
	role->listener = raw_listen(peer->raw, role->actor);
	int error = role->listener < 0 ? errno : 0;
	peer_emit(peer, role->actor, NULL, PEER_LISTEN, -error, NULL, 0);
	return error;
}

int peer_role_listen(struct peer *peer, struct role *role)
{
	if (role->listener >= 0)
		return 0;
	peer_drain(peer);
	if (peer->raw != NULL)
		return role_listen_raw(peer, role);
	int error = listener_open(peer, AF_INET6, &role->listener);
	if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)
		error = listener_open(peer, AF_INET, &role->listener);
	if (error == 0 && !peer_watch(peer, role->listener, PEER_TAG_LISTENER | (uint64_t)role->actor, false)) {
		error = errno;
		fd_close(&role->listener);
	}
	peer_emit(peer, role->actor, NULL, PEER_LISTEN, -error, NULL, 0);
	return error;
}

/* The reference's own end at the other side, or NULL when the student plays that. */
static struct peer_end *own_client(const struct peer *peer, const struct address address[static 2])
{
	for (size_t i = peer->end_count; i > 0; i--) {
		struct peer_end *end = peer->ends[i - 1];
		if (end->end == END_CLIENT && peer_address_equal(&end->address[END_CLIENT], &address[END_CLIENT]) &&
		    peer_address_equal(&end->address[END_SERVER], &address[END_SERVER]))
			return end;
	}
	return NULL;
}

/* The student's only client, when the test has no other. */
static int only_client(const struct peer *peer)
{
	int found = ACTOR_NONE;
	for (size_t i = 0; i < peer->test->test->actor_count; i++) {
		if (peer->test->test->actors[i].side != SIDE_CLIENT)
			continue;
		if (found != ACTOR_NONE)
			return ACTOR_NONE;
		found = (int)i;
	}
	return found != ACTOR_NONE && !peer->roles[found].played ? found : ACTOR_NONE;
}

int peer_other_of(const struct peer *peer, const struct role *role, const struct address address[static 2])
{
	struct peer_end *own = own_client(peer, address);
	if (own == NULL)
		return only_client(peer);
	own->other = role->actor;
	return own->actor;
}

static void role_take(struct peer *peer, const struct role *role, int descriptor, const struct sockaddr_storage *from)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);
	memset(&local, 0, sizeof(local));
	getsockname(descriptor, (struct sockaddr *)&local, &length);
	struct address address[2];
	peer_address_read(from, &address[END_CLIENT]);
	peer_address_read(&local, &address[END_SERVER]);
	struct peer_end *end = peer_end_create(peer, role->actor, peer_other_of(peer, role, address), END_SERVER);
	memcpy(end->address, address, sizeof(address));
	peer_end_accepted(peer, end, descriptor);
	peer_end_read(peer, end);
}

static void role_accept_raw(struct peer *peer, struct role *role)
{
	struct raw_end *raw;
	while (role->listener >= 0 && !role->held && (raw = raw_accept(peer->raw, role->actor)) != NULL) {
		const struct address address[2] = {raw->remote, raw->local};
		struct peer_end *own = own_client(peer, address);
		if (own != NULL)
			own->other = role->actor;
		struct peer_end *end =
			peer_end_create(peer, role->actor, own != NULL ? own->actor : only_client(peer), END_SERVER);
		memcpy(end->address, address, sizeof(address));
		peer_end_accepted_raw(peer, end, raw);
		peer_end_read(peer, end);
	}
}

void peer_role_accept(struct peer *peer, struct role *role)
{
	if (peer->raw != NULL) {
		role_accept_raw(peer, role);
		return;
	}
	if (peer_datagrams(peer)) {
		peer_datagrams_read_role(peer, role);
		return;
	}
	role->full = false;
	while (role->listener >= 0 && !role->held && peer->open_count < PEER_ENDS) {
		struct sockaddr_storage from;
		socklen_t length = sizeof(from);
		memset(&from, 0, sizeof(from));
		peer_drain(peer);
		int descriptor = accept4(role->listener, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		int error = errno;
		if (descriptor >= 0) {
			role_take(peer, role, descriptor, &from);
			continue;
		}
		if (error == EAGAIN)
			return;
		if (error == EINTR)
			continue;
		peer_emit(peer, role->actor, NULL, PEER_ACCEPT, -error, NULL, 0);
		if (error != ECONNABORTED) {
			role->full = true;
			return;
		}
	}
}

bool peer_end_is_with(struct peer *peer, struct peer_end *end, int other)
{
	if (end->other == ACTOR_NONE && peer->hooks.actor != NULL && end->connection >= 0)
		end->other = peer->hooks.actor(peer->hooks.context, end->connection, !end->end);
	return other == ACTOR_NONE || end->other == other;
}

struct peer_end *peer_role_end(struct peer *peer, const struct role *role, int other, bool unclaimed)
{
	struct peer_end *best = NULL;
	for (size_t i = 0; i < peer->end_count; i++) {
		struct peer_end *end = peer->ends[i];
		if (end->actor != role->actor || end->phase == END_CLOSED || !peer_end_is_with(peer, end, other))
			continue;
		if (unclaimed && !end->claimed)
			return end;
		if (!unclaimed && (best == NULL || end->turn > best->turn))
			best = end;
	}
	return best;
}

void peer_role_choose(struct peer *peer, struct peer_end *end)
{
	end->turn = ++peer->turns;
}
