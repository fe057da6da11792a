/* Echo server: poll() says who has sent something, and that one is served. */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 200

static int echo(int fd)
{
	char buffer[2048];
	ssize_t count = read(fd, buffer, sizeof buffer);
	if (count <= 0)
		return 0;
	for (ssize_t done = 0; done < count;) {
		ssize_t n = write(fd, buffer + done, count - done);
		if (n < 0)
			return 0;
		done += n;
	}
	return 1;
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
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(listener, 20) < 0) {
		perror("listen");
		return 1;
	}
	struct pollfd fds[MAX] = {{listener, POLLIN, 0}};
	int used = 1;
	for (;;) {
		if (poll(fds, used, -1) < 0)
			continue;
		for (int i = used - 1; i > 0; i--) {
			if (fds[i].revents == 0 || echo(fds[i].fd))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--used];
		}
		if (fds[0].revents != 0) {
			int client = accept(listener, NULL, NULL);
			if (client >= 0 && used < MAX)
				fds[used++] = (struct pollfd){client, POLLIN, 0};
			else if (client >= 0)
				close(client);
		}
	}
}
