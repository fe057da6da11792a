/* Which members of struct event have a meaning for which kind: the one table behind the JSON form and the pipe's
 * records. */
#pragma once

#include "model/event.h"

enum field_type {
	FIELD_BOOLEAN,
	FIELD_FLAGS, /* uint8_t of enum segment_flag */
	FIELD_INT16,
	FIELD_UINT16,
	FIELD_INT32,
	FIELD_UINT32,
	FIELD_INT64,
	FIELD_UINT64,
	FIELD_WORD, /* an enum with a list of words */
	FIELD_ADDRESS,
};

struct field {
	const char *name; /* in JSON */
	size_t offset; /* in struct event */
	enum field_type type;
	const char *const *words; /* FIELD_WORD: NULL-terminated, by value */
	int64_t usual; /* the value that JSON leaves out; an address is left out when it is all zero */
	bool always; /* JSON never leaves it out */
};

struct fields {
	const struct field *list;
	size_t count;
};

/* Those of every kind but `kind`, `number` and the data. */
struct fields fields_common(void);
struct fields fields_of(enum event_kind);

/* Bytes of one in struct event. */
size_t field_size(const struct field *);
/* Integers, booleans and words only; FIELD_UINT64 by its bits. */
int64_t field_value(const struct field *, const struct event *);
/* False when the value does not fit. */
bool field_set(const struct field *, struct event *, int64_t);
/* True when the bytes that are there make a value of the field's type. */
bool field_valid(const struct field *, const struct event *);
const struct address *field_address(const struct field *, const struct event *);

/* Most fields of one event, the common ones included. */
enum { FIELDS_MOST = 24 };
