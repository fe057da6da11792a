#include "sandbox/filter.h"

#include "sandbox/refusals.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#define CLONE_REFUSED                                                                                                  \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |       \
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

/* 0 is the caller itself. */
static const struct sock_filter check_itself[] = {
	LOAD(ARGUMENT(0)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
	REFUSE(EPERM),
};

/* Of a process, and that the caller itself. */
static const struct sock_filter check_priority[] = {
	LOAD(ARGUMENT(0)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PRIO_PROCESS, 0, 2),
	LOAD(ARGUMENT(1)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
	REFUSE(EPERM),
};

/* splice(2) and sendfile(2) keep a pipe locked while they wait for the other side, and the standard streams are pipes
 * that the runner reads and writes: it would wait with the program.  EINVAL is what a stream that cannot be spliced gives;
 * programs then read and write.  Where the calls are followed the tracer does that, for copies of the descriptors too;
 * elsewhere there is the shim's life_wait for those. */
#define REFUSE_STREAM(number) LOAD(ARGUMENT(number)), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 3, 1, 0), REFUSE(EINVAL)
static const struct sock_filter check_splice[] = {REFUSE_STREAM(0), REFUSE_STREAM(2)};
static const struct sock_filter check_sendfile[] = {REFUSE_STREAM(0)};

/* What happens to one call: the check may refuse it, else the answer stands. */
struct rule {
	int number;
	unsigned answer;
	const struct sock_filter *check;
	size_t check_count;
};

enum { RULES_MOST = 160 };

struct rules {
	struct rule list[RULES_MOST];
	size_t count;
};

/* NULL where this architecture has no such call. */
static struct rule *rule_of(struct rules *rules, const char *call)
{
	int number = seccomp_syscall_resolve_name(call);
	if (number < 0)
		return NULL;
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].number == number)
			return &rules->list[i];
	if (rules->count >= RULES_MOST)
		abort();
	rules->list[rules->count] = (struct rule){.number = number, .answer = SECCOMP_RET_ALLOW};
	return &rules->list[rules->count++];
}

static void check_add(struct rules *rules, const char *call, const struct sock_filter *check, size_t count)
{
	struct rule *rule = rule_of(rules, call);
	if (rule == NULL)
		return;
	rule->check = check;
	rule->check_count = count;
}
#define CHECK_ADD(rules, call, check) check_add(rules, call, check, sizeof(check) / sizeof((check)[0]))

static void answer_add(struct rules *rules, const char *call, unsigned answer)
{
	struct rule *rule = rule_of(rules, call);
	if (rule != NULL)
		rule->answer = answer;
}

static void refusals_add(struct rules *rules, const struct refusal *list)
{
	for (; list->call != NULL; list++)
		answer_add(rules, list->call, SECCOMP_RET_ERRNO | (unsigned)list->error);
}

enum { GUARD_STEPS = SPARED_MOST + 3 };

/* kill(2) and its kin take whom they mean as their first argument; -1 is everybody. */
static void guard_add(struct rules *rules, const struct filter_guard *guard,
                      struct sock_filter check[static GUARD_STEPS])
{
	static const char *const calls[] = {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
	size_t count = guard->spared_count < SPARED_MOST ? guard->spared_count : SPARED_MOST;
	check[0] = (struct sock_filter)LOAD(ARGUMENT(0));
	for (size_t i = 0; i < count; i++)
		check[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)guard->spared[i],
		                                            (unsigned char)(count - i), 0);
	check[1 + count] = (struct sock_filter)IF_EQUAL(-1, 1);
	check[2 + count] = (struct sock_filter)REFUSE(EPERM);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		check_add(rules, calls[i], check, count + 3);
	static const char *const others[] = {"prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam",
	                                     "sched_setattr"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK_ADD(rules, others[i], check_itself);
	CHECK_ADD(rules, "setpriority", check_priority);
	refusals_add(rules, refusals_shared);
}

/* Calls that move data, or wait for it or for time: not followed when bulk data moves. */
static bool call_is_bulk(enum call call)
{
	static const enum call others[] = {CALL_SENDFILE,     CALL_SPLICE,    CALL_SELECT,         CALL_PSELECT6,
	                                   CALL_POLL,         CALL_PPOLL,     CALL_EPOLL_WAIT,     CALL_EPOLL_PWAIT,
	                                   CALL_EPOLL_PWAIT2, CALL_NANOSLEEP, CALL_CLOCK_NANOSLEEP};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (call == others[i])
			return true;
	return call_reads(call) || call_writes(call);
}

bool filter_traces(enum call call, enum watch_level level)
{
	if (level == WATCH_NOTHING || call == CALL_FUTEX || call == CALL_PAUSE || call == CALL_OTHER)
		return false;
	return level != WATCH_CONTROL || !call_is_bulk(call);
}

static int rules_order(const void *left, const void *right)
{
	const struct rule *one = left, *other = right;
	return one->number < other->number ? -1 : one->number > other->number;
}

/* From this call on, up to the next stretch, all calls are answered alike. */
struct stretch {
	unsigned first;
	const struct rule *rule; /* NULL: allowed */
};

enum { STRETCHES_MOST = RULES_MOST * 2 + 1, FAR = UINT8_MAX };

static bool same_answer(const struct rule *one, const struct rule *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return one->answer == other->answer && one->check == NULL && other->check == NULL;
}

static size_t stretches_find(const struct rules *rules, struct stretch into[static STRETCHES_MOST])
{
	size_t count = 1;
	unsigned next = 0; /* call */
	into[0] = (struct stretch){0, NULL};
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		unsigned number = (unsigned)rule->number;
		if (number > next && into[count - 1].rule != NULL)
			into[count++] = (struct stretch){next, NULL};
		if (number == 0)
			into[0].rule = rule;
		else if (!same_answer(into[count - 1].rule, rule))
			into[count++] = (struct stretch){number, rule};
		next = number + 1;
	}
	if (into[count - 1].rule != NULL)
		into[count++] = (struct stretch){next, NULL};
	return count;
}

