/* A thread for each client: small reads, and FIONREAD asks whether more is there before the reply is flushed. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument, more = 0;
	char buffer[16];
	ssize_t length;
	FILE *out = fdopen(dup(fd), "w");
	setvbuf(out, NULL, _IOFBF, 4096);
	while ((length = read(fd, buffer, sizeof(buffer))) > 0) {
		fwrite(buffer, 1, (size_t)length, out);
		if (ioctl(fd, FIONREAD, &more) < 0 || (more == 0 && fflush(out) == EOF))
			break;
	}
	fclose(out);
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(s, 16) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		pthread_t thread;
		int fd = accept(s, NULL, NULL);
		if (fd < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
			close(fd);
		else
			pthread_detach(thread);
	}
}
