#include "sandbox/filter.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86-64 and AArch64"
#endif
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half of an argument comes first");

/* Arguments are compared by their low 32 bits, which is all the kernel takes of an int. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(offset))
#define GIVE(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(error) GIVE(SECCOMP_RET_ERRNO | (error))
#define SKIP(count) BPF_STMT(BPF_JMP | BPF_JA, (count))
/* When equal go on with the next step, else pass over `count`. */
#define IF_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, (count))
#define IF_ANY_BIT(mask, count) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (unsigned)(mask), 0, (count))

enum { PROTOCOL_MPTCP = 262, CALL_X32 = 0x40000000, REQUEST_TIOCSTI = 0x5412, REQUEST_TIOCLINUX = 0x541C };

struct refusal {
	const char *call;
	int error;
};

static const struct refusal refusals[] = {
        /* Not there at all: the C library and language runtimes have another way. */
        {"io_uring_setup", ENOSYS},
        {"io_uring_enter", ENOSYS},
        {"io_uring_register", ENOSYS},
        {"io_setup", ENOSYS},
        {"io_submit", ENOSYS},
        {"clone3", ENOSYS},
        {"preadv2", ENOSYS},
        {"pwritev2", ENOSYS},
        /* Namespaces and mounts. */
        {"unshare", EPERM},
        {"setns", EPERM},
        {"mount", EPERM},
        {"umount2", EPERM},
        {"pivot_root", EPERM},
        {"chroot", EPERM},
        {"fsopen", EPERM},
        {"fsconfig", EPERM},
        {"fsmount", EPERM},
        {"fspick", EPERM},
        {"move_mount", EPERM},
        {"open_tree", EPERM},
        {"open_tree_attr", EPERM},
        {"mount_setattr", EPERM},
        {"sethostname", EPERM},
        {"setdomainname", EPERM},
        /* Other processes and the tracer. */
        {"ptrace", EPERM},
        {"process_vm_readv", EPERM},
        {"process_vm_writev", EPERM},
        {"process_madvise", EPERM},
        {"process_mrelease", EPERM},
        {"pidfd_getfd", EPERM},
        {"kcmp", EPERM},
        {"seccomp", EPERM},
        /* Parts of the kernel that a network program has no use for. */
        {"keyctl", EPERM},
        {"add_key", EPERM},
        {"request_key", EPERM},
        {"bpf", EPERM},
        {"userfaultfd", EPERM},
        {"perf_event_open", EPERM},
        {"kexec_load", EPERM},
        {"kexec_file_load", EPERM},
        {"init_module", EPERM},
        {"finit_module", EPERM},
        {"delete_module", EPERM},
        {"open_by_handle_at", EPERM},
        {"quotactl", EPERM},
        {"quotactl_fd", EPERM},
        {"fanotify_init", EPERM},
        {"fanotify_mark", EPERM},
        {"swapon", EPERM},
        {"swapoff", EPERM},
        {"reboot", EPERM},
        {"settimeofday", EPERM},
        {"clock_settime", EPERM},
        {"clock_adjtime", EPERM},
        {"adjtimex", EPERM},
        {"syslog", EPERM},
        {"vhangup", EPERM},
        {"acct", EPERM},
        {"iopl", EPERM},
        {"ioperm", EPERM},
        {"lookup_dcookie", EPERM},
        {"nfsservctl", EPERM},
        {"move_pages", EPERM},
        {"migrate_pages", EPERM},
};

/* Where ids are shared with the host. */
static const struct refusal refusals_shared[] = {
        {"shmget", EPERM},
        {"msgget", EPERM},
        {"semget", EPERM},
        {"pidfd_open", EPERM},
        {"pidfd_send_signal", EPERM},
        {"process_mrelease", EPERM},
};

static const struct sock_filter check_socket[] = {
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 3, 0),
        REFUSE(EAFNOSUPPORT),
        LOAD(ARGUMENT(2)), /* AF_INET, AF_INET6 */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTOCOL_MPTCP, 3, 2),
        LOAD(ARGUMENT(2)), /* AF_NETLINK: NETLINK_ROUTE only, for getifaddrs(3) */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        SKIP(1),
        REFUSE(EPROTONOSUPPORT),
};

static const struct sock_filter check_socketpair[] = {
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
        REFUSE(EAFNOSUPPORT),
};

/* CLONE_UNTRACED would leave the tracer blind. */
#define CLONE_REFUSED                                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |   \
	 CLONE_UNTRACED)
static const struct sock_filter check_clone[] = {
        LOAD(ARGUMENT(0)),
        IF_ANY_BIT(CLONE_REFUSED, 1),
        REFUSE(EPERM),
};

static const struct sock_filter check_ioctl[] = {
        LOAD(ARGUMENT(1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REQUEST_TIOCSTI, 1, 0),
        IF_EQUAL(REQUEST_TIOCLINUX, 1),
        REFUSE(EPERM),
};

/* A program that made itself undumpable could not be looked at by a tracer without privileges. */
static const struct sock_filter check_prctl[] = {
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 3, 0),
        IF_EQUAL(PR_SET_DUMPABLE, 3),
        LOAD(ARGUMENT(1)),
        IF_EQUAL(0, 1),
        REFUSE(EPERM),
};

