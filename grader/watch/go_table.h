/* Go's own table of functions (.gopclntab), by which its run-time system prints the stack of a panic: how large a
 * function's frame is, and which line an address stands in.  Reading it costs next to nothing, while debug information
 * of Go is compressed and in one piece with that of its library.  Of Go 1.18 and later; the layout is that of
 * runtime/symtab.go and cmd/link/internal/ld/pcln.go.  Reads what a student made: every offset is checked. */
#pragma once

#include "watch/place.h"

#include <libelf.h>
#include <stdint.h>

struct go_table;

/* `file` is borrowed.  NULL: it has no such table, or none that is read here, or no symbols (a program that was stripped
 * is to name no lines, in any language). */
struct go_table *go_table_open(Elf *file);
/* NULL is allowed. */
void go_table_close(struct go_table *);

struct go_frame {
	uint64_t size; /* from the stack pointer to where the caller's call left its return address */
	bool last; /* no caller is known */
};

/* The frame of the function that has the address, which is one in the file.  False: none has it. */
bool go_table_frame(const struct go_table *, uint64_t address, struct go_frame *);
/* True when `seen` ended the search. */
bool go_table_places(const struct go_table *, uint64_t address, code_place_seen seen, void *context);
