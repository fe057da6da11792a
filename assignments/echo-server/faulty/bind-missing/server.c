/* Echo server.  select() tells which client has sent something. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int echo(int fd)
{
	char buffer[1024];
	ssize_t count = read(fd, buffer, sizeof(buffer));
	ssize_t done = 0;
	if (count <= 0)
		return -1;
	while (done < count) {
		ssize_t n = write(fd, buffer + done, count - done);
		if (n < 0)
			return -1;
		done += n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	struct sockaddr_in address = {0};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	address.sin_port = htons(atoi(argv[1]));
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listen(listener, 10) < 0) {
		perror("listen");
		return 1;
	}
	fd_set open;
	FD_ZERO(&open);
	FD_SET(listener, &open);
	for (;;) {
		fd_set ready = open;
		if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) < 0)
			continue;
		for (int fd = 0; fd < FD_SETSIZE; fd++) {
			if (!FD_ISSET(fd, &ready))
				continue;
			if (fd == listener) {
				int client = accept(listener, NULL, NULL);
				if (client >= 0)
					FD_SET(client, &open);
			} else if (echo(fd) < 0) {
				close(fd);
				FD_CLR(fd, &open);
			}
		}
	}
}
