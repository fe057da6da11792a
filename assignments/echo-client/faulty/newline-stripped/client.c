#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *replies(void *argument)
{
	char buffer[1024];
	ssize_t count;
	while ((count = read((int)(intptr_t)argument, buffer, sizeof(buffer))) > 0) {
		fwrite(buffer, 1, count, stdout);
		fputc('\n', stdout);
	}
	exit(count < 0 ? 1 : 0);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_t thread;
	pthread_create(&thread, NULL, replies, (void *)(intptr_t)server);
	char line[4096];
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		size_t length = strlen(line), done = 0;
		while (done < length) {
			ssize_t n = write(server, line + done, length - done);
			if (n < 0)
				return 1;
			done += n;
		}
	}
	shutdown(server, SHUT_WR);
	pthread_join(thread, NULL);
}
