#include "cli/mutants.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "cli/cli.h"
#include "model/setback.h"

#include <sys/socket.h>

/* A bug that changes what a peer can see. */
static const struct mutant {
	const char *name, *bug;
	struct setback setback;
} mutants[] = {
	{"close-left-out", "close() is never called", {SETBACK_CLOSE, SETBACK_SKIPPED, .every = 1}},
	{"close-left-out-once", "the first close() is left out", {SETBACK_CLOSE, SETBACK_SKIPPED, .nth = 1}},
	{"shutdown-left-out", "shutdown() is never called", {SETBACK_SHUTDOWN, SETBACK_SKIPPED, .every = 1}},
	{"eof-unnoticed", "read() == 0 is not noticed", {SETBACK_READ, SETBACK_UNHEARD, .every = 1}},
	{"write-cut", "what a write() did not take is forgotten", {SETBACK_WRITE, SETBACK_CLAIMED, .every = 1, .count = 3}},
	{"write-cut-once",
     "the rest of the second write() is forgotten",
     {SETBACK_WRITE, SETBACK_CLAIMED, .nth = 2, .count = 1}},
	{"write-twice", "everything is written twice", {SETBACK_WRITE, SETBACK_TWICE, .every = 1}},
	{"write-twice-once", "the second write() is done twice", {SETBACK_WRITE, SETBACK_TWICE, .nth = 2}},
	{"byte-changed", "the first byte of each write() is another", {SETBACK_WRITE, SETBACK_CORRUPTED, .every = 1}},
	{"byte-changed-once", "a byte of the second write() is another", {SETBACK_WRITE, SETBACK_CORRUPTED, .nth = 2}},
	{"port-swapped", "bind() without htons()", {SETBACK_BIND, SETBACK_SWAPPED, .every = 1}},
	{"bind-left-out", "bind() is never called", {SETBACK_BIND, SETBACK_SKIPPED, .every = 1}},
	{"connect-swapped", "connect() without htons()", {SETBACK_CONNECT, SETBACK_SWAPPED, .every = 1}},
	{"listen-left-out", "listen() is never called", {SETBACK_LISTEN, SETBACK_SKIPPED, .every = 1}},
	{"backlog-zero", "listen() with a backlog of 0", {SETBACK_LISTEN, SETBACK_ZEROED, .every = 1}},
	{"reuseaddr-left-out",
     "SO_REUSEADDR is never set",
     {SETBACK_SETSOCKOPT, SETBACK_SKIPPED, .every = 1, .option = SO_REUSEADDR}},
};

enum { MUTANTS = sizeof(mutants) / sizeof(mutants[0]), TESTS_TOLD = 4 };

/* The reference solution made the call, so that the bug was there. */
static bool was_made(const struct session *session)
{
	for (size_t i = 0; i < session->plan->count; i++) {
		const struct timeline *timeline = session->tests[i].timeline;
		for (size_t j = 0; timeline != NULL && j < timeline->count; j++)
			if (timeline->events[j].kind == EVENT_SETBACK)
				return true;
	}
	return false;
}

static unsigned catchers_text(const struct result *result, struct text *names)
{
	unsigned caught = 0;
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		if (test->verdict != TEST_FAIL)
			continue;
		if (caught < TESTS_TOLD)
			text_printf(names, "%s%s", caught > 0 ? ", " : "", test->test->name);
		caught++;
	}
	if (caught > TESTS_TOLD)
		text_printf(names, " and %u more", caught - TESTS_TOLD);
	return caught;
}

static void mutant_line(const struct paint *paint, const struct mutant *mutant, bool made, unsigned caught,
                        const char *names)
{
	TEXT_AUTO text = {0};
	text_puts(&text, " ");
	paint_puts(&text, paint,
	           !made        ? INK_DIM
	           : caught > 0 ? INK_GOOD
	                        : INK_BAD,
	           paint_glyph(paint, !made        ? GLYPH_NOT_REACHED
	                              : caught > 0 ? GLYPH_PASS
	                                           : GLYPH_FAIL));
	text_printf(&text, " %-20s %-43s ", mutant->name, mutant->bug);
	text_puts(&text, !made ? "not made: no such call" : caught > 0 ? names : "NOT CAUGHT by any test");
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
}

int mutants_prove(const struct grade_request *request, const struct paint *paint)
{
	int uncaught = 0;
	unsigned made_count = 0;
	for (size_t i = 0; i < MUTANTS && !interrupted(); i++) {
		struct arena *arena = arena_create();
		struct diags diags;
		struct grade grade;
		struct grade_request mutated = *request;
		diags_init(&diags, arena);
		mutated.options.mutation = &mutants[i].setback;
		if (!grade_submission(&grade, &mutated, arena, &diags)) {
			print_diags(&diags);
			arena_destroy(arena);
			return -1;
		}
		TEXT_AUTO names = {0};
		unsigned caught = catchers_text(&grade.result, &names);
		bool made = was_made(&grade.session);
		mutant_line(paint, &mutants[i], made, caught, text_string(&names));
		made_count += made;
		uncaught += made && caught == 0;
		grade_release(&grade);
		arena_destroy(arena);
	}
	TEXT_AUTO text = {0};
	text_printf(&text, "\n%u of %u bugs that the grader made were caught\n", made_count - (unsigned)uncaught,
	            made_count);
	print_text(text_string(&text), text.length);
	return uncaught;
}
