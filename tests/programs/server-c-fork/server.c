/* A process for each client; SIGCHLD reaps them. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int number)
{
	int saved = errno;
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	errno = saved;
}

static void serve(int client)
{
	char buffer[4096];
	for (;;) {
		ssize_t count = read(client, buffer, sizeof(buffer));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(client, buffer + done, (size_t)(count - done));
			if (n < 0 && errno != EINTR)
				return;
			done += n > 0 ? n : 0;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	/* Without SA_RESTART on purpose: accept() is interrupted, and tried again. */
	struct sigaction action = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
	sigaction(SIGCHLD, &action, NULL);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 5) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		if (fork() == 0) {
			close(listener);
			serve(client);
			_exit(0);
		}
		close(client);
	}
}
