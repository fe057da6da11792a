/* What was learnt of the programs' sockets, by inode.  (The kernel numbers sockets upwards: in one run an inode means
 * one socket.) */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct socket_facts {
	uint64_t inode;
	bool internet; /* AF_INET or AF_INET6, or not known to be anything else */
	bool datagrams; /* UDP */
	bool listening; /* listen(2) succeeded */
	bool edge; /* some epoll(7) reports it by EPOLLET */
	int64_t receive_timeout_ns, send_timeout_ns; /* SO_RCVTIMEO, SO_SNDTIMEO; 0: none */
};

/* Past this many, what is known of sockets that neither listen nor have a time-out or an edge is forgotten. */
enum { SOCKETS_MOST = 4096 };

struct sockets {
	struct socket_facts *slots; /* open addressing; NULL while there is none */
	size_t room, count; /* of slots; of those that are used, half at most */
};

void sockets_release(struct sockets *);
/* Of an inode that is not 0; NULL when nothing is known.  Valid until the next sockets_at. */
struct socket_facts *sockets_find(struct sockets *, uint64_t inode);
/* The same of one that may be new, and of which so much is known. */
struct socket_facts *sockets_add(struct sockets *, uint64_t inode, bool internet, bool datagrams);
/* The same; looks at the descriptor when the socket is new. */
struct socket_facts *sockets_at(struct sockets *, uint64_t inode, pid_t tid, int descriptor);
