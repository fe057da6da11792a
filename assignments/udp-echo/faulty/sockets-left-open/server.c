/* A socket for each datagram, and none is closed. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char bytes[65536];

int main(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return EXIT_FAILURE;
	}
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server: bind");
		return EXIT_FAILURE;
	}
	for (;;) {
		struct sockaddr_in client;
		socklen_t length = sizeof(client);
		ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &length);
		if (count < 0)
			continue;
		int made = socket(AF_INET, SOCK_DGRAM, 0);
		sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&client, length);
		(void)made;
	}
}
