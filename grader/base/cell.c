#include "base/cell.h"

#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void lower_limit(int resource, rlim_t value)
{
	struct rlimit limit = {value, value};
	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		_exit(EXIT_FAILURE);
}

/* Closes what lies between the kept ones, from the lowest up. */
static void others_close(const int *kept, size_t count)
{
	for (unsigned from = 0, next; from != UINT_MAX; from = next == UINT_MAX ? next : next + 1) {
		next = UINT_MAX;
		for (size_t i = 0; i < count; i++)
			if (kept[i] >= 0 && (unsigned)kept[i] >= from && (unsigned)kept[i] < next)
				next = (unsigned)kept[i];
		if (next > from && close_range(from, next == UINT_MAX ? next : next - 1, 0) < 0)
			_exit(EXIT_FAILURE);
	}
}

void cell_close(unsigned seconds, const int *kept, size_t count)
{
	static const int allowed[] = {
		SCMP_SYS(read),          SCMP_SYS(pread64),    SCMP_SYS(write),      SCMP_SYS(lseek),
		SCMP_SYS(fstat),         SCMP_SYS(newfstatat), SCMP_SYS(mmap),       SCMP_SYS(munmap),
		SCMP_SYS(mremap),        SCMP_SYS(mprotect),   SCMP_SYS(madvise),    SCMP_SYS(brk),
		SCMP_SYS(futex),         SCMP_SYS(exit),       SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
		SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),  SCMP_SYS(close),      SCMP_SYS(dup),
		SCMP_SYS(fcntl),
#ifdef __SANITIZE_ADDRESS__
		SCMP_SYS(sigaltstack),   SCMP_SYS(getpid),     SCMP_SYS(gettid),     SCMP_SYS(rt_sigaction),
#endif
	};
	others_close(kept, count);
	lower_limit(RLIMIT_CPU, seconds);
	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__
	lower_limit(RLIMIT_AS, (rlim_t)1 << 30);
#endif
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool good = filter != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	for (size_t i = 0; good && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	if (!good || seccomp_load(filter) < 0)
		_exit(EXIT_FAILURE);
	seccomp_release(filter);
}
