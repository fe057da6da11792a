#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fprintf(stderr, "bad address\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);

	static char message[1 << 20], reply[1 << 20];
	size_t length = fread(message, 1, sizeof(message), stdin);
	for (size_t sent = 0; sent < length;) {
		ssize_t n = write(server, message + sent, length - sent);
		if (n < 0) {
			perror("write");
			return 1;
		}
		sent += n;
	}
	shutdown(server, SHUT_WR);
	ssize_t count = recv(server, reply, sizeof(reply), 0);
	if (count < 0) {
		perror("recv");
		return 1;
	}
	fwrite(reply, 1, count, stdout);
	close(server);
	return 0;
}
