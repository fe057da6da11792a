/* Echo client: a line there, a line back. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *why)
{
	fprintf(stderr, "client: %s\n", why);
	exit(1);
}

static void send_line(int server, const char *line, size_t length)
{
	while (length > 0) {
		ssize_t n = write(server, line, length);
		if (n < 0)
			die("cannot send");
		line += n;
		length -= n;
	}
}

static void receive_line(int server, size_t length)
{
	char reply[1024];
	while (length > 0) {
		ssize_t n = read(server, reply, length < sizeof reply ? length : sizeof reply);
		if (n <= 0)
			die("the server has gone");
		fwrite(reply, 1, n, stdout);
		length -= n;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0)
		die("usage: client HOST PORT");
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0)
		die("cannot connect");
	char *line = NULL, rest;
	size_t capacity = 0;
	ssize_t length;
	while ((length = getline(&line, &capacity, stdin)) > 0) {
		send_line(server, line, length);
		receive_line(server, length);
	}
	free(line);
	shutdown(server, SHUT_WR);
	if (read(server, &rest, 1) != 0)
		die("more came back than was sent");
	close(server);
	return 0;
}
