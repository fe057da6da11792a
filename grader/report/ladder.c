#include "report/ladder.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/utf8.h"
#include "model/plan.h"
#include "report/event_text.h"
#include "report/ladder_rows.h"
#include "report/paint.h"
#include "report/cast.h"
#include "timeline/timeline.h"

#include <inttypes.h>
#include <string.h>

enum {
	TIME_COLUMNS = 9, /* mark, seven for the time, a space */
	LANE_MOST = 10,
	ARROW_UDP = 21, /* room for "ICMP unreachable" */
	CELL_LINES = 4,
	BULK_BYTES = 256,
	LEFT = END_CLIENT,
	RIGHT = END_SERVER,
};

struct canvas {
	struct text *out;
	const struct paint *paint;
	const struct cast *cast;
	size_t width[2]; /* of the cells, by side */
	size_t middle;
	bool several[2]; /* more than one actor on that side */
};

static const struct event *event_at(const struct canvas *canvas, uint32_t number)
{
	return &canvas->cast->timeline->events[number];
}

static int side_of(const struct canvas *canvas, int actor)
{
	const struct test *test = canvas->cast->test->test;
	if (actor >= 0 && (size_t)actor < test->actor_count)
		return test->actors[actor].side == SIDE_CLIENT ? LEFT : RIGHT;
	return canvas->cast->test->student[SIDE_CLIENT] ? LEFT : RIGHT;
}

static void canvas_init(struct canvas *canvas)
{
	const struct plan_test *test = canvas->cast->test;
	for (size_t i = 0; i < test->test->actor_count; i++) {
		int side = side_of(canvas, (int)i);
		for (size_t j = 0; j < i; j++)
			canvas->several[side] = canvas->several[side] || side_of(canvas, (int)j) == side;
	}
	size_t lane = 0;
	for (size_t i = 0; i < canvas->cast->connections && i < CAST_CONNECTIONS; i++) {
		TEXT_AUTO name = {0};
		cast_lane(&name, canvas->cast, (int)i);
		size_t wide = utf8_columns(text_string(&name));
		lane = wide > lane ? wide : lane;
	}
	size_t columns = paint_columns(canvas->paint);
	size_t arrow = columns / 5 + 3;
	if (test->test->transport == TRANSPORT_UDP && arrow < ARROW_UDP)
		arrow = ARROW_UDP;
	canvas->middle = arrow + (lane > LANE_MOST ? LANE_MOST : lane);
	size_t cells = columns - TIME_COLUMNS - canvas->middle - 4;
	bool client = test->student[SIDE_CLIENT], server = test->student[SIDE_SERVER];
	size_t larger = client == server ? cells / 2 : cells * 3 / 5;
	canvas->width[LEFT] = client || !server ? larger : cells - larger;
	canvas->width[RIGHT] = cells - canvas->width[LEFT];
}

static void draw_time(struct canvas *canvas, const struct row *row)
{
	TEXT_AUTO time = {0};
	time_text(&time, event_at(canvas, row->shown_at)->time_ns);
	if (row->marked)
		paint_puts(canvas->out, canvas->paint, INK_BAD, paint_glyph(canvas->paint, GLYPH_MARK));
	else
		paint_spaces(canvas->out, 1);
	paint_spaces(canvas->out, time.length < 7 ? 7 - time.length : 0);
	paint_puts(canvas->out, canvas->paint, INK_DIM, text_string(&time));
	paint_spaces(canvas->out, 1);
}

static void draw_lifeline(struct canvas *canvas)
{
	paint_puts(canvas->out, canvas->paint, INK_DIM, paint_glyph(canvas->paint, GLYPH_LIFELINE));
}

/* One line of a cell: the left one ends at its lifeline, the right one begins there. */
static void draw_cell(struct canvas *canvas, int side, enum ink ink, const char *bytes, size_t length)
{
	TEXT_AUTO line = {0};
	text_add(&line, bytes, length);
	size_t wide = utf8_columns(text_string(&line));
	size_t space = wide < canvas->width[side] ? canvas->width[side] - wide : 0;
	if (side == LEFT)
		paint_spaces(canvas->out, space);
	else
		paint_spaces(canvas->out, length > 0);
	if (length > 0)
		paint_puts(canvas->out, canvas->paint, ink, text_string(&line));
	if (side == LEFT)
		paint_spaces(canvas->out, 1);
}

