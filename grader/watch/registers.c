#include "watch/registers.h"

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

bool register_set_result(pid_t tid, int64_t result)
{
#if defined(__x86_64__)
	return ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax), result) == 0;
#elif defined(__aarch64__)
	struct user_regs_struct registers;
	struct iovec piece = {&registers, sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0)
		return false;
	registers.regs[0] = (unsigned long long)result;
	return ptrace(PTRACE_SETREGSET, tid, (long)NT_PRSTATUS, &piece) == 0;
#else
	(void)tid;
	(void)result;
	return false;
#endif
}

bool registers_read(pid_t tid, struct registers *into)
{
	struct user_regs_struct registers;
	struct iovec piece = {&registers, sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &piece) != 0 || piece.iov_len != sizeof(registers))
		return false; /* a program of another word size is shorter */
#if defined(__x86_64__)
	*into = (struct registers){registers.rip, registers.rsp, registers.rbp, 0};
	return true;
#elif defined(__aarch64__)
	*into = (struct registers){registers.pc, registers.sp, registers.regs[29], registers.regs[30]};
	return true;
#else
	*into = (struct registers){0};
	return false;
#endif
}
