/* Echo server with epoll.  EPOLLET is faster. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 512

static void serve(int client)
{
	char buffer[SIZE];
	ssize_t count = read(client, buffer, SIZE);
	if (count <= 0) {
		close(client);
		return;
	}
	for (ssize_t done = 0; done < count;) {
		ssize_t n = write(client, buffer + done, count - done);
		if (n < 0) {
			close(client);
			return;
		}
		done += n;
	}
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
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 100) < 0) {
		perror("server");
		return 1;
	}
	int epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		if (epoll_wait(epoll, &event, 1, -1) != 1)
			continue;
		if (event.data.fd != listener) {
			serve(event.data.fd);
			continue;
		}
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = client};
		epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
	}
}
