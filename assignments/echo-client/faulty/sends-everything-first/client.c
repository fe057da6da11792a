/* Echo client: first send everything, then receive everything. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "no such host\n");
		exit(1);
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("connect");
		exit(1);
	}
	return server;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int server = dial(argv);
	char buffer[4096];
	ssize_t count;
	size_t sent = 0, received = 0;
	while ((count = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(server, buffer + done, count - done);
			if (n < 0) {
				perror("write");
				return 1;
			}
			done += n;
		}
		sent += count;
	}
	shutdown(server, SHUT_WR);
	while ((count = read(server, buffer, sizeof buffer)) > 0) {
		fwrite(buffer, 1, count, stdout);
		received += count;
	}
	close(server);
	if (count < 0 || sent != received) {
		fprintf(stderr, "%zu bytes sent, %zu came back\n", sent, received);
		return 1;
	}
	return 0;
}
