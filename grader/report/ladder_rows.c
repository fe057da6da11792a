#include "report/ladder_rows.h"

#include "base/arena.h"
#include "model/plan.h"
#include "model/result.h"
#include "report/cast.h"
#include "report/spoken_calls.h"
#include "timeline/timeline.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Segments, reads and writes of at least this many bytes are folded: below it the pieces may be the point. */
enum { BULK_BYTES = 512, THREADS_MOST = 256 };

struct thread {
	int32_t pid, tid;
	uint32_t call; /* entered and not returned from; ROW_NOTHING */
	size_t row; /* that shows it already; SIZE_MAX */
	uint64_t epoch;
};

struct builder {
	struct rows *rows;
	const struct cast *cast;
	const struct evidence *marked;
	struct arena *arena;
	struct thread threads[THREADS_MOST];
	size_t thread_count;
	uint64_t epoch; /* grows when all is quiet: a call that is under way then is one that blocks */
	bool *started; /* by actor: socket() was called since it was launched */
	uint8_t states[CAST_CONNECTIONS][2]; /* shown last; 0xff: none */
	uint32_t last_quiet; /* number; ROW_NOTHING */
	size_t claimed; /* rows in front of this one have their cause */
	bool settled; /* the last line is decided: the grader ends what still runs */
	uint32_t repeat; /* of the newest folded return */
};

static const struct event *event_at(const struct builder *builder, uint32_t number)
{
	return &builder->cast->timeline->events[number];
}

static bool is_marked(const struct builder *builder, const struct event *event)
{
	for (size_t i = 0; builder->marked != NULL && i < builder->marked->count; i++)
		if (builder->marked->events[i] == event->number)
			return true;
	return false;
}

static struct row *last_row(struct builder *builder)
{
	return builder->rows->count > 0 ? &builder->rows->list[builder->rows->count - 1] : NULL;
}

static struct row *add_row(struct builder *builder, enum row_kind kind, const struct event *event)
{
	struct rows *rows = builder->rows;
	rows->list = arena_grow(builder->arena, rows->list, &rows->capacity, rows->count + 1, sizeof(*rows->list));
	rows->list[rows->count] = (struct row){
		.kind = kind,
		.event = event->number,
		.shown_at = event->number,
		.call = ROW_NOTHING,
		.returned = ROW_NOTHING,
		.state = {ROW_NOTHING, ROW_NOTHING},
		.times = 1,
		.marked = is_marked(builder, event),
	};
	return &rows->list[rows->count++];
}

static bool *actor_started(struct builder *builder, const struct event *event)
{
	static const size_t none = 0;
	size_t actors = builder->cast->test->test->actor_count;
	return &builder->started[event->actor >= 0 && (size_t)event->actor < actors ? (size_t)event->actor + 1 : none];
}

static struct thread *thread_of(struct builder *builder, const struct event *event)
{
	for (size_t i = 0; i < builder->thread_count; i++)
		if (builder->threads[i].tid == event->tid)
			return &builder->threads[i];
	if (builder->thread_count == THREADS_MOST)
		return NULL;
	builder->threads[builder->thread_count] =
		(struct thread){.pid = event->pid, .tid = event->tid, .call = ROW_NOTHING, .row = SIZE_MAX};
	return &builder->threads[builder->thread_count++];
}

static bool same_return(const struct builder *builder, const struct row *row, const struct event *event)
{
	if (row == NULL || row->kind != ROW_CELL || row->returned == ROW_NOTHING)
		return false;
	const struct event *before = event_at(builder, row->returned);
	return before->tid == event->tid && before->call.call == event->call.call &&
	       before->call.descriptor == event->call.descriptor && before->call.socket == event->call.socket &&
	       before->call.result == event->call.result && before->call.argument == event->call.argument &&
	       before->call.value == event->call.value && before->data_length == event->data_length &&
	       (event->data_length == 0 || memcmp(before->data, event->data, event->data_length) == 0);
}

/* `repeat` may be a count that the watcher keeps (1, 2, 4, …) or a sum it gives once. */
static void fold_return(struct builder *builder, struct row *row, const struct event *event)
{
	uint32_t repeat = event->call.repeat > 0 ? event->call.repeat : 1;
	if (repeat > builder->repeat)
		row->times = row->times < repeat ? repeat : row->times + repeat;
	else
		row->times += repeat;
	builder->repeat = repeat;
	row->marked = row->marked || is_marked(builder, event);
}

