#include "sandbox/limits.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* CPU time is only a guard for a program whose watcher has died: the time limit of a test is held by its runner. */
enum { CPU_SPARE_S = 10, STACK_BYTES = 8 << 20, LOCKED_BYTES = 64 << 10, SIGNALS_QUEUED = 1024 };

static bool limit_set(__rlimit_resource_t resource, rlim_t value, const char *name, struct mishap *mishap)
{
	struct rlimit old;
	if (getrlimit(resource, &old) < 0)
		return mishap_errno(mishap, "getrlimit(%s)", name);
	if (value > old.rlim_max) /* who started the grader allowed no more */
		value = old.rlim_max;
	struct rlimit limit = {value, value};
	if (resource == RLIMIT_STACK) /* soft only, as a login has it: threads and recursion may ask for more */
		limit.rlim_max = old.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return mishap_errno(mishap, "setrlimit(%s)", name);
	return true;
}

static rlim_t limit_or_infinite(uint64_t value)
{
	return value == 0 ? RLIM_INFINITY : value;
}

bool limits_apply(const struct limits *limits, struct mishap *mishap)
{
	rlim_t cpu = limits->time_ns <= 0 ? RLIM_INFINITY : (rlim_t)(limits->time_ns / 1000000000) + CPU_SPARE_S;
	return limit_set(RLIMIT_CPU, cpu, "RLIMIT_CPU", mishap) &&
	       limit_set(RLIMIT_NPROC, limit_or_infinite(limits->processes), "RLIMIT_NPROC", mishap) &&
	       limit_set(RLIMIT_NOFILE, limit_or_infinite(limits->descriptors), "RLIMIT_NOFILE", mishap) &&
	       limit_set(RLIMIT_FSIZE, limit_or_infinite(limits->file_bytes), "RLIMIT_FSIZE", mishap) &&
	       limit_set(RLIMIT_STACK, STACK_BYTES, "RLIMIT_STACK", mishap) &&
	       limit_set(RLIMIT_MEMLOCK, LOCKED_BYTES, "RLIMIT_MEMLOCK", mishap) &&
	       limit_set(RLIMIT_SIGPENDING, SIGNALS_QUEUED, "RLIMIT_SIGPENDING", mishap) &&
	       limit_set(RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE", mishap) &&
	       limit_set(RLIMIT_CORE, 0, "RLIMIT_CORE", mishap) && limit_set(RLIMIT_NICE, 0, "RLIMIT_NICE", mishap) &&
	       limit_set(RLIMIT_RTPRIO, 0, "RLIMIT_RTPRIO", mishap);
}

bool limits_offer(int proc, struct mishap *mishap)
{
	FD_AUTO fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1000", 4) != 4)
		return mishap_errno(mishap, "writing /proc/self/oom_score_adj");
	return true;
}
