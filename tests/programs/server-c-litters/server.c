/* Leaves shared memory, a process and now and then files behind, and does not start where those of another test are. */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY = 0x6c697474 };

/* Processes in sight but pid 1, which nobody can end, and this one. */
static int processes(void)
{
	int count = 0;
	DIR *proc = opendir("/proc");
	for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;)
		count += atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid();
	if (proc != NULL)
		closedir(proc);
	return count;
}

/* A test has an IPC namespace of its own; a server that is started again in the same test finds what it left itself. */
static void found(const char *path, const char *test)
{
	char line[128] = "";
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	if (strcmp(line, test) != 0) {
		fprintf(stderr, "server: %s is another test's: %s\n", path, line);
		exit(1);
	}
}

static void leave(const char *path, const char *test)
{
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(test, file) < 0 || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void litter(void)
{
	static const char *const files[] = {"state", "/tmp/state", "/dev/shm/state"};
	char test[128] = "";
	if (readlink("/proc/self/ns/ipc", test, sizeof(test) - 1) < 0) {
		perror("/proc/self/ns/ipc");
		exit(1);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		found(files[i], test);
	int again = shmget(KEY, 0, 0600) >= 0;
	int memory = shmget(KEY, sizeof(test), IPC_CREAT | 0600);
	char *note = memory < 0 ? NULL : shmat(memory, NULL, 0);
	if (note == NULL || note == (char *)-1) {
		perror("shmget");
		exit(1);
	}
	if ((again && strcmp(note, test) != 0) || (!again && processes() > 0)) {
		fprintf(stderr, "server: a process or shared memory of another test is here\n");
		exit(1);
	}
	strcpy(note, test);
	for (size_t i = 0; getpid() % 2 == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		leave(files[i], test);
	if (fork() == 0) { /* before any socket: it holds none */
		setsid();
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
}

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[2048];
	for (ssize_t count; (count = read(client, buffer, sizeof(buffer))) > 0;) {
		for (ssize_t done = 0, n; done < count; done += n) {
			n = write(client, buffer + done, (size_t)(count - done));
			if (n < 0) {
				close(client);
				return NULL;
			}
		}
	}
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	litter();
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 16) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		pthread_t thread;
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
		else
			close(client);
	}
}
