#include "watch/sockets.h"

#include "watch/descriptors.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * SOCKETS_MOST };

void sockets_release(struct sockets *sockets)
{
	free(sockets->slots);
	*sockets = (struct sockets){0};
}

static struct socket_facts *slot_of(struct socket_facts *slots, uint64_t inode)
{
	size_t at = (size_t)(inode * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SLOTS;
	while (slots[at].inode != 0 && slots[at].inode != inode)
		at = (at + 1) % SLOTS;
	return &slots[at];
}

struct socket_facts *sockets_find(struct sockets *sockets, uint64_t inode)
{
	if (sockets->slots == NULL)
		return NULL;
	struct socket_facts *facts = slot_of(sockets->slots, inode);
	return facts->inode == inode ? facts : NULL;
}

static struct socket_facts *slots_create(void)
{
	struct socket_facts *slots = calloc(SLOTS, sizeof(*slots));
	if (slots == NULL)
		abort();
	return slots;
}

static void make_room(struct sockets *sockets)
{
	struct socket_facts *old = sockets->slots, *slots = slots_create();
	sockets->count = 0;
	for (size_t i = 0; i < SLOTS; i++) {
		const struct socket_facts *facts = &old[i];
		bool kept = facts->listening || facts->edge || facts->receive_timeout_ns != 0 || facts->send_timeout_ns != 0;
		if (facts->inode == 0 || !kept || sockets->count >= SOCKETS_MOST / 2)
			continue;
		*slot_of(slots, facts->inode) = *facts;
		sockets->count++;
	}
	free(old);
	sockets->slots = slots;
}

struct socket_facts *sockets_at(struct sockets *sockets, uint64_t inode, pid_t tid, int descriptor)
{
	struct socket_facts *known = sockets_find(sockets, inode);
	if (known != NULL)
		return known;
	if (sockets->slots == NULL)
		sockets->slots = slots_create();
	else if (sockets->count >= SOCKETS_MOST)
		make_room(sockets);
	char protocol[PROTOCOL_LENGTH];
	bool known_protocol = descriptor_protocol(tid, descriptor, protocol);
	bool other = known_protocol && (strncmp(protocol, "UNIX", 4) == 0 || strcmp(protocol, "NETLINK") == 0 ||
	                                strcmp(protocol, "PACKET") == 0 || strncmp(protocol, "AF_VSOCK", 8) == 0);
	struct socket_facts *facts = slot_of(sockets->slots, inode);
	*facts = (struct socket_facts){.inode = inode, .internet = !other};
	facts->datagrams = known_protocol && strncmp(protocol, "UDP", 3) == 0;
	sockets->count++;
	return facts;
}
