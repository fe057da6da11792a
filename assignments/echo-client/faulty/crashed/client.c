#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *listen_to(void *argument)
{
	char reply[4096];
	ssize_t n;
	while ((n = recv((int)(intptr_t)argument, reply, sizeof reply, 0)) > 0) {
		fwrite(reply, 1, n, stdout);
		fflush(stdout);
	}
	exit(n < 0);
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
	pthread_create(&thread, NULL, listen_to, (void *)(intptr_t)server);
	char buffer[4096], *line;
	size_t length;
	do {
		line = fgets(buffer, sizeof buffer, stdin);
		length = strlen(line);
		if (send(server, line, length, 0) < 0) {
			perror("send");
			exit(1);
		}
	} while (length > 0);
	shutdown(server, SHUT_WR);
	pthread_join(thread, NULL);
}
