/* A non-blocking socket for both families, poll() with a time-out that leads nowhere, and everything taken at each
 * turn. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	static char bytes[65536];
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	int off = 0;
	if (argc != 2)
		return 2;
	any.sin6_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (poll(&ready, 1, 2000) < 1)
			continue;
		for (;;) {
			struct sockaddr_in6 client;
			socklen_t length = sizeof(client);
			ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &length);
			if (count < 0 && errno == EAGAIN)
				break;
			if (count >= 0)
				sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&client, length);
		}
	}
}
