/* One address for several datagrams. */
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
		char waiting[8][2048];
		ssize_t counts[8];
		int number = 0;
		struct sockaddr_in client;
		socklen_t length = sizeof(client);
		ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &length);
		if (count < 0)
			continue;
		while (number < 8 && (counts[number] = recvfrom(fd, waiting[number], sizeof(waiting[0]), MSG_DONTWAIT,
		                                                (struct sockaddr *)&client, &length)) >= 0)
			number++;
		sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&client, length);
		for (int i = 0; i < number; i++)
			sendto(fd, waiting[i], (size_t)counts[i], 0, (struct sockaddr *)&client, length);
	}
}
