/* Which calls a reader of the ladder wants to see. */
#pragma once

#include "model/event.h"

/* Waits for several descriptors. */
bool call_waits(enum call);
/* Causes segments: shown where it begins, in front of what it causes. */
bool call_acts(enum call);
/* Whether a call says something about the lifecycle; `returned` NULL while it is under way.  An error on a descriptor
 * that is no socket does: it may be one that was closed too early. */
bool call_speaks(const struct event *call, const struct event *returned);
