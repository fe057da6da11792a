/* The seccomp filter: what is followed, what is refused, what goes on as ever. */
#include "stage.h"

#include "sandbox/filter.h"
#include "sandbox/user.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A call with three arguments and the errno it must give; 0: it succeeds. */
struct expectation {
	long number, arguments[3];
	int error;
	const char *name;
};

static const struct expectation expectations[] = {
	{SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, 0, "socket(AF_UNIX)"},
	{SYS_socket, {AF_INET, SOCK_STREAM, 0}, 0, "socket(AF_INET)"},
	{SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_TCP}, 0, "socket(AF_INET, IPPROTO_TCP)"},
	{SYS_socket, {AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0}, 0, "socket(AF_INET6)"},
	{SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, 0, "socket(NETLINK_ROUTE)"},
	{SYS_socket, {AF_NETLINK, SOCK_RAW, 4}, EPROTONOSUPPORT, "socket(NETLINK_SOCK_DIAG)"},
	{SYS_socket, {AF_INET, SOCK_STREAM, 262}, EPROTONOSUPPORT, "socket(IPPROTO_MPTCP)"},
	{SYS_socket, {AF_INET6, SOCK_STREAM, 262}, EPROTONOSUPPORT, "socket(AF_INET6, IPPROTO_MPTCP)"},
	{SYS_socket, {AF_PACKET, SOCK_RAW, 0}, EAFNOSUPPORT, "socket(AF_PACKET)"},
	{SYS_socket, {40, SOCK_STREAM, 0}, EAFNOSUPPORT, "socket(AF_VSOCK)"},
	{SYS_socket, {AF_UNIX | 1L << 40, SOCK_STREAM, 0}, 0, "socket(AF_UNIX with high bits)"},
	{SYS_socketpair, {40, SOCK_STREAM, 0}, EAFNOSUPPORT, "socketpair(AF_VSOCK)"},
	{SYS_unshare, {CLONE_FILES, 0, 0}, EPERM, "unshare"},
	{SYS_clone3, {0, 0, 0}, ENOSYS, "clone3"},
	{SYS_clone, {CLONE_NEWUSER | SIGCHLD, 0, 0}, EPERM, "clone(CLONE_NEWUSER)"},
	{SYS_clone, {CLONE_UNTRACED | SIGCHLD, 0, 0}, EPERM, "clone(CLONE_UNTRACED)"},
	{SYS_ptrace, {PTRACE_TRACEME, 0, 0}, EPERM, "ptrace"},
	{SYS_io_uring_setup, {1, 0, 0}, ENOSYS, "io_uring_setup"},
	{SYS_prctl, {PR_SET_SECCOMP, 1, 0}, EPERM, "prctl(PR_SET_SECCOMP)"},
	{SYS_prctl, {PR_SET_DUMPABLE, 0, 0}, EPERM, "prctl(PR_SET_DUMPABLE, 0)"},
	{SYS_prctl, {PR_SET_DUMPABLE, 1, 0}, 0, "prctl(PR_SET_DUMPABLE, 1)"},
	{SYS_prctl, {PR_GET_DUMPABLE, 0, 0}, 0, "prctl(PR_GET_DUMPABLE)"},
	{SYS_seccomp, {0, 0, 0}, EPERM, "seccomp"},
	{SYS_ioctl, {0, 0x5412, 0}, EPERM, "ioctl(TIOCSTI)"},
	{SYS_preadv2, {0, 0, 0}, ENOSYS, "preadv2"},
	{SYS_splice, {900, 0, 1}, EINVAL, "splice into the standard output"},
	{SYS_splice, {0, 0, 900}, EINVAL, "splice out of the standard input"},
	{SYS_splice, {900, 0, 901}, 0, "splice of no bytes elsewhere"},
	{SYS_sendfile, {1, 900, 0}, EINVAL, "sendfile into the standard output"},
	{SYS_sendfile, {901, 900, 0}, EBADF, "sendfile elsewhere"},
	{SYS_getpid, {0, 0, 0}, 0, "getpid"},
};

static void of_each_call_is_as_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		const struct expectation *expectation = &expectations[i];
		int status;
		pid_t child = fork();
		if (child == 0) {
			struct filter filter;
			struct mishap mishap;
			filter_build(&filter, WATCH_NOTHING, NULL);
			if (!privileges_drop(&mishap) || !filter_install(&filter, &mishap))
				_exit(255);
			const long *a = expectation->arguments;
			_exit(syscall(expectation->number, a[0], a[1], a[2], 0, 0, 0) < 0 ? errno : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) != expectation->error)
			fail_msg("%s: %s", expectation->name, strerror(WEXITSTATUS(status)));
	}
}

static unsigned call_numbered(uint64_t number)
{
	unsigned call = 0;
	while (call < CALL_OTHER && seccomp_syscall_resolve_name(call_words[call]) != (int)number)
		call++;
	return call;
}

