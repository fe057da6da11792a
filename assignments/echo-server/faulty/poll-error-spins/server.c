/* One loop with select(). */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
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

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int s = open_listener(argv[1]), highest = s;
	fd_set all, ready;
	FD_ZERO(&all);
	FD_SET(s, &all);
	for (;;) {
		ready = all;
		if (select(highest + 1, &ready, NULL, NULL, NULL) < 0)
			continue;
		for (int fd = 0; fd <= highest; fd++) {
			char buffer[2048];
			if (!FD_ISSET(fd, &ready))
				continue;
			if (fd == s) {
				int client = accept(s, NULL, NULL);
				if (client < 0 || client >= FD_SETSIZE)
					continue;
				FD_SET(client, &all);
				highest = client > highest ? client : highest;
				continue;
			}
			ssize_t n = recv(fd, buffer, sizeof buffer, 0);
			if (n <= 0 || send_all(fd, buffer, n) < 0) {
				close(fd);
			}
		}
	}
}
