/* sendmsg() and recvmsg(), select() for the time; MSG_TRUNC tells what is too long to be an answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

static int fd;

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int answered(const char *ping)
{
	struct timeval left = {1, 0}; /* Linux leaves in it what is left: select(2) */
	for (;;) {
		fd_set set;
		FD_ZERO(&set);
		FD_SET(fd, &set);
		int found = select(fd + 1, &set, NULL, NULL, &left);
		if (found == 0)
			return 0;
		char answer[6];
		struct iovec piece = {answer, sizeof(answer)};
		struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
		ssize_t count = recvmsg(fd, &message, 0);
		if (count < 0)
			die("recvmsg");
		if ((message.msg_flags & MSG_TRUNC) == 0 && count == 6 && memcmp(answer, ping, 6) == 0)
			return 1;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	if (argc != 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
		return 2;
	server.sin_port = htons((unsigned short)atoi(argv[2]));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		die("connect");
	for (char number = '1'; number <= '3'; number++) {
		char ping[] = "ping 0";
		int done = 0;
		ping[5] = number;
		for (int try = 0; try < 3 && !done; try++) {
			struct iovec pieces[2] = {{ping, 5}, {ping + 5, 1}};
			struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
			if (sendmsg(fd, &message, 0) < 0)
				die("sendmsg");
			done = answered(ping);
		}
		printf("ping %c: %s\n", number, done ? "answered" : "no answer");
		if (!done)
			return 1;
	}
	return 0;
}