static void draw_lines(struct canvas *canvas, const struct row *row, int side, enum ink ink, const char *text)
{
	const char *at = text;
	for (unsigned line = 0; line == 0 || (*at != '\0' && line < CELL_LINES); line++) {
		const char *next = at;
		size_t indent = line > 0 && side == RIGHT ? 2 : 0;
		size_t bytes = paint_break(at, canvas->width[side] - indent, &next);
		if (line == 0)
			draw_time(canvas, row);
		else
			paint_spaces(canvas->out, TIME_COLUMNS);
		if (side == LEFT)
			draw_cell(canvas, LEFT, ink, at, bytes);
		else
			draw_cell(canvas, LEFT, INK_PLAIN, "", 0);
		draw_lifeline(canvas);
		paint_spaces(canvas->out, canvas->middle);
		draw_lifeline(canvas);
		paint_spaces(canvas->out, indent);
		if (side == RIGHT)
			draw_cell(canvas, RIGHT, ink, at, bytes);
		text_puts(canvas->out, "\n");
		at = next;
	}
}

/* Whose it is, where a side has several: the connection's name, or else the actor's. */
static void add_lane(struct text *out, const struct canvas *canvas, const struct event *event)
{
	TEXT_AUTO lane = {0};
	cast_lane(&lane, canvas->cast, event->connection);
	if (lane.length == 0 && canvas->several[side_of(canvas, event->actor)])
		text_puts(&lane, cast_actor(canvas->cast, event->actor));
	if (lane.length > 0)
		text_printf(out, " [%s]", text_string(&lane));
}

static void add_times(struct text *out, const struct row *row)
{
	char count[COUNT_LENGTH];
	if (row->times > 1)
		text_printf(out, " ×%s", count_text(row->times, count));
}

/* Bytes of data that fit a cell; none of bulk data, where the number says more. */
static size_t peek_of(const struct canvas *canvas, int side, int64_t bytes)
{
	return bytes > BULK_BYTES ? 0 : canvas->width[side] / 2;
}

/* The line of the student's source: always of what the verdict rests on, else where it fits beside. */
static void add_source(struct text *out, const struct canvas *canvas, const struct row *row, const struct event *event)
{
	TEXT_AUTO source = {0};
	if (!timeline_source(canvas->cast->timeline, event, &source))
		return;
	size_t wide = utf8_columns(text_string(out)) + 2 + utf8_columns(text_string(&source));
	if (row->marked || wide <= canvas->width[side_of(canvas, event->actor)])
		text_printf(out, "  %s", text_string(&source));
}

static void call_cell(struct text *out, const struct canvas *canvas, const struct row *row)
{
	const struct event *call = event_at(canvas, row->call);
	const struct event *returned = row->returned != ROW_NOTHING ? event_at(canvas, row->returned) : NULL;
	const struct event *event = returned != NULL ? returned : call;
	cast_process(out, canvas->cast, event->pid);
	int64_t bytes = call_writes(call->call.call) ? call->call.argument : event->call.result;
	event_call_text(out, call, returned, peek_of(canvas, side_of(canvas, event->actor), bytes));
	if (returned == NULL)
		text_puts(out, " …");
	else if (returned->call.result == 0 && call_reads(returned->call.call) && returned->call.socket != 0)
		text_puts(out, returned->call.datagrams ? " empty datagram" : " end of stream");
	add_times(out, row);
	add_lane(out, canvas, event->connection != CONNECTION_NONE ? event : call);
	add_source(out, canvas, row, event);
}

static void peer_cell(struct text *out, const struct canvas *canvas, const struct row *row)
{
	const struct event *event = event_at(canvas, row->event);
	char count[COUNT_LENGTH];
	if (row->times > 1) {
		text_printf(out, "%s = %" PRIu64 " in %s calls", peer_call_word(event->peer.call), row->bytes,
		            count_text(row->times, count));
	} else {
		event_peer_text(out, event, peek_of(canvas, side_of(canvas, event->actor), event->peer.result));
	}
	if (event->peer.call == PEER_READ && event->peer.result == 0)
		text_puts(out, canvas->cast->test->test->transport == TRANSPORT_UDP ? " empty datagram" : " end of stream");
	add_lane(out, canvas, event);
}

