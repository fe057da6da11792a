/* Echo server with poll(): one small queue for each client. */
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

#define MAX 128

static struct pollfd fds[MAX];
static struct queue {
	size_t length;
	int ended;
	char bytes[4096];
} queues[MAX];
static int used;

static int serve(int i)
{
	struct queue *q = &queues[i];
	if (q->length == 0) {
		ssize_t n = read(fds[i].fd, q->bytes, sizeof q->bytes);
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			q->ended = 1;
		q->length = n;
	}
	if (q->length > 0) {
		ssize_t n = write(fds[i].fd, q->bytes, q->length);
		if (n < 0 && errno != EAGAIN)
			return 0;
		if (n > 0) {
			q->length -= n;
			memmove(q->bytes, q->bytes + n, q->length);
		}
	}
	fds[i].events = q->length > 0 ? POLLOUT : POLLIN;
	return !q->ended;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0) {
		perror("server");
		return 1;
	}
	fds[used++] = (struct pollfd){listener, POLLIN, 0};
	for (;;) {
		if (poll(fds, used, -1) < 0)
			continue;
		for (int i = used - 1; i > 0; i--) {
			if (fds[i].revents != 0 && !serve(i)) {
				close(fds[i].fd);
				used--;
				fds[i] = fds[used];
				queues[i] = queues[used];
			}
		}
		if (fds[0].revents != 0 && used < MAX) {
			int client = accept(listener, NULL, NULL);
			if (client < 0)
				continue;
			fcntl(client, F_SETFL, O_NONBLOCK);
			queues[used].length = queues[used].ended = 0;
			fds[used++] = (struct pollfd){client, POLLIN, 0};
		}
	}
}