static const struct sock_filter check_prlimit[] = {
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        REFUSE(EPERM),
};

static void step_add(struct filter *filter, struct sock_filter step)
{
	assert(filter->count < FILTER_STEPS);
	filter->steps[filter->count++] = step;
}

/* Negative where this architecture has no such call. */
static int call_number(const char *name)
{
	return seccomp_syscall_resolve_name(name);
}

/* The check either returns or falls out of its end. */
static void check_add(struct filter *filter, const char *call, const struct sock_filter *check, size_t count)
{
	int number = call_number(call);
	if (number < 0)
		return;
	step_add(filter, (struct sock_filter)IF_EQUAL(number, (unsigned char)(count + 1)));
	for (size_t i = 0; i < count; i++)
		step_add(filter, check[i]);
	step_add(filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
}
#define CHECK_ADD(filter, call, check) check_add(filter, call, check, sizeof(check) / sizeof((check)[0]))

static void answer_add(struct filter *filter, const char *call, unsigned answer)
{
	int number = call_number(call);
	if (number < 0)
		return;
	step_add(filter, (struct sock_filter)IF_EQUAL(number, 1));
	step_add(filter, (struct sock_filter)GIVE(answer));
}

/* kill(2) and its kin take whom they mean as their first argument; -1 is everybody. */
static void guard_add(struct filter *filter, const struct filter_guard *guard)
{
	static const char *const calls[] = {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
	struct sock_filter check[2 + SPARED_MOST + 2] = {LOAD(ARGUMENT(0))};
	size_t count = guard->spared_count < SPARED_MOST ? guard->spared_count : SPARED_MOST;
	for (size_t i = 0; i < count; i++)
		check[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)guard->spared[i],
		                                            (unsigned char)(count - i), 0);
	check[1 + count] = (struct sock_filter)IF_EQUAL(-1, 1);
	check[2 + count] = (struct sock_filter)REFUSE(EPERM);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		check_add(filter, calls[i], check, count + 3);
	CHECK_ADD(filter, "prlimit64", check_prlimit);
	for (size_t i = 0; i < sizeof(refusals_shared) / sizeof(refusals_shared[0]); i++)
		answer_add(filter, refusals_shared[i].call, SECCOMP_RET_ERRNO | (unsigned)refusals_shared[i].error);
}

/* Calls that move data, or wait for it or for time: not followed when bulk data moves. */
static bool call_is_bulk(enum call call)
{
	static const enum call others[] = {CALL_SENDFILE,     CALL_SPLICE,     CALL_SELECT,      CALL_PSELECT6,
	                                   CALL_POLL,         CALL_PPOLL,      CALL_EPOLL_WAIT,  CALL_EPOLL_PWAIT,
	                                   CALL_EPOLL_PWAIT2, CALL_NANOSLEEP,  CALL_CLOCK_NANOSLEEP};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (call == others[i])
			return true;
	return call_reads(call) || call_writes(call);
}

bool filter_traces(enum call call, enum watch_level level)
{
	if (level == WATCH_NOTHING || call == CALL_FUTEX || call == CALL_PAUSE || call == CALL_OTHER)
		return false;
	return level == WATCH_CALLS || !call_is_bulk(call);
}

void filter_build(struct filter *filter, enum watch_level level, const struct filter_guard *guard)
{
	filter->count = 0;
	step_add(filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
	step_add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	step_add(filter, (struct sock_filter)GIVE(SECCOMP_RET_KILL_PROCESS));
	step_add(filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
#if defined(__x86_64__)
	step_add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CALL_X32, 0, 1));
	step_add(filter, (struct sock_filter)REFUSE(ENOSYS));
#endif
	CHECK_ADD(filter, "socket", check_socket);
	CHECK_ADD(filter, "socketpair", check_socketpair);
	CHECK_ADD(filter, "clone", check_clone);
	CHECK_ADD(filter, "ioctl", check_ioctl);
	CHECK_ADD(filter, "prctl", check_prctl);
	if (guard != NULL && guard->shared)
		guard_add(filter, guard);
	for (unsigned call = 0; call_words[call] != NULL; call++)
		if (filter_traces((enum call)call, level))
			answer_add(filter, call_words[call], SECCOMP_RET_TRACE | call);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		answer_add(filter, refusals[i].call, SECCOMP_RET_ERRNO | (unsigned)refusals[i].error);
	step_add(filter, (struct sock_filter)GIVE(SECCOMP_RET_ALLOW));
}

bool filter_install(const struct filter *filter, struct mishap *mishap)
{
	struct sock_filter steps[FILTER_STEPS];
	for (size_t i = 0; i < filter->count; i++)
		steps[i] = filter->steps[i];
	struct sock_fprog program = {.len = filter->count, .filter = steps};
	/* Without the flag old kernels slow every program down against a side channel that does not matter here. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return true;
	return mishap_errno(mishap, "seccomp(SECCOMP_SET_MODE_FILTER)");
}
