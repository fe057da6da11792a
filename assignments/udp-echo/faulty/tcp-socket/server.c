/* SOCK_STREAM is TCP. */
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
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server: bind");
		return EXIT_FAILURE;
	}
	listen(fd, 5);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		ssize_t count;
		while ((count = read(client, bytes, sizeof(bytes))) > 0)
			write(client, bytes, (size_t)count);
		close(client);
	}
}
