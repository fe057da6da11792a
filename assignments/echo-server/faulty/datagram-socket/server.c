/* Echo server whose socket is one of UDP. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		char data[4096];
		struct sockaddr_storage from;
		socklen_t length = sizeof from;
		ssize_t n = recvfrom(descriptor, data, sizeof data, 0, (struct sockaddr *)&from, &length);
		if (n >= 0)
			sendto(descriptor, data, n, 0, (struct sockaddr *)&from, length);
	}
}
