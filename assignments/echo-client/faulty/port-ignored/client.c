#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 9000

static void *receive(void *argument)
{
	char buffer[1024];
	ssize_t n;
	while ((n = recv((int)(intptr_t)argument, buffer, sizeof(buffer), 0)) > 0)
		fwrite(buffer, 1, n, stdout);
	exit(n < 0);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: client HOST\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	inet_pton(AF_INET, argv[1], &address.sin_addr);
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("Connection failed");
		return 1;
	}
	pthread_t thread;
	pthread_create(&thread, NULL, receive, (void *)(intptr_t)server);
	char buffer[1024];
	ssize_t n;
	while ((n = read(0, buffer, sizeof(buffer))) > 0) {
		if (send(server, buffer, n, 0) < 0)
			return 1;
	}
	shutdown(server, SHUT_WR);
	pthread_join(thread, NULL);
}