static void build_call(struct builder *builder, const struct event *event)
{
	if (event->call.call == CALL_SOCKET)
		*actor_started(builder, event) = true;
	struct thread *thread = thread_of(builder, event);
	if (thread == NULL)
		return;
	thread->call = event->number;
	thread->epoch = builder->epoch;
	thread->row = SIZE_MAX;
	bool shown = *actor_started(builder, event) && call_acts(event->call.call) && event->call.socket != 0;
	if (!shown && !is_marked(builder, event))
		return;
	thread->row = builder->rows->count;
	add_row(builder, ROW_CELL, event)->call = event->number;
}

static void build_return(struct builder *builder, const struct event *event)
{
	struct thread *thread = thread_of(builder, event);
	uint32_t call = thread != NULL ? thread->call : ROW_NOTHING;
	size_t shown = thread != NULL ? thread->row : SIZE_MAX;
	bool stood = thread != NULL && thread->epoch != builder->epoch;
	if (thread != NULL) {
		thread->call = ROW_NOTHING;
		thread->row = SIZE_MAX;
	}
	if (call != ROW_NOTHING && event_at(builder, call)->call.call != event->call.call)
		call = ROW_NOTHING;
	bool marked = is_marked(builder, event);
	/* A call that was shown where it began gets its result there, unless it is one that waited while others acted. */
	bool waited = shown != SIZE_MAX && !call_acts(event->call.call) && shown + 1 < builder->rows->count;
	if (shown != SIZE_MAX && call != ROW_NOTHING && !stood && !waited) {
		struct row *row = &builder->rows->list[shown];
		row->returned = event->number;
		row->times = event->call.repeat > 0 ? event->call.repeat : 1;
		row->marked = row->marked || marked;
		return;
	}
	const struct event *arguments = call != ROW_NOTHING ? event_at(builder, call) : event;
	if (!marked && (!*actor_started(builder, event) || !call_speaks(arguments, event)))
		return;
	if (same_return(builder, last_row(builder), event)) {
		fold_return(builder, last_row(builder), event);
		return;
	}
	struct row *row = add_row(builder, ROW_CELL, event);
	row->call = arguments->number;
	row->returned = event->number;
	row->times = builder->repeat = event->call.repeat > 0 ? event->call.repeat : 1;
}

static bool segment_folds(const struct builder *builder, const struct row *row, const struct event *event)
{
	/* A datagram is one by itself, however large. */
	if (row == NULL || row->kind != ROW_SEGMENT || event->segment.flags == 0 || row->state[0] != ROW_NOTHING ||
	    row->state[1] != ROW_NOTHING)
		return false;
	const struct event *before = event_at(builder, row->event);
	uint8_t plain = SEGMENT_ACK | SEGMENT_PSH;
	bool bulk = before->segment.length >= BULK_BYTES && event->segment.length >= BULK_BYTES;
	bool pure = before->segment.length == 0 && event->segment.length == 0;
	return (bulk || pure) && before->connection == event->connection &&
	       before->segment.sender == event->segment.sender && (before->segment.flags & ~plain) == 0 &&
	       (event->segment.flags & ~plain) == 0 && before->segment.repeated == event->segment.repeated;
}

static void build_segment(struct builder *builder, const struct event *event)
{
	struct row *row = last_row(builder);
	if (segment_folds(builder, row, event)) {
		row->times++;
		row->marked = row->marked || is_marked(builder, event);
	} else {
		row = add_row(builder, ROW_SEGMENT, event);
	}
	row->bytes += event->segment.length;
}

static void build_state(struct builder *builder, const struct event *event)
{
	bool known = event->connection >= 0 && event->connection < CAST_CONNECTIONS;
	enum end end = event->state.end;
	bool marked = is_marked(builder, event);
	bool still = known && builder->states[event->connection][end] == (uint8_t)event->state.state;
	if (still && !marked)
		return;
	if (known)
		builder->states[event->connection][end] = (uint8_t)event->state.state;
	struct row *row = last_row(builder);
	bool fits = row != NULL && (row->kind == ROW_SEGMENT || row->kind == ROW_STATES) &&
	            row->state[end] == ROW_NOTHING && row->times == 1 &&
	            event_at(builder, row->event)->connection == event->connection;
	if (!fits)
		row = add_row(builder, ROW_STATES, event);
	row->state[end] = event->number;
	row->still[end] = still;
	row->marked = row->marked || marked;
}

static bool segment_follows(const struct event *segment, const struct event *peer)
{
	uint8_t flags = segment->segment.flags;
	switch (peer->peer.call) {
	case PEER_CONNECT:
		return flags & SEGMENT_SYN;
	case PEER_WRITE:
		return segment->segment.length > 0 || flags == 0;
	case PEER_SHUTDOWN:
	case PEER_CLOSE:
	case PEER_RESET:
		return flags & (SEGMENT_FIN | SEGMENT_RST);
	case PEER_LISTEN:
	case PEER_ACCEPT:
	case PEER_READ:
	case PEER_LOSE:
	case PEER_DUPLICATE:
	case PEER_REORDER:
	case PEER_DELAY:
	case PEER_WINDOW:
		return false;
	}
	return false;
}

