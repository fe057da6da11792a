/* Programs whose sockets have small buffers: STAGE_BUFFERS in the environment says how many bytes. */
#pragma once

#include "calls.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>

static inline int buffer_size(int fd, int option)
{
	int bytes = -1;
	socklen_t length = sizeof(bytes);
	getsockopt(fd, SOL_SOCKET, option, &bytes, &length);
	return bytes;
}

static inline int buffers_wanted(void)
{
	return atoi(getenv("STAGE_BUFFERS"));
}

/* How much a writer gets rid of while nobody reads. */
static inline size_t buffers_taken(int fd)
{
	char bytes[1000] = {0};
	size_t taken = 0;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (ssize_t count; (count = write(fd, bytes, sizeof(bytes))) > 0;)
		taken += (size_t)count;
	return taken;
}

static inline int program_small_buffers(int port)
{
	struct sockaddr_in address = program_address(port);
	int listener = program_listen(port), wanted = buffers_wanted(), more = 20000;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(client, (struct sockaddr *)&address, sizeof(address)) != 0)
		return 1;
	int server = accept(listener, NULL, NULL);
	/* The kernel has a least size, which is a little above 4 KiB. */
	if (buffer_size(client, SO_RCVBUF) != wanted || buffer_size(client, SO_SNDBUF) > wanted + 1024)
		return 2;
	if (buffer_size(server, SO_RCVBUF) != wanted || buffer_size(server, SO_SNDBUF) > wanted + 1024)
		return 3;
	if (buffer_size(udp, SO_RCVBUF) <= 65536)
		return 4;
	if (buffers_taken(client) > (size_t)(4 * wanted) || buffers_taken(server) > (size_t)(4 * wanted))
		return 5;
	/* What the program asks for itself counts. */
	setsockopt(client, SOL_SOCKET, SO_SNDBUF, &more, sizeof(more));
	return buffer_size(client, SO_SNDBUF) == 2 * more ? 0 : 6;
}

/* As program_keeps_arguments, for the call that makes a socket. */
static inline int program_keeps_its_registers(int port)
{
	int wanted = buffers_wanted();
	(void)port;
#if defined(__x86_64__)
	unsigned long fd = __NR_socket, family = AF_INET, type = SOCK_STREAM, protocol = 0;
	register unsigned long fourth __asm__("r10") = 44, fifth __asm__("r8") = 55;
	__asm__ volatile("syscall"
	                 : "+a"(fd), "+D"(family), "+S"(type), "+d"(protocol), "+r"(fourth), "+r"(fifth)
	                 :
	                 : "rcx", "r11", "memory");
	if (family != AF_INET || type != SOCK_STREAM || protocol != 0 || fourth != 44 || fifth != 55)
		return 1;
	return buffer_size((int)fd, SO_RCVBUF) == wanted ? 0 : 2;
#else
	return buffer_size(socket(AF_INET, SOCK_STREAM, 0), SO_RCVBUF) == wanted ? 0 : 2;
#endif
}

static volatile sig_atomic_t buffers_alarms;

static inline void buffers_alarm(int number)
{
	volatile char room[256];
	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = (char)number;
	buffers_alarms++;
}

/* Signals come all the time, and write to the stack. */
static inline int program_sockets_under_signals(int port)
{
	enum { SOCKETS = 100, LEAST = 20, ALARM_US = 100 };
	struct itimerval often = {{0, ALARM_US}, {0, ALARM_US}}, never = {0};
	int wanted = buffers_wanted();
	sigset_t before, after;
	(void)port;
	sigprocmask(SIG_SETMASK, NULL, &before);
	signal(SIGALRM, buffers_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < SOCKETS || buffers_alarms < LEAST; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0 || buffer_size(fd, SO_RCVBUF) != wanted || buffer_size(fd, SO_SNDBUF) != wanted)
			return 1;
		close(fd);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sigprocmask(SIG_SETMASK, NULL, &after);
	return sigismember(&after, SIGALRM) == sigismember(&before, SIGALRM) && !sigismember(&after, SIGUSR1) ? 0 : 2;
}
