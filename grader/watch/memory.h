/* Reads a traced program's memory.  At a stop its other threads still run: what is written there is written for one call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Exactly `length` bytes, or false (`into` is then undefined). */
bool memory_read(pid_t tid, uint64_t address, void *into, size_t length);
/* Only of a thread that stands at a ptrace stop, and only where no other thread can depend on it. */
bool memory_write(pid_t tid, uint64_t address, const void *from, size_t length);
/* The first bytes of the pieces, at most `length`.  Returns how many could be had. */
size_t memory_gather(pid_t tid, const struct iovec *pieces, size_t count, void *into, size_t length);
