/* Echo server with poll().  When a client leaves, the list is cut at its end, whoever stands there. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 200

struct client {
	int ended;
	size_t length;
	char data[4096];
};

static struct client clients[MOST];
static struct pollfd fds[MOST];

static int serve(int fd, struct client *c, int readable)
{
	if (readable && c->length == 0) {
		ssize_t n = read(fd, c->data, sizeof c->data);
		if (n < 0)
			return errno == EAGAIN;
		c->ended = n == 0;
		c->length = n;
	}
	if (c->length > 0) {
		ssize_t n = write(fd, c->data, c->length);
		if (n < 0)
			return errno == EAGAIN;
		c->length -= n;
		memmove(c->data, c->data + n, c->length);
	}
	return !c->ended;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, count = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	fds[0] = (struct pollfd){listener, POLLIN, 0};
	for (;;) {
		for (int i = 1; i < count; i++)
			fds[i].events = clients[i].length > 0 ? POLLOUT : POLLIN;
		if (poll(fds, count, -1) < 0)
			continue;
		for (int i = 1; i < count; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			if (!serve(fds[i].fd, &clients[i], fds[i].revents & (POLLIN | POLLHUP | POLLERR))) {
				close(fds[i].fd);
				fds[i].fd = -1;
				count--;
			}
		}
		if (fds[0].revents != 0 && count < MOST) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				continue;
			fcntl(fd, F_SETFL, O_NONBLOCK);
			clients[count] = (struct client){0};
			fds[count++] = (struct pollfd){fd, POLLIN, 0};
		}
	}
}
