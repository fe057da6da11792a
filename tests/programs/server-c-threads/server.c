/* A thread for each client. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[1500];
	ssize_t count;
	while ((count = recv(client, buffer, sizeof(buffer), 0)) > 0) {
		ssize_t done = 0;
		while (done < count) {
			ssize_t n = send(client, buffer + done, (size_t)(count - done), 0);
			if (n < 0)
				goto out;
			done += n;
		}
	}
out:
	shutdown(client, SHUT_RDWR);
	close(client);
	return NULL;
}

static int listen_on(const char *port)
{
	struct addrinfo hints = {.ai_family = AF_INET6, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	int on = 1, off = 0, listener = -1;
	/* One socket for both families where there is IPv6, else for IPv4. */
	for (int family = 0; family < 2 && listener < 0; family++, hints.ai_family = AF_INET) {
		if (getaddrinfo(NULL, port, &hints, &found) != 0)
			continue;
		int s = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
		if (s >= 0) {
			setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
			if (found->ai_family == AF_INET6)
				setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
			if (bind(s, found->ai_addr, found->ai_addrlen) == 0 && listen(s, 50) == 0) {
				listener = s;
			} else {
				int reason = errno;
				close(s);
				errno = reason;
			}
		}
		freeaddrinfo(found);
	}
	return listener;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = listen_on(argv[1]);
	if (listener < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		pthread_t thread;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
		else
			close(client);
	}
}
