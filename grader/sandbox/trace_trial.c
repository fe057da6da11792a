#include "sandbox/trace_trial.h"

#include "base/fd.h"
#include "sandbox/filter.h"
#include "sandbox/mishap.h"
#include "sandbox/trial.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct tracee {
	pid_t pid;
	int gate, ready;
};

/* The program that is followed: with the filter and user that a student's would have, it makes one followed call. */
static _Noreturn void tracee_main(bool switches, bool shares, int gate, int ready)
{
	struct mishap mishap = {0};
	struct filter filter;
	char byte = 0;
	filter_build(&filter, WATCH_CALLS, NULL);
	if ((switches && !user_drop_to(USER_TRIAL, GROUP_POOL, &mishap)) || !privileges_drop(&mishap) ||
	    prctl(PR_SET_DUMPABLE, switches && !shares ? 0 : 1, 0, 0, 0) < 0)
		_exit(2);
	if (write(ready, &byte, 1) != 1 || read(gate, &byte, 1) != 1)
		_exit(3);
	if (!filter_install(&filter, &mishap))
		_exit(4);
	syscall(SYS_close, -1);
	_exit(0);
}

static bool tracee_start(struct tracee *tracee, bool switches, bool shares, struct mishap *mishap)
{
	int gate[2], ready[2];
	char byte;
	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return mishap_errno(mishap, "pipe2");
	*tracee = (struct tracee){fork(), gate[1], ready[0]};
	if (tracee->pid == 0) {
		close(gate[1]); /* who tries may be killed: then nothing comes through it */
		close(ready[0]);
		tracee_main(switches, shares, gate[0], ready[1]);
	}
	close(gate[0]);
	close(ready[1]);
	if (tracee->pid < 0)
		return mishap_errno(mishap, "fork");
	if (!fd_read_all(tracee->ready, &byte, 1))
		return mishap_text(mishap, "becoming another user, without privileges, is not possible");
	return true;
}

static void tracee_end(struct tracee *tracee)
{
	fd_close(&tracee->gate);
	fd_close(&tracee->ready);
	if (tracee->pid <= 0)
		return;
	kill(tracee->pid, SIGKILL);
	for (int state = 0; waitpid(tracee->pid, &state, __WALL) > 0 && WIFSTOPPED(state);)
		ptrace(PTRACE_CONT, tracee->pid, NULL, NULL);
}

static bool stops_see(struct tracee *tracee, struct mishap *mishap)
{
	long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
	int state = 0;
	if (ptrace(PTRACE_SEIZE, tracee->pid, NULL, options) < 0)
		return mishap_errno(mishap, "ptrace(PTRACE_SEIZE)");
	if (write(tracee->gate, "", 1) != 1 || waitpid(tracee->pid, &state, __WALL) < 0)
		return mishap_errno(mishap, "waitpid");
	if (WIFSTOPPED(state) && state >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		return true;
	return mishap_text(mishap, "seccomp(SECCOMP_RET_TRACE): no stop was seen (wait status %#x)", (unsigned)state);
}

static bool status_see(int proc, const struct tracee *tracee, struct mishap *mishap)
{
	char path[64], content[256];
	snprintf(path, sizeof(path), "%d/syscall", tracee->pid);
	FD_AUTO fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, content, sizeof(content)) <= 0)
		return mishap_errno(mishap, "reading /proc/PID/syscall");
	return true;
}

static void result_keep(struct trial_result *result, bool works, const struct mishap *mishap)
{
	*result = (struct trial_result){.tried = true, .works = works, .error = mishap->error};
	memcpy(result->step, mishap->step, sizeof(result->step) - 1);
}

void trace_trials(int proc, bool root, struct trial_result *tracing, struct trial_result *status)
{
	struct tracee tracee = {0, -1, -1};
	struct mishap mishap = {0}, unseen = {0};
	/* The runner becomes the same user where root may not trace another (box.c): try it in a child of its own. */
	bool shares = root && !capability_held(CAP_SYS_PTRACE);
	if (shares && !user_become(USER_TRIAL, GROUP_POOL, &mishap)) {
		result_keep(tracing, false, &mishap);
		result_keep(status, false, &mishap);
		return;
	}
	bool started = tracee_start(&tracee, root, shares, &mishap);
	bool seen = started && status_see(proc, &tracee, &unseen);
	result_keep(status, seen, started ? &unseen : &mishap);
	bool stopped = started && stops_see(&tracee, &mishap);
	result_keep(tracing, stopped, &mishap);
	tracee_end(&tracee);
}
