/* Submissions of a batch, several at once: one worker process for each slot and turn. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct class_batch;

enum { SLOTS_MOST = 64 };

struct slots_outcome {
	size_t graded, known, staff;
	bool book_failed;
};

/* Two for each processor that this process may use: while one waits, for the kernel or a timer, the other works. */
unsigned slots_usual(void);
/* Grades every entry that has a student and is not done.  False when it was stopped before the end. */
bool slots_play(const struct class_batch *, unsigned jobs, struct slots_outcome *);
