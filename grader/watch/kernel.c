#include "watch/kernel.h"

#include "base/fd.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES = 32 * 1024, ANSWERS_MOST = 4096 };

struct kernel {
	int descriptor;
	uint32_t sequence;
	_Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
};

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 socket;
};

/* What an answer says about one socket. */
typedef void (*kernel_found)(void *context, const struct inet_diag_msg *, const struct tcp_info *, size_t info_bytes);

struct kernel *kernel_open(void)
{
	struct kernel *kernel = malloc(sizeof(*kernel));
	if (kernel == NULL)
		abort();
	kernel->sequence = 0;
	kernel->descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (kernel->descriptor < 0) {
		int error = errno;
		kernel_close(kernel);
		errno = error;
		return NULL;
	}
	return kernel;
}

void kernel_close(struct kernel *kernel)
{
	if (kernel == NULL)
		return;
	fd_close(&kernel->descriptor);
	free(kernel);
}

static bool request_send(struct kernel *kernel, struct request *request, uint16_t type, uint16_t flags)
{
	request->header = (struct nlmsghdr){
		.nlmsg_len = sizeof(*request),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = ++kernel->sequence,
	};
	request->socket.sdiag_protocol = IPPROTO_TCP;
	request->socket.idiag_ext = 1U << (INET_DIAG_INFO - 1);
	request->socket.id.idiag_cookie[0] = request->socket.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	ssize_t sent;
	do
		sent = send(kernel->descriptor, request, sizeof(*request), 0);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*request);
}

/* The attribute INET_DIAG_INFO behind an answer, or NULL. */
static const struct tcp_info *answer_info(const uint8_t *at, size_t left, size_t *info_bytes)
{
	while (left >= sizeof(struct nlattr)) {
		struct nlattr attribute;
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > left)
			return NULL;
		if ((attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO) {
			*info_bytes = attribute.nla_len - sizeof(attribute);
			return (const void *)(at + sizeof(attribute));
		}
		size_t whole = NLA_ALIGN(attribute.nla_len);
		if (whole >= left)
			return NULL;
		at += whole;
		left -= whole;
	}
	return NULL;
}

/* One datagram of answers to the last request.  1: go on, 0: that was all, -1 with errno. */
static int answers_take(struct kernel *kernel, size_t length, bool dump, kernel_found found, void *context)
{
	const uint8_t *at = kernel->answer;
	while (length >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *header = (const void *)at;
		if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > length) {
			errno = EBADMSG;
			return -1;
		}
		const uint8_t *body = at + sizeof(*header);
		size_t body_bytes = header->nlmsg_len - sizeof(*header);
		bool ours = header->nlmsg_seq == kernel->sequence;
		if (ours && header->nlmsg_type == NLMSG_DONE)
			return 0;
		if (ours && header->nlmsg_type == NLMSG_ERROR) {
			int error = -EBADMSG;
			if (body_bytes >= sizeof(error))
				memcpy(&error, body, sizeof(error));
			errno = -error;
			return -1;
		}
		if (ours && header->nlmsg_type == SOCK_DIAG_BY_FAMILY && body_bytes >= sizeof(struct inet_diag_msg)) {
			size_t info_bytes = 0;
			const struct tcp_info *info = answer_info(body + sizeof(struct inet_diag_msg),
			                                          body_bytes - sizeof(struct inet_diag_msg), &info_bytes);
			found(context, (const void *)body, info, info_bytes);
			if (!dump)
				return 0;
		}
		size_t whole = NLMSG_ALIGN(header->nlmsg_len);
		if (whole >= length)
			break;
		at += whole;
		length -= whole;
	}
	return 1;
}

/* The kernel answers within the call that asks: an answer that is not there will not come. */
static bool kernel_ask(struct kernel *kernel, struct request *request, bool dump, kernel_found found, void *context)
{
	if (!request_send(kernel, request, SOCK_DIAG_BY_FAMILY, dump ? NLM_F_DUMP : 0))
		return false;
	for (unsigned i = 0; i < ANSWERS_MOST; i++) {
		ssize_t length = recv(kernel->descriptor, kernel->answer, sizeof(kernel->answer), MSG_DONTWAIT | MSG_TRUNC);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		if ((size_t)length > sizeof(kernel->answer)) {
			errno = EMSGSIZE;
			return false;
		}
		int more = answers_take(kernel, (size_t)length, dump, found, context);
		if (more <= 0)
			return more == 0;
	}
	errno = EOVERFLOW;
	return false;
}

