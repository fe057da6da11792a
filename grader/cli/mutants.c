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

/* What a peer and whoever started the programs can see of a test: what each end of each connection sent, whether FIN
 * or RST, and how the programs ended. */
struct seen {
	uint64_t bytes, stream; /* where the stream ended; a digest of what the reference read of it */
	bool fin, reset;
};

enum { SEEN_CONNECTIONS = 256 };

static uint64_t visible(const struct timeline *timeline)
{
	struct seen ends[SEEN_CONNECTIONS][2] = {0};
	uint64_t digest = UINT64_C(0xcbf29ce484222325), statuses = 0;
	for (size_t i = 0; timeline != NULL && i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		bool known = event->connection >= 0 && event->connection < SEEN_CONNECTIONS;
		bool took = known && event->kind == EVENT_PEER && event->peer.call == PEER_READ;
		for (uint32_t j = 0; took && j < event->data_length; j++)
			ends[event->connection][0].stream = ends[event->connection][0].stream * 31 + event->data[j];
		if (event->kind == EVENT_EXIT && event->process.main)
			statuses = statuses * 31 + (uint64_t)event->process.status + 1;
		if (event->kind != EVENT_SEGMENT || !known)
			continue;
		struct seen *seen = &ends[event->connection][event->segment.sender];
		/* Not the sum: what was lost may come again with other bytes. */
		if (event->segment.length > 0 && event->segment.sequence + event->segment.length > seen->bytes)
			seen->bytes = event->segment.sequence + event->segment.length;
		seen->fin = seen->fin || (event->segment.flags & SEGMENT_FIN) != 0;
		seen->reset = seen->reset || (event->segment.flags & SEGMENT_RST) != 0;
	}
	for (size_t i = 0; i < SEEN_CONNECTIONS; i++)
		for (size_t end = 0; end < 2; end++)
			digest =
				(digest ^ (ends[i][end].stream + ends[i][end].bytes * 4 + ends[i][end].fin * 2 + ends[i][end].reset)) *
				UINT64_C(0x100000001b3);
	return digest ^ statuses;
}

/* In every test the peers saw what they see without the bug. */
static bool same_to_peers(const struct session *plain, const struct session *mutated)
{
	for (size_t i = 0; i < plain->plan->count; i++)
		if (visible(plain->tests[i].timeline) != visible(mutated->tests[i].timeline))
			return false;
	return true;
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

/* `counts`: it was made, and some peer could see that. */
static void mutant_line(const struct paint *paint, const struct mutant *mutant, bool counts, bool caught,
                        const char *words)
{
	TEXT_AUTO text = {0};
	text_puts(&text, " ");
	paint_puts(&text, paint,
	           !counts  ? INK_DIM
	           : caught ? INK_GOOD
	                    : INK_BAD,
	           paint_glyph(paint, !counts  ? GLYPH_NOT_REACHED
	                              : caught ? GLYPH_PASS
	                                       : GLYPH_FAIL));
	text_printf(&text, " %-20s %-43s %s", mutant->name, mutant->bug, words);
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
}

struct proof {
	const struct grade_request *request;
	const struct paint *paint;
	struct grade plain; /* without any bug */
	unsigned counted, caught;
};

static bool mutant_prove(struct proof *proof, const struct mutant *mutant)
{
	struct arena *arena = arena_create();
	struct diags diags;
	struct grade grade;
	struct grade_request mutated = *proof->request;
	diags_init(&diags, arena);
	mutated.options.mutation = &mutant->setback;
	bool good = grade_submission(&grade, &mutated, arena, &diags);
	if (good) {
		TEXT_AUTO words = {0};
		unsigned caught = catchers_text(&grade.result, &words);
		bool made = was_made(&grade.session);
		bool counts = made && (caught > 0 || !same_to_peers(&proof->plain.session, &grade.session));
		if (!counts)
			text_puts(&words, made ? "no peer can see it" : "not made: no such call");
		else if (caught == 0)
			text_puts(&words, "NOT CAUGHT by any test");
		mutant_line(proof->paint, mutant, counts, caught > 0, text_string(&words));
		proof->counted += counts;
		proof->caught += counts && caught > 0;
		grade_release(&grade);
	}
	print_diags(&diags);
	arena_destroy(arena);
	return good;
}

int mutants_prove(const struct grade_request *request, const struct paint *paint)
{
	struct arena *arena = arena_create();
	struct diags diags;
	struct proof proof = {.request = request, .paint = paint};
	diags_init(&diags, arena);
	bool good = grade_submission(&proof.plain, request, arena, &diags);
	for (size_t i = 0; good && i < MUTANTS && !interrupted(); i++)
		good = mutant_prove(&proof, &mutants[i]);
	TEXT_AUTO text = {0};
	text_printf(&text, "\n%u of %u bugs that the grader made were caught\n", proof.caught, proof.counted);
	if (good)
		print_text(text_string(&text), text.length);
	print_diags(&diags);
	grade_release(&proof.plain);
	arena_destroy(arena);
	return good ? (int)(proof.counted - proof.caught) : -1;
}
