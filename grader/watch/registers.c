#include "watch/registers.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)

static bool poke(pid_t tid, size_t offset, uint64_t value)
{
	return ptrace(PTRACE_POKEUSER, tid, offset, value) == 0;
}

bool register_result(pid_t tid, int64_t *result)
{
	errno = 0;
	*result = ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user, regs.rax), 0L);
	return errno == 0;
}

bool register_set_result(pid_t tid, int64_t result)
{
	return poke(tid, offsetof(struct user, regs.rax), (uint64_t)result);
}

bool register_set_argument(pid_t tid, unsigned index, uint64_t value)
{
	static const size_t offsets[] = {
		offsetof(struct user, regs.rdi), offsetof(struct user, regs.rsi), offsetof(struct user, regs.rdx),
		offsetof(struct user, regs.r10), offsetof(struct user, regs.r8),  offsetof(struct user, regs.r9),
	};
	return poke(tid, offsets[index], value);
}

bool register_set_number(pid_t tid, int64_t number)
{
	return poke(tid, offsetof(struct user, regs.orig_rax), (uint64_t)number);
}

bool register_repeat(pid_t tid, int64_t number)
{
	enum { SYSCALL_BYTES = 2 }; /* 0f 05 */
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, tid, 0L, &registers) != 0)
		return false;
	registers.rip -= SYSCALL_BYTES;
	registers.rax = (unsigned long long)number;
	return ptrace(PTRACE_SETREGS, tid, 0L, &registers) == 0;
}

bool registers_cut(pid_t tid, struct call_cut *cut)
{
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, tid, 0L, &registers) != 0 || (int64_t)registers.orig_rax < 0)
		return false;
	*cut = (struct call_cut){registers.orig_rax,
	                         {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9},
	                         registers.rsp};
	return true;
}

void registers_go_on(pid_t tid)
{
	enum { RESTART_NO_HANDLER = 514 }; /* ERESTARTNOHAND: EINTR where there is a handler */
	int64_t result;
	if (register_result(tid, &result) && result == -EINTR)
		register_set_result(tid, -RESTART_NO_HANDLER);
}

#elif defined(__aarch64__)

enum { CALL_REGISTER = 8, SVC_BYTES = 4 };

static bool change(pid_t tid, unsigned index, uint64_t value)
{
	struct user_regs_struct registers;
	struct iovec piece = {&registers, sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0)
		return false;
	registers.regs[index] = value;
	return ptrace(PTRACE_SETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0;
}

bool register_result(pid_t tid, int64_t *result)
{
	struct user_regs_struct registers;
	struct iovec piece = {&registers, sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0)
		return false;
	*result = (int64_t)registers.regs[0];
	return true;
}

bool register_set_result(pid_t tid, int64_t result)
{
	return change(tid, 0, (uint64_t)result);
}

/* x0 holds the result by then: only what is not the first argument can be put back. */
bool register_set_argument(pid_t tid, unsigned index, uint64_t value)
{
	return change(tid, index, value);
}

bool register_set_number(pid_t tid, int64_t number)
{
	int call = (int)number;
	struct iovec piece = {&call, sizeof(call)};
	return ptrace(PTRACE_SETREGSET, tid, (long)NT_ARM_SYSTEM_CALL, &piece) == 0;
}

bool register_repeat(pid_t tid, int64_t number)
{
	struct user_regs_struct registers;
	struct iovec piece = {&registers, sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0)
		return false;
	registers.pc -= SVC_BYTES;
	registers.regs[CALL_REGISTER] = (unsigned long long)number;
	return ptrace(PTRACE_SETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0;
}

bool registers_cut(pid_t tid, struct call_cut *cut)
{
	struct user_regs_struct registers;
	int call = -1;
	struct iovec piece = {&registers, sizeof(registers)}, number = {&call, sizeof(call)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0 ||
	    ptrace(PTRACE_GETREGSET, tid, (long)NT_ARM_SYSTEM_CALL, &number) != 0 || call < 0)
		return false;
	*cut = (struct call_cut){.number = (uint64_t)call, .stack = registers.sp};
	for (size_t i = 0; i < 6; i++)
		cut->arguments[i] = registers.regs[i];
	return true;
}

void registers_go_on(pid_t tid)
{
	(void)tid;
}

#endif

static bool all_read(pid_t tid, struct user_regs_struct *registers)
{
	struct iovec piece = {registers, sizeof(*registers)};
	return ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0 &&
	       piece.iov_len == sizeof(*registers); /* a program of another word size is shorter */
}

#if defined(__x86_64__)

static struct registers place_of(const struct user_regs_struct *r)
{
	return (struct registers){r->rip, r->rsp, r->rbp, 0};
}

bool registers_of_call(pid_t tid, struct registers *into, uint64_t *number, uint64_t arguments[static 6])
{
	struct user_regs_struct r;
	if (!all_read(tid, &r))
		return false;
	const uint64_t list[] = {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9};
	*into = place_of(&r);
	*number = r.orig_rax;
	memcpy(arguments, list, sizeof(list));
	return true;
}

#elif defined(__aarch64__)

static struct registers place_of(const struct user_regs_struct *r)
{
	return (struct registers){r->pc, r->sp, r->regs[29], r->regs[30]};
}

bool registers_of_call(pid_t tid, struct registers *into, uint64_t *number, uint64_t arguments[static 6])
{
	struct user_regs_struct r;
	if (!all_read(tid, &r))
		return false;
	*into = place_of(&r);
	*number = r.regs[CALL_REGISTER];
	memcpy(arguments, r.regs, 6 * sizeof(uint64_t));
	return true;
}

#endif

bool registers_read(pid_t tid, struct registers *into)
{
	struct user_regs_struct registers;
	if (!all_read(tid, &registers))
		return false;
	*into = place_of(&registers);
	return true;
}

bool registers_keep(pid_t tid, struct registers_kept *kept)
{
	struct iovec piece = {kept->words, sizeof(kept->words)};
	kept->length = ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0 ? piece.iov_len : 0;
	return kept->length > 0 && kept->length < sizeof(kept->words); /* all of them */
}

bool registers_put_back(pid_t tid, struct registers_kept *kept)
{
	struct iovec piece = {kept->words, kept->length};
	return ptrace(PTRACE_SETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0;
}
