/* Looks every 10 ms, and counts how often: no clock, no time-out of the kernel's. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOKS = 100, PAUSE_US = 10000 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int answered(int fd, const char *ping)
{
	char answer[256];
	for (int looks = 0; looks < LOOKS;) {
		ssize_t count = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		if (count < 0 && errno != EAGAIN)
			die("client: recv");
		if (count == (ssize_t)strlen(ping) && memcmp(answer, ping, (size_t)count) == 0)
			return 1;
		if (count < 0) {
			usleep(PAUSE_US);
			looks++;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	if (argc != 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
		fprintf(stderr, "usage: client ADDRESS PORT\n");
		return 1;
	}
	server.sin_port = htons((unsigned short)atoi(argv[2]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		die("client: connect");
	for (int number = 1; number <= 3; number++) {
		char ping[16];
		int tries = 0, done = 0;
		snprintf(ping, sizeof(ping), "ping %d", number);
		for (; tries < 3 && !done; tries++) {
			if (send(fd, ping, strlen(ping), 0) < 0)
				die("client: send");
			done = answered(fd, ping);
		}
		printf("%s: %s\n", ping, done ? "answered" : "no answer");
		if (!done)
			return 1;
	}
	return 0;
}
