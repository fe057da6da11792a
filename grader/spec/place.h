/* Errors and warnings at a step of the spec.  A step that is unrolled many times is wrong once. */
#pragma once

#include "base/diag.h"
#include "model/lifecycle.h"

/* Adds it unless one of this kind is there for the same place. */
void place_add(struct diags *, enum diag_kind, const char *path, struct place, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
