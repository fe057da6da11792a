/* Echo server with select(). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static char pending[FD_SETSIZE][8192];
static size_t length[FD_SETSIZE];
static int ended[FD_SETSIZE];

static void drop(int fd, fd_set *all)
{
	FD_CLR(fd, all);
	close(fd);
	length[fd] = 0;
	ended[fd] = 0;
}

static void serve(int fd, int readable, fd_set *all)
{
	if (readable && length[fd] == 0 && !ended[fd]) {
		ssize_t n = recv(fd, pending[fd], sizeof pending[fd], 0);
		if (n < 0 && errno != EAGAIN) {
			drop(fd, all);
			return;
		}
		if (n == 0)
			ended[fd] = 1;
		if (n > 0)
			length[fd] = n;
	}
	if (length[fd] > 0) {
		ssize_t n = send(fd, pending[fd], length[fd], 0);
		if (n < 0 && errno != EAGAIN) {
			drop(fd, all);
			return;
		}
		if (n > 0) {
			for (size_t i = n; i < length[fd]; i++)
				pending[fd][i - n] = pending[fd][i];
			length[fd] -= n;
		}
	}
	if (ended[fd] && length[fd] == 0)
		drop(fd, all);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return fprintf(stderr, "usage: server PORT\n"), 1;
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&any, sizeof any) < 0)
		return perror("bind"), 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (listen(listener, 32) < 0)
		return perror("listen"), 1;

	fd_set all;
	FD_ZERO(&all);
	for (;;) {
		fd_set in, out;
		FD_ZERO(&in);
		FD_ZERO(&out);
		FD_SET(listener, &in);
		for (int fd = 0; fd < FD_SETSIZE; fd++) {
			if (!FD_ISSET(fd, &all))
				continue;
			if (length[fd] > 0)
				FD_SET(fd, &out);
			else
				FD_SET(fd, &in);
		}
		if (select(FD_SETSIZE, &in, &out, NULL, NULL) < 0)
			continue;
		for (int fd = 0; fd < FD_SETSIZE; fd++) {
			if (FD_ISSET(fd, &all) && (FD_ISSET(fd, &in) || FD_ISSET(fd, &out)))
				serve(fd, FD_ISSET(fd, &in), &all);
		}
		if (FD_ISSET(listener, &in)) {
			int fd = accept(listener, NULL, NULL);
			if (fd >= FD_SETSIZE) {
				close(fd);
			} else if (fd >= 0) {
				fcntl(fd, F_SETFL, O_NONBLOCK);
				FD_SET(fd, &all);
			}
		}
	}
}