/* The peer's call is logged behind the segments that it caused; a reader looks for it in front of them. */
static void raise_cause(struct builder *builder, const struct event *event)
{
	struct row *list = builder->rows->list;
	size_t at = builder->rows->count - 1, to = at;
	enum end own = END_SERVER;
	const struct test *test = builder->cast->test->test;
	if (event->actor >= 0 && (size_t)event->actor < test->actor_count)
		own = test->actors[event->actor].side == SIDE_CLIENT ? END_CLIENT : END_SERVER;
	for (size_t i = at; i-- > builder->claimed && (list[i].kind == ROW_SEGMENT || list[i].kind == ROW_STATES);) {
		const struct event *before = event_at(builder, list[i].event);
		if (before->connection != event->connection)
			break;
		if (list[i].kind == ROW_SEGMENT && before->segment.sender == own && segment_follows(before, event))
			to = i;
	}
	builder->claimed = builder->rows->count;
	if (to == at)
		return;
	struct row row = list[at];
	row.shown_at = list[to].event;
	memmove(&list[to + 1], &list[to], (at - to) * sizeof(*list));
	list[to] = row;
}

static void build_peer(struct builder *builder, const struct event *event)
{
	struct row *row = last_row(builder);
	bool folds = false;
	if (row != NULL && row->kind == ROW_CELL && event_at(builder, row->event)->kind == EVENT_PEER) {
		const struct event *before = event_at(builder, row->event);
		bool moves = (event->peer.call == PEER_READ || event->peer.call == PEER_WRITE) &&
		             builder->cast->test->test->transport == TRANSPORT_TCP;
		folds = moves && before->peer.call == event->peer.call && before->connection == event->connection &&
		        before->actor == event->actor && before->peer.result >= BULK_BYTES && event->peer.result >= BULK_BYTES;
	}
	if (folds) {
		row->times++;
		row->marked = row->marked || is_marked(builder, event);
	} else {
		row = add_row(builder, ROW_CELL, event);
	}
	row->bytes += event->peer.result > 0 ? (uint64_t)event->peer.result : 0;
	if (!folds)
		raise_cause(builder, event);
}

static void build_output(struct builder *builder, const struct event *event)
{
	struct row *row = last_row(builder);
	if (row != NULL && row->kind == ROW_SPAN && event_at(builder, row->event)->kind == EVENT_OUTPUT &&
	    event_at(builder, row->event)->actor == event->actor && !is_marked(builder, event))
		row->times++;
	else
		add_row(builder, ROW_SPAN, event);
}

/* What the grader does by itself, and what the peer could not do. */
static void build_step(struct builder *builder, const struct event *event)
{
	const struct plan_test *test = builder->cast->test;
	const struct line *line = NULL;
	if (event->step.line < test->line_count && test->by_number != NULL)
		line = test->by_number[event->step.line];
	bool harness = line != NULL && line->kind == LINE_HARNESS && line->step->verb != VERB_LAUNCH;
	bool drops = line != NULL && line->kind == LINE_ACTION && line->step->verb == VERB_DROP;
	if (is_marked(builder, event) || (event->step.done ? event->step.error != 0 || drops : harness))
		add_row(builder, ROW_SPAN, event);
}

/* The newest row says the same, but for what the threads wait for. */
static bool quiet_is_told(const struct builder *builder, const struct event *event)
{
	size_t at = builder->rows->count;
	while (at > 0 && event_at(builder, builder->rows->list[at - 1].event)->kind == EVENT_BLOCKED)
		at--;
	const struct event *last = at > 0 ? event_at(builder, builder->rows->list[at - 1].event) : NULL;
	return last != NULL && last->kind == EVENT_QUIET && last->quiet.reason == event->quiet.reason;
}

/* Threads and processes that wait at the same place share a row; those of this moment begin at `from`. */
static void add_blocked(struct builder *builder, const struct event *event, size_t from)
{
	for (size_t i = from; i < builder->rows->count; i++) {
		struct row *row = &builder->rows->list[i];
		const struct event *before = event_at(builder, row->event);
		if (before->kind == EVENT_BLOCKED && before->actor == event->actor && before->site == event->site &&
		    before->connection == event->connection && before->blocked.call == event->blocked.call &&
		    before->blocked.descriptor == event->blocked.descriptor && before->blocked.held == event->blocked.held &&
		    before->blocked.until_ns == event->blocked.until_ns) {
			row->times++;
			return;
		}
	}
	add_row(builder, ROW_CELL, event);
}

