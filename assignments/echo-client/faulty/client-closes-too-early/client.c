/* Echo client with poll() */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void copy(int from, int to)
{
	char buffer[4096];
	ssize_t count = read(from, buffer, sizeof buffer);
	if (count < 0) {
		perror("read");
		exit(1);
	}
	if (count == 0) { /* finished */
		if (from != STDIN_FILENO)
			fprintf(stderr, "the server has closed\n");
		close(from == STDIN_FILENO ? to : from);
		exit(from == STDIN_FILENO ? 0 : 1);
	}
	for (ssize_t done = 0; done < count;) {
		ssize_t n = write(to, buffer + done, count - done);
		if (n < 0) {
			perror("write");
			exit(1);
		}
		done += n;
	}
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int s = socket(found->ai_family, found->ai_socktype, 0);
	if (connect(s, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {s, POLLIN, 0}};
		poll(fds, 2, -1);
		if (fds[1].revents)
			copy(s, STDOUT_FILENO);
		if (fds[0].revents)
			copy(STDIN_FILENO, s);
	}
}
