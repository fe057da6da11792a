/* UDP: a client of the reference has a socket of its own, a server one for all that write to it.  An end is the pair of
 * addresses; what arrives is counted by datagrams. */
#include "peer/address.h"
#include "peer/inside.h"

#include "base/fd.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum { READS_MOST = 256, CONTROL_BYTES = 64 };

bool peer_datagrams(const struct peer *peer)
{
	return peer->test->test->transport == TRANSPORT_UDP;
}

bool peer_datagrams_listen(int descriptor, int family)
{
	int on = 1;
	return setsockopt(descriptor, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
	                  family == AF_INET6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof(on)) == 0;
}

void peer_datagrams_open(struct peer *peer, struct peer_end *end, const char *host, bool connects)
{
	struct sockaddr_storage name;
	int error = EADDRNOTAVAIL;
	if (host == NULL || !peer_address_parse(host, peer->test->port, &end->address[END_SERVER]) ||
	    (error = peer_end_bind(peer, end)) != 0) {
		peer_end_failed(peer, end, error);
		return;
	}
	peer_end_number(peer, end);
	socklen_t length = peer_address_write(&end->address[END_SERVER], &name);
	if (connects && connect(end->descriptor, (struct sockaddr *)&name, length) < 0) {
		peer_end_failed(peer, end, errno);
		return;
	}
	end->phase = END_OPEN;
	peer_watch(peer, end->descriptor, end->number, false);
	if (connects)
		peer_emit(peer, end->actor, end, PEER_CONNECT, 0, NULL, 0);
}

/* The address of the host that the datagram was for: ipv6(7), ip(7). */
static void read_destination(struct msghdr *message, struct address *to)
{
	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
		struct sockaddr_storage name = {0};
		if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(at), sizeof(info));
			struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = info.ipi6_addr};
			memcpy(&name, &six, sizeof(six));
		} else if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(at), sizeof(info));
			struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = info.ipi_addr};
			memcpy(&name, &four, sizeof(four));
		} else {
			continue;
		}
		uint16_t port = to->port;
		peer_address_read(&name, to);
		to->port = port;
	}
}

/* One datagram into peer->buffer.  -1 with errno. */
static ssize_t take(struct peer *peer, int descriptor, struct address *from, struct address *to)
{
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
	struct sockaddr_storage name = {0};
	struct iovec room = {peer->buffer, PEER_READ_BYTES};
	struct msghdr message = {.msg_name = &name,
	                         .msg_namelen = sizeof(name),
	                         .msg_iov = &room,
	                         .msg_iovlen = 1,
	                         .msg_control = control,
	                         .msg_controllen = sizeof(control)};
	peer_drain(peer);
	ssize_t count;
	do
		count = recvmsg(descriptor, &message, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return count;
	peer_address_read(&name, from);
	*to = (struct address){.family = AF_INET, .port = peer->test->port, .bytes = {127, 0, 0, 1}};
	read_destination(&message, to);
	return count;
}

static void datagram_read(struct peer *peer, struct peer_end *end, ssize_t count)
{
	end->arrived++;
	end->read_bytes += (uint64_t)count;
	peer->read_bytes += (uint64_t)count;
	peer_role_choose(peer, end); /* who has written last is answered */
	peer_emit(peer, end->actor, end, PEER_READ, count, peer->buffer, (size_t)count);
}

/* The end of a client that has written to the server, made when it is new.  NULL: there are too many. */
static struct peer_end *end_of(struct peer *peer, const struct role *role, const struct address *from,
                               const struct address *to)
{
	for (size_t i = peer->end_count; i > 0; i--) {
		struct peer_end *end = peer->ends[i - 1];
		if (end->actor == role->actor && end->end == END_SERVER && end->phase == END_OPEN &&
		    peer_address_equal(&end->address[END_CLIENT], from))
			return end;
	}
	if (peer->end_count >= PEER_ENDS)
		return NULL;
	const struct address address[2] = {*from, *to};
	struct peer_end *end = peer_end_create(peer, role->actor, peer_other_of(peer, role, address), END_SERVER);
	memcpy(end->address, address, sizeof(address));
	end->phase = END_OPEN;
	peer_end_number(peer, end);
	return end;
}

void peer_datagrams_read_role(struct peer *peer, struct role *role)
{
	struct address from, to;
	for (unsigned reads = 0; role->listener >= 0 && !role->held && peer->read_bytes < PEER_BYTES; reads++) {
		if (reads == READS_MOST) {
			peer_watch(peer, role->listener, PEER_TAG_LISTENER | (uint64_t)role->actor, true);
			return;
		}
		ssize_t count = take(peer, role->listener, &from, &to);
		if (count < 0)
			return;
		struct peer_end *end = end_of(peer, role, &from, &to);
		if (end != NULL)
			datagram_read(peer, end, count);
	}
}

void peer_datagrams_read(struct peer *peer, struct peer_end *end)
{
	struct role *role = &peer->roles[end->actor];
	struct address from, to;
	if (end->end == END_SERVER) {
		peer_datagrams_read_role(peer, role);
		return;
	}
	for (unsigned reads = 0; end->phase == END_OPEN && !role->held && peer->read_bytes < PEER_BYTES; reads++) {
		if (reads == READS_MOST) {
			peer_watch(peer, end->descriptor, end->number, true);
			return;
		}
		ssize_t count = take(peer, end->descriptor, &from, &to);
		int error = errno;
		if (count < 0 && error == EAGAIN)
			return;
		if (count < 0)
			peer_emit(peer, end->actor, end, PEER_READ, -error, NULL, 0);
		else if (peer_address_equal(&from, &end->address[END_SERVER]))
			datagram_read(peer, end, count);
		else /* not from whom it was sent to: it belongs to no conversation */
			peer_emit(peer, end->actor, NULL, PEER_READ, count, peer->buffer, (size_t)count);
	}
}

/* Answers come from the address that was written to, whatever others the host has. */
static void source_add(struct msghdr *message, uint8_t control[static CONTROL_BYTES], const struct address *source)
{
	if (source->family != AF_INET)
		return;
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = 0};
	memcpy(&info.ipi_spec_dst, source->bytes, 4);
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(sizeof(info));
	struct cmsghdr *at = CMSG_FIRSTHDR(message);
	*at = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
	memcpy(CMSG_DATA(at), &info, sizeof(info));
}

