#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sockfd;
static long sent, received;
static volatile int input_done;

static void error(const char *msg)
{
	perror(msg);
	exit(1);
}

static void *sender(void *argument)
{
	char buffer[1024], byte;
	size_t count = 0;
	do {
		byte = getchar();
		if (byte != EOF)
			buffer[count++] = byte;
		if (count == sizeof buffer || byte == '\n' || byte == EOF) {
			for (size_t done = 0; done < count;) {
				ssize_t n = write(sockfd, buffer + done, count - done);
				if (n < 0)
					error("write");
				done += n;
			}
			sent += count;
			count = 0;
		}
	} while (byte != EOF);
	input_done = 1;
	shutdown(sockfd, SHUT_WR);
	return argument;
}

static int open_client(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *p;
	int fd = -1, rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		fprintf(stderr, "getaddrinfo: %s\n", gai_strerror(rc));
		exit(1);
	}
	for (p = list; p; p = p->ai_next) {
		if ((fd = socket(p->ai_family, p->ai_socktype, p->ai_protocol)) < 0)
			continue;
		if (connect(fd, p->ai_addr, p->ai_addrlen) == 0)
			break;
		perror("connect");
		close(fd);
	}
	if (!p)
		exit(1);
	freeaddrinfo(list);
	return fd;
}

static void receive(void)
{
	char buffer[1024];
	ssize_t n;
	while ((n = read(sockfd, buffer, sizeof buffer)) != 0) {
		if (n < 0) {
			if (errno == EINTR)
				continue;
			error("read");
		}
		fwrite(buffer, 1, n, stdout);
		fflush(stdout);
		received += n;
	}
}

int main(int argc, char **argv)
{
	pthread_t tid;
	if (argc != 3) {
		fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	sockfd = open_client(argv[1], argv[2]);
	pthread_create(&tid, NULL, sender, NULL);
	receive();
	close(sockfd);
	if (!input_done || sent != received) {
		fprintf(stderr, "client: connection ended early\n");
		_exit(1);
	}
	return 0;
}
