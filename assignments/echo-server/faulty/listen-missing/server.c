#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int client)
{
	char buffer[1024];
	ssize_t count, done, n;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		for (done = 0; done < count; done += n) {
			n = write(client, buffer + done, count - done);
			if (n < 0)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	for (;;) {
		int client = accept(s, NULL, NULL);
		if (client < 0) {
			perror("accept");
			return 1;
		}
		if (fork() == 0) {
			close(s);
			serve(client);
			exit(0);
		}
		close(client);
	}
}
