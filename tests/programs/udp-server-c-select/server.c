/* select(), then one recvfrom() and one sendto() for each turn. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	static char bytes[65536];
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	if (argc != 2)
		return 2;
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		fd_set set;
		FD_ZERO(&set);
		FD_SET(fd, &set);
		if (select(fd + 1, &set, NULL, NULL, NULL) < 1)
			continue;
		struct sockaddr_in client;
		socklen_t length = sizeof(client);
		ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &length);
		if (count >= 0 && sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&client, length) < 0)
			perror("server: sendto");
	}
}
