/* result.json: the complete result of a run, or what one audience may see of it.  The schema is specs/result.schema.json;
 * keys stand in a fixed order, and equal views with equal timelines give equal bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diags;
struct text;
struct view;

#define RESULT_FORMAT 1
/* Past these a file is not a result of this program. */
#define RESULT_BYTES ((size_t)64 << 20)
#define RESULT_TESTS 5000
#define RESULT_REQUIRES 100000 /* names in all of them */
#define RESULT_FINDINGS 20000

/* `version` is the grader's.  With `whole` off, duration_ms and the times and words of evidence are left out, and it is
 * one line: what remains is what every judgement of the same timelines agrees on, and all that result_json_read gives
 * back. */
void result_json_write(struct text *, const struct view *, const char *version, bool whole);

/* What result_json_write wrote, as a view without timelines, in `arena`: good enough to render again, or to make a
 * student's view of an instructor's.  Unknown members are passed over.  NULL when it is no result: `diags` says why. */
struct view *result_json_read(const char *bytes, size_t length_bytes, const char *path, struct arena *, struct diags *);
