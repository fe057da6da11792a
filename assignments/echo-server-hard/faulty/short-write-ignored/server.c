/* write() is called once for each read(). */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int client)
{
	char bytes[4096];
	ssize_t count;
	while ((count = read(client, bytes, sizeof(bytes))) > 0)
		if (write(client, bytes, (size_t)count) < 0)
			return;
}

static void *run(void *argument)
{
	int client = (int)(intptr_t)argument;
	serve(client);
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int on = 1;
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return EXIT_FAILURE;
	}
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listener, SOMAXCONN) < 0) {
		perror("server");
		return EXIT_FAILURE;
	}
	for (;;) {
		pthread_t thread;
		int client = accept(listener, NULL, NULL);
		if (client < 0) {
			usleep(errno == EMFILE ? 100000 : 0);
			continue;
		}
		if (pthread_create(&thread, NULL, run, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
	}
}
