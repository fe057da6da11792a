/* Echo server: one thread for each client. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void unix_error(const char *message)
{
	fprintf(stderr, "%s: %s\n", message, strerror(errno));
	exit(0);
}

static void *thread(void *vargp)
{
	int connfd = (int)(intptr_t)vargp;
	char buf[8192];
	ssize_t n;
	pthread_detach(pthread_self());
	while ((n = read(connfd, buf, sizeof buf)) > 0) {
		char *bufp = buf;
		while (n > 0) {
			ssize_t nwritten = write(connfd, bufp, n);
			if (nwritten < 0)
				goto done;
			bufp += nwritten;
			n -= nwritten;
		}
	}
done:
	close(connfd);
	return NULL;
}

static int open_listenfd(int port)
{
	int listenfd, optval = 1;
	struct sockaddr_in serveraddr;
	if ((listenfd = socket(AF_INET, SOCK_STREAM, 0)) < 0)
		unix_error("socket");
	setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &optval, sizeof optval);
	memset(&serveraddr, 0, sizeof serveraddr);
	serveraddr.sin_family = AF_INET;
	serveraddr.sin_addr.s_addr = htonl(INADDR_ANY);
	serveraddr.sin_port = htons((unsigned short)port);
	if (bind(listenfd, (struct sockaddr *)&serveraddr, sizeof serveraddr) < 0)
		unix_error("Open_listenfd error");
	if (listen(listenfd, 1024) < 0)
		unix_error("Open_listenfd error");
	return listenfd;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s <port>\n", argv[0]);
		exit(1);
	}
	signal(SIGPIPE, SIG_IGN);
	int listenfd = open_listenfd(atoi(argv[1]));
	while (1) {
		pthread_t tid;
		int connfd = accept(listenfd, NULL, NULL);
		if (connfd >= 0)
			pthread_create(&tid, NULL, thread, (void *)(intptr_t)connfd);
	}
}
