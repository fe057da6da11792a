#include "watch/sockets.h"

#include "watch/descriptors.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64, ROOM_MOST = 2 * SOCKETS_MOST };

void sockets_release(struct sockets *sockets)
{
	free(sockets->slots);
	*sockets = (struct sockets){0};
}

static struct socket_facts *slot_of(const struct sockets *sockets, uint64_t inode)
{
	size_t at = (size_t)(inode * UINT64_C(0x9E3779B97F4A7C15) >> 32) % sockets->room;
	while (sockets->slots[at].inode != 0 && sockets->slots[at].inode != inode)
		at = (at + 1) % sockets->room;
	return &sockets->slots[at];
}

struct socket_facts *sockets_find(struct sockets *sockets, uint64_t inode)
{
	if (sockets->slots == NULL)
		return NULL;
	struct socket_facts *facts = slot_of(sockets, inode);
	return facts->inode == inode ? facts : NULL;
}

static bool matters(const struct socket_facts *facts)
{
	return facts->listening || facts->edge || facts->receive_timeout_ns != 0 || facts->send_timeout_ns != 0;
}

/* For one more: twice the room, up to a ceiling; there, less is known. */
static void make_room(struct sockets *sockets)
{
	bool forgets = sockets->room == ROOM_MOST;
	struct sockets old = *sockets;
	if (sockets->count < sockets->room / 2)
		return;
	if (!forgets)
		sockets->room = sockets->room == 0 ? ROOM_FIRST : sockets->room * 2;
	sockets->count = 0;
	sockets->slots = calloc(sockets->room, sizeof(*sockets->slots));
	if (sockets->slots == NULL)
		abort();
	for (size_t i = 0; i < old.room; i++) {
		const struct socket_facts *facts = &old.slots[i];
		bool kept = !forgets || (matters(facts) && sockets->count < SOCKETS_MOST / 2);
		if (facts->inode == 0 || !kept)
			continue;
		*slot_of(sockets, facts->inode) = *facts;
		sockets->count++;
	}
	free(old.slots);
}

struct socket_facts *sockets_add(struct sockets *sockets, uint64_t inode, bool internet, bool datagrams)
{
	struct socket_facts *known = sockets_find(sockets, inode);
	if (known != NULL)
		return known;
	make_room(sockets);
	struct socket_facts *facts = slot_of(sockets, inode);
	*facts = (struct socket_facts){.inode = inode, .internet = internet, .datagrams = datagrams};
	sockets->count++;
	return facts;
}

struct socket_facts *sockets_at(struct sockets *sockets, uint64_t inode, pid_t tid, int descriptor)
{
	struct socket_facts *known = sockets_find(sockets, inode);
	if (known != NULL)
		return known;
	char protocol[PROTOCOL_LENGTH];
	bool known_protocol = descriptor_protocol(tid, descriptor, protocol);
	bool other = known_protocol && (strncmp(protocol, "UNIX", 4) == 0 || strcmp(protocol, "NETLINK") == 0 ||
	                                strcmp(protocol, "PACKET") == 0 || strncmp(protocol, "AF_VSOCK", 8) == 0);
	return sockets_add(sockets, inode, !other, known_protocol && strncmp(protocol, "UDP", 3) == 0);
}
