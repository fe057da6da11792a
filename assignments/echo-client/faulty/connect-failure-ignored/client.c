/* Echo client, one loop with poll(). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	to.sin_addr.s_addr = inet_addr(argv[1]);
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	connect(sock, (struct sockaddr *)&to, sizeof to);
	fcntl(sock, F_SETFL, O_NONBLOCK);

	char out[4096], in[4096];
	size_t begin = 0, end = 0, sent = 0, got = 0;
	int input = STDIN_FILENO;
	for (;;) {
		struct pollfd fds[2] = {{begin == end ? input : -1, POLLIN, 0}, {sock, POLLIN, 0}};
		if (begin < end)
			fds[1].events |= POLLOUT;
		poll(fds, 2, -1);
		if (fds[0].revents) {
			ssize_t n = read(input, out, sizeof out);
			begin = 0;
			end = n > 0 ? n : 0;
			if (n <= 0) {
				shutdown(sock, SHUT_WR);
				input = -1;
			}
		}
		if (begin < end) {
			ssize_t n = write(sock, out + begin, end - begin);
			if (n > 0) {
				begin += n;
				sent += n;
			} else if (errno != EAGAIN) {
				perror("write");
				return 1;
			}
		}
		if (fds[1].revents & ~POLLOUT) {
			ssize_t n = read(sock, in, sizeof in);
			if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
				continue; /* not yet */
			if (n <= 0)
				break;
			got += n;
			fwrite(in, 1, n, stdout);
		}
	}
	close(sock);
	if (input < 0 && begin == end && got == sent)
		return 0;
	fprintf(stderr, "client: the server has gone\n");
	return 1;
}
