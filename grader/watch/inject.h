/* Calls that the grader makes fail, or do less (model/setback.h): decided at their entry, made good at their exit. */
#pragma once

#include "watch/entry.h"

#include "model/setback.h"

struct thread;
struct tracer;

/* What is being made of the call that the thread is in. */
struct injection {
	const struct setback *setback; /* NULL: nothing */
	bool waits; /* EINTR, once it is blocked */
	bool kicked; /* it was interrupted for that */
	bool told;
	bool repeats; /* SETBACK_TWICE: it is being done the second time */
	bool returned; /* the call that returned last was one of these; until the next is entered */
	int64_t first; /* SETBACK_TWICE: what the first time returned */
	/* What the kernel is asked instead, and what stood in memory before. */
	uint64_t number, arguments[6];
	bool asks_other;
	uint64_t changed_at;
	uint8_t changed[2];
	unsigned changed_length;
};

/* Calls of each family so far, by actor. */
struct injector {
	const struct setback *list; /* borrowed */
	size_t count;
	uint32_t (*calls)[SETBACK_CLOSE + 1];
	size_t actors;
	unsigned bugs_told; /* a program that spins over one would tell of nothing else */
};

void injector_release(struct injector *);
/* A program of the actor begins: its calls are counted from 0. */
void inject_launched(struct tracer *, int actor);
/* The thread stands at the entry of thread->entry, which was decoded and may have been told. */
void inject_entered(struct tracer *, struct thread *);
/* It stands there again, after a signal or for the second time. */
void inject_again(struct tracer *, struct thread *);
/* It stands at the exit.  True when *result (also in its register) is the grader's doing. */
bool inject_returned(struct tracer *, struct thread *, int64_t *result);
/* True when the call has to be done once more before it may return: the thread can go on. */
bool inject_repeats(struct thread *, int64_t result);
