/* Reads a traced program's memory.  Never writes it: at a stop its other threads still run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Exactly `length` bytes, or false (`into` is then undefined). */
bool memory_read(pid_t tid, uint64_t address, void *into, size_t length);
/* The first bytes of the pieces, at most `length`.  Returns how many could be had. */
size_t memory_gather(pid_t tid, const struct iovec *pieces, size_t count, void *into, size_t length);
