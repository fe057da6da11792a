/* The floor that grading is compared with: starts a server as often as asked, connects to it, closes, ends it.  Nothing
 * is checked, watched or kept.
 *
 *   floor COUNT SERVER [ARGUMENT…]      "{port}" in an argument stands for the port
 *
 * Prints `name value` lines: CPU of this process and of the servers, the time in all, and medians of one start.  It
 * waits for the server as cheaply as it can: by asking the kernel for the listening socket (sock_diag(7)) and yielding
 * the processor to it in between.  Run it on one processor (taskset), or the asking becomes a busy loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STARTS_MOST = 100000, ARGUMENTS_MOST = 64, PORT = 8080 };

/* A server that has not got this far by then never will. */
#define PATIENCE_NS (INT64_C(10) * 1000000000)

struct start {
	int64_t listen_ns; /* from exec to listen */
	int64_t wall_ns; /* from fork to reaped */
};

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* In a network namespace of its own the port is free and nobody else's; without one, the host's must do. */
static void network_isolate(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return;
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0 || ioctl(descriptor, SIOCSIFFLAGS, &request) < 0)
		fail("lo");
	close(descriptor);
}

/* True when some socket listens on the port: an exact get, which looks at one hash bucket. */
static bool is_listening(int diagnosis)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} question = {
		.header = {.nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1u << 10},
	};
	question.request.id.idiag_sport = htons(PORT);
	question.request.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
	question.request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	question.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	_Alignas(struct nlmsghdr) char answer[4096];
	if (send(diagnosis, &question, sizeof(question), 0) < 0)
		fail("sock_diag");
	if (recv(diagnosis, answer, sizeof(answer), 0) < (ssize_t)sizeof(struct nlmsghdr))
		fail("sock_diag");
	struct nlmsghdr header;
	memcpy(&header, answer, sizeof(header));
	return header.nlmsg_type == SOCK_DIAG_BY_FAMILY;
}

static pid_t server_fork(char **arguments, int64_t *exec_ns)
{
	int gone[2];
	char byte;
	if (pipe2(gone, O_CLOEXEC) < 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		int nothing = open("/dev/null", O_RDWR);
		for (int stream = 0; stream < 3; stream++)
			dup2(nothing, stream);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	/* Its end of the pipe is closed by execve(2). */
	close(gone[1]);
	if (read(gone[0], &byte, 1) != 0)
		fail("exec");
	*exec_ns = now_ns();
	close(gone[0]);
	return pid;
}

static void connect_and_close(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect");
	close(descriptor);
}

static struct start start_once(char **arguments, int diagnosis)
{
	int64_t exec_ns, listen_ns, fork_ns = now_ns();
	pid_t pid = server_fork(arguments, &exec_ns);
	while (!is_listening(diagnosis)) {
		if (waitpid(pid, NULL, WNOHANG) != 0 || now_ns() - exec_ns > PATIENCE_NS) {
			errno = ETIMEDOUT;
			fail("the server does not listen");
		}
		sched_yield();
	}
	listen_ns = now_ns();
	connect_and_close();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return (struct start){listen_ns - exec_ns, now_ns() - fork_ns};
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

static double median_ms(int64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return (double)values[count / 2] / 1e6;
}

static double cpu_ms(int who)
{
	struct rusage usage;
	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

int main(int argc, char **argv)
{
	long count = argc >= 3 ? strtol(argv[1], NULL, 10) : 0;
	char *arguments[ARGUMENTS_MOST + 1] = {NULL};
	char port[8];
	if (count < 1 || count > STARTS_MOST || argc - 2 > ARGUMENTS_MOST) {
		fprintf(stderr, "usage: floor COUNT SERVER [ARGUMENT...]\n");
		return 2;
	}
	snprintf(port, sizeof(port), "%d", PORT);
	for (int i = 2; i < argc; i++)
		arguments[i - 2] = strcmp(argv[i], "{port}") == 0 ? port : argv[i];
	network_isolate();
	int diagnosis = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (diagnosis < 0)
		fail("sock_diag");
	int64_t *listen_ns = calloc((size_t)count, sizeof(*listen_ns));
	int64_t *wall_ns = calloc((size_t)count, sizeof(*wall_ns));
	if (listen_ns == NULL || wall_ns == NULL)
		fail("memory");
	double before_ms = cpu_ms(RUSAGE_SELF) + cpu_ms(RUSAGE_CHILDREN);
	int64_t begin_ns = now_ns();
	for (long i = 0; i < count; i++) {
		struct start start = start_once(arguments, diagnosis);
		listen_ns[i] = start.listen_ns;
		wall_ns[i] = start.wall_ns;
	}
	printf("starts %ld\n", count);
	printf("cpu_ms %.3f\n", cpu_ms(RUSAGE_SELF) + cpu_ms(RUSAGE_CHILDREN) - before_ms);
	printf("wall_ms %.3f\n", (double)(now_ns() - begin_ns) / 1e6);
	printf("start_ms %.3f\n", median_ms(wall_ns, (size_t)count));
	printf("listen_ms %.3f\n", median_ms(listen_ns, (size_t)count));
	free(listen_ns);
	free(wall_ns);
	return 0;
}
