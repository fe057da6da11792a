#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* write() may take less than it was given. */
static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		bytes += count;
		length -= (size_t)count;
	}
	return 0;
}

static void serve(int connection)
{
	char bytes[4096];
	ssize_t count;
	while ((count = read(connection, bytes, sizeof(bytes))) > 0 || (count < 0 && errno == EINTR)) {
		for (ssize_t i = 0; i < count; i++)
			bytes[i] = (char)toupper((unsigned char)bytes[i]);
		if (count > 0 && write_all(connection, bytes, (size_t)count) < 0)
			break;
	}
	close(connection);
}

int main(int count, char **arguments)
{
	if (count != 2) {
		fprintf(stderr, "usage: %s PORT\n", arguments[0]);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN); /* a client that has gone is an error of write(), not the end of the server */
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, SOMAXCONN) < 0) {
		perror("cannot listen");
		return 1;
	}
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection >= 0)
			serve(connection);
	}
}
