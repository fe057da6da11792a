/* The cases of a varied test: each a pure function of the test, its seed and the case's number. */
#pragma once

#include "model/variation.h"

struct arena;

struct cases {
	const struct plan_test *test;
	uint32_t *numbers; /* those that differ from all before them; numbers[0] is the test as it is written */
	uint32_t count;
};

/* A test that is not varied has one. */
void cases_make(struct cases *, const struct plan_test *, struct arena *);
/* `index` below count. */
void case_make(const struct cases *, uint32_t index, struct variation *);
