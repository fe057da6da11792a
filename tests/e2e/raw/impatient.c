/* An echo client that gives a connection 300 ms to be set up: one lost SYN costs a second (RFC 6298, section 2). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Copies until the end of `from`; false when it cannot. */
static int copy(int from, int to)
{
	char bytes[4096];
	ssize_t count = read(from, bytes, sizeof(bytes));
	for (ssize_t sent = 0; sent < count;) {
		ssize_t more = write(to, bytes + sent, (size_t)(count - sent));
		if (more < 0)
			exit(1);
		sent += more;
	}
	if (count < 0)
		exit(1);
	return count > 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argc > 2 ? argv[2] : "8080"))};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
	struct pollfd ready = {.fd = server, .events = POLLOUT};
	socklen_t length = sizeof(error);
	signal(SIGPIPE, SIG_IGN);
	inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1", &name.sin_addr);
	if (connect(server, (struct sockaddr *)&name, sizeof(name)) < 0 && errno != EINPROGRESS)
		return 1;
	if (poll(&ready, 1, 300) != 1 || getsockopt(server, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0)
		return 1;
	fcntl(server, F_SETFL, 0);
	struct pollfd events[2] = {{.fd = 0, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	for (;;) {
		poll(events, 2, -1);
		if (events[0].revents != 0 && !copy(0, server)) {
			shutdown(server, SHUT_WR);
			events[0].fd = -1;
		}
		if (events[1].revents != 0 && !copy(server, 1))
			return 0;
	}
}
