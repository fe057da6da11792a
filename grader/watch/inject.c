#include "watch/inject.h"

#include "watch/calls.h"
#include "watch/descriptors.h"
#include "watch/following.h"
#include "watch/memory.h"
#include "watch/registers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { PORT_OFFSET = 2, ARGUMENT_LENGTH = 2, BUGS_TOLD = 64 };

void injector_release(struct injector *injector)
{
	free(injector->calls);
	*injector = (struct injector){0};
}

void tracer_set_back(struct tracer *tracer, const struct setback *list, size_t count)
{
	tracer->injector.list = list;
	tracer->injector.count = count;
}

static uint32_t *calls_of(struct injector *injector, int actor)
{
	if (actor < 0 || actor >= ACTORS_MOST)
		return NULL;
	if ((size_t)actor >= injector->actors) {
		size_t more = (size_t)actor + 1;
		injector->calls = realloc(injector->calls, more * sizeof(*injector->calls));
		if (injector->calls == NULL)
			abort();
		memset(injector->calls + injector->actors, 0, (more - injector->actors) * sizeof(*injector->calls));
		injector->actors = more;
	}
	return injector->calls[actor];
}

void inject_launched(struct tracer *tracer, int actor)
{
	uint32_t *calls = tracer->injector.count > 0 ? calls_of(&tracer->injector, actor) : NULL;
	if (calls != NULL)
		memset(calls, 0, sizeof(*tracer->injector.calls));
}

static const struct setback *setback_for(struct tracer *tracer, const struct entry *entry, int actor)
{
	struct injector *injector = &tracer->injector;
	enum setback_call family;
	uint32_t *calls = calls_of(injector, actor);
	if (calls == NULL || !setback_call_of(entry->call, &family))
		return NULL;
	uint32_t number = ++calls[family];
	for (size_t i = 0; i < injector->count; i++) {
		const struct setback *setback = &injector->list[i];
		bool named = setback->option == 0 || setback->option == (uint32_t)entry->argument;
		if (setback->call == family && named &&
		    (setback->nth == number || (setback->every > 0 && number % setback->every == 0)))
			return setback;
	}
	return NULL;
}

static bool is_stream(const struct thread *thread)
{
	char protocol[PROTOCOL_LENGTH];
	return descriptor_protocol(thread->tid, thread->entry.descriptor, protocol) &&
	       (strcmp(protocol, "TCP") == 0 || strcmp(protocol, "TCPv6") == 0);
}

/* An edge is reported once, and so is a signal of O_ASYNC: whoever is told that nothing is left, and believes it, will not
 * be woken for the rest. */
static bool by_edges(struct tracer *tracer, const struct thread *thread)
{
	const struct entry *entry = &thread->entry;
	const struct socket_facts *facts = entry->socket != 0 ? sockets_find(&tracer->sockets, entry->socket) : NULL;
	return (facts != NULL && facts->edge) || (descriptor_flags(thread->tid, entry->descriptor) & O_ASYNC) != 0;
}

static bool may_block(const struct thread *thread)
{
	const struct entry *entry = &thread->entry;
	if (call_polls(entry->call))
		return entry->value != 0;
	bool asked_not_to = (call_reads(entry->call) || call_writes(entry->call)) && (entry->value & MSG_DONTWAIT) != 0;
	return !asked_not_to && (descriptor_flags(thread->tid, entry->descriptor) & O_NONBLOCK) == 0;
}

/* POSIX allows it here, and a correct program gets on after it. */
static bool is_legal(struct tracer *tracer, const struct thread *thread, const struct setback *setback)
{
	const struct entry *entry = &thread->entry;
	if (setback->kind == SETBACK_FAILS) {
		if (setback->error == EINTR)
			return may_block(thread);
		if (setback->error == EAGAIN && may_block(thread))
			return false;
		return !by_edges(tracer, thread);
	}
	if (setback->kind != SETBACK_SHORT)
		return true;
	bool peeks = call_reads(entry->call) && (entry->value & MSG_PEEK) != 0;
	return (uint64_t)entry->argument > setback->count && !peeks && !by_edges(tracer, thread) && is_stream(thread);
}

static bool first_piece(pid_t tid, uint64_t at, uint64_t count, struct iovec *piece)
{
	enum { LOOKED_AT = 64 };
	for (uint64_t i = 0; i < count && i < LOOKED_AT; i++) {
		if (!memory_read(tid, at + i * sizeof(*piece), piece, sizeof(*piece)))
			return false;
		if (piece->iov_len > 0)
			return true;
	}
	return false;
}