/* The last quiet moment is how it ended; the threads in front of it say what they wait for. */
static void build_quiet(struct builder *builder, const struct event *event)
{
	builder->epoch++;
	if (event->quiet.final)
		builder->settled = true;
	if (!is_marked(builder, event) && (event->number != builder->last_quiet || quiet_is_told(builder, event)))
		return;
	uint32_t first = event->number;
	while (first > 0 && event_at(builder, first - 1)->kind == EVENT_BLOCKED)
		first--;
	size_t from = builder->rows->count;
	for (; first < event->number; first++)
		if (!is_marked(builder, event_at(builder, first)))
			add_blocked(builder, event_at(builder, first), from);
	add_row(builder, ROW_SPAN, event);
}

static void build_exit(struct builder *builder, const struct event *event)
{
	for (size_t i = builder->thread_count; i-- > 0;)
		if (builder->threads[i].pid == event->pid)
			builder->threads[i] = builder->threads[--builder->thread_count];
	int32_t status = event->process.status;
	bool ended = builder->settled && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (!ended || is_marked(builder, event))
		add_row(builder, ROW_SPAN, event);
}

/* A limit ends a program in the middle of something: what its threads were in. */
static void build_limit(struct builder *builder, const struct event *event)
{
	enum { CALLS_MOST = 4 };
	size_t shown = 0;
	for (size_t i = 0; i < builder->thread_count && shown < CALLS_MOST; i++) {
		const struct thread *thread = &builder->threads[i];
		if (thread->call == ROW_NOTHING || thread->row != SIZE_MAX)
			continue;
		const struct event *call = event_at(builder, thread->call);
		if (!*actor_started(builder, call) || (call->call.socket == 0 && !call_waits(call->call.call)))
			continue;
		add_row(builder, ROW_CELL, call)->call = call->number;
		shown++;
	}
	add_row(builder, ROW_SPAN, event);
}

static void build_event(struct builder *builder, const struct event *event)
{
	switch (event->kind) {
	case EVENT_CALL:
		build_call(builder, event);
		return;
	case EVENT_RETURN:
		build_return(builder, event);
		return;
	case EVENT_SEGMENT:
		build_segment(builder, event);
		return;
	case EVENT_STATE:
		build_state(builder, event);
		return;
	case EVENT_PEER:
		build_peer(builder, event);
		return;
	case EVENT_OUTPUT:
		build_output(builder, event);
		return;
	case EVENT_STEP:
		build_step(builder, event);
		return;
	case EVENT_QUIET:
		build_quiet(builder, event);
		return;
	case EVENT_EXIT:
		build_exit(builder, event);
		return;
	case EVENT_LAUNCH:
		*actor_started(builder, event) = false;
		add_row(builder, ROW_SPAN, event);
		return;
	case EVENT_FORK:
		if (is_marked(builder, event) || (!event->process.thread && *actor_started(builder, event)))
			add_row(builder, ROW_CELL, event);
		return;
	case EVENT_LIMIT:
		build_limit(builder, event);
		return;
	case EVENT_SIGNAL:
	case EVENT_SPIN:
	case EVENT_SETBACK:
	case EVENT_VARIED:
	case EVENT_DROPPED:
		add_row(builder, ROW_SPAN, event);
		return;
	case EVENT_BLOCKED:
		if (is_marked(builder, event))
			add_row(builder, ROW_CELL, event);
		return;
	case EVENT_EXEC:
	case EVENT_CONNECTION:
	case EVENT_COUNT:
	case EVENT_START:
	case EVENT_SOURCE:
	case EVENT_END:
		if (is_marked(builder, event))
			add_row(builder, ROW_SPAN, event);
		return;
	}
}

void rows_build(struct rows *rows, const struct cast *cast, const struct evidence *marked, struct arena *arena)
{
	*rows = (struct rows){0};
	if (cast->timeline == NULL)
		return;
	struct builder *builder = arena_alloc(arena, sizeof(*builder));
	*builder = (struct builder){.rows = rows, .cast = cast, .marked = marked, .arena = arena};
	builder->last_quiet = ROW_NOTHING;
	builder->started = arena_array(arena, cast->test->test->actor_count + 1, sizeof(*builder->started));
	memset(builder->states, 0xff, sizeof(builder->states));
	for (size_t i = 0; i < cast->timeline->count; i++)
		if (cast->timeline->events[i].kind == EVENT_QUIET)
			builder->last_quiet = (uint32_t)i;
	for (size_t i = 0; i < cast->timeline->count; i++)
		build_event(builder, &cast->timeline->events[i]);
}
