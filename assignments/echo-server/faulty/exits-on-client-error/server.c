/* Echo server, thread for each client, every call checked. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void error(const char *what)
{
	perror(what);
	exit(1);
}

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char buffer[1024];
	for (;;) {
		ssize_t count = read(fd, buffer, sizeof(buffer));
		if (count < 0)
			error("ERROR reading from socket");
		if (count == 0)
			break;
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(fd, buffer + done, count - done);
			if (n < 0)
				error("ERROR writing to socket");
			done += n;
		}
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "ERROR, no port provided\n");
		exit(1);
	}
	signal(SIGPIPE, SIG_IGN);
	int sockfd = socket(AF_INET, SOCK_STREAM, 0);
	if (sockfd < 0)
		error("ERROR opening socket");
	int on = 1;
	setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(sockfd, (struct sockaddr *)&address, sizeof(address)) < 0)
		error("ERROR on binding");
	if (listen(sockfd, 5) < 0)
		error("ERROR on listen");
	for (;;) {
		int client = accept(sockfd, NULL, NULL);
		if (client < 0)
			continue;
		pthread_t thread;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0)
			close(client);
		else
			pthread_detach(thread);
	}
}
