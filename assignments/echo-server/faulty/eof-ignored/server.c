/* Echo server, one thread for each client. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *client_thread(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[1024];
	while (1) {
		ssize_t count = read(client, buffer, sizeof(buffer));
		if (count < 0)
			break;
		for (ssize_t done = 0; done < count;) {
			ssize_t written = write(client, buffer + done, count - done);
			if (written < 0)
				goto out;
			done += written;
		}
	}
out:
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s PORT\n", argv[0]);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int yes = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	struct sockaddr_in address = {0};
	address.sin_family = AF_INET;
	address.sin_port = htons(atoi(argv[1]));
	address.sin_addr.s_addr = INADDR_ANY;
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(listener, 10) < 0) {
		perror("listen");
		return 1;
	}
	while (1) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		pthread_t thread;
		if (pthread_create(&thread, NULL, client_thread, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
		else
			close(client);
	}
}
