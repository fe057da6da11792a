/* Echo client: main sends, a thread receives. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_ullong sent, received;
static atomic_int input_over;

static void *receiver(void *argument)
{
	int server = (int)(intptr_t)argument;
	char buffer[4096];
	ssize_t count;
	while ((count = read(server, buffer, sizeof(buffer))) > 0) {
		received += count;
		fwrite(buffer, 1, count, stdout);
		fflush(stdout);
	}
	if (count < 0 || !input_over || received != sent) {
		fprintf(stderr, "the server has gone too early\n");
		exit(1);
	}
	exit(0);
}

static int dial(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *at;
	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -1;
	for (at = list; at != NULL; at = at->ai_next) {
		int fd = socket(at->ai_family, at->ai_socktype, 0);
		if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

int main(int argc, char **argv)
{
	int server = argc == 3 ? dial(argv[1], argv[2]) : -1;
	if (server < 0) {
		fprintf(stderr, "cannot connect\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_t thread;
	pthread_create(&thread, NULL, receiver, (void *)(intptr_t)server);
	char buffer[4096];
	ssize_t count;
	while ((count = read(0, buffer, sizeof(buffer))) > 0) {
		sent += count;
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(server, buffer + done, count - done);
			if (n < 0) {
				perror("write");
				exit(1);
			}
			done += n;
		}
	}
	input_over = 1;
	pthread_join(thread, NULL);
	return 0;
}
