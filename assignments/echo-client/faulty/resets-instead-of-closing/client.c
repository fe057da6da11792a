/* Echo client, two threads.  Leaves no TIME_WAIT behind. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sent, received;
static int input_over;

static void *send_input(void *argument)
{
	int server = (int)(intptr_t)argument;
	char buffer[4096];
	ssize_t n;
	while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
		sent += n;
		for (ssize_t done = 0; done < n;) {
			ssize_t k = write(server, buffer + done, n - done);
			if (k < 0) {
				perror("write");
				exit(1);
			}
			done += k;
		}
	}
	input_over = 1;
	shutdown(server, SHUT_WR);
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
	struct linger linger = {1, 0};
	setsockopt(server, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	pthread_t thread;
	pthread_create(&thread, NULL, send_input, (void *)(intptr_t)server);
	char buffer[4096];
	ssize_t n;
	while ((n = read(server, buffer, sizeof buffer)) > 0) {
		received += n;
		fwrite(buffer, 1, n, stdout);
	}
	close(server);
	if (n == 0 && input_over && sent == received)
		return 0;
	fprintf(stderr, "client: the server closed early\n");
	return 1;
}
