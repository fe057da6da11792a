/* Private to intake/: which folder of a submission is its top, where the build begins. */
#pragma once

#include <stdbool.h>

struct arena;
struct diags;
struct intake_asked;
struct intake_notes;

/* True for a name of what no program is made of: a report, a picture, what begins with a full stop. */
bool top_is_document(const char *name);
/* A folder that is all there is gives way to what is in it, as often as there is one; then, when the top has nothing but
 * documents and one folder has what the build begins with, that one's content becomes the top.  A folder that the
 * assignment speaks of stays.  Every change is noted.  False with `diags` when more than one could be meant. */
bool top_find(const char *into, const struct intake_asked *, struct intake_notes *, struct arena *, struct diags *);
/* The first half of it alone. */
bool top_unwrap(const char *into, const struct intake_asked *, struct intake_notes *, struct arena *, struct diags *);
