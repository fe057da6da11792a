#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sockfd;
static long sent, received;
static volatile int input_done;

static void error(const char *msg)
{
	perror(msg);
	exit(1);
}

static void *sender(void *arg)
{
	char buffer[1024];
	ssize_t n;
	while ((n = read(0, buffer, sizeof buffer)) > 0) {
		ssize_t off = 0;
		while (off < n) {
			ssize_t w = write(sockfd, buffer + off, n - off);
			if (w < 0) {
				if (errno == EINTR)
					continue;
				error("write");
			}
			off += w;
			sent += w;
		}
	}
	input_done = 1;
	shutdown(sockfd, SHUT_WR);
	return arg;
}

static int open_client(const char *host, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	struct sockaddr_in own = address;
	address.sin_addr.s_addr = inet_addr(host);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0)
		error("bind");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		error("connect");
	return fd;
}

static void receive(void)
{
	char buffer[1024];
	ssize_t n;
	while ((n = read(sockfd, buffer, sizeof buffer)) != 0) {
		if (n < 0) {
			if (errno == EINTR)
				continue;
			error("read");
		}
		fwrite(buffer, 1, n, stdout);
		fflush(stdout);
		received += n;
	}
}

int main(int argc, char **argv)
{
	pthread_t tid;
	if (argc != 3) {
		fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	sockfd = open_client(argv[1], argv[2]);
	pthread_create(&tid, NULL, sender, NULL);
	receive();
	close(sockfd);
	if (!input_done || sent != received) {
		fprintf(stderr, "client: connection ended early\n");
		_exit(1);
	}
	return 0;
}
