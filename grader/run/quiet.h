/* When nothing is waiting to be handled: is the program at rest, and what follows from it? */
#pragma once

#include <stdint.h>

struct runner;

/* Looks at the programs once.  Decides what quiescence decides; otherwise returns how long the loop may sleep for the
 * next event, ns (the last sleep is given, to back off). */
int64_t quiet_decide(struct runner *, int64_t last_sleep_ns);
/* A program that repeats itself without getting anywhere is named (EVENT_SPIN), and the test is over. */
void quiet_check_spin(struct runner *);