/* The kernel's numbers, include/net/tcp_states.h. */
enum { KERNEL_LISTEN = 10 };
static const enum tcp_state states[] = {
	[1] = STATE_ESTABLISHED, [2] = STATE_SYN_SENT,           [3] = STATE_SYN_RECEIVED, [4] = STATE_FIN_WAIT_1,
	[5] = STATE_FIN_WAIT_2,  [6] = STATE_TIME_WAIT,          [7] = STATE_CLOSED,       [8] = STATE_CLOSE_WAIT,
	[9] = STATE_LAST_ACK,    [KERNEL_LISTEN] = STATE_LISTEN, [11] = STATE_CLOSING,     [12] = STATE_SYN_RECEIVED,
};

static enum tcp_state state_of(uint8_t number)
{
	return number < sizeof(states) / sizeof(states[0]) ? states[number] : STATE_CLOSED;
}

static bool state_in(enum tcp_state state, unsigned set)
{
	return (set >> state & 1U) != 0;
}

/* States in which the other side's FIN was received, and those in which an own FIN may be unacknowledged. */
enum {
	FIN_RECEIVED = 1U << STATE_CLOSE_WAIT | 1U << STATE_LAST_ACK | 1U << STATE_CLOSING | 1U << STATE_TIME_WAIT,
	FIN_PENDING = 1U << STATE_FIN_WAIT_1 | 1U << STATE_CLOSING | 1U << STATE_LAST_ACK,
	SYN_PENDING = 1U << STATE_SYN_SENT | 1U << STATE_SYN_RECEIVED,
};

static void socket_fill(struct kernel_socket *into, const struct inet_diag_msg *message, const struct tcp_info *info,
                        size_t info_bytes)
{
	*into = (struct kernel_socket){
		.found = true,
		.state = state_of(message->idiag_state),
		.inode = message->idiag_inode,
		.receive_queue = message->idiag_rqueue,
		.send_queue = message->idiag_wqueue,
		.timer = message->idiag_timer <= KERNEL_PROBES ? (enum kernel_timer)message->idiag_timer : KERNEL_NO_TIMER,
	};
	/* tcp_diag.c counts sequence numbers: a FIN is one of them. */
	if (state_in(into->state, FIN_RECEIVED) && into->receive_queue > 0)
		into->receive_queue--;
	if (state_in(into->state, FIN_PENDING) && into->send_queue > 0)
		into->send_queue--;
	if (state_in(into->state, SYN_PENDING))
		into->send_queue = 0;
	if (info == NULL)
		return;
	struct tcp_info copy = {0};
	memcpy(&copy, info, info_bytes < sizeof(copy) ? info_bytes : sizeof(copy));
	into->unacknowledged = copy.tcpi_unacked;
	into->bytes_received = copy.tcpi_bytes_received;
	if (state_in(into->state, FIN_RECEIVED) && into->bytes_received > 0)
		into->bytes_received--;
}

static void connection_found(void *context, const struct inet_diag_msg *message, const struct tcp_info *info,
                             size_t info_bytes)
{
	/* Where no connection has the addresses, the kernel gives the listener that a SYN would reach. */
	if (message->idiag_state != KERNEL_LISTEN)
		socket_fill(context, message, info, info_bytes);
}

static void request_address(struct request *request, const struct address *local, const struct address *remote)
{
	request->socket.sdiag_family = local->family;
	request->socket.idiag_states = UINT32_MAX;
	request->socket.id.idiag_sport = htons(local->port);
	memcpy(request->socket.id.idiag_src, local->bytes, sizeof(request->socket.id.idiag_src));
	if (remote == NULL)
		return;
	request->socket.id.idiag_dport = htons(remote->port);
	memcpy(request->socket.id.idiag_dst, remote->bytes, sizeof(request->socket.id.idiag_dst));
}

bool kernel_get(struct kernel *kernel, const struct address *local, const struct address *remote,
                struct kernel_socket *into)
{
	struct address from = address_canonical(local), to = address_canonical(remote);
	struct request request = {0};
	request_address(&request, &from, &to);
	*into = (struct kernel_socket){.state = STATE_CLOSED};
	return kernel_ask(kernel, &request, false, connection_found, into) || errno == ENOENT;
}

