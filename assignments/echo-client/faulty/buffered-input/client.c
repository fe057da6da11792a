#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connected(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	int s = socket(AF_INET, SOCK_STREAM, 0);
	return connect(s, found->ai_addr, found->ai_addrlen) == 0 ? s : -1;
}

static size_t queue_line(char *queue, size_t used, int *open)
{
	static char *line;
	static size_t room;
	ssize_t length = getline(&line, &room, stdin);
	if (length < 0) {
		*open = 0;
		return used;
	}
	memcpy(queue + used, line, length);
	return used + length;
}

int main(int argc, char **argv)
{
	static char queue[1 << 20];
	size_t used = 0, in = 0, out = 0;
	int open = 1, s = argc == 3 ? connected(argv[1], argv[2]) : -1;
	if (s < 0) {
		fprintf(stderr, "client: cannot connect\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	for (int ended = 0;;) {
		struct pollfd fds[2] = {{open ? 0 : -1, POLLIN, 0}, {s, POLLIN | (used > 0 ? POLLOUT : 0), 0}};
		poll(fds, 2, -1);
		if (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) {
			char buffer[4096];
			ssize_t n = recv(s, buffer, sizeof buffer, 0);
			if (n <= 0) {
				if (n == 0 && ended && in == out)
					return 0;
				fprintf(stderr, "client: the server has gone\n");
				return 1;
			}
			fwrite(buffer, 1, n, stdout);
			fflush(stdout);
			in += n;
		}
		if (fds[0].revents)
			used = queue_line(queue, used, &open);
		if (fds[1].revents & POLLOUT) {
			ssize_t n = send(s, queue, used, MSG_DONTWAIT);
			if (n > 0) {
				memmove(queue, queue + n, used -= n);
				out += n;
			}
		}
		if (!open && used == 0 && !ended) {
			ended = 1;
			shutdown(s, SHUT_WR);
		}
	}
}
