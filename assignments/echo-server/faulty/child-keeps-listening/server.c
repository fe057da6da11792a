/* Echo server: fork for each client, SIGCHLD for their end. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static void serve(int client)
{
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		ssize_t done = 0;
		while (done < count) {
			ssize_t n = write(client, buffer + done, count - done);
			if (n < 0)
				return;
			done += n;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	sigaction(SIGCHLD, &action, NULL);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(listener, 10) < 0) {
		perror("listen");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		switch (fork()) {
		case 0:
			serve(client);
			close(client);
			_exit(0);
		case -1:
			perror("fork");
			break;
		}
		close(client);
	}
}
