/* Programs that get nowhere, and some that only look like it. */
#pragma once

#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int program_spin_accept(int port)
{
	int listener = program_listen(port), fd;
	fcntl(listener, F_SETFL, O_NONBLOCK);
	while ((fd = accept(listener, NULL, NULL)) < 0)
		continue;
	return 0;
}

/* Takes no notice of end of file: the commonest of all spins.  It prints on the way. */
static inline int program_spin_eof(int port)
{
	int fd = accept(program_listen(port), NULL, NULL), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	for (;;) {
		char bytes[16];
		epoll_wait(epoll, &event, 1, -1);
		ssize_t count = read(fd, bytes, sizeof(bytes));
		if (write(1, "got\n", 4) < 0 || count < 0)
			return 1;
	}
}

/* select(2) says that standard input is readable: it is at its end. */
static inline int program_spin_stdin(int port)
{
	int listener = program_listen(port);
	for (;;) {
		fd_set set;
		FD_ZERO(&set);
		FD_SET(listener, &set);
		FD_SET(0, &set);
		select(listener + 1, &set, NULL, NULL, NULL);
		char byte;
		if (FD_ISSET(0, &set) && read(0, &byte, 1) > 0)
			return 1;
	}
}

/* Polls, but sleeps in between: wasteful and no spin. */
static inline int program_polls_sleeping(int port)
{
	int listener = program_listen(port);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 200; i++) {
		accept(listener, NULL, NULL);
		usleep(100);
	}
	return 0;
}

static inline void *spin_compute(void *argument)
{
	volatile int turning = 1;
	while (turning)
		continue;
	return argument;
}

/* A helper computes without end, the server waits. */
static inline int program_spin_helper(int port)
{
	pthread_t helper;
	if (pthread_create(&helper, NULL, spin_compute, NULL) != 0)
		return 1;
	return accept(program_listen(port), NULL, NULL) < 0;
}

/* Moves bytes through a pipe for ever so long: that gets it somewhere. */
static inline int program_pipe_busy(int port)
{
	(void)port;
	int ends[2];
	if (pipe(ends) != 0)
		return 1;
	for (int i = 0; i < 400; i++) {
		char byte = 'x';
		struct pollfd ready = {.fd = ends[0], .events = POLLIN};
		if (write(ends[1], &byte, 1) != 1 || poll(&ready, 1, -1) != 1 || read(ends[0], &byte, 1) != 1)
			return 1;
	}
	return 0;
}
