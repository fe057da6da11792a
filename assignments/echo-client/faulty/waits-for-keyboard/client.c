/* Echo client with two threads. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sent, received;

static void *receiver(void *argument)
{
	int server = (int)(intptr_t)argument;
	char buffer[2048];
	ssize_t n;
	while ((n = read(server, buffer, sizeof buffer)) > 0) {
		fwrite(buffer, 1, n, stdout);
		received += n;
	}
	if (n < 0)
		perror("read");
	return NULL;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	pthread_t thread;
	pthread_create(&thread, NULL, receiver, (void *)(intptr_t)server);
	char buffer[2048];
	ssize_t n;
	while ((n = read(0, buffer, sizeof buffer)) > 0) {
		sent += n;
		for (ssize_t done = 0; done < n;) {
			ssize_t k = write(server, buffer + done, n - done);
			if (k < 0) {
				perror("write");
				return 1;
			}
			done += k;
		}
	}
	shutdown(server, SHUT_WR);
	pthread_join(thread, NULL);
	close(server);
	if (sent != received) {
		fprintf(stderr, "client: not everything came back\n");
		return 1;
	}
	return 0;
}
