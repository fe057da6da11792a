/* Echo client: counts what is sent and what comes back. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what)
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
	int s = socket(found->ai_family, found->ai_socktype, 0);
	if (connect(s, found->ai_addr, found->ai_addrlen) < 0)
		fail("connect");
	fcntl(s, F_SETFL, O_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);

	char out[8192], in[8192];
	size_t begin = 0, end = 0, sent = 0, back = 0;
	int input = 1;
	while (input || back < sent || begin < end) {
		struct pollfd fds[2] = {
			{input && begin == end ? 0 : -1, POLLIN, 0},
			{s, begin < end ? POLLIN | POLLOUT : POLLIN, 0},
		};
		poll(fds, 2, -1);
		if (fds[0].revents) {
			ssize_t n = read(0, out, sizeof out);
			if (n <= 0) {
				input = 0;
				shutdown(s, SHUT_WR);
				n = 0;
			}
			begin = 0;
			end = n;
		}
		if (begin < end) {
			ssize_t n = write(s, out + begin, end - begin);
			if (n < 0 && errno != EAGAIN)
				fail("write");
			if (n > 0) {
				begin += n;
				sent += n;
			}
		}
		if (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) {
			ssize_t n = read(s, in, sizeof in);
			if (n < 0 && errno != EAGAIN)
				fail("read");
			if (n == 0) {
				fprintf(stderr, "the server closed early\n");
				return 1;
			}
			if (n > 0) {
				back += n;
				fwrite(in, 1, n, stdout);
			}
		}
	}
	close(s);
	return 0;
}
