/* An echo server that looks for the end before the data: what came together with a FIN is never read. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	for (;;) {
		struct pollfd event = {.fd = client, .events = POLLIN | POLLRDHUP};
		char bytes[4096];
		poll(&event, 1, -1);
		if (event.revents & (POLLRDHUP | POLLHUP | POLLERR))
			break;
		ssize_t count = read(client, bytes, sizeof(bytes));
		if (count <= 0)
			break;
		for (ssize_t sent = 0; sent < count;) {
			ssize_t more = write(client, bytes + sent, (size_t)(count - sent));
			if (more < 0)
				break;
			sent += more;
		}
	}
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "8080"))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	signal(SIGPIPE, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(listener, SOMAXCONN) < 0)
		return 1;
	for (;;) {
		int client = accept(listener, NULL, NULL);
		pthread_t thread;
		if (client >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
	}
}
