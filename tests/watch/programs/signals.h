/* Programs that signals reach. */
#pragma once

#include "calls.h"

#include <errno.h>
#include <setjmp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void program_handler(int number)
{
	(void)number;
}

static inline int program_interrupted_with(int port, int flags)
{
	struct sigaction action = {.sa_handler = program_handler, .sa_flags = flags};
	sigaction(SIGUSR1, &action, NULL);
	int listener = program_listen(port);
	int fd = accept(listener, NULL, NULL);
	return fd >= 0 ? 0 : errno;
}

static inline int program_interrupted(int port)
{
	return program_interrupted_with(port, 0);
}

static inline int program_restarted(int port)
{
	return program_interrupted_with(port, SA_RESTART);
}

static inline int program_tries_again(int port)
{
	struct sigaction action = {.sa_handler = program_handler};
	sigaction(SIGUSR1, &action, NULL);
	int listener = program_listen(port), fd;
	while ((fd = accept(listener, NULL, NULL)) < 0 && errno == EINTR)
		continue;
	return fd >= 0 ? 0 : errno;
}

static sigjmp_buf program_jump;

static inline void program_jumper(int number)
{
	(void)number;
	siglongjmp(program_jump, 1);
}

static inline int program_jumps(int port)
{
	signal(SIGUSR1, program_jumper);
	static int listener;
	listener = program_listen(port);
	if (sigsetjmp(program_jump, 1) == 0)
		accept(listener, NULL, NULL);
	for (int i = 0; i < 100; i++)
		getppid();
	close(listener);
	return 0;
}

static inline void program_reaper(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static inline int program_handler_calls(int port)
{
	struct sigaction action = {.sa_handler = program_reaper, .sa_flags = SA_RESTART};
	sigaction(SIGCHLD, &action, NULL);
	int listener = program_listen(port);
	if (fork() == 0) {
		usleep(20000);
		_exit(0);
	}
	return accept(listener, NULL, NULL) >= 0 ? 0 : errno;
}

/* The children of this server die, and it has no handler for that: epoll_wait(2) must not notice. */
static inline int program_epoll_child(int port)
{
	int listener = program_listen(port), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	if (fork() == 0)
		_exit(0);
	int count = epoll_wait(epoll, &event, 1, -1);
	return count == 1 ? 0 : errno;
}

/* The same with poll(2), which goes on as restart_syscall(2). */
static inline int program_poll_child(int port)
{
	struct pollfd waiting = {program_listen(port), POLLIN, 0};
	if (fork() == 0)
		_exit(0);
	int count = poll(&waiting, 1, -1);
	return count == 1 ? 0 : errno;
}

static inline int program_epoll_signal(int port)
{
	signal(SIGUSR1, program_handler);
	int listener = program_listen(port), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	return epoll_wait(epoll, &event, 1, -1) == 1 ? 0 : errno;
}

static inline int program_stops(int port)
{
	(void)port;
	raise(SIGSTOP);
	return 11;
}

static inline int program_crashes(int port)
{
	(void)port;
	abort();
}
