/* Programs of several processes or threads. */
#pragma once

#include "calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int program_forks(int port)
{
	int listener = program_listen(port);
	for (int i = 0; i < 2; i++) {
		int fd = accept(listener, NULL, NULL);
		if (fork() == 0) {
			char byte;
			_exit(read(fd, &byte, 1) == 1 ? 5 : 6);
		}
		close(fd);
	}
	int status;
	wait4(-1, &status, 0, NULL);
	pause();
	return 0;
}

static inline int program_daemon(int port)
{
	int listener = program_listen(port);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			accept(listener, NULL, NULL);
			_exit(4);
		}
		_exit(0);
	}
	wait(NULL);
	return 0;
}

static inline void *program_acceptor(void *listener)
{
	accept(*(int *)listener, NULL, NULL);
	return NULL;
}

static inline int program_threads(int port)
{
	int listener = program_listen(port);
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, program_acceptor, &listener);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 3;
}

/* The leader ends first: a zombie with living threads. */
static inline int program_leaderless(int port)
{
	static int listener;
	pthread_t thread;
	listener = program_listen(port);
	pthread_create(&thread, NULL, program_acceptor, &listener);
	pthread_exit(NULL);
}

static inline void *program_exec_in_thread(void *unused)
{
	(void)unused;
	execl("/proc/self/exe", "program", "echo", getenv("PROGRAM_PORT"), (char *)NULL);
	return NULL;
}

static inline int program_thread_exec(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	setenv("PROGRAM_PORT", text, 1);
	pthread_t thread;
	pthread_create(&thread, NULL, program_exec_in_thread, NULL);
	pthread_join(thread, NULL);
	return 1;
}

static inline int program_vfork_exec(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	pid_t child = vfork();
	if (child == 0) {
		execl("/proc/self/exe", "program", "echo", text, (char *)NULL);
		_exit(1);
	}
	int status;
	waitpid(child, &status, 0);
	return WEXITSTATUS(status) + 1;
}

static inline int program_fork_storm(int port)
{
	(void)port;
	for (;;) {
		if (fork() == 0) {
			if (fork() == 0)
				_exit(1);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

static inline void *program_mayfly(void *unused)
{
	return unused;
}

static inline void *program_breed(void *unused)
{
	for (;;) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, program_mayfly, unused) == 0)
			pthread_join(thread, NULL);
	}
	return NULL;
}

/* execve(2) by one thread while others are born and die. */
static inline int program_exec_storm(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	setenv("PROGRAM_PORT", text, 1);
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, program_breed, NULL);
	usleep(3000);
	pthread_create(&thread, NULL, program_exec_in_thread, NULL);
	pause();
	return 1;
}

static inline int program_zombies(int port)
{
	(void)port;
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(0);
	pause();
	return 0;
}

static inline int program_holds(int port)
{
	int listener = program_listen(port);
	dup(listener);
	socket(AF_INET6, SOCK_STREAM, 0);
	socket(AF_INET, SOCK_DGRAM, 0);
	socket(AF_UNIX, SOCK_STREAM, 0);
	if (fork() == 0)
		pause();
	pause();
	return 0;
}
