/* Sleeps in every way that there is, five seconds each time, and asks every clock. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int client;

static long long milliseconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void rung(int number)
{
	(void)number;
}

static int by_poll(void)
{
	return poll(NULL, 0, 5000) == 0;
}

static int by_select(void)
{
	struct timeval wait = {5, 0};
	fd_set set;
	FD_ZERO(&set);
	FD_SET(client, &set);
	return select(client + 1, &set, NULL, NULL, &wait) == 0 && !FD_ISSET(client, &set);
}

static int by_alarm(void)
{
	struct sigaction action = {.sa_handler = rung};
	sigaction(SIGALRM, &action, NULL);
	alarm(5);
	return pause() < 0 && errno == EINTR;
}

static int by_interval(void)
{
	struct itimerval interval = {.it_interval = {1, 0}, .it_value = {1, 0}}, none = {{0, 0}, {0, 0}};
	int times = 0;
	setitimer(ITIMER_REAL, &interval, NULL);
	while (times < 5 && pause() < 0 && errno == EINTR)
		times++;
	setitimer(ITIMER_REAL, &none, NULL);
	return times == 5;
}

static int by_receive(void)
{
	struct timeval wait = {5, 0}, none = {0, 0};
	char byte;
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	int good = recv(client, &byte, 1, 0) < 0 && errno == EAGAIN;
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	return good;
}

static int by_condition(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	pthread_mutex_lock(&mutex);
	return pthread_cond_timedwait(&condition, &mutex, &until) == ETIMEDOUT;
}

static int by_date(void)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 5;
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0;
}

/* The kernel's own timer: waited for, and right by the program's clocks. */
static int by_timer(void)
{
	struct timespec now;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t times = 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct itimerspec date = {.it_value = {now.tv_sec, now.tv_nsec}};
	date.it_value.tv_nsec += 50000000;
	date.it_value.tv_sec += date.it_value.tv_nsec / 1000000000;
	date.it_value.tv_nsec %= 1000000000;
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &date, NULL);
	int good = read(timer, &times, sizeof(times)) == sizeof(times) && times == 1;
	long long late = milliseconds(CLOCK_MONOTONIC) - (date.it_value.tv_sec * 1000LL + date.it_value.tv_nsec / 1000000);
	close(timer);
	return good && late >= -1 && late < 4000;
}

static int by_sleep(void)
{
	return sleep(5) == 0;
}

static int agrees(int (*way)(void))
{
	struct timeval before, after;
	long long monotonic = milliseconds(CLOCK_MONOTONIC), real = milliseconds(CLOCK_REALTIME);
	gettimeofday(&before, NULL);
	time_t date = time(NULL);
	int good = way();
	gettimeofday(&after, NULL);
	long long passed[] = {milliseconds(CLOCK_MONOTONIC) - monotonic, milliseconds(CLOCK_REALTIME) - real,
	                      (after.tv_sec - before.tv_sec) * 1000LL + (after.tv_usec - before.tv_usec) / 1000,
	                      (time(NULL) - date) * 1000LL};
	for (int i = 0; i < 3; i++)
		good = good && passed[i] >= 4999 && passed[i] < 5900;
	return good && passed[3] >= 4000 && passed[3] <= 6000;
}

static int (*const ways[])(void) = {by_sleep,    by_poll,    by_select,    by_alarm,
                                    by_interval, by_receive, by_condition, by_date};

int main(int count, char **arguments)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[count - 1]))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char asked;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 16) < 0)
		return 1;
	client = accept(listener, NULL, NULL);
	while (read(client, &asked, 1) == 1) {
		int good = 1;
		for (size_t i = 0; asked == '5' && i < sizeof(ways) / sizeof(ways[0]); i++) {
			if (agrees(ways[i]))
				continue;
			fprintf(stderr, "way %zu\n", i);
			good = 0;
		}
		if (asked == 't')
			good = sleep(5) == 0 && by_timer();
		dprintf(client, good ? "slept %c\n" : "badly %c\n", asked);
	}
	return 0;
}
