/* Tries to use up what others need; prints how far it got.  Argument: what. */
#include "attack.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static void *sleeper(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static unsigned long forks_count(void)
{
	unsigned long count = 0;
	for (; count < 2000; count++) {
		pid_t child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			close(1);
			for (;;)
				pause();
		}
	}
	return count;
}

static unsigned long threads_count(void)
{
	unsigned long count = 0;
	pthread_t thread;
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	while (count < 2000 && pthread_create(&thread, &attributes, sleeper, NULL) == 0)
		count++;
	return count;
}

/* In MiB; each child takes 32 of them and stays.  The kernel may end any of them when there is no more. */
static unsigned long memory_count(void)
{
	unsigned long count = 0;
	for (; count < 1024; count += 32) {
		int told[2];
		char byte;
		if (pipe(told) < 0)
			break;
		pid_t child = fork();
		if (child == 0) {
			close(told[0]);
			memset(malloc(32u << 20), 1, 32u << 20);
			if (write(told[1], "", 1) == 1)
				pause();
			_exit(0);
		}
		close(told[1]);
		if (child < 0 || read(told[0], &byte, 1) != 1)
			break;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0) /* perhaps the one that had not told yet */
		count -= count > 0 ? 32 : 0;
	return count;
}

static unsigned long disk_count(void)
{
	static char bytes[1 << 20];
	unsigned long count = 0;
	char name[32];
	for (int file = 0; file < 4096; file++) {
		snprintf(name, sizeof(name), "%s/f%d", file % 2 == 0 ? "/box" : "/tmp", file);
		int fd = open(name, O_WRONLY | O_CREAT, 0644);
		bool any = false;
		for (int i = 0; fd >= 0 && i < 4 && write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes); i++) {
			any = true;
			count++;
		}
		if (fd >= 0)
			close(fd);
		if (!any)
			break;
	}
	return count;
}

static unsigned long descriptors_count(void)
{
	unsigned long count = 0;
	while (count < 1000000 && epoll_create1(0) >= 0)
		count++;
	return count;
}

int main(int count, char **arguments)
{
	const char *what = count > 1 ? arguments[1] : "";
	unsigned long reached = 0;
	if (strcmp(what, "forks") == 0)
		reached = forks_count();
	else if (strcmp(what, "threads") == 0)
		reached = threads_count();
	else if (strcmp(what, "memory") == 0)
		reached = memory_count();
	else if (strcmp(what, "disk") == 0)
		reached = disk_count();
	else if (strcmp(what, "descriptors") == 0)
		reached = descriptors_count();
	printf("%s %lu\n", what, reached);
	fflush(stdout);
	return 0;
}
