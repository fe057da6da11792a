/* What a command costs, with everything that it starts.
 *
 *   measure RESULT COMMAND [ARGUMENT…]
 *
 * Writes `cpu_ms`, `wall_ms` and `status` into the file RESULT and ends with the command's exit status.  Processes that
 * outlive the command are waited for (they become its children: prctl(2), PR_SET_CHILD_SUBREAPER), and their CPU time
 * counts; the wall time is the command's alone. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int report(const char *path, int64_t wall_ns, int status)
{
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	FILE *file = fopen(path, "w");
	if (file == NULL) {
		fprintf(stderr, "measure: %s: %s\n", path, strerror(errno));
		return 3;
	}
	fprintf(file, "cpu_ms %.3f\n",
	        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3);
	fprintf(file, "wall_ms %.3f\n", (double)wall_ns / 1e6);
	fprintf(file, "status %d\n", status);
	return fclose(file) == 0 ? status : 3;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: measure RESULT COMMAND [ARGUMENT...]\n");
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int64_t begin_ns = now_ns(), wall_ns = 0;
	pid_t command = fork();
	if (command == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (command < 0) {
		fprintf(stderr, "measure: fork: %s\n", strerror(errno));
		return 3;
	}
	int status = 0, result = 3;
	for (pid_t pid; (pid = wait(&status)) > 0 || errno == EINTR;) {
		if (pid != command)
			continue;
		wall_ns = now_ns() - begin_ns;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return report(argv[1], wall_ns, result);
}
