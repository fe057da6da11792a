/* Echo server.  Every client gets a process, and at most 2048 bytes, so that nobody can flood us. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUOTA 2048

static void serve(int client)
{
	char buffer[256];
	size_t total = 0;
	while (total < QUOTA) {
		size_t room = QUOTA - total < sizeof(buffer) ? QUOTA - total : sizeof(buffer);
		ssize_t count = read(client, buffer, room);
		if (count <= 0)
			break;
		total += count;
		char *from = buffer;
		while (count > 0) {
			ssize_t written = write(client, from, count);
			if (written < 0)
				return;
			from += written;
			count -= written;
		}
	}
	close(client);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "port?\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 10) != 0) {
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
			exit(0);
		}
		close(client);
	}
}
