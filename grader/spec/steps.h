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

/* Tells why a word that a later version knows cannot be used, when it is one. */
bool later_word(const struct scene *, const struct node *);
/* Tells that the transport lacks the verb, and why; true when it has it. */
bool transport_has(const struct scene *, const struct node *, enum verb);
/* " (did you mean \"SIGINT\"?)" for a word that is near to a signal's name, with or without its SIG; or "". */
const char *nearest_signal(const struct scene *, const struct node *);
