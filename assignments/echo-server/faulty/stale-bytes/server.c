/* Echo server with threads. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	int fd;
	char buffer[8192];
};

static void *session_run(void *argument)
{
	struct session *session = argument;
	while (read(session->fd, session->buffer, sizeof(session->buffer) - 1) > 0) {
		const char *reply = session->buffer;
		size_t left = strlen(reply);
		while (left > 0) {
			ssize_t n = write(session->fd, reply, left);
			if (n < 0)
				goto out;
			reply += n;
			left -= n;
		}
	}
out:
	close(session->fd);
	free(session);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		struct session *session = calloc(1, sizeof(*session));
		session->fd = fd;
		pthread_t thread;
		pthread_create(&thread, NULL, session_run, session);
		pthread_detach(thread);
	}
}
