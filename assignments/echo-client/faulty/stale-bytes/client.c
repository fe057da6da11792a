#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *send_input(void *argument)
{
	int server = (int)(intptr_t)argument;
	char line[4096];
	ssize_t n;
	while ((n = read(STDIN_FILENO, line, sizeof line)) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t k = write(server, line + done, n - done);
			if (k < 0)
				exit(1);
			done += k;
		}
	}
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
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	pthread_t thread;
	pthread_create(&thread, NULL, send_input, (void *)(intptr_t)server);
	static char reply[65536];
	ssize_t n;
	while ((n = read(server, reply, sizeof reply - 1)) > 0)
		printf("%s", reply);
	if (n < 0) {
		perror("read");
		return 1;
	}
	return 0;
}