/* There is an answer only where it fails: that there is no such socket. */
void kernel_destroy(struct kernel *kernel, const struct address *local, const struct address *remote)
{
	struct address from = address_canonical(local), to = address_canonical(remote);
	struct request request = {0};
	request_address(&request, &from, &to);
	request_send(kernel, &request, SOCK_DESTROY, 0);
	recv(kernel->descriptor, kernel->answer, sizeof(kernel->answer), MSG_DONTWAIT);
}

struct listener {
	uint16_t port;
	struct kernel_socket *socket;
	struct address *local;
};

static void listener_found(void *context, const struct inet_diag_msg *message, const struct tcp_info *info,
                           size_t info_bytes)
{
	struct listener *listener = context;
	if (listener->socket->found || message->idiag_state != KERNEL_LISTEN ||
	    ntohs(message->id.idiag_sport) != listener->port)
		return;
	socket_fill(listener->socket, message, info, info_bytes);
	if (listener->local != NULL) {
		struct address address = {.family = message->idiag_family, .port = listener->port};
		memcpy(address.bytes, message->id.idiag_src, address.family == AF_INET ? 4 : 16);
		*listener->local = address;
	}
}

bool kernel_listener(struct kernel *kernel, uint16_t port, struct kernel_socket *into, struct address *local)
{
	/* The first finds a listener bound to 0.0.0.0, or to :: by a dual-stack socket, as well. */
	static const struct address usual[] = {
		{.family = AF_INET, .bytes = {127, 0, 0, 1}},
		{.family = AF_INET6, .bytes = {[15] = 1}},
		{.family = AF_INET, .bytes = {192, 0, 2, 1}},
	};
	*into = (struct kernel_socket){.state = STATE_CLOSED};
	struct listener listener = {port, into, local};
	bool answered = false;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && !into->found; i++) {
		struct address address = usual[i];
		address.port = port;
		struct request request = {0};
		request_address(&request, &address, NULL);
		answered = kernel_ask(kernel, &request, false, listener_found, &listener) || errno == ENOENT || answered;
	}
	/* Bound to another address of the host: only a list of all listeners shows it. */
	for (unsigned i = 0; i < 2 && !into->found; i++) {
		struct request request = {
			.socket = {.sdiag_family = i == 0 ? AF_INET : AF_INET6, .idiag_states = 1U << KERNEL_LISTEN}};
		answered = kernel_ask(kernel, &request, true, listener_found, &listener) || answered;
	}
	return answered;
}

struct owned {
	uint64_t inode;
	struct address *local, *remote;
	bool found;
};

static void owned_found(void *context, const struct inet_diag_msg *message, const struct tcp_info *info,
                        size_t info_bytes)
{
	struct owned *owned = context;
	(void)info;
	(void)info_bytes;
	if (message->idiag_inode != owned->inode || message->idiag_state == KERNEL_LISTEN)
		return;
	struct address local = {.family = message->idiag_family, .port = ntohs(message->id.idiag_sport)};
	struct address remote = {.family = message->idiag_family, .port = ntohs(message->id.idiag_dport)};
	size_t length = local.family == AF_INET ? 4 : 16;
	memcpy(local.bytes, message->id.idiag_src, length);
	memcpy(remote.bytes, message->id.idiag_dst, length);
	*owned->local = address_canonical(&local);
	*owned->remote = address_canonical(&remote);
	owned->found = true;
}

bool kernel_addresses(struct kernel *kernel, uint64_t inode, struct address *local, struct address *remote)
{
	struct owned owned = {inode, local, remote, false};
	for (unsigned i = 0; i < 2 && !owned.found; i++) {
		struct request request = {
			.socket = {.sdiag_family = i == 0 ? AF_INET : AF_INET6, .idiag_states = ~(1U << KERNEL_LISTEN)}};
		kernel_ask(kernel, &request, true, owned_found, &owned);
	}
	return owned.found;
}

bool kernel_state_event(struct kernel *kernel, const struct connection *connection, enum end end, struct event *event)
{
	struct kernel_socket socket;
	if (!kernel_get(kernel, &connection->address[end], &connection->address[!end], &socket))
		return false;
	*event = (struct event){
		.kind = EVENT_STATE,
		.actor = ACTOR_NONE,
		.connection = (int16_t)connection->number,
		.state = {.end = end,
	              .state = socket.state,
	              .confirmed = true,
	              .held = socket.inode != 0,
	              .receive_queue = socket.receive_queue,
	              .send_queue = socket.send_queue},
	};
	return true;
}