/* The call of one piece that a call of several becomes: only registers are changed, never the program's own lists. */
static bool ask_one_piece(struct thread *thread, uint64_t count)
{
	struct injection *injection = &thread->injection;
	const struct entry *entry = &thread->entry;
	const uint64_t *a = entry->arguments;
	struct msghdr message = {0};
	struct iovec piece;
	bool whole = entry->call == CALL_RECVMSG || entry->call == CALL_SENDMSG;
	if (whole && (!memory_read(thread->tid, a[1], &message, sizeof(message)) || message.msg_controllen != 0))
		return false;
	uint64_t at = whole ? (uintptr_t)message.msg_iov : a[1], pieces = whole ? message.msg_iovlen : a[2];
	if (!first_piece(thread->tid, at, pieces, &piece))
		return false;
	bool reads = call_reads(entry->call);
	injection->number = whole ? (reads ? __NR_recvfrom : __NR_sendto) : (reads ? __NR_read : __NR_write);
	injection->arguments[1] = (uintptr_t)piece.iov_base;
	injection->arguments[2] = piece.iov_len < count ? piece.iov_len : count;
	injection->arguments[3] = whole ? a[2] : a[3];
	injection->arguments[4] = whole ? 0 : a[4];
	injection->arguments[5] = whole ? 0 : a[5];
	return true;
}

/* What the kernel is asked for instead.  False when the call cannot be made shorter. */
static bool ask_shorter(struct thread *thread, uint64_t count)
{
	struct injection *injection = &thread->injection;
	injection->asks_other = true;
	switch (thread->entry.number) {
	case __NR_read:
	case __NR_write:
	case __NR_recvfrom:
	case __NR_sendto:
		injection->arguments[ARGUMENT_LENGTH] = count;
		return true;
	case __NR_sendfile:
		injection->arguments[3] = count;
		return true;
	case __NR_splice:
		injection->arguments[4] = count;
		return true;
	case __NR_readv:
	case __NR_writev:
	case __NR_recvmsg:
	case __NR_sendmsg:
		return ask_one_piece(thread, count);
	default:
		return false;
	}
}

static void ask(struct thread *thread)
{
	struct injection *injection = &thread->injection;
	const struct entry *entry = &thread->entry;
	if (injection->number != entry->number)
		register_set_number(thread->tid, (int64_t)injection->number);
	for (unsigned i = 0; i < 6; i++)
		if (injection->arguments[i] != entry->arguments[i])
			register_set_argument(thread->tid, i, injection->arguments[i]);
}

static void ask_no_more(struct thread *thread)
{
	struct injection *injection = &thread->injection;
	const struct entry *entry = &thread->entry;
	if (injection->number != entry->number)
		register_set_number(thread->tid, (int64_t)entry->number);
	for (unsigned i = 0; i < 6; i++)
		if (injection->arguments[i] != entry->arguments[i])
			register_set_argument(thread->tid, i, entry->arguments[i]);
}

/* Changes bytes that the call reads, until it returns. */
static bool change_memory(struct thread *thread, const struct setback *setback)
{
	struct injection *injection = &thread->injection;
	const uint64_t *a = thread->entry.arguments;
	uint8_t bytes[2];
	struct iovec piece;
	if (setback->kind == SETBACK_SWAPPED) {
		injection->changed_at = a[1] + PORT_OFFSET;
		injection->changed_length = 2;
	} else {
		bool plain = thread->entry.number == __NR_write || thread->entry.number == __NR_sendto;
		if (!plain && (thread->entry.number != __NR_writev || !first_piece(thread->tid, a[1], a[2], &piece)))
			return false;
		injection->changed_at = plain ? a[1] : (uintptr_t)piece.iov_base;
		injection->changed_length = 1;
	}
	if (!memory_read(thread->tid, injection->changed_at, injection->changed, injection->changed_length))
		return false;
	bytes[0] = setback->kind == SETBACK_SWAPPED ? injection->changed[1] : injection->changed[0] ^ 1;
	bytes[1] = injection->changed[0];
	return memory_write(thread->tid, injection->changed_at, bytes, injection->changed_length);
}

static void tell(struct tracer *tracer, struct thread *thread)
{
	struct injection *injection = &thread->injection;
	const struct setback *setback = injection->setback;
	if (injection->told || (setback->kind > SETBACK_SHORT && tracer->injector.bugs_told >= BUGS_TOLD))
		return;
	injection->told = true;
	tracer->injector.bugs_told += setback->kind > SETBACK_SHORT;
	if (thread->withheld)
		call_tell_entry(tracer, thread);
	struct event event = thread_event(tracer, thread, EVENT_SETBACK);
	event.connection = (int16_t)socket_connection(tracer, thread->entry.socket);
	event.setback.call = thread->entry.call;
	event.setback.kind = setback->kind;
	event.setback.descriptor = thread->entry.descriptor;
	event.setback.socket = thread->entry.socket;
	event.setback.argument = thread->entry.argument;
	event.setback.error = setback->kind == SETBACK_FAILS ? setback->error : 0;
	if (setback->kind == SETBACK_SHORT || setback->kind == SETBACK_CLAIMED)
		event.setback.count = (int64_t)setback->count;
	tracer_emit(tracer, &event);
}

