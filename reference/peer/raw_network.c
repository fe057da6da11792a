#include "peer/raw_network.h"

#include "base/fd.h"
#include "peer/address.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

/* Segments of many connections may wait at once: socket(7).  More than the system's limit needs CAP_NET_ADMIN. */
enum { TAP_BYTES = 4 << 20, GUARD_TTL = 255, GUARD_ATTEMPTS = 4 };

/* From the IP header on: either port is the test's. */
static bool filter_attach(int descriptor, uint16_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 2, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

int raw_network_tap(uint16_t port)
{
	int tap = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP), bytes = TAP_BYTES;
	if (tap < 0)
		return -1;
	if (setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(tap, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (filter_attach(tap, port))
		return tap;
	int error = errno;
	fd_close(&tap);
	errno = error;
	return -1;
}

int raw_network_out(void)
{
	return socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
}

static bool guard_bind(int guard, struct address *address)
{
	struct sockaddr_storage name;
	int ttl = GUARD_TTL, on = 1;
	socklen_t length = peer_address_write(address, &name);
	/* The option before listen(2): not one segment may reach it without. */
	if (setsockopt(guard, IPPROTO_IP, IP_MINTTL, &ttl, sizeof(ttl)) < 0 ||
	    setsockopt(guard, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(guard, (struct sockaddr *)&name, length) < 0 || listen(guard, 1) < 0)
		return false;
	length = sizeof(name);
	if (getsockname(guard, (struct sockaddr *)&name, &length) < 0)
		return false;
	peer_address_read(&name, address);
	return true;
}

int raw_network_guard(struct address *address, uint16_t not_port)
{
	for (unsigned attempt = 0; attempt < GUARD_ATTEMPTS; attempt++) {
		struct address bound = *address;
		int guard = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (guard < 0)
			return -1;
		if (guard_bind(guard, &bound) && (address->port != 0 || bound.port != not_port)) {
			*address = bound;
			return guard;
		}
		int error = errno;
		fd_close(&guard);
		errno = error;
		if (address->port != 0)
			return -1;
	}
	return -1;
}

void raw_network_send(int out, const struct address *to, const void *packet, size_t length)
{
	struct sockaddr_storage name;
	struct address host = *to;
	host.port = 0; /* raw(7) */
	socklen_t size = peer_address_write(&host, &name);
	ssize_t sent;
	do
		sent = sendto(out, packet, length, 0, (struct sockaddr *)&name, size);
	while (sent < 0 && errno == EINTR);
	/* What is not taken is as good as lost: it will be sent again. */
}
