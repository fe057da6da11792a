/* Steps and lines in the words of the spec, compact: what reports call them.  Long data are shortened. */
#pragma once

#include "model/plan.h"

struct text;

/* "256KiB", "1500B": the largest unit that divides it. */
void size_text(struct text *, uint64_t bytes);
/* "200ms", "5s". */
void duration_text(struct text *, int64_t ns);
/* "\"bye\\n\"", "{random: 256KiB}". */
void data_text(struct text *, const struct data *);
/* A step as the spec has it: "clients: {send: \"bye\\n\"}".  A `repeat` and a `together` show their own line only. */
void step_text(struct text *, const struct test *, const struct step *);
/* The same for one actor of a group, and the other end that was resolved (named only where the actor has several). */
void step_text_for(struct text *, const struct test *, const struct step *, int actor, int other);
