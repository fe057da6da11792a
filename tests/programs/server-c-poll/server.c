/* poll(), blocking sockets but MSG_DONTWAIT, scatter and gather calls, a ring for each client. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST = 512, RING = 8192 };

struct ring {
	size_t head, length; /* head: the oldest byte */
	int ended;
	char bytes[RING];
};

static struct pollfd polled[MOST + 1];
static struct ring *rings[MOST + 1];
static nfds_t used = 1;

/* Two pieces from `at` on, `length` in all, that may go round the end. */
static int pieces(struct ring *ring, size_t at, size_t length, struct iovec piece[2])
{
	at %= RING;
	size_t straight = length < RING - at ? length : RING - at;
	piece[0] = (struct iovec){ring->bytes + at, straight};
	piece[1] = (struct iovec){ring->bytes, length - straight};
	return length > straight ? 2 : 1;
}

static int broken(ssize_t result)
{
	return result < 0 && errno != EAGAIN && errno != EINTR;
}

/* 0 when the client is done with. */
static int serve(nfds_t i)
{
	struct ring *ring = rings[i];
	struct iovec piece[2];
	struct msghdr message = {.msg_iov = piece};
	if (!ring->ended && ring->length < RING && (polled[i].revents & ~POLLOUT)) {
		message.msg_iovlen = (size_t)pieces(ring, ring->head + ring->length, RING - ring->length, piece);
		ssize_t n = recvmsg(polled[i].fd, &message, MSG_DONTWAIT);
		if (broken(n))
			return 0;
		ring->ended = n == 0;
		ring->length += n > 0 ? (size_t)n : 0;
	}
	if (ring->length > 0) {
		message.msg_iovlen = (size_t)pieces(ring, ring->head, ring->length, piece);
		ssize_t n = sendmsg(polled[i].fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (broken(n))
			return 0;
		ring->head = (ring->head + (n > 0 ? (size_t)n : 0)) % RING;
		ring->length -= n > 0 ? (size_t)n : 0;
	}
	polled[i].events = (short)((ring->ended || ring->length == RING ? 0 : POLLIN) | (ring->length > 0 ? POLLOUT : 0));
	return !ring->ended || ring->length > 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, SOMAXCONN) < 0) {
		perror("server");
		return 1;
	}
	polled[0].fd = listener;
	for (;;) {
		polled[0].events = used <= MOST ? POLLIN : 0;
		if (poll(polled, used, -1) < 0)
			continue;
		for (nfds_t i = used; i-- > 1;) {
			if (polled[i].revents == 0 || serve(i))
				continue;
			close(polled[i].fd);
			free(rings[i]);
			polled[i] = polled[--used];
			rings[i] = rings[used];
		}
		if (polled[0].revents & POLLIN) {
			int client = accept(listener, NULL, NULL);
			struct ring *ring = client < 0 ? NULL : calloc(1, sizeof(*ring));
			if (ring == NULL)
				continue;
			rings[used] = ring;
			polled[used++] = (struct pollfd){client, POLLIN, 0};
		}
	}
}
