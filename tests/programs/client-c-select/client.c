/* select(), a socket that does not block, one queue. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int soft(void)
{
	return errno == EAGAIN || errno == EINTR;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0)
		die("connect");
	fcntl(server, F_SETFL, O_NONBLOCK);

	char queue[1000], reply[1000];
	size_t length = 0, sent = 0, received = 0;
	int input = 1, half_closed = 0, open = 1;
	while (open) {
		fd_set in, out;
		FD_ZERO(&in);
		FD_ZERO(&out);
		FD_SET(server, &in);
		if (input && length < sizeof(queue))
			FD_SET(STDIN_FILENO, &in);
		if (length > 0)
			FD_SET(server, &out);
		if (select(server + 1, &in, &out, NULL, NULL) < 0)
			continue;
		if (FD_ISSET(STDIN_FILENO, &in)) {
			ssize_t n = read(STDIN_FILENO, queue + length, sizeof(queue) - length);
			if (n < 0 && !soft())
				die("read");
			input = n != 0;
			length += n > 0 ? (size_t)n : 0;
		}
		if (length > 0) {
			ssize_t n = write(server, queue, length);
			if (n < 0 && !soft())
				die("write");
			if (n > 0) {
				sent += (size_t)n;
				length -= (size_t)n;
				memmove(queue, queue + n, length);
			}
		}
		if (!input && length == 0 && !half_closed) {
			shutdown(server, SHUT_WR);
			half_closed = 1;
		}
		if (FD_ISSET(server, &in)) {
			ssize_t n = read(server, reply, sizeof(reply));
			if (n < 0 && !soft())
				die("read");
			open = n != 0;
			if (n > 0) {
				received += (size_t)n;
				fwrite(reply, 1, (size_t)n, stdout);
				fflush(stdout);
			}
		}
	}
	close(server);
	if (half_closed && sent == received)
		return 0;
	fprintf(stderr, "client: the server closed early\n");
	return 1;
}
