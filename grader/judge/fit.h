/* Does what came fit a DATA of the spec? */
#pragma once

#include "model/data.h"

struct arena;
struct text;

enum fit_kind {
	FIT_MORE, /* so far it does; more has to come */
	FIT_YES,
	FIT_NO, /* whatever comes next, it will not */
	FIT_UNKNOWN, /* bytes are needed of which only the number is known */
};

struct fit {
	enum fit_kind kind;
	size_t taken; /* FIT_YES: bytes used up */
	size_t differs_at; /* FIT_NO, bytes: the first that differs */
	size_t group, group_length; /* FIT_YES: what `as:` keeps, within the bytes */
};

/* Bytes over which a pattern is looked for at most; behind them it does not match. */
#define FIT_PATTERN_MOST ((size_t)64 * 1024)

/* `bytes` are what came behind what earlier lines used up; `known` of them are known.  `last`: nothing more will come
 * now, so a pattern that could still grow is taken as it is.  Patterns are POSIX extended regular expressions
 * (regcomp(3)); `until` too. */
struct fit fit_data(const struct data *, const uint8_t *bytes, size_t length, size_t known, bool last);
/* The number of bytes that the DATA stands for; false when only the stream can say (a pattern). */
bool fit_length(const struct data *, size_t *length);
/* What is wrong, for FIT_NO and FIT_MORE: `byte 14 of the stream differs: "LO\n" instead of "lo\n"`.  `offset`: of
 * `bytes` in the stream, which is called `where` ("of the stream", "of its output"). */
void fit_explain(const struct fit *, const struct data *, const uint8_t *bytes, size_t length, uint64_t offset,
                 const char *where, struct text *);
