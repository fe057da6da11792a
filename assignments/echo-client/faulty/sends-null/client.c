#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *show(void *argument)
{
	char reply[1024];
	ssize_t n;
	while ((n = recv((int)(intptr_t)argument, reply, sizeof reply, 0)) > 0) {
		fwrite(reply, 1, n, stdout);
		fflush(stdout);
	}
	exit(n < 0);
}

int main(int argc, char **argv)
{
	char line[1024];
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	inet_pton(AF_INET, argv[1], &server.sin_addr);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(s, (struct sockaddr *)&server, sizeof server) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_t thread;
	pthread_create(&thread, NULL, show, (void *)(intptr_t)s);
	while (!feof(stdin)) {
		char *input = fgets(line, sizeof line, stdin);
		char text[1100];
		snprintf(text, sizeof text, "%s", input);
		if (send(s, text, strlen(text), 0) < 0) {
			perror("send");
			return 1;
		}
	}
	shutdown(s, SHUT_WR);
	pthread_join(thread, NULL);
	return 0;
}
