#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 200

static struct pollfd fds[MOST];
static struct {
	char bytes[2048];
	ssize_t begin, end;
} queues[MOST];

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1, count = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 20) < 0) {
		perror("server");
		return 1;
	}
	fds[0] = (struct pollfd){s, POLLIN, 0};
	for (;;) {
		if (poll(fds, count, -1) < 0)
			continue;
		for (int i = count - 1; i > 0; i--) {
			ssize_t n = 1;
			if (fds[i].revents == POLLIN) {
				n = recv(fds[i].fd, queues[i].bytes, sizeof queues[i].bytes, 0);
				queues[i].begin = 0;
				queues[i].end = n > 0 ? n : 0;
			}
			if (queues[i].begin < queues[i].end) {
				n = send(fds[i].fd, queues[i].bytes + queues[i].begin, queues[i].end - queues[i].begin, MSG_NOSIGNAL);
				if (n > 0)
					queues[i].begin += n;
			}
			if (n == 0 || (n < 0 && errno != EAGAIN)) {
				close(fds[i].fd);
				fds[i] = fds[--count];
				queues[i] = queues[count];
			} else {
				fds[i].events = queues[i].begin < queues[i].end ? POLLOUT : POLLIN;
			}
		}
		int fd = fds[0].revents != 0 && count < MOST ? accept(s, NULL, NULL) : -1;
		if (fd >= 0) {
			fcntl(fd, F_SETFL, O_NONBLOCK);
			queues[count].begin = queues[count].end = 0;
			fds[count++] = (struct pollfd){fd, POLLIN, 0};
		}
	}
}