static void draw_cell_row(struct canvas *canvas, const struct row *row)
{
	const struct event *event = event_at(canvas, row->event);
	TEXT_AUTO words = {0};
	enum ink ink = row->marked ? INK_BAD : INK_PLAIN;
	if (row->call != ROW_NOTHING) {
		call_cell(&words, canvas, row);
	} else if (event->kind == EVENT_PEER) {
		peer_cell(&words, canvas, row);
		ink = row->marked ? INK_BAD : INK_DIM;
	} else if (event->kind == EVENT_FORK) {
		text_printf(&words, "makes a %s", event->process.thread ? "thread" : "child process");
	} else {
		struct event one = *event;
		one.pid = row->times > 1 ? 0 : event->pid; /* of several processes none is named */
		event_text(&words, canvas->cast, &one);
		add_times(&words, row);
		ink = row->marked ? INK_BAD : INK_DOUBT;
	}
	TEXT_AUTO folded = {0};
	paint_fold(&folded, canvas->paint, text_string(&words));
	draw_lines(canvas, row, side_of(canvas, event->actor), ink, text_string(&folded));
}

static enum ink segment_ink(const struct event *event)
{
	if ((event->segment.flags & SEGMENT_RST) || event->segment.flags == SEGMENT_UNREACHABLE)
		return INK_BAD;
	bool pure = event->segment.length == 0 && (event->segment.flags & SEGMENT_ACK) &&
	            !(event->segment.flags & (SEGMENT_SYN | SEGMENT_FIN));
	return pure || event->segment.repeated ? INK_DIM : INK_PLAIN;
}

static void draw_arrow(struct canvas *canvas, const struct row *row)
{
	const struct event *event = event_at(canvas, row->event);
	bool right = event->segment.sender == END_CLIENT;
	TEXT_AUTO words = {0};
	TEXT_AUTO lane = {0};
	cast_lane(&lane, canvas->cast, event->connection);
	if (lane.length > 0)
		text_printf(&words, "[%s] ", text_string(&lane));
	if (row->times > 1 && row->bytes > 0) {
		text_printf(&words, "DATA %" PRIu64 " in %" PRIu64, row->bytes, row->times);
	} else {
		event_segment_text(&words, event);
		add_times(&words, row);
	}
	TEXT_AUTO label = {0};
	size_t room = canvas->middle - 5;
	size_t wide = paint_cut(&label, canvas->paint, INK_PLAIN, text_string(&words), room);
	size_t shaft = canvas->middle - 3 - wide, near = shaft / 2;
	enum ink ink = row->marked ? INK_BAD : segment_ink(event);
	paint_begin(canvas->out, canvas->paint, ink);
	if (!right)
		text_puts(canvas->out, paint_glyph(canvas->paint, GLYPH_HEAD_LEFT));
	paint_repeat(canvas->out, canvas->paint, GLYPH_RULE, right ? near : shaft - near);
	text_printf(canvas->out, " %s ", text_string(&label));
	paint_repeat(canvas->out, canvas->paint, GLYPH_RULE, right ? shaft - near : near);
	if (right)
		text_puts(canvas->out, paint_glyph(canvas->paint, GLYPH_HEAD_RIGHT));
	paint_end(canvas->out, canvas->paint, ink);
}

static void draw_state(struct canvas *canvas, const struct row *row, int side)
{
	TEXT_AUTO words = {0};
	if (row->state[side] != ROW_NOTHING) {
		const struct event *event = event_at(canvas, row->state[side]);
		text_printf(&words, "%s%s", row->still[side] ? "still " : "", tcp_state_word(event->state.state));
		if (row->kind == ROW_STATES)
			add_lane(&words, canvas, event);
	}
	TEXT_AUTO label = {0};
	paint_cut(&label, canvas->paint, INK_PLAIN, text_string(&words), canvas->width[side]);
	draw_cell(canvas, side, row->marked ? INK_BAD : INK_STATE, text_string(&label), label.length);
}

static void draw_edge_row(struct canvas *canvas, const struct row *row)
{
	draw_time(canvas, row);
	draw_state(canvas, row, LEFT);
	draw_lifeline(canvas);
	if (row->kind == ROW_SEGMENT)
		draw_arrow(canvas, row);
	else
		paint_spaces(canvas->out, canvas->middle);
	draw_lifeline(canvas);
	draw_state(canvas, row, RIGHT);
	text_puts(canvas->out, "\n");
}

