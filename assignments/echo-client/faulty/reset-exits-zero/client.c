#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sent;
static int ended;

static void *send_thread(void *argument)
{
	int s = (int)(intptr_t)argument;
	char buffer[4096];
	ssize_t n;
	while ((n = read(0, buffer, sizeof buffer)) > 0) {
		sent += n;
		for (ssize_t done = 0; done < n;) {
			ssize_t k = write(s, buffer + done, n - done);
			if (k < 0)
				return NULL;
			done += k;
		}
	}
	ended = 1;
	shutdown(s, SHUT_WR);
	return NULL;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int s = socket(found->ai_family, SOCK_STREAM, 0);
	if (connect(s, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_t thread;
	pthread_create(&thread, NULL, send_thread, (void *)(intptr_t)s);

	char buffer[4096];
	size_t received = 0;
	for (;;) {
		ssize_t n = read(s, buffer, sizeof buffer);
		if (n < 0) {
			perror("read");
			break;
		}
		if (n == 0 && (!ended || received != sent)) {
			fprintf(stderr, "the server closed too early\n");
			exit(1);
		}
		if (n == 0)
			break;
		received += n;
		fwrite(buffer, 1, n, stdout);
	}
	close(s);
	exit(0);
}
