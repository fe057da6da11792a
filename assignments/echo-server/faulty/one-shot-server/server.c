/* My first server. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int listener, client, on = 1;
	struct sockaddr_in address, peer;
	socklen_t length = sizeof(peer);
	char buffer[1024];
	ssize_t count;

	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0) {
		perror("socket");
		return 1;
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	address.sin_port = htons(atoi(argv[1]));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(listener, 5) < 0) {
		perror("listen");
		return 1;
	}
	client = accept(listener, (struct sockaddr *)&peer, &length);
	if (client < 0) {
		perror("accept");
		return 1;
	}
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		ssize_t done = 0;
		while (done < count) {
			ssize_t n = write(client, buffer + done, count - done);
			if (n < 0)
				break;
			done += n;
		}
	}
	close(client);
	close(listener);
	return 0;
}
