/* echo server with threads */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void *run(void *arg)
{
	int sock = (int)(intptr_t)arg;
	char buf[1024];
	while (1) {
		int n = recv(sock, buf, sizeof(buf), 0);
		if (n == 0) {
			fprintf(stderr, "client closed\n");
			exit(0);
		}
		if (n < 0) {
			close(sock);
			return NULL;
		}
		int done = 0;
		while (done < n) {
			int k = send(sock, buf + done, n - done, 0);
			if (k < 0) {
				close(sock);
				return NULL;
			}
			done += k;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int s = socket(PF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&addr, sizeof(addr)) || listen(s, 10)) {
		perror("server");
		return 1;
	}
	while (1) {
		int c = accept(s, NULL, NULL);
		pthread_t t;
		if (c < 0)
			continue;
		pthread_create(&t, NULL, run, (void *)(intptr_t)c);
		pthread_detach(t);
	}
}
