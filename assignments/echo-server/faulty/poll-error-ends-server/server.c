/* Echo server: select() watches the listener, a child serves each client. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void echo(int client)
{
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof buffer)) > 0) {
		for (ssize_t done = 0, n; done < count; done += n)
			if ((n = write(client, buffer + done, count - done)) < 0)
				return;
	}
}

static int listen_on(const char *port)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 10) < 0) {
		perror("server");
		exit(1);
	}
	return listener;
}

static void bury(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, bury);
	int listener = listen_on(argv[1]);
	for (;;) {
		fd_set readable;
		FD_ZERO(&readable);
		FD_SET(listener, &readable);
		if (select(listener + 1, &readable, NULL, NULL, NULL) < 0) {
			perror("select");
			exit(1);
		}
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		if (fork() == 0) {
			close(listener);
			echo(client);
			exit(0);
		}
		close(client);
	}
}
