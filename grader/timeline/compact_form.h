/* Private to the compact form: how another grader's fields become this one's. */
#pragma once

#include "timeline/fields.h"

#include <stdint.h>

/* The values that differences are told from: numbers by their bits, and the addresses. */
struct compact_last {
	uint64_t numbers[FIELDS_MOST];
	struct address addresses[FIELDS_MOST];
};

/* A field as it was written. */
struct compact_field {
	const struct field *field; /* this grader's of that name and type; NULL: it has none */
	bool address;
	int64_t usual;
	const int64_t *words; /* by the number that was written: this grader's, or -1; NULL: a number is itself */
	size_t word_count;
};

struct compact_fields {
	struct compact_field list[FIELDS_MOST];
	size_t count;
};

struct compact_kind {
	struct event usual; /* its kind, and what fields are that were not known when it was written */
	bool known; /* this grader has it, with all that it cannot do without */
	struct compact_fields fields;
};

struct compact_form {
	struct compact_fields common;
	struct compact_kind *kinds;
	size_t kind_count;
};