static enum ink span_ink(const struct event *event)
{
	switch (event->kind) {
	case EVENT_SPIN:
	case EVENT_LIMIT:
	case EVENT_DROPPED:
		return INK_BAD;
	case EVENT_STEP:
	case EVENT_LAUNCH:
	case EVENT_SETBACK:
	case EVENT_VARIED:
		return INK_ACTION;
	case EVENT_OUTPUT:
	case EVENT_START:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_CALL:
	case EVENT_RETURN:
	case EVENT_CONNECTION:
	case EVENT_SEGMENT:
	case EVENT_STATE:
	case EVENT_PEER:
	case EVENT_COUNT:
	case EVENT_SOURCE:
	case EVENT_END:
		return INK_PLAIN;
	case EVENT_EXIT:
	case EVENT_SIGNAL:
	case EVENT_BLOCKED:
	case EVENT_QUIET:
		return INK_DOUBT;
	}
	return INK_PLAIN;
}

static void draw_span_row(struct canvas *canvas, const struct row *row)
{
	const struct event *event = event_at(canvas, row->event);
	TEXT_AUTO words = {0};
	event_text(&words, canvas->cast, event);
	add_times(&words, row);
	draw_time(canvas, row);
	TEXT_AUTO folded = {0};
	paint_fold(&folded, canvas->paint, text_string(&words));
	const char *at = text_string(&folded);
	for (bool first = true; first || *at != '\0'; first = false) {
		const char *next;
		size_t bytes = paint_break(at, paint_columns(canvas->paint) - TIME_COLUMNS - 3, &next);
		TEXT_AUTO line = {0};
		text_add(&line, at, bytes);
		if (!first)
			paint_spaces(canvas->out, TIME_COLUMNS + 3);
		else
			paint_repeat(canvas->out, canvas->paint, GLYPH_SPAN, 2);
		if (first)
			paint_spaces(canvas->out, 1);
		paint_puts(canvas->out, canvas->paint, row->marked ? INK_BAD : span_ink(event), text_string(&line));
		text_puts(canvas->out, "\n");
		at = next;
	}
}

static void draw_gap_row(struct canvas *canvas, const struct row *row)
{
	TEXT_AUTO words = {0};
	char count[COUNT_LENGTH];
	const char *ellipsis = paint_glyph(canvas->paint, GLYPH_ELLIPSIS);
	text_printf(&words, "%s %s row%s left out %s", ellipsis, count_text(row->times, count), row->times == 1 ? "" : "s",
	            ellipsis);
	paint_spaces(canvas->out, TIME_COLUMNS);
	paint_puts(canvas->out, canvas->paint, INK_DIM, text_string(&words));
	text_puts(canvas->out, "\n");
}

static void draw_heading(struct canvas *canvas)
{
	static const char *const names[2][2][2] = {
		{{"reference client", "reference clients"}, {"your client", "your clients"}},
		{{"reference server", "reference servers"}, {"your server", "your servers"}},
	};
	const bool *student = canvas->cast->test->student;
	const char *left = names[LEFT][student[SIDE_CLIENT]][canvas->several[LEFT]];
	const char *right = names[RIGHT][student[SIDE_SERVER]][canvas->several[RIGHT]];
	text_puts(canvas->out, "      ms ");
	draw_cell(canvas, LEFT, INK_STRONG, left, strlen(left));
	paint_spaces(canvas->out, canvas->middle + 2);
	draw_cell(canvas, RIGHT, INK_STRONG, right, strlen(right));
	text_puts(canvas->out, "\n");
}

void ladder_draw(struct text *out, const struct paint *paint, const struct plan_test *test,
                 const struct timeline *timeline, const struct evidence *marked, size_t rows_most)
{
	struct arena *arena = arena_create();
	struct cast *cast = arena_alloc(arena, sizeof(*cast));
	cast_init(cast, test, timeline);
	struct canvas canvas = {.out = out, .paint = paint, .cast = cast};
	canvas_init(&canvas);
	struct rows rows;
	rows_build(&rows, cast, marked, arena);
	rows_cap(&rows, rows_most, arena);
	if (rows.count > 0)
		draw_heading(&canvas);
	for (size_t i = 0; i < rows.count; i++) {
		const struct row *row = &rows.list[i];
		switch (row->kind) {
		case ROW_CELL:
			draw_cell_row(&canvas, row);
			break;
		case ROW_SEGMENT:
		case ROW_STATES:
			draw_edge_row(&canvas, row);
			break;
		case ROW_SPAN:
			draw_span_row(&canvas, row);
			break;
		case ROW_GAP:
			draw_gap_row(&canvas, row);
			break;
		}
	}
	arena_destroy(arena);
}
