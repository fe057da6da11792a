/* Where a thread stood: enough of its registers and its stack to find the lines later, when they are asked for.  Nothing
 * that a student's program could have prepared is looked at here. */
#pragma once

#include "watch/images.h"
#include "watch/registers.h"

struct thread;

enum {
	STACK_BYTES = 2048, /* from the stack pointer upward */
	STACK_DEEP_BYTES = 16384, /* of a sanitized program */
	STACK_WORDS_MOST = STACK_DEEP_BYTES / 8,
	STACKS_MOST = 4096,
	STACK_NUMBERS_MOST = 1 << 18, /* words of all */
	STACK_REREADS_MOST = 4, /* of one process's image, for code that was mapped later */
};

struct stack {
	uint32_t image; /* images_at */
	uint32_t first, count; /* its words */
	struct registers registers;
	bool exact; /* the instruction itself is meant (a fault), not the one before it (a call) */
};

/* A word of a stack that may be an address. */
struct stack_word {
	uint64_t value;
	uint32_t at; /* bytes above the top */
};

struct stacks {
	struct images images;
	struct stack *list; /* owned */
	size_t count, room;
	struct stack_word *words; /* owned */
	size_t word_count, word_room;
	uint32_t *table; /* owned; numbers by hash */
};

void stacks_release(struct stacks *);
/* Of a thread at a ptrace stop, with these registers.  Its number from 1 on, equal for equal stacks; 0 when it is not kept: past a ceiling, or
 * where there are no lines to find. */
uint32_t stacks_keep(struct stacks *, struct thread *, const struct registers *, bool exact);
/* A word of the stack at an address; false when it was not kept. */
bool stack_read(const struct stacks *, const struct stack *, uint64_t address, uint64_t *value);
