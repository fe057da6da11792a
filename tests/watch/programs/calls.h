/* Programs that make calls on sockets. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static inline struct sockaddr_in program_address(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int program_listen(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 5) != 0)
		_exit(99);
	return fd;
}

static inline int program_echo(int port)
{
	int listener = program_listen(port);
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = accept(listener, (struct sockaddr *)&address, &length);
	char bytes[512];
	ssize_t count;
	while ((count = read(fd, bytes, sizeof(bytes))) > 0)
		if (write(fd, bytes, (size_t)count) != count)
			return 98;
	close(fd);
	close(listener);
	return 7;
}

static inline int program_client(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno;
	return 0;
}

static inline int program_datagrams(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	sendto(fd, "ping", 4, 0, (struct sockaddr *)&address, sizeof(address));
	char bytes[16];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);
	return 0;
}

static inline int program_vectors(int port)
{
	int fd = accept(program_listen(port), NULL, NULL);
	char one[3], two[64];
	struct iovec pieces[2] = {{one, sizeof(one)}, {two, sizeof(two)}};
	readv(fd, pieces, 2);
	struct iovec out[2] = {{one, sizeof(one)}, {two, 3}};
	writev(fd, out, 2);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	recvmsg(fd, &message, 0);
	message.msg_iov = out;
	sendmsg(fd, &message, MSG_NOSIGNAL);
	return 0;
}

static inline int program_messages(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	connect(fd, (struct sockaddr *)&address, sizeof(address));
	char a[] = "four", b[] = "sixsix", in[2][32];
	struct iovec out[2] = {{a, 4}, {b, 6}}, into[2] = {{in[0], 32}, {in[1], 32}};
	struct mmsghdr list[2] = {{.msg_hdr = {.msg_iov = &out[0], .msg_iovlen = 1}},
	                          {.msg_hdr = {.msg_iov = &out[1], .msg_iovlen = 1}}};
	sendmmsg(fd, list, 2, 0);
	struct mmsghdr got[2] = {{.msg_hdr = {.msg_iov = &into[0], .msg_iovlen = 1}},
	                         {.msg_hdr = {.msg_iov = &into[1], .msg_iovlen = 1}}};
	recvmmsg(fd, got, 2, 0, NULL);
	return 0;
}

static inline int program_pipes(int port)
{
	int listener = program_listen(port), fd = accept(listener, NULL, NULL), ends[2];
	if (pipe(ends) != 0)
		return 1;
	splice(fd, NULL, ends[1], NULL, 5, 0);
	splice(ends[0], NULL, fd, NULL, 5, 0);
	int file = open("/proc/self/exe", O_RDONLY);
	sendfile(fd, file, NULL, 9);
	char bytes[9];
	if (read(file, bytes, sizeof(bytes)) != 9) /* of no socket: not told */
		return 2;
	close(file);
	return 0;
}

static inline int program_copies(int port)
{
	int fd = program_listen(port);
	int copy = dup(fd), chosen = dup2(fd, 9), third = fcntl(fd, F_DUPFD, 20);
	dup2(0, 30);
	close(copy);
	close(chosen);
	close(third);
	close(30);
	close_range(3, 40, 0);
	close_range(3, 40, 0);
	return 0;
}

static inline void *number_reused(void *numbers)
{
	int *pair = numbers;
	dup2(pair[0], pair[1]);
	return NULL;
}

/* One number after the other for several sockets, also by another thread's doing. */
static inline int program_numbers(int port)
{
	int numbers[2], ends[2], on = 1;
	pthread_t thread;
	numbers[0] = program_listen(port);
	numbers[1] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(numbers[1], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (pipe(ends) != 0 || pthread_create(&thread, NULL, number_reused, numbers) != 0)
		return 1;
	pthread_join(thread, NULL);
	setsockopt(numbers[1], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	dup2(ends[0], numbers[1]);
	setsockopt(numbers[1], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)); /* of no socket: not told */
	close(numbers[1]);
	numbers[1] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(numbers[1], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return 0;
}

static inline int program_passes(int port)
{
	int pair[2], fd = program_listen(port);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	memset(&control, 0, sizeof(control));
	char byte = 'x';
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
	if (fork() == 0) {
		close(fd);
		recvmsg(pair[1], &message, 0);
		const struct cmsghdr *received = CMSG_FIRSTHDR(&message);
		int got = -1;
		if (received != NULL)
			memcpy(&got, CMSG_DATA(received), sizeof(got));
		struct pollfd ready = {.fd = accept(got, NULL, NULL), .events = POLLIN};
		poll(&ready, 1, 0);
		_exit(0);
	}
	struct cmsghdr *header = &control.header;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	sendmsg(pair[0], &message, 0);
	close(fd);
	wait(NULL);
	return 0;
}

static inline int program_waits(int port)
{
	int listener = program_listen(port), epoll = epoll_create1(0);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(listener, &set);
	struct timeval two_ms = {0, 2000};
	select(listener + 1, &set, NULL, NULL, &two_ms);
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	poll(&ready, 1, 3);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	epoll_wait(epoll, &event, 1, 1);
	epoll_wait(epoll, &event, 1, -1);
	return 0;
}

static inline int program_nonblocking(int port)
{
	int listener = program_listen(port), flags = fcntl(listener, F_GETFL);
	fcntl(listener, F_SETFL, flags | O_NONBLOCK);
	accept(listener, NULL, NULL);
	return 0;
}
