/* Echo client: the socket never blocks, so poll() is the only place to wait. */
#include <errno.h>
#include <fcntl.h>
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
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	fcntl(server, F_SETFL, O_NONBLOCK);
	struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {server, POLLIN, 0}};
	size_t sent = 0, received = 0;
	char buffer[4096];
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents) {
			ssize_t n = read(server, buffer, sizeof buffer);
			if (n < 0 && errno != EAGAIN) {
				perror("read");
				return 1;
			}
			if (n == 0)
				break;
			if (n > 0) {
				received += n;
				fwrite(buffer, 1, n, stdout);
			}
		}
		if (fds[0].revents) {
			ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
			if (n > 0) {
				write(server, buffer, n);
				sent += n;
			} else {
				shutdown(server, SHUT_WR);
				fds[0].fd = -1;
			}
		}
	}
	if (fds[0].fd < 0 && sent == received)
		return 0;
	fprintf(stderr, "client: %zu of %zu bytes came back\n", received, sent);
	return 1;
}
