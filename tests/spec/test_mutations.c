/* A good spec, spoilt in ten thousand ways: read or refused with a reason, never a crash. */
#include "reading.h"

#include "base/fd.h"
#include "model/describe.h"
#include "spec/plan.h"
#include "base/random.h"

#include <stdlib.h>

enum { MUTATIONS = 10000 };

/* clang-format off */
static const char *const snippets[] = {
	"{", "}", "[", "]", ": ", "- ", "\n", "  ", "\"", "'", "*a", "&a", "!!x", "---\n", "#", "|\n", "?", "{}", "[]", "~",
	"clients", "servers", "server", "client", "send", "receive", "wire", "state", "together", "repeat", "not", "match",
	"(", "((a{9}){9}){9}", "0", "-1", "99999999999999999999", "1000", "4KiB", "64MiB", "5s", "\t", "\x80", "{id}",
	"to: bob", "steps:", "hold: server", "release: server", "launch: client", "DATA 6", "SYN-ACK", "as: id",
};
/* clang-format on */

static size_t below(uint64_t *state, size_t bound)
{
	return (size_t)(random_next(state) % bound);
}

/* Takes out, puts in, or copies something, up to four times. */
static void mutate(const struct text *from, struct text *into, uint64_t *state)
{
	text_add(into, from->bytes, from->length);
	for (size_t rounds = 1 + below(state, 4); rounds > 0 && into->length > 8; rounds--) {
		size_t at = below(state, into->length), length = 1 + below(state, 8);
		if (length > into->length - at)
			length = into->length - at;
		TEXT_AUTO next = {0};
		text_add(&next, into->bytes, at);
		switch (below(state, 4)) {
		case 0:
			text_add(&next, &(char){(char)random_next(state)}, 1);
			text_add(&next, into->bytes + at + 1, into->length - at - 1);
			break;
		case 1:
			text_add(&next, into->bytes + at + length, into->length - at - length);
			break;
		case 2:
			text_puts(&next, snippets[below(state, sizeof(snippets) / sizeof(*snippets))]);
			text_add(&next, into->bytes + at + length, into->length - at - length);
			break;
		default:
			text_add(&next, into->bytes + below(state, into->length - length + 1), length);
			text_add(&next, into->bytes + at, into->length - at);
			break;
		}
		text_release(into);
		text_add(into, next.bytes, next.length);
	}
}

/* What a caller would do with it. */
static void use(struct reading *reading)
{
	static const bool nobody[2] = {false, false};
	struct plan *plan = plan_make(reading->spec, NULL, nobody, 7, reading->arena, &reading->diags);
	for (size_t i = 0; plan != NULL && i < plan->count; i++) {
		for (uint32_t j = 0; j < plan->tests[i].line_count && j < 100; j++) {
			TEXT_AUTO text = {0};
			line_text(&text, &plan->tests[i], plan->tests[i].by_number[j]);
			assert_true(text.length > 0);
		}
	}
}

static void a_spoilt_spec_is_read_or_refused_with_a_reason(void **state)
{
	(void)state;
	static const char *const paths[] = {SOURCE_FOLDER "/tests/spec/design_echo.yaml",
	                                    SOURCE_FOLDER "/tests/spec/every_step.yaml"};
	uint64_t random = 1;
	unsigned good = 0;
	for (size_t path = 0; path < 2; path++) {
		TEXT_AUTO content = {0};
		assert_true(file_read(paths[path], 1 << 20, &content));
		for (int i = 0; i < MUTATIONS / 2; i++) {
			TEXT_AUTO spoilt = {0};
			mutate(&content, &spoilt, &random);
			struct reading reading = read_bytes(spoilt.bytes, spoilt.length);
			assert_true((reading.spec == NULL) == (reading.diags.errors > 0));
			if (reading.spec != NULL) {
				good++;
				use(&reading);
			}
			reading_release(&reading);
		}
	}
	/* Were all refused, or none, the mutations would show nothing. */
	assert_in_range(good, MUTATIONS / 100, MUTATIONS - MUTATIONS / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spoilt_spec_is_read_or_refused_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
