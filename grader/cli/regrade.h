/* One student's stored run under the present spec. */
#pragma once

#include "cli/class.h"

struct regrade {
	const struct class_batch *batch; /* loaded, host, column, book, work, who */
	bool write; /* else only look */
};

enum regrade_word {
	REGRADE_SAME, /* nothing to do: the run is of this spec, assignment and version */
	REGRADE_EQUAL, /* judged again: the same verdicts and points */
	REGRADE_CHANGED,
	REGRADE_STAFF, /* could not be judged or played again */
};

/* Judges again, and plays again what has to be; writes result and score when asked to.  *said is a line for people, in
 * the arena; *played counts tests that were played. */
enum regrade_word regrade_student(const struct regrade *, struct book *, const struct stored_result *,
                                  const char **said, size_t *played, struct arena *);
