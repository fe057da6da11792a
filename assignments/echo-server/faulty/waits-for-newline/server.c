/* Echo server: lines with stdio, one process for each client. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int client)
{
	FILE *in = fdopen(client, "r");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	while ((length = getline(&line, &capacity, in)) > 0) {
		if (line[length - 1] != '\n')
			continue;
		for (ssize_t sent = 0; sent < length;) {
			ssize_t n = write(client, line + sent, length - sent);
			if (n < 0)
				exit(1);
			sent += n;
		}
	}
	free(line);
	fclose(in);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(s, 10) < 0) {
		perror("listen");
		return 1;
	}
	for (;;) {
		int client = accept(s, NULL, NULL);
		if (client < 0)
			continue;
		if (fork() == 0) {
			close(s);
			serve(client);
			exit(0);
		}
		close(client);
	}
}
