#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *print_replies(void *argument)
{
	char reply[4096];
	ssize_t n;
	while ((n = recv((int)(intptr_t)argument, reply, sizeof reply, 0)) > 0)
		fwrite(reply, 1, n, stdout);
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
	pthread_create(&thread, NULL, print_replies, (void *)(intptr_t)server);
	char line[4096];
	ssize_t n;
	while ((n = read(STDIN_FILENO, line, sizeof line)) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t k = send(server, line + done, n - done, 0);
			if (k < 0)
				exit(1);
			done += k;
		}
	}
	shutdown(server, SHUT_RDWR);
	pthread_join(thread, NULL);
}
