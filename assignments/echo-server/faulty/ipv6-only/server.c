/* A thread for each client. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_all(int fd, const char *bytes, ssize_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
		if (n < 0)
			return -1;
		bytes += n;
		length -= n;
	}
	return 0;
}

static int open_listener(const char *port)
{
	int s = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port))};
	if (bind(s, (struct sockaddr *)&address, sizeof address) < 0 || listen(s, 10) < 0) {
		perror("server");
		exit(1);
	}
	return s;
}

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char buffer[2048];
	ssize_t n;
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
		if (send_all(fd, buffer, n) < 0)
			break;
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int s = open_listener(argv[1]);
	for (;;) {
		int client = accept(s, NULL, NULL);
		pthread_t thread;
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0)
			close(client);
		else
			pthread_detach(thread);
	}
}
