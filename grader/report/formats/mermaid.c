/* A sequence diagram in Mermaid's notation, of the tests that did not pass: what an autocheck of Submitty draws that has
 * "sequence_diagram": true, and what Markdown draws in a block of the language mermaid. */
#include "report/formats/rows.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"
#include "report/cast.h"
#include "report/event_text.h"
#include "report/formats/plain.h"
#include "report/ladder_rows.h"
#include "timeline/timeline.h"

#include <inttypes.h>
#include <string.h>

/* Mermaid draws no text of more than 50,000 characters. */
enum { TESTS_MOST = 5, ROWS_MOST = 40, WORDS_MOST = 200, DIAGRAM_BYTES = 45000 };

/* Words behind a colon.  What ends a statement or begins a directive, an entity or HTML is written as an entity. */
static void words_add(struct text *out, const char *words)
{
	TEXT_AUTO plain = {0};
	text_escaped(&plain, words, strlen(words), WORDS_MOST, false);
	for (const char *at = text_string(&plain); *at != '\0'; at++) {
		if (strchr(";#%{}<>&`\\", *at) != NULL)
			text_printf(out, "#%d;", *at);
		else
			text_add(out, at, 1);
	}
	text_puts(out, "\n");
}

static const char *lifeline(const struct cast *cast, int actor)
{
	const struct test *test = cast->test->test;
	bool client = actor >= 0 && (size_t)actor < test->actor_count ? test->actors[actor].side == SIDE_CLIENT
	                                                              : cast->test->student[SIDE_CLIENT];
	return client ? "client" : "server";
}

static void lane_add(struct text *words, const struct cast *cast, int connection)
{
	TEXT_AUTO lane = {0};
	cast_lane(&lane, cast, connection);
	if (lane.length > 0)
		text_printf(words, "[%s] ", text_string(&lane));
}

static void cell_add(struct text *out, const struct cast *cast, const struct row *row)
{
	const struct event *events = cast->timeline->events, *event = &events[row->event];
	TEXT_AUTO words = {0};
	if (row->call != ROW_NOTHING) {
		const struct event *returned = row->returned != ROW_NOTHING ? &events[row->returned] : NULL;
		lane_add(&words, cast, event->connection);
		cast_process(&words, cast, event->pid);
		event_call_text(&words, &events[row->call], returned, 24);
		text_puts(&words, returned == NULL ? " …" : "");
	} else if (event->kind == EVENT_PEER) {
		lane_add(&words, cast, event->connection);
		event_peer_text(&words, event, 24);
	} else {
		event_text(&words, cast, event);
	}
	if (row->times > 1)
		text_printf(&words, " ×%" PRIu64, row->times);
	const char *side = lifeline(cast, event->actor);
	text_printf(out, "    Note %s of %s: %s", strcmp(side, "client") == 0 ? "left" : "right", side,
	            row->marked ? "✗ " : "");
	words_add(out, text_string(&words));
}

static void segment_add(struct text *out, const struct cast *cast, const struct row *row)
{
	const struct event *event = &cast->timeline->events[row->event];
	bool client = event->segment.sender == END_CLIENT;
	TEXT_AUTO words = {0};
	lane_add(&words, cast, event->connection);
	if (row->times > 1 && row->bytes > 0)
		text_printf(&words, "DATA %" PRIu64 " in %" PRIu64, row->bytes, row->times);
	else
		event_segment_text(&words, event);
	text_printf(out, "    %s->>%s: %s", client ? "client" : "server", client ? "server" : "client",
	            row->marked ? "✗ " : "");
	words_add(out, text_string(&words));
}

static void states_add(struct text *out, const struct cast *cast, const struct row *row)
{
	for (int end = 0; end < 2; end++) {
		if (row->state[end] == ROW_NOTHING)
			continue;
		text_printf(out, "    Note over %s: ", end == END_CLIENT ? "client" : "server");
		words_add(out, tcp_state_word(cast->timeline->events[row->state[end]].state.state));
	}
}

static void across_add(struct text *out, const char *words)
{
	text_puts(out, "    Note over client,server: ");
	words_add(out, words);
}

static void test_add(struct text *out, const struct view *view, size_t index, struct arena *arena)
{
	const struct test_result *test = &view->result.tests[index];
	const struct recorded *recorded = &view->recorded[index];
	TEXT_AUTO heading = {0};
	text_printf(&heading, "%s: ", test->test->name);
	plain_message(&heading, test);
	across_add(out, text_string(&heading));
	if (recorded->timeline == NULL)
		return;
	struct cast *cast = arena_alloc(arena, sizeof(*cast));
	struct rows rows;
	struct evidence marked = view_evidence(view, test);
	cast_init(cast, recorded->plan, recorded->timeline);
	rows_build(&rows, cast, &marked, arena);
	rows_cap(&rows, ROWS_MOST, arena);
	for (size_t i = 0; i < rows.count; i++) {
		const struct row *row = &rows.list[i];
		TEXT_AUTO words = {0};
		switch (row->kind) {
		case ROW_CELL:
			cell_add(out, cast, row);
			break;
		case ROW_SEGMENT:
			segment_add(out, cast, row);
			states_add(out, cast, row);
			break;
		case ROW_STATES:
			states_add(out, cast, row);
			break;
		case ROW_SPAN:
			event_text(&words, cast, &cast->timeline->events[row->event]);
			across_add(out, text_string(&words));
			break;
		case ROW_GAP:
			text_printf(&words, "… %" PRIu64 " rows left out …", row->times);
			across_add(out, text_string(&words));
			break;
		}
	}
}

static void write_mermaid(struct text *out, const struct view *view, const struct format_context *context)
{
	(void)context;
	size_t shown = 0, wanted = 0;
	text_puts(out, "sequenceDiagram\n    participant client\n    participant server\n");
	if (!view->result.built)
		across_add(out, "The submission could not be built, so nothing was run.");
	for (size_t i = 0; view->result.built && i < view->result.test_count; i++) {
		if (view->result.tests[i].verdict != TEST_FAIL)
			continue;
		struct arena *arena = arena_create();
		TEXT_AUTO part = {0};
		if (shown < TESTS_MOST)
			test_add(&part, view, i, arena);
		if (shown < TESTS_MOST && out->length + part.length < DIAGRAM_BYTES) {
			text_add(out, text_string(&part), part.length);
			shown++;
		}
		arena_destroy(arena);
		wanted++;
	}
	TEXT_AUTO more = {0};
	if (shown < wanted)
		text_printf(&more, "and %zu more tests that failed", wanted - shown);
	else if (view->result.built && wanted == 0)
		text_puts(&more, "No test that is shown failed.");
	if (more.length > 0)
		across_add(out, text_string(&more));
}

const struct format format_mermaid = {
	.name = "mermaid",
	.help = "sequence diagram of the tests that failed, for Submitty's \"sequence_diagram\" or Markdown",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_mermaid,
};
