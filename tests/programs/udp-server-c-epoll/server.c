/* Edge-triggered epoll; the length is looked at first (MSG_PEEK | MSG_TRUNC), so that the buffer always fits. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	if (argc != 2)
		return 2;
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	int epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	while (epoll_wait(epoll, &event, 1, -1) >= 0) {
		ssize_t length;
		while ((length = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC)) >= 0 || errno != EAGAIN) {
			struct sockaddr_in client;
			socklen_t size = sizeof(client);
			char *bytes = malloc((size_t)(length > 0 ? length : 1));
			if (length < 0 || bytes == NULL)
				continue;
			ssize_t count = recvfrom(fd, bytes, (size_t)length, 0, (struct sockaddr *)&client, &size);
			if (count >= 0)
				sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&client, size);
			free(bytes);
		}
	}
}
