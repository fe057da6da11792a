#include "watch/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>

enum { PIECES_MOST = 64 };

/* A number from a traced program's registers, as the system calls for another process's memory want it. */
static void *remote(uint64_t address)
{
	return (void *)(uintptr_t)address; /* never dereferenced here */
}

/* Works for a thread that stands at a ptrace stop, where process_vm_readv(2) is filtered away. */
static bool read_words(pid_t tid, uint64_t address, void *into, size_t length)
{
	unsigned char *at = into;
	while (length > 0) {
		uint64_t word_at = address & ~(uint64_t)(sizeof(long) - 1);
		size_t skip = (size_t)(address - word_at);
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, tid, remote(word_at), NULL);
		if (errno != 0)
			return false;
		size_t count = sizeof(word) - skip;
		if (count > length)
			count = length;
		memcpy(at, (const unsigned char *)&word + skip, count);
		at += count;
		address += count;
		length -= count;
	}
	return true;
}

bool memory_read(pid_t tid, uint64_t address, void *into, size_t length)
{
	struct iovec local = {into, length}, there = {remote(address), length};
	ssize_t count = process_vm_readv(tid, &local, 1, &there, 1, 0);
	if (count == (ssize_t)length)
		return true;
	return count < 0 && (errno == EPERM || errno == ENOSYS) && read_words(tid, address, into, length);
}

/* By words, through ptrace(2): read, changed, put back. */
static bool write_words(pid_t tid, uint64_t address, const void *from, size_t length)
{
	const unsigned char *at = from;
	while (length > 0) {
		uint64_t word_at = address & ~(uint64_t)(sizeof(long) - 1);
		size_t skip = (size_t)(address - word_at);
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, tid, remote(word_at), NULL);
		if (errno != 0)
			return false;
		size_t count = sizeof(word) - skip;
		if (count > length)
			count = length;
		memcpy((unsigned char *)&word + skip, at, count);
		if (ptrace(PTRACE_POKEDATA, tid, remote(word_at), word) != 0)
			return false;
		at += count;
		address += count;
		length -= count;
	}
	return true;
}

bool memory_write(pid_t tid, uint64_t address, const void *from, size_t length)
{
	/* The calls for another process's memory want pieces that could be written, too. */
	union {
		const void *from;
		void *base;
	} here = {.from = from};
	struct iovec local = {here.base, length}, there = {remote(address), length};
	return process_vm_writev(tid, &local, 1, &there, 1, 0) == (ssize_t)length ||
	       write_words(tid, address, from, length);
}

size_t memory_gather(pid_t tid, const struct iovec *pieces, size_t count, void *into, size_t length)
{
	struct iovec there[PIECES_MOST];
	size_t used = 0, total = 0;
	for (size_t i = 0; i < count && used < PIECES_MOST && total < length; i++) {
		if (pieces[i].iov_len == 0)
			continue;
		there[used] = pieces[i];
		if (there[used].iov_len > length - total)
			there[used].iov_len = length - total;
		total += there[used++].iov_len;
	}
	if (total == 0)
		return 0;
	struct iovec local = {into, total};
	ssize_t got = process_vm_readv(tid, &local, 1, there, used, 0);
	if (got >= 0)
		return (size_t)got;
	if (errno != EPERM && errno != ENOSYS)
		return 0;
	size_t done = 0;
	for (size_t i = 0; i < used; i++) {
		if (!read_words(tid, (uintptr_t)there[i].iov_base, (char *)into + done, there[i].iov_len))
			break;
		done += there[i].iov_len;
	}
	return done;
}
