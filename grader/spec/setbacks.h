/* `faults:` and `vary:` of a test. */
#pragma once

#include "model/lifecycle.h"

struct node;
struct reader;

/* Fill the test's members; what is wrong is told, and the rest is read all the same. */
void setbacks_read(const struct reader *, const struct node *, enum transport, struct test *);
void vary_read(const struct reader *, const struct node *, enum transport, struct test *);
