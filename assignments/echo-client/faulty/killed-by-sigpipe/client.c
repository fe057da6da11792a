/* Echo client with poll() and a queue, so that it never waits in write(). */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0)
		die("connect");
	fcntl(server, F_SETFL, O_NONBLOCK);

	char queue[8192], reply[8192];
	size_t begin = 0, end = 0, sent = 0, received = 0;
	int input = STDIN_FILENO;
	for (;;) {
		struct pollfd fds[2] = {{begin == end ? input : -1, POLLIN, 0}, {server, POLLIN, 0}};
		if (begin < end)
			fds[1].events |= POLLOUT;
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents) {
			ssize_t n = read(input, queue, sizeof queue);
			begin = 0;
			end = n > 0 ? n : 0;
			if (n <= 0) {
				shutdown(server, SHUT_WR);
				input = -1;
			}
		}
		while (begin < end) {
			ssize_t n = write(server, queue + begin, end - begin);
			if (n < 0 && errno == EAGAIN)
				break;
			if (n < 0)
				die("write");
			begin += n;
			sent += n;
		}
		if (fds[1].revents & ~POLLOUT) {
			ssize_t n = read(server, reply, sizeof reply);
			if (n < 0 && errno != EAGAIN)
				die("read");
			if (n == 0)
				break;
			if (n > 0) {
				received += n;
				fwrite(reply, 1, n, stdout);
			}
		}
	}
	close(server);
	if (input < 0 && begin == end && sent == received)
		return 0;
	fprintf(stderr, "the server closed early\n");
	return 1;
}
