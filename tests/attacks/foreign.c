/* Tries system calls through the other instruction sets of this processor.  It must not live to print "got". */
#include "attack.h"

int main(int count, char **arguments)
{
	(void)arguments;
#if defined(__x86_64__)
	long result;
	if (count > 1)
		result = syscall(0x40000000 | SYS_getpid); /* x32 */
	else
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(20)); /* getpid of i386 */
	if (result < 0)
		errno = ENOSYS;
	attempt("a call of another instruction set", result > 0);
#else
	(void)count;
	errno = ENOSYS;
	attempt("a call of another instruction set", 0);
#endif
	return attacks_done();
}
