/* A spec that a test wrote down, and what its reading told. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "spec/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct reading {
	struct arena *arena;
	struct diags diags;
	struct spec *spec;
};

static inline struct reading read_bytes(const void *bytes, size_t length)
{
	struct reading reading = {.arena = arena_create()};
	diags_init(&reading.diags, reading.arena);
	struct spec_source source = {.path = "s.yaml", .bytes = bytes, .length = length};
	reading.spec = spec_read(&source, 7, reading.arena, &reading.diags);
	return reading;
}

static inline struct reading read_spec(const char *yaml)
{
	return read_bytes(yaml, strlen(yaml));
}

static inline void reading_release(struct reading *reading)
{
	arena_destroy(reading->arena);
}

/* "6:9: message\n" for each, "warning: " before the message of a warning. */
static inline const char *told(struct reading *reading)
{
	TEXT_AUTO all = {0};
	for (size_t i = 0; i < reading->diags.count; i++) {
		const struct diag *diag = &reading->diags.list[i];
		text_printf(&all, "%u:%u: %s%s\n", diag->line, diag->column, diag->kind == DIAG_WARNING ? "warning: " : "",
		            diag->message);
	}
	return arena_string(reading->arena, text_string(&all));
}

/* One test whose steps stand at line 6, column 9: `STEPS` is what stands behind "      - ". */
#define ONE_TEST "format: 1\nname: s\ntests:\n  - name: t\n"
#define STEPS ONE_TEST "    steps:\n      - "

struct mistake {
	const char *yaml; /* put in place by the test that holds the table */
	const char *told; /* all of it, without the last line end */
};

static inline void check_mistakes(const char *before, const struct mistake *mistakes, size_t count, const char *behind)
{
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, "%s%s%s", before, mistakes[i].yaml, behind);
		struct reading reading = read_spec(text_string(&yaml));
		TEXT_AUTO expected = {0};
		text_printf(&expected, "%s\n", mistakes[i].told);
		if (strcmp(told(&reading), text_string(&expected)) != 0) {
			print_message("%s\n  expected %s  told     %s", mistakes[i].yaml, text_string(&expected), told(&reading));
			good = false;
		}
		bool errors = reading.diags.errors > 0;
		assert_true((reading.spec == NULL) == errors);
		reading_release(&reading);
	}
	assert_true(good);
}

#define CHECK_MISTAKES(BEFORE, TABLE, BEHIND) check_mistakes(BEFORE, TABLE, sizeof(TABLE) / sizeof(*(TABLE)), BEHIND)
