/* Steps: YAML into struct block. */
#pragma once

#include "model/lifecycle.h"

struct node;
struct scene;

/* A list of steps; what is wrong is told, and the rest is read all the same.  False when any step is wrong. */
bool steps_read(struct scene *, const struct node *, struct block *);

/* What a role does: `value` stands behind the role's name. */
bool role_step_read(struct scene *, const struct node *value, struct step *);
/* `wire:`, `state:` and the counts: `value` stands behind the keyword; step->verb is set. */
bool wire_read(struct scene *, const struct node *value, struct step *);
bool states_read(struct scene *, const struct node *value, struct step *);
bool counts_read(struct scene *, const struct node *value, struct step *);

/* One segment's name: "SYN-ACK", "DATA 6"; fills pattern and length. */
bool segment_read(const struct scene *, const struct node *, struct wire_item *);

/* shape_step.c: what only the reference's own TCP can do to the segments of a role. */

/* False after telling that the test lacks `network: raw`; else the role's side is the reference's in this test. */
bool shape_allowed(struct scene *, const struct node *, enum side);
/* The argument of a verb that shapes. */
bool shape_read(struct scene *, const struct node *, struct step *);
/* `to:` and `from:` of such a verb: segments that the role sends, or that come to it. */
bool shape_read_direction(struct scene *, const struct node *, bool from, struct step *);
/* `with:` of a send. */
bool with_read(struct scene *, const struct node *, struct step *);
/* Who may be a student where the reference shapes segments; `student` is the test's key of that name, or NULL. */
void shape_students(const struct scene *, const struct node *student, const struct node *test, unsigned *students);

/* Tells that the transport lacks the verb, and why; true when it has it. */
bool transport_has(const struct scene *, const struct node *, enum verb);
/* " (did you mean \"SIGINT\"?)" for a word that is near to a signal's name, with or without its SIG; or "". */
const char *nearest_signal(const struct scene *, const struct node *);
