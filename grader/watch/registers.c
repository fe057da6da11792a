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