/* Which of CALLS stop a program, seen by following one that makes them all with arguments that do nothing. */
static size_t stops_see(enum watch_level level, const struct filter_guard *guard, bool stopped[static CALL_OTHER + 1])
{
	size_t count = 0;
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct filter filter;
		struct mishap mishap;
		filter_build(&filter, level, guard);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		if (!privileges_drop(&mishap) || raise(SIGSTOP) != 0 || !filter_install(&filter, &mishap))
			_exit(255);
		for (unsigned call = 0; call < CALL_OTHER; call++) {
			int number = seccomp_syscall_resolve_name(call_words[call]);
			if (number >= 0 && call != CALL_PAUSE && call != CALL_FUTEX && call != CALL_SOCKETPAIR)
				syscall(number, -1, -1, -1, -1, -1, -1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, (long)(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)), 0);
	kill(child, SIGCONT);
	while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) {
		struct __ptrace_syscall_info info;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0);
			unsigned call = call_numbered(info.seccomp.nr);
			assert_true(call < CALL_OTHER || info.seccomp.nr == SYS_exit_group);
			stopped[call] = true;
			count++;
		}
		ptrace(PTRACE_CONT, child, NULL, NULL);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return count;
}

static bool exists(unsigned call)
{
	return seccomp_syscall_resolve_name(call_words[call]) >= 0 && call != CALL_SOCKETPAIR;
}

static void at_level_calls_all_but_waiting_for_locks_stop(void **state)
{
	(void)state;
	bool stopped[CALL_OTHER + 1] = {false};
	stops_see(WATCH_CALLS, NULL, stopped);
	/* socket(-1) is refused before it is followed. */
	for (unsigned call = 0; call < CALL_OTHER; call++)
		if (exists(call) && call != CALL_SOCKET && stopped[call] != (call != CALL_FUTEX && call != CALL_PAUSE))
			fail_msg("%s: %d", call_words[call], stopped[call]);
}

static void at_level_control_none_that_moves_or_awaits_data_stops(void **state)
{
	(void)state;
	static const enum call kept[] = {CALL_BIND,     CALL_LISTEN, CALL_ACCEPT, CALL_ACCEPT4,  CALL_CONNECT,
	                                 CALL_SHUTDOWN, CALL_CLOSE,  CALL_DUP,    CALL_FCNTL,    CALL_SETSOCKOPT,
	                                 CALL_WAIT4,    CALL_KILL,   CALL_ALARM,  CALL_EPOLL_CTL};
	static const enum call passed_over[] = {CALL_READ,   CALL_READV,     CALL_WRITE,      CALL_SENDTO,   CALL_RECVFROM,
	                                        CALL_SELECT, CALL_POLL,      CALL_EPOLL_WAIT, CALL_SENDFILE, CALL_SPLICE,
	                                        CALL_PPOLL,  CALL_NANOSLEEP, CALL_PSELECT6,   CALL_RECVMSG};
	bool stopped[CALL_OTHER + 1] = {false};
	stops_see(WATCH_CONTROL, NULL, stopped);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (exists(kept[i]) && !stopped[kept[i]])
			fail_msg("%s does not stop", call_words[kept[i]]);
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
		if (stopped[passed_over[i]])
			fail_msg("%s stops", call_words[passed_over[i]]);
}

static void at_level_nothing_none_stops(void **state)
{
	(void)state;
	bool stopped[CALL_OTHER + 1] = {false};
	assert_int_equal(stops_see(WATCH_NOTHING, NULL, stopped), 0);
}

static void where_ids_are_shared_the_grader_cannot_be_signalled(void **state)
{
	(void)state;
	struct filter_guard guard = {.shared = true, .spared = {getpid(), -getpgid(0)}, .spared_count = 2};
	static const long kills[] = {SYS_kill, SYS_tgkill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_prlimit64};
	for (size_t i = 0; i < sizeof(kills) / sizeof(kills[0]); i++) {
		int status;
		pid_t child = fork();
		if (child == 0) {
			struct filter filter;
			struct mishap mishap;
			filter_build(&filter, WATCH_NOTHING, &guard);
			if (!privileges_drop(&mishap) || !filter_install(&filter, &mishap))
				_exit(255);
			/* Signal 0 would reach it. */
			long result = syscall(kills[i], getppid(), kills[i] == SYS_tgkill ? getppid() : 0, 0, 0);
			bool refused = result < 0 && errno == EPERM;
			refused = refused && (kills[i] != SYS_kill ||
			                      (kill(-1, 0) < 0 && errno == EPERM && kill(-getpgid(0), 0) < 0 && errno == EPERM));
			_exit(refused && kill(getpid(), 0) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("call %ld: %#x", kills[i], (unsigned)status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_each_call_is_as_said),
		cmocka_unit_test(at_level_calls_all_but_waiting_for_locks_stop),
		cmocka_unit_test(at_level_control_none_that_moves_or_awaits_data_stops),
		cmocka_unit_test(at_level_nothing_none_stops),
		cmocka_unit_test(where_ids_are_shared_the_grader_cannot_be_signalled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
