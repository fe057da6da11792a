/* One thread receives and queues, another one answers, in the same order. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct job {
	struct job *next;
	struct sockaddr_in client;
	size_t length;
	char bytes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static struct job *first, **last = &first;
static int fd;

static void *answer(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (first == NULL)
			pthread_cond_wait(&some, &lock);
		struct job *job = first;
		first = job->next;
		if (first == NULL)
			last = &first;
		pthread_mutex_unlock(&lock);
		sendto(fd, job->bytes, job->length, 0, (struct sockaddr *)&job->client, sizeof(job->client));
		free(job);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static char bytes[65536];
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	pthread_t thread;
	if (argc != 2)
		return 2;
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	pthread_create(&thread, NULL, answer, NULL);
	for (;;) {
		struct sockaddr_in client;
		socklen_t size = sizeof(client);
		ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &size);
		struct job *job = count >= 0 ? malloc(sizeof(*job) + (size_t)count) : NULL;
		if (job == NULL)
			continue;
		*job = (struct job){.client = client, .length = (size_t)count};
		memcpy(job->bytes, bytes, (size_t)count);
		pthread_mutex_lock(&lock);
		*last = job;
		last = &job->next;
		pthread_cond_signal(&some);
		pthread_mutex_unlock(&lock);
	}
}
