/* DATA of the lifecycle language: bytes to send, or what must come next. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum data_kind {
	DATA_BYTES, /* exactly these */
	DATA_PATTERN, /* a POSIX extended regular expression over what comes next */
	DATA_ANY, /* that many bytes, whatever they are */
};

struct data {
	enum data_kind kind;
	const uint8_t *bytes; /* DATA_BYTES; owned by the spec */
	size_t length; /* DATA_BYTES: of bytes; DATA_ANY: how many */
	bool uses_names; /* DATA_BYTES: holds {NAME} of what `as:` kept before */
	const char *pattern, *until; /* DATA_PATTERN; `until` NULL: to the end of the first match */
	const struct data *example; /* DATA_PATTERN, DATA_ANY: what the reference sends in its place; NULL: none is known */
	const char *keep_as; /* `as:`: what the pattern's first group (or else the whole) matched is kept; NULL */
	const char *source; /* how the spec wrote it, for people: "random 256 KiB", "\"bye\\n\"" */
	const char *written; /* as in the spec, compact and shortened: "{random: 256KiB, seed: 1}", "\"bye\\n\""; NULL when
	                      * no spec wrote it */
};
