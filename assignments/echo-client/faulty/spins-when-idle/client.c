/* Echo client: neither stdin nor the socket blocks. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
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
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);

	char out[4096], in[4096];
	size_t begin = 0, end = 0, sent = 0, received = 0;
	int input = 1;
	for (;;) {
		if (input && begin == end) {
			ssize_t n = read(STDIN_FILENO, out, sizeof out);
			if (n == 0) {
				shutdown(server, SHUT_WR);
				input = 0;
			}
			begin = 0;
			end = n > 0 ? n : 0;
		}
		if (begin < end) {
			ssize_t n = write(server, out + begin, end - begin);
			if (n < 0 && errno != EAGAIN) {
				perror("write");
				return 1;
			}
			if (n > 0) {
				begin += n;
				sent += n;
			}
		}
		ssize_t n = read(server, in, sizeof in);
		if (n == 0)
			break;
		if (n < 0 && errno != EAGAIN) {
			perror("read");
			return 1;
		}
		if (n > 0) {
			received += n;
			fwrite(in, 1, n, stdout);
		}
	}
	if (!input && begin == end && sent == received)
		return 0;
	fprintf(stderr, "client: the server closed early\n");
	return 1;
}
