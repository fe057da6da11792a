/* Sixteen threads made in advance, and a queue of clients under a mutex and a condition. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 16, QUEUE = 256 };

static int queue[QUEUE];
static unsigned first, last;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;

static void serve(int client)
{
	char buffer[8192];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(client, buffer + done, (size_t)(count - done));
			if (n < 0)
				return;
			done += n;
		}
	}
}

static void *work(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		while (first == last)
			pthread_cond_wait(&filled, &lock);
		int client = queue[first++ % QUEUE];
		pthread_cond_signal(&emptied);
		pthread_mutex_unlock(&lock);
		serve(client);
		close(client);
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 32) < 0) {
		perror("server");
		return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, work, NULL) != 0)
			return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		pthread_mutex_lock(&lock);
		while (last - first == QUEUE)
			pthread_cond_wait(&emptied, &lock);
		queue[last++ % QUEUE] = client;
		pthread_cond_signal(&filled);
		pthread_mutex_unlock(&lock);
	}
}
