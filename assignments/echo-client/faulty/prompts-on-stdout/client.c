/* A friendly echo client. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	printf("Connected to %s. Type something:\n> ", argv[1]);
	fflush(stdout);
	size_t sent = 0, received = 0;
	int input = 0;
	char buffer[1024];
	for (;;) {
		struct pollfd fds[2] = {{input, POLLIN, 0}, {server, POLLIN, 0}};
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents) {
			ssize_t n = read(server, buffer, sizeof buffer);
			if (n <= 0)
				break;
			received += n;
			fwrite(buffer, 1, n, stdout);
			printf("> ");
			fflush(stdout);
		}
		if (fds[0].revents) {
			ssize_t n = read(0, buffer, sizeof buffer);
			if (n <= 0) {
				shutdown(server, SHUT_WR);
				input = -1;
				continue;
			}
			sent += n;
			for (ssize_t done = 0, k; done < n; done += k) {
				k = write(server, buffer + done, n - done);
				if (k < 0)
					return 1;
			}
		}
	}
	printf("\nBye.\n");
	return input < 0 && sent == received ? 0 : 1;
}