/* A filter is written from its end to its beginning: jumps go forward only, so where they lead to is known by then.  A
 * place is counted from the end. */
struct writing {
	struct filter *filter;
	unsigned count; /* steps so far */
	unsigned returns; /* of these, with one answer only, as far as they are kept here */
	struct {
		unsigned answer, place;
	} given[8];
};

/* Returns the place of the step. */
static unsigned step_write(struct writing *writing, struct sock_filter step)
{
	if (writing->count >= FILTER_STEPS)
		abort();
	writing->filter->steps[FILTER_STEPS - ++writing->count] = step;
	return writing->count;
}

/* As a jump from the step that is written next, or after a few more, counts it. */
static unsigned within_reach(struct writing *writing, unsigned place)
{
	enum { FEW = 2 };
	if (writing->count - place < FAR - FEW)
		return place;
	return step_write(writing, (struct sock_filter)SKIP(writing->count - place));
}

static unsigned return_write(struct writing *writing, unsigned answer)
{
	unsigned at = 0;
	while (at < writing->returns && writing->given[at].answer != answer)
		at++;
	if (at < writing->returns && writing->count - writing->given[at].place < FAR / 2)
		return writing->given[at].place;
	unsigned place = step_write(writing, (struct sock_filter)GIVE(answer));
	if (at < sizeof(writing->given) / sizeof(writing->given[0])) {
		writing->given[at].answer = answer;
		writing->given[at].place = place;
		writing->returns = at < writing->returns ? writing->returns : at + 1;
	}
	return place;
}

/* A check goes on behind itself. */
static unsigned rule_write(struct writing *writing, const struct rule *rule)
{
	unsigned answer = rule != NULL ? rule->answer : SECCOMP_RET_ALLOW;
	if (rule == NULL || rule->check == NULL)
		return return_write(writing, answer);
	unsigned place = step_write(writing, (struct sock_filter)GIVE(answer));
	for (size_t i = rule->check_count; i-- > 0;)
		place = step_write(writing, rule->check[i]);
	return place;
}

/* A binary search.  When a filter is installed the kernel goes through it once for each call there is, to know those that
 * are always allowed, and it checks and compiles every step: there should be few, and few on each way. */
static unsigned search_write(struct writing *writing, const struct stretch *list, size_t count)
{
	if (count == 1)
		return rule_write(writing, list[0].rule);
	size_t half = count / 2;
	unsigned above = search_write(writing, list + half, count - half);
	unsigned below = search_write(writing, list, half);
	above = within_reach(writing, above);
	below = within_reach(writing, below);
	return step_write(writing, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, list[half].first,
	                                                        (uint8_t)(writing->count - above),
	                                                        (uint8_t)(writing->count - below)));
}

void filter_build(struct filter *filter, enum watch_level level, const struct filter_guard *guard)
{
	struct rules rules = {.count = 0};
	struct sock_filter guarded[GUARD_STEPS];
	CHECK_ADD(&rules, "socket", check_socket);
	CHECK_ADD(&rules, "socketpair", check_socketpair);
	CHECK_ADD(&rules, "clone", check_clone);
	CHECK_ADD(&rules, "ioctl", check_ioctl);
	CHECK_ADD(&rules, "prctl", check_prctl);
	if (!filter_traces(CALL_SPLICE, level)) {
		CHECK_ADD(&rules, "splice", check_splice);
		CHECK_ADD(&rules, "sendfile", check_sendfile);
	}
	if (guard != NULL && guard->shared)
		guard_add(&rules, guard, guarded);
	for (unsigned call = 0; call_words[call] != NULL; call++)
		if (filter_traces((enum call)call, level))
			answer_add(&rules, call_words[call], SECCOMP_RET_TRACE);
	if (level != WATCH_NOTHING)
		answer_add(&rules, "exit_group", SECCOMP_RET_TRACE);
	static const char *const clocks[] = {"clock_gettime", "gettimeofday", "time"};
	for (size_t i = 0; level == WATCH_TIMED && i < sizeof(clocks) / sizeof(clocks[0]); i++)
		answer_add(&rules, clocks[i], SECCOMP_RET_TRACE);
	refusals_add(&rules, refusals);
	qsort(rules.list, rules.count, sizeof(rules.list[0]), rules_order);

	struct stretch stretches[STRETCHES_MOST];
	struct writing writing = {.filter = filter};
	unsigned search = search_write(&writing, stretches, stretches_find(&rules, stretches));
	if (search != writing.count)
		step_write(&writing, (struct sock_filter)SKIP(writing.count - search));
#if defined(__x86_64__)
	step_write(&writing, (struct sock_filter)REFUSE(ENOSYS));
	step_write(&writing, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CALL_X32, 0, 1));
#endif
	step_write(&writing, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
	step_write(&writing, (struct sock_filter)GIVE(SECCOMP_RET_KILL_PROCESS));
	step_write(&writing, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	step_write(&writing, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
	filter->count = (unsigned short)writing.count;
	memmove(filter->steps, filter->steps + FILTER_STEPS - writing.count, writing.count * sizeof(filter->steps[0]));
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
