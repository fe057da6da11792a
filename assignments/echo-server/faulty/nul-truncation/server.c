/* Echo server: a process for each client */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 1024

static int send_string(int fd, const char *string)
{
	size_t left = strlen(string);
	while (left > 0) {
		ssize_t n = write(fd, string, left);
		if (n < 0)
			return -1;
		string += n;
		left -= n;
	}
	return 0;
}

static void serve(int fd)
{
	char message[SIZE + 1];
	for (;;) {
		ssize_t n = read(fd, message, SIZE);
		if (n <= 0)
			return;
		message[n] = '\0';
		if (send_string(fd, message) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(fd, 10) < 0) {
		perror("listen");
		return 1;
	}
	for (;;) {
		int client = accept(fd, NULL, NULL);
		if (client < 0)
			continue;
		if (fork() == 0) {
			close(fd);
			serve(client);
			close(client);
			exit(0);
		}
		close(client);
	}
}
