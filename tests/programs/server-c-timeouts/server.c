/* pthreads: malloc'd argument, detached by attribute, SO_RCVTIMEO on client sockets (EAGAIN => keep waiting), mutex protected log */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int active;
struct client { int fd; struct sockaddr_in addr; };
static void say(const char *what, struct client *c)
{
	char ip[INET_ADDRSTRLEN];
	pthread_mutex_lock(&lock);
	printf("[%s] %s:%d (%d active)\n", what, inet_ntop(AF_INET, &c->addr.sin_addr, ip, sizeof ip), ntohs(c->addr.sin_port), active);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}
static void *client_main(void *arg)
{
	struct client *c = arg;
	char *buf = malloc(65536);
	__sync_fetch_and_add(&active, 1);
	say("connect", c);
	for (;;) {
		ssize_t n = recv(c->fd, buf, 65536, 0);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
		if (n <= 0) break;
		ssize_t done = 0;
		while (done < n) {
			ssize_t w = send(c->fd, buf + done, n - done, 0);
			if (w < 0) { if (errno == EINTR) continue; goto out; }
			done += w;
		}
	}
out:
	__sync_fetch_and_sub(&active, 1);
	say("disconnect", c);
	close(c->fd);
	free(buf);
	free(c);
	return NULL;
}
int main(int argc, char **argv)
{
	if (argc < 2) { fprintf(stderr, "Usage: %s <port>\n", argv[0]); return EXIT_FAILURE; }
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0) { perror("socket"); return EXIT_FAILURE; }
	int opt = 1;
	if (setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt))) { perror("setsockopt"); return EXIT_FAILURE; }
	struct sockaddr_in addr;
	memset(&addr, 0, sizeof addr);
	addr.sin_family = AF_INET; addr.sin_addr.s_addr = INADDR_ANY; addr.sin_port = htons(atoi(argv[1]));
	if (bind(server, (struct sockaddr *)&addr, sizeof addr) < 0) { perror("bind failed"); return EXIT_FAILURE; }
	if (listen(server, 10) < 0) { perror("listen"); return EXIT_FAILURE; }
	printf("Listening on %s\n", argv[1]);
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		struct client *c = malloc(sizeof *c);
		socklen_t len = sizeof c->addr;
		c->fd = accept(server, (struct sockaddr *)&c->addr, &len);
		if (c->fd < 0) { free(c); if (errno == EINTR || errno == ECONNABORTED) continue; perror("accept"); sleep(1); continue; }
		struct timeval tv = {5, 0};
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
		pthread_t t;
		if (pthread_create(&t, &attr, client_main, c)) { close(c->fd); free(c); }
	}
}
