/* Echo client: a thread for each direction. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sent, received;
static int input_over;

static void *receive(void *argument)
{
	char buffer[4096];
	ssize_t n;
	while ((n = read((int)(intptr_t)argument, buffer, sizeof buffer)) > 0) {
		fwrite(buffer, 1, n, stdout);
		received += n;
	}
	if (n < 0 || !input_over || sent != received) {
		fprintf(stderr, "client: lost the server\n");
		exit(1);
	}
	exit(0);
}

static int send_text(int server, const char *text)
{
	size_t length = strlen(text);
	sent += length;
	while (length > 0) {
		ssize_t n = write(server, text, length);
		if (n < 0)
			return 0;
		text += n;
		length -= n;
	}
	return 1;
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
	pthread_create(&thread, NULL, receive, (void *)(intptr_t)server);
	char line[4096];
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (!send_text(server, line)) {
			perror("write");
			exit(1);
		}
	}
	input_over = 1;
	shutdown(server, SHUT_WR);
	pthread_join(thread, NULL);
}
