/* Tries to end or stop what is not its own.  Arguments: process numbers of the grader. */
#include "attack.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void one_try(int pid)
{
	char name[64];
	snprintf(name, sizeof(name), "a signal to %d", pid);
	attempt(name, kill(pid, SIGSTOP) == 0);
	snprintf(name, sizeof(name), "a signal to the group of %d", pid);
	attempt(name, kill(-pid, SIGSTOP) == 0);
	snprintf(name, sizeof(name), "a queued signal to %d", pid);
	siginfo_t info = {.si_signo = SIGSTOP, .si_code = SI_QUEUE, .si_pid = getpid()};
	attempt(name, syscall(SYS_rt_sigqueueinfo, pid, SIGSTOP, &info) == 0);
	snprintf(name, sizeof(name), "a signal to thread %d", pid);
	attempt(name, syscall(SYS_tgkill, pid, pid, SIGSTOP) == 0);
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	snprintf(name, sizeof(name), "a signal through a pidfd to %d", pid);
	attempt(name, process >= 0 && syscall(SYS_pidfd_send_signal, process, SIGSTOP, 0, 0) == 0);
	struct rlimit limit = {0, 0};
	snprintf(name, sizeof(name), "the limits of %d", pid);
	attempt(name, prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == 0);
	snprintf(name, sizeof(name), "the priority of %d", pid);
	attempt(name, setpriority(PRIO_PROCESS, (id_t)pid, 19) == 0);
	snprintf(name, sizeof(name), "the input and output of %d", pid);
	attempt(name, syscall(SYS_ioprio_set, 1, pid, 3 << 13) == 0);
	snprintf(name, sizeof(name), "the processors of %d", pid);
	unsigned long first = 1;
	attempt(name, syscall(SYS_sched_setaffinity, pid, sizeof(first), &first) == 0);
	snprintf(name, sizeof(name), "the scheduling of %d", pid);
	int priority = 0;
	attempt(name, syscall(SYS_sched_setscheduler, pid, 3 /* SCHED_BATCH */, &priority) == 0);
}

int main(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		one_try(atoi(arguments[i]));
	/* Process 1 of a namespace does not die of what its children send; elsewhere it may not be sent. */
	kill(1, SIGKILL);
	kill(getppid(), SIGKILL);
	kill(0, SIGCONT);
	kill(-1, SIGKILL);
	return attacks_done();
}
