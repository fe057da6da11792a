#include "watch/udp_table.h"

#include "watch/connections.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LINE_BYTES = 512 };

/* "0100007F:1F90": words of the address as the machine keeps them, the port as a number. */
static bool parse_address(const char *text, struct address *address)
{
	const char *colon = strchr(text, ':');
	size_t digits = colon != NULL ? (size_t)(colon - text) : 0;
	unsigned port;
	struct address read = {0};
	if ((digits != 8 && digits != 32) || sscanf(colon + 1, "%4x", &port) != 1)
		return false;
	for (size_t i = 0; i < digits / 8; i++) {
		unsigned word;
		if (sscanf(text + 8 * i, "%8x", &word) != 1)
			return false;
		memcpy(read.bytes + 4 * i, &word, 4);
	}
	read.family = digits == 8 ? AF_INET : AF_INET6;
	read.port = (uint16_t)port;
	*address = address_canonical(&read);
	return true;
}

static bool parse_line(const char *line, struct udp_socket *into)
{
	char local[48], remote[48];
	unsigned long long inode;
	return sscanf(line, " %*u: %47s %47s %*s %*s %*s %*s %*s %*s %llu", local, remote, &inode) == 3 &&
	       parse_address(local, &into->local) && parse_address(remote, &into->remote) && (into->inode = inode) != 0;
}

/* By inode, or where that is 0 by port. */
static bool table_find(const char *path, uint64_t inode, uint16_t port, struct udp_socket *into)
{
	char line[LINE_BYTES];
	bool found = false;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = parse_line(line, into) && (inode != 0 ? into->inode == inode : into->local.port == port);
	fclose(file);
	return found;
}

static bool tables_find(uint64_t inode, uint16_t port, struct udp_socket *into)
{
	return table_find("/proc/thread-self/net/udp", inode, port, into) ||
	       table_find("/proc/thread-self/net/udp6", inode, port, into);
}

bool udp_table_find(uint64_t inode, struct udp_socket *into)
{
	return inode != 0 && tables_find(inode, 0, into);
}

bool udp_table_bound(uint16_t port)
{
	struct udp_socket socket;
	return tables_find(0, port, &socket);
}