/* False when it cannot be made of this call. */
static bool make(struct tracer *tracer, struct thread *thread, const struct setback *setback)
{
	struct injection *injection = &thread->injection;
	switch (setback->kind) {
	case SETBACK_FAILS:
		injection->waits = setback->error == EINTR && tracer->hooks.would_block != NULL &&
		                   tracer->hooks.would_block(tracer->hooks.context, &thread->entry);
		return injection->waits || register_set_number(thread->tid, NUMBER_NONE);
	case SETBACK_SKIPPED:
		return register_set_number(thread->tid, NUMBER_NONE);
	case SETBACK_SHORT:
	case SETBACK_CLAIMED:
		return (uint64_t)thread->entry.argument > setback->count && ask_shorter(thread, setback->count);
	case SETBACK_ZEROED:
		injection->asks_other = true;
		injection->arguments[1] = 0;
		return true;
	case SETBACK_SWAPPED:
	case SETBACK_CORRUPTED:
		return change_memory(thread, setback);
	case SETBACK_TWICE:
	case SETBACK_UNHEARD:
		return true;
	}
	return false;
}

void inject_entered(struct tracer *tracer, struct thread *thread)
{
	struct injection *injection = &thread->injection;
	*injection = (struct injection){.number = thread->entry.number};
	memcpy(injection->arguments, thread->entry.arguments, sizeof(injection->arguments));
	if (tracer->injector.count == 0 || thread->silent)
		return;
	const struct setback *setback = setback_for(tracer, &thread->entry, thread->process->actor);
	if (setback == NULL || !is_legal(tracer, thread, setback) || !make(tracer, thread, setback))
		return;
	injection->setback = setback;
	if (injection->asks_other)
		ask(thread);
	if (!injection->waits && setback->kind != SETBACK_UNHEARD)
		tell(tracer, thread);
}

void inject_again(struct tracer *tracer, struct thread *thread)
{
	struct injection *injection = &thread->injection;
	(void)tracer;
	if (injection->setback != NULL && injection->asks_other)
		ask(thread);
}

static bool give(struct tracer *tracer, struct thread *thread, int64_t *result, int64_t instead)
{
	tell(tracer, thread);
	*result = instead;
	/* What the grader made is no sign of a spin; a bug that it made may well be one. */
	thread->injection.returned = thread->injection.setback->kind == SETBACK_FAILS;
	return register_set_result(thread->tid, instead);
}

/* It returned by itself before it could be interrupted: the next one of its kind will be. */
static void put_off(struct tracer *tracer, struct thread *thread)
{
	enum setback_call family;
	uint32_t *calls = calls_of(&tracer->injector, thread->process->actor);
	if (calls != NULL && setback_call_of(thread->entry.call, &family))
		calls[family]--;
}

bool inject_returned(struct tracer *tracer, struct thread *thread, int64_t *result)
{
	struct injection *injection = &thread->injection;
	const struct setback *setback = injection->setback;
	injection->returned = false;
	if (setback == NULL)
		return false;
	if (injection->asks_other)
		ask_no_more(thread);
	if (injection->changed_length > 0)
		memory_write(thread->tid, injection->changed_at, injection->changed, injection->changed_length);
	switch (setback->kind) {
	case SETBACK_FAILS:
		if (!injection->waits)
			return give(tracer, thread, result, -setback->error);
		if (injection->kicked && call_was_cut_short(*result))
			return give(tracer, thread, result, -EINTR);
		if (!call_was_cut_short(*result))
			put_off(tracer, thread);
		return false;
	case SETBACK_SKIPPED:
		return give(tracer, thread, result, 0);
	case SETBACK_CLAIMED:
		return *result > 0 && give(tracer, thread, result, thread->entry.argument);
	case SETBACK_UNHEARD:
		return *result == 0 && give(tracer, thread, result, -EINTR);
	case SETBACK_TWICE:
		return injection->repeats && give(tracer, thread, result, injection->first);
	case SETBACK_SHORT:
		injection->returned = *result > 0;
		return false;
	case SETBACK_ZEROED:
	case SETBACK_SWAPPED:
	case SETBACK_CORRUPTED:
		return false;
	}
	return false;
}

bool inject_repeats(struct thread *thread, int64_t result)
{
	struct injection *injection = &thread->injection;
	if (injection->setback == NULL || injection->setback->kind != SETBACK_TWICE || injection->repeats || result <= 0)
		return false;
	injection->repeats = register_repeat(thread->tid, (int64_t)thread->entry.number);
	injection->first = result;
	return injection->repeats;
}

bool tracer_interrupt(struct tracer *tracer)
{
	bool any = false;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		struct injection *injection = &thread->injection;
		if (!thread->inside || injection->setback == NULL || !injection->waits || injection->kicked)
			continue;
		injection->kicked = ptrace(PTRACE_INTERRUPT, thread->tid, 0L, 0L) == 0;
		any = any || injection->kicked;
	}
	return any;
}
