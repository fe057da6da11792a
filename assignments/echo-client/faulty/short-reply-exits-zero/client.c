/* Echo client: a child sends, the parent receives. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_input(int server)
{
	char buffer[4096];
	ssize_t count;
	while ((count = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		ssize_t done = 0;
		while (done < count) {
			ssize_t n = write(server, buffer + done, count - done);
			if (n < 0) {
				perror("write");
				exit(1);
			}
			done += n;
		}
	}
	shutdown(server, SHUT_WR);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *address;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &address) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, address->ai_addr, address->ai_addrlen) != 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pid_t child = fork();
	if (child == 0) {
		send_input(server);
		exit(0);
	}
	char buffer[4096];
	ssize_t count;
	while ((count = read(server, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, count, stdout);
	kill(child, SIGTERM); /* it may still wait for input */
	if (count < 0) {
		perror("read");
		return 1;
	}
	close(server);
	return 0;
}
