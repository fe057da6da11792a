/* Echo client: poll() waits for both, whatever comes is copied. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[1 << 16];

static void write_all(int to, const char *bytes, size_t left)
{
	while (left > 0) {
		ssize_t n = write(to, bytes, left);
		if (n < 0) {
			perror("write");
			exit(1);
		}
		bytes += n;
		left -= n;
	}
}

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
	struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {server, POLLIN, 0}};
	size_t sent = 0, received = 0;
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents) {
			ssize_t n = read(server, buffer, sizeof buffer);
			if (n < 0) {
				perror("read");
				return 1;
			}
			if (n == 0)
				break;
			received += n;
			write_all(STDOUT_FILENO, buffer, n);
		}
		if (fds[0].revents) {
			ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
			if (n > 0) {
				write_all(server, buffer, n);
				sent += n;
			} else {
				shutdown(server, SHUT_WR);
				fds[0].fd = -1;
			}
		}
	}
	if (fds[0].fd < 0 && sent == received)
		return 0;
	fprintf(stderr, "client: the server closed early\n");
	return 1;
}
