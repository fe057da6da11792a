#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *drain(void *p)
{
	int c = *(int *)p;
	char b[65536];
	while (read(c, b, sizeof b) > 0)
		;
	return 0;
}
static void *serve(void *p)
{
	int c = (int)(long)p;
	char l[74];
	pthread_t t;
	pthread_create(&t, 0, drain, &c);
	for (int k = 0;; k = (k + 1) % 95) {
		for (int i = 0; i < 72; i++)
			l[i] = ' ' + (k + i) % 95;
		l[72] = '\r';
		l[73] = '\n';
		for (int o = 0; o < 74;) {
			ssize_t w = write(c, l + o, 74 - o);
			if (w < 0)
				goto out;
			o += w;
		}
	}
out:
	pthread_join(t, 0);
	close(c);
	return 0;
}
int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 8)) {
		perror("bind");
		return 1;
	}
	for (;;) {
		int c = accept(s, 0, 0);
		pthread_t t;
		if (c >= 0 && !pthread_create(&t, 0, serve, (void *)(long)c))
			pthread_detach(t);
	}
}
