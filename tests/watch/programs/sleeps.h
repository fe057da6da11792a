/* Programs that sleep, compute, or only seem to sleep. */
#pragma once

#include "calls.h"

#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int program_naps(int port)
{
	(void)port;
	usleep(300000);
	return 0;
}

/* vfork(2) where fork(2) was meant: the parent stands still while its child serves. */
static inline int program_lends(int port)
{
	int listener = program_listen(port);
	if (vfork() == 0)
		_exit(accept(listener, NULL, NULL) < 0);
	return 0;
}

static inline int program_sleeps(int port)
{
	(void)port;
	sleep(1000);
	return 0;
}

static inline int program_alarm(int port)
{
	int listener = program_listen(port);
	alarm(500);
	return accept(listener, NULL, NULL);
}

static inline int program_receive_timeout(int port)
{
	int listener = program_listen(port);
	struct timeval time = {.tv_sec = 700};
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	return accept(listener, NULL, NULL);
}

static inline int program_timer_descriptor(int port)
{
	(void)port;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec time = {.it_value = {.tv_sec = 600}};
	timerfd_settime(timer, 0, &time, NULL);
	uint64_t count;
	return read(timer, &count, sizeof(count)) == 8 ? 0 : 1;
}

static inline int program_condition(int port)
{
	(void)port;
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += 400;
	pthread_mutex_lock(&mutex);
	return pthread_cond_timedwait(&condition, &mutex, &time);
}

static inline int program_computes(int port)
{
	(void)port;
	for (volatile unsigned i = 0;; i++)
		continue;
	return 0;
}

/* Threads in a ring that pass a ball on through pipes for ever: nearly all of them sleep, never all at once. */
enum { RING = 8 };

struct place {
	int from, to;
};

static inline void *program_pass_on(void *argument)
{
	const struct place *place = argument;
	char byte;
	while (read(place->from, &byte, 1) == 1 && write(place->to, &byte, 1) == 1)
		continue;
	return NULL;
}

static inline int program_ring(int port)
{
	(void)port;
	static struct place places[RING];
	pthread_t thread;
	for (int i = 0; i < RING; i++) {
		int ends[2];
		if (pipe(ends) != 0)
			return 1;
		places[i].from = ends[0];
		places[(i + 1) % RING].to = ends[1];
	}
	for (int i = 1; i < RING; i++)
		pthread_create(&thread, NULL, program_pass_on, &places[i]);
	if (write(places[0].to, "x", 1) == 1)
		program_pass_on(&places[0]);
	return 0;
}
