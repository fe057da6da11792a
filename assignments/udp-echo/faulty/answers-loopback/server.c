#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	static char buffer[65536];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc == 2 ? atoi(argv[1]) : 0)};
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	if (argc != 2 || bind(s, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		struct sockaddr_in from;
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(s, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &length);
		from.sin_addr.s_addr = inet_addr("127.0.0.1");
		if (n >= 0)
			sendto(s, buffer, n, 0, (struct sockaddr *)&from, length);
	}
}
