/* Echo server, a first step: the handler does all the work. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

/* Called for every client. */
static void on_client(int number)
{
	(void)number;
	int client = accept(listener, NULL, NULL);
	char buffer[1024];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0)
		write(client, buffer, count);
	close(client);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int on = 1;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	signal(SIGIO, on_client);
	for (;;)
		pause();
}
