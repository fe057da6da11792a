/* Bytes as a spec, and its plan where it is one; as an assignment too. */
#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "model/plan.h"
#include "spec/assignment.h"
#include "spec/plan.h"
#include "spec/spec.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* No file is opened by what a fuzzer makes up. */
static bool no_file(void *context, const char *name, size_t most, struct text *content)
{
	(void)context;
	(void)name;
	(void)most;
	(void)content;
	errno = ENOENT;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const bool nobody[2] = {false, false};
	struct arena *arena = arena_create();
	struct diags diags;
	diags_init(&diags, arena);
	struct spec_source source = {.path = "s.yaml", .bytes = bytes, .length = length, .read_file = no_file};
	struct spec *spec = spec_read(&source, 1, arena, &diags);
	struct plan *plan = spec != NULL ? plan_make(spec, NULL, nobody, 1, arena, &diags) : NULL;
	for (size_t i = 0; plan != NULL && i < plan->count; i++) {
		TEXT_AUTO text = {.ceiling = 1 << 16};
		for (uint32_t j = 0; j < plan->tests[i].line_count; j++)
			line_text(&text, &plan->tests[i], plan->tests[i].by_number[j]);
	}
	assignment_read("a.yaml", bytes, length, arena, &diags);
	arena_destroy(arena);
	return 0;
}
