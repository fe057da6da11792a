/* Programs whose calls are made to fail or to do less. */
#pragma once

#include "calls.h"

#include <sys/syscall.h>

/* Each as message with one list. */
static inline int program_messages_only(int port)
{
	int fd = accept(program_listen(port), NULL, NULL);
	char one[3], two[64];
	struct iovec pieces[2] = {{one, sizeof(one)}, {two, sizeof(two)}};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	if (recvmsg(fd, &message, 0) != 2)
		return 1;
	pieces[1].iov_len = 3;
	return sendmsg(fd, &message, MSG_NOSIGNAL) == 2 ? 0 : 2;
}

/* An epoll that reports edges: who is told that less is there will not be woken for the rest. */
static inline int program_edges(int port)
{
	int fd = accept(program_listen(port), NULL, NULL), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
	fcntl(fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	epoll_wait(epoll, &event, 1, -1);
	char bytes[64];
	return (int)read(fd, bytes, sizeof(bytes));
}

/* Compilers believe that a system call changes no register but its result (and two more on x86-64). */
static inline int program_keeps_arguments(int port)
{
	int fd = accept(program_listen(port), NULL, NULL);
	char bytes[64];
#if defined(__x86_64__)
	unsigned long result = __NR_read, first = (unsigned long)fd, length = sizeof(bytes);
	__asm__ volatile("syscall" : "+a"(result), "+d"(length) : "D"(first), "S"(bytes) : "rcx", "r11", "memory");
	return result == 1 && length == sizeof(bytes) ? 0 : 1;
#else
	return read(fd, bytes, sizeof(bytes)) == 1 ? 0 : 1;
#endif
}
