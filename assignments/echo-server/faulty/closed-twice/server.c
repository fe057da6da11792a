/* One loop with poll(). */
#include <netinet/in.h>
#include <poll.h>
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
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	if (bind(s, (struct sockaddr *)&address, sizeof address) < 0 || listen(s, 10) < 0) {
		perror("server");
		exit(1);
	}
	return s;
}

enum { MOST = 200 };

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	struct pollfd list[MOST] = {{.fd = open_listener(argv[1]), .events = POLLIN}};
	int used = 1, gone = -1;
	for (;;) {
		if (poll(list, used, -1) < 0)
			continue;
		for (int i = used - 1; i > 0; i--) {
			char buffer[2048];
			if (list[i].revents == 0)
				continue;
			ssize_t n = recv(list[i].fd, buffer, sizeof buffer, 0);
			if (n <= 0 || send_all(list[i].fd, buffer, n) < 0) {
				gone = list[i].fd;
				close(gone);
				list[i] = list[--used];
			}
		}
		if (list[0].revents != 0) {
			int client = accept(list[0].fd, NULL, NULL);
			if (client >= 0 && used < MOST)
				list[used++] = (struct pollfd){.fd = client, .events = POLLIN};
			if (gone >= 0)
				close(gone); /* the bug: it is closed, and by now it may be the new client's */
			gone = -1;
		}
	}
}
