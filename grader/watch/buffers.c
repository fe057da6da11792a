#include "watch/buffers.h"

#include "watch/following.h"
#include "watch/memory.h"

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static const int options[] = {SO_RCVBUF, SO_SNDBUF};
enum { OPTIONS = sizeof(options) / sizeof(options[0]), KINDS = 0xf /* SOCK_CLOEXEC and SOCK_NONBLOCK lie above */ };

void tracer_limit_buffers(struct tracer *tracer, uint64_t bytes)
{
	tracer->buffer_bytes = bytes;
}

static bool is_wanted(const struct tracer *tracer, const struct thread *thread, int64_t result)
{
	return tracer->buffer_bytes > 0 && thread->entry.call == CALL_SOCKET && !thread->silent && result >= 0 &&
	       ((uint64_t)thread->entry.argument & KINDS) == SOCK_STREAM;
}

/* The value lies at the top of the thread's stack, which nobody looks at while the thread is in a call. */
static bool begin(struct tracer *tracer, struct thread *thread, int64_t descriptor)
{
	struct buffering *buffering = &thread->buffering;
	struct registers registers;
	uint64_t none = ~UINT64_C(0);
	int value = (int)(tracer->buffer_bytes / 2); /* the kernel doubles it: socket(7) */
	pid_t tid = thread->tid;
	buffering->descriptor = descriptor;
	if (!registers_keep(tid, &buffering->registers) || !registers_read(tid, &registers) ||
	    !memory_read(tid, registers.top, &buffering->word, sizeof(buffering->word)) ||
	    ptrace(PTRACE_GETSIGMASK, tid, sizeof(buffering->signals), &buffering->signals) != 0 ||
	    ptrace(PTRACE_SETSIGMASK, tid, sizeof(none), &none) != 0)
		return false;
	if (!memory_write(tid, registers.top, &value, sizeof(value))) {
		ptrace(PTRACE_SETSIGMASK, tid, sizeof(buffering->signals), &buffering->signals);
		return false;
	}
	register_set_argument(tid, 1, SOL_SOCKET);
	register_set_argument(tid, 3, registers.top);
	register_set_argument(tid, 4, sizeof(value));
	return true;
}

/* Argument 0 comes last: on some machines its register is that of the result. */
static bool ask(struct thread *thread, int option)
{
	pid_t tid = thread->tid;
	return register_set_argument(tid, 2, (uint64_t)option) && register_repeat(tid, __NR_setsockopt) &&
	       register_set_argument(tid, 0, (uint64_t)thread->buffering.descriptor);
}

static void end(struct thread *thread)
{
	struct buffering *buffering = &thread->buffering;
	struct registers registers;
	pid_t tid = thread->tid;
	if (registers_put_back(tid, &buffering->registers) && registers_read(tid, &registers))
		memory_write(tid, registers.top, &buffering->word, sizeof(buffering->word));
	ptrace(PTRACE_SETSIGMASK, tid, sizeof(buffering->signals), &buffering->signals);
	buffering->done = 0;
}

bool buffers_limit(struct tracer *tracer, struct thread *thread, int64_t *result)
{
	struct buffering *buffering = &thread->buffering;
	if (buffering->done == 0 && (!is_wanted(tracer, thread, *result) || !begin(tracer, thread, *result)))
		return false;
	if (buffering->done < OPTIONS && ask(thread, options[buffering->done])) {
		buffering->done++;
		return true;
	}
	end(thread);
	*result = buffering->descriptor;
	return false;
}
