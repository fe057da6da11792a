/* The JSON Schema (2020-12) of specs and assignments, for editors, from the tables of model/verbs.h. */
#pragma once

struct text;

/* What specs/schema.json holds.  It is a little stricter than the decoder where that forgives spelling (states and
 * segments in lower case). */
void schema_write(struct text *);