/* A socket for both families knows IPv4 addresses as mapped ones: RFC 3493, section 3.7. */
static socklen_t write_name(int descriptor, const struct address *address, struct sockaddr_storage *name)
{
	int family = 0;
	socklen_t length = sizeof(family);
	getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &length);
	if (family != AF_INET6 || address->family != AF_INET)
		return peer_address_write(address, name);
	struct address mapped = {.family = AF_INET6, .port = address->port, .bytes = {[10] = 0xff, [11] = 0xff}};
	memcpy(mapped.bytes + 12, address->bytes, 4);
	return peer_address_write(&mapped, name);
}

void peer_datagrams_send(struct peer *peer, struct action *action)
{
	struct peer_end *end = action->end;
	const struct data *data = peer_action_data(peer, action);
	bool server = end->end == END_SERVER;
	int descriptor = server ? peer->roles[end->actor].listener : end->descriptor;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES] = {0};
	struct sockaddr_storage name;
	struct iovec bytes = {(void *)(uintptr_t)data->bytes, data->length};
	struct msghdr message = {.msg_name = &name, .msg_iov = &bytes, .msg_iovlen = 1};
	message.msg_namelen = write_name(descriptor, &end->address[!end->end], &name);
	if (server)
		source_add(&message, control, &end->address[END_SERVER]);
	peer_datagrams_read(peer, end);
	peer_drain(peer);
	ssize_t count;
	do
		count = sendmsg(descriptor, &message, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	int error = count < 0 ? errno : 0;
	peer_emit(peer, end->actor, end, PEER_WRITE, count < 0 ? -error : count, data->bytes,
	          count < 0                   ? 0
	          : data->length < EVENT_PEEK ? data->length
	                                      : EVENT_PEEK);
	action->progress = count > 0 ? count : 0;
	peer_action_finish(action, error);
}

void peer_datagrams_take(struct peer *peer, struct action *action)
{
	struct role *role = &peer->roles[action->line->actor];
	if (peer->test->test->actors[role->actor].side == SIDE_SERVER) {
		int error = peer_role_listen(peer, role);
		if (error != 0) {
			peer_action_finish(action, error);
			return;
		}
		peer_datagrams_read_role(peer, role);
	}
	for (size_t i = 0; i < peer->end_count; i++) {
		struct peer_end *end = peer->ends[i];
		if (end->actor != role->actor || !peer_end_is_with(peer, end, action->line->other))
			continue;
		peer_datagrams_read(peer, end);
		if (end->taken == end->arrived)
			continue;
		end->taken++;
		action->end = end;
		peer_action_finish(action, 0);
		return;
	}
}

int peer_datagrams_close_role(struct peer *peer, struct role *role)
{
	const struct peer_end *last = NULL;
	peer_drain(peer);
	fd_close(&role->listener);
	for (size_t i = 0; i < peer->end_count; i++) {
		if (peer->ends[i]->actor == role->actor)
			last = peer->ends[i], peer->ends[i]->phase = END_CLOSED;
	}
	peer_emit(peer, role->actor, last, PEER_CLOSE, 0, NULL, 0);
	return 0;
}

int peer_datagrams_close(struct peer *peer, struct peer_end *end)
{
	if (end->end == END_SERVER)
		return peer_datagrams_close_role(peer, &peer->roles[end->actor]);
	peer_drain(peer);
	if (end->descriptor >= 0)
		peer->open_count--;
	fd_close(&end->descriptor);
	end->phase = END_CLOSED;
	peer_emit(peer, end->actor, end, PEER_CLOSE, 0, NULL, 0);
	return 0;
}
