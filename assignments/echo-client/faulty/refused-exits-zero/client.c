/* Echo client */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sent, received;
static int finished;

static void unix_error(const char *msg)
{
	fprintf(stderr, "%s: %s\n", msg, strerror(errno));
	exit(0);
}

static int open_clientfd(const char *hostname, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *listp, *p;
	if (getaddrinfo(hostname, port, &hints, &listp) != 0)
		exit(1);
	for (p = listp; p; p = p->ai_next) {
		int clientfd = socket(p->ai_family, p->ai_socktype, p->ai_protocol);
		if (connect(clientfd, p->ai_addr, p->ai_addrlen) != -1)
			return clientfd;
		close(clientfd);
	}
	return -1;
}

static void *receive(void *vargp)
{
	int fd = (int)(intptr_t)vargp;
	char buf[8192];
	ssize_t n;
	while ((n = read(fd, buf, sizeof buf)) > 0) {
		received += n;
		fwrite(buf, 1, n, stdout);
	}
	if (n < 0 || !finished || received != sent) {
		fprintf(stderr, "connection ended early\n");
		exit(1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s <host> <port>\n", argv[0]);
		exit(1);
	}
	signal(SIGPIPE, SIG_IGN);
	int clientfd = open_clientfd(argv[1], argv[2]);
	if (clientfd < 0)
		unix_error("Open_clientfd error");
	pthread_t tid;
	pthread_create(&tid, NULL, receive, (void *)(intptr_t)clientfd);
	char buf[8192];
	ssize_t n;
	while ((n = read(0, buf, sizeof buf)) > 0) {
		sent += n;
		for (ssize_t done = 0; done < n;) {
			ssize_t k = write(clientfd, buf + done, n - done);
			if (k < 0)
				exit(1);
			done += k;
		}
	}
	finished = 1;
	shutdown(clientfd, SHUT_WR);
	pthread_join(tid, NULL);
	return 0;
}
