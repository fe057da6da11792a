/* SO_RCVTIMEO on a connected socket; the time that is left is set anew after each wrong answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int answered(int fd, const char *ping)
{
	long until = now_us() + 1000000;
	char answer[256];
	for (;;) {
		long left = until - now_us();
		if (left <= 0)
			return 0;
		struct timeval patience = {left / 1000000, left % 1000000};
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		ssize_t count = recv(fd, answer, sizeof(answer), 0);
		if (count < 0 && errno != EAGAIN && errno != EINTR) {
			perror("client: recv");
			exit(1);
		}
		if (count == (ssize_t)strlen(ping) && memcmp(answer, ping, (size_t)count) == 0)
			return 1;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	if (argc != 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
		return 2;
	server.sin_port = htons((unsigned short)atoi(argv[2]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0) {
		perror("client");
		return 1;
	}
	for (int number = 1; number <= 3; number++) {
		char ping[16];
		int done = 0;
		sprintf(ping, "ping %d", number);
		for (int try = 0; try < 3 && !done; try++) {
			if (write(fd, ping, strlen(ping)) < 0) {
				perror("client: write");
				return 1;
			}
			done = answered(fd, ping);
		}
		printf("ping %d: %s\n", number, done ? "answered" : "no answer");
		if (!done)
			return 1;
	}
	return 0;
}
