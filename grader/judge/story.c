#include "judge/story.h"

#include "judge/story_inside.h"

#include "model/language.h"

#include "base/arena.h"

#include <signal.h>
#include <string.h>

/* Ceiling of connections: event.connection has 16 bits. */
enum { CONNECTIONS_MOST = INT16_MAX };

struct story *story_create(const struct plan_test *test, struct arena *arena)
{
	struct story *story = arena_alloc(arena, sizeof(*story));
	story->test = test;
	story->arena = arena;
	story->port = test->port;
	story->rung = RUNG_E;
	story->watch = WATCH_NOTHING;
	story->quiet = story->spin = story->limit = story->end = STORY_NONE;
	story->actors = arena_array(arena, test->test->actor_count + 1, sizeof(struct story_actor));
	for (size_t i = 0; i < test->test->actor_count; i++) {
		struct story_actor *actor = &story->actors[i];
		actor->student = plan_student(test, (int)i);
		actor->launched = actor->exited = actor->listening = actor->polled = actor->killed = STORY_NONE;
		for (size_t j = 0; j < 2; j++) {
			actor->output_event[j] = STORY_NONE;
			actor->output[j].unknown_from = SIZE_MAX;
		}
		for (size_t j = 0; j < sizeof(actor->counts) / sizeof(actor->counts[0]); j++) {
			actor->counts[j] = -1;
			actor->count_events[j] = STORY_NONE;
		}
	}
	return story;
}

static bool actor_known(const struct story *story, int actor)
{
	return actor >= 0 && (size_t)actor < story->test->test->actor_count;
}

void story_bytes_add(struct story *story, struct story_bytes *stream, const uint8_t *bytes, size_t known, size_t length)
{
	if (length > STORY_STREAM_MOST - stream->length) {
		length = STORY_STREAM_MOST - stream->length;
		if (stream->unknown_from > stream->length)
			stream->unknown_from = stream->length;
	}
	if (known > length)
		known = length;
	stream->bytes = arena_grow(story->arena, stream->bytes, &stream->capacity, stream->length + length + 1, 1);
	if (known > 0)
		memcpy(stream->bytes + stream->length, bytes, known);
	if (known < length && stream->unknown_from > stream->length + known)
		stream->unknown_from = stream->length + known;
	stream->length += length;
}

void story_end_ended(struct story_end *end, uint32_t event)
{
	story_first(&end->ended, event);
}

void story_end_broken(struct story_end *end, uint32_t event)
{
	story_first(&end->broken, event);
}

static void end_init(struct story_end *end)
{
	end->actor = ACTOR_NONE;
	end->stream.unknown_from = SIZE_MAX;
	end->syn = end->fin = end->reset = end->ended = end->broken = end->made = STORY_NONE;
	end->zero_read = end->last_zero_read = end->last_read = end->last_write = end->read_failed = STORY_NONE;
	end->shut = end->shut_began = end->close_began = end->closed = end->state_event = end->confirmed = end->drained =
		STORY_NONE;
	end->descriptor = DESCRIPTOR_NONE;
	end->unread_at_close = -1;
}

struct story_connection *story_connection_make(struct story *story, const struct event *event)
{
	int number = event->connection;
	if (number < 0 || number >= CONNECTIONS_MOST)
		return NULL;
	if ((size_t)number >= story->connection_count) {
		story->connections = arena_grow(story->arena, story->connections, &story->connection_capacity,
		                                (size_t)number + 1, sizeof(struct story_connection *));
		story->connection_count = (size_t)number + 1;
	}
	if (story->connections[number] == NULL) {
		struct story_connection *connection = arena_alloc(story->arena, sizeof(*connection));
		connection->number = number;
		connection->created = event->number;
		for (int end = END_CLIENT; end <= END_SERVER; end++) {
			end_init(&connection->end[end]);
			connection->end[end].student = story->test->student[end == END_SERVER ? SIDE_SERVER : SIDE_CLIENT];
		}
		story->connections[number] = connection;
	}
	return story->connections[number];
}

static void feed_connection(struct story *story, const struct event *event)
{
	struct story_connection *connection = story_connection_make(story, event);
	if (connection == NULL)
		return;
	connection->address[END_CLIENT] = event->ends.from;
	connection->address[END_SERVER] = event->ends.to;
	const int actors[2] = {event->ends.client, event->ends.server};
	for (int end = END_CLIENT; end <= END_SERVER; end++) {
		if (!actor_known(story, actors[end]))
			continue;
		connection->end[end].actor = actors[end];
		connection->end[end].student = story->actors[actors[end]].student;
	}
	if (story_datagrams(story))
		story->connections[event->connection] = story_conversation(story, connection);
}

static void segment_facts(struct story_connection *connection, const struct event *event)
{
	struct story_end *end = &connection->end[event->segment.sender];
	uint8_t flags = event->segment.flags;
	if ((flags & SEGMENT_SYN) != 0)
		story_first(&end->syn, event->number);
	if ((flags & SEGMENT_RST) != 0) {
		story_first(&end->reset, event->number);
		story_end_broken(end, event->number);
		return;
	}
	if ((flags & SEGMENT_SYN) == 0 && event->segment.length > 0) {
		uint64_t last = (uint64_t)event->segment.sequence + event->segment.length - 1;
		if (last > end->captured)
			end->captured = last;
	}
	if ((flags & SEGMENT_FIN) != 0) {
		if (end->fin == STORY_NONE)
			end->other_at_fin = connection->end[!event->segment.sender].captured;
		story_first(&end->fin, event->number);
		story_end_ended(end, event->number);
	}
}

static void feed_segment(struct story *story, const struct event *event)
{
	struct story_connection *connection = story_connection_make(story, event);
	if (connection == NULL || (event->segment.sender != END_CLIENT && event->segment.sender != END_SERVER))
		return;
	story->captures = true;
	connection->segments = arena_grow(story->arena, connection->segments, &connection->segment_capacity,
	                                  connection->segment_count + 1, sizeof(struct story_segment));
	connection->segments[connection->segment_count++] = (struct story_segment){
		event->number,          event->segment.sender,   event->segment.flags,          event->segment.repeated,
		story_datagrams(story), event->segment.sequence, event->segment.acknowledgment, event->segment.length,
	};
	if (story_datagrams(story))
		story_datagram_passed(story, connection, event);
	else
		segment_facts(connection, event);
}

static struct story_process *process_add(struct story *story, const struct event *event)
{
	story->processes = arena_grow(story->arena, story->processes, &story->process_capacity, story->process_count + 1,
	                              sizeof(struct story_process));
	struct story_process *process = &story->processes[story->process_count++];
	*process = (struct story_process){.pid = event->pid,
	                                  .parent = event->process.parent,
	                                  .actor = event->actor,
	                                  .born = event->number,
	                                  .ended = STORY_NONE};
	return process;
}

static void feed_fork(struct story *story, const struct event *event)
{
	if (!event->process.thread)
		process_add(story, event);
}

static void feed_launch(struct story *story, const struct event *event)
{
	struct story_process *process = process_add(story, event);
	process->main = true;
	if (!actor_known(story, event->actor))
		return;
	struct story_actor *actor = &story->actors[event->actor];
	actor->launches++;
	actor->launched = event->number;
	actor->main_pid = event->pid;
	actor->exited = actor->killed = STORY_NONE;
	actor->holds = actor->execs = false;
	actor->stopped = 0;
	actor->row.count = 0;
	for (size_t i = 0; i < 2; i++)
		actor->output[i].length = 0;
}

/* Another thread ended the program before shutdown(2) had returned. */
static void shut_without_return(struct story *story, int actor)
{
	for (size_t i = 0; i < story->connection_count; i++) {
		struct story_connection *connection = story->connections[i];
		struct story_end *end = connection != NULL ? &connection->end[story_end_of(story, actor)] : NULL;
		if (end == NULL || end->actor != actor || end->shut != STORY_NONE || end->shut_began == STORY_NONE ||
		    end->ended == STORY_NONE || end->ended < end->shut_began)
			continue;
		end->shut = end->shut_began;
		end->shut_how = end->shut_asked;
	}
}

static void feed_exit(struct story *story, const struct event *event)
{
	if (event->process.thread)
		return;
	struct story_process *process = NULL;
	for (size_t i = story->process_count; i > 0 && process == NULL; i--) {
		if (story->processes[i - 1].pid == event->pid && story->processes[i - 1].ended == STORY_NONE)
			process = &story->processes[i - 1];
	}
	if (process == NULL)
		process = process_add(story, event);
	process->ended = event->number;
	process->status = event->process.status;
	process->main = process->main || event->process.main;
	if (event->process.main && actor_known(story, event->actor)) {
		shut_without_return(story, event->actor);
		story->actors[event->actor].exited = event->number;
		story->actors[event->actor].status = event->process.status;
	}
}

/* What a line of the grader does to a program. */
static void feed_step(struct story *story, const struct event *event)
{
	if (event->step.line >= story->test->line_count)
		return;
	const struct line *line = story->test->by_number[event->step.line];
	if (!actor_known(story, line->actor) || line->kind != LINE_HARNESS)
		return;
	struct story_actor *actor = &story->actors[line->actor];
	bool kills = line->step->verb == VERB_KILL;
	if (event->step.done) {
		if (line->step->verb == VERB_HOLD || line->step->verb == VERB_RELEASE)
			actor->holds = line->step->verb == VERB_HOLD && event->step.error == 0;
	} else if (kills || line->step->verb == VERB_SIGNAL) {
		story_first(&actor->killed, event->number);
		story->signals = arena_grow(story->arena, story->signals, &story->signal_capacity, story->signal_count + 1,
		                            sizeof(struct story_signal));
		story->signals[story->signal_count++] =
			(struct story_signal){event->number, line->actor, kills ? 9 : line->step->number};
	}
}

static void feed_output(struct story *story, const struct event *event)
{
	if (!actor_known(story, event->actor) || event->output.descriptor < 1 || event->output.descriptor > 2)
		return;
	struct story_actor *actor = &story->actors[event->actor];
	size_t index = (size_t)event->output.descriptor - 1;
	story_bytes_add(story, &actor->output[index], event->data, event->data_length, event->data_length);
	actor->output_event[index] = event->number;
}

static void feed_count(struct story *story, const struct event *event)
{
	if (!actor_known(story, event->actor) || event->count.what > COUNT_THREADS)
		return;
	story->actors[event->actor].counts[event->count.what] = event->count.value;
	story->actors[event->actor].count_events[event->count.what] = event->number;
}

static void feed_blocked(struct story *story, const struct event *event)
{
	if (story->blocked_old)
		story->blocked_count = 0;
	story->blocked_old = false;
	story->blocked = arena_grow(story->arena, story->blocked, &story->blocked_capacity, story->blocked_count + 1,
	                            sizeof(struct story_blocked));
	story->blocked[story->blocked_count++] = (struct story_blocked){
		.event = event->number,
		.actor = event->actor,
		.connection = event->connection,
		.pid = event->pid,
		.tid = event->tid,
		.descriptor = event->blocked.descriptor,
		.call = event->blocked.call,
		.socket = event->blocked.socket,
		.until_ns = event->blocked.until_ns,
		.held = event->blocked.held,
		.listening = event->blocked.listening,
	};
}

static void feed_quiet(struct story *story, const struct event *event)
{
	if (story->blocked_old)
		story->blocked_count = 0;
	story->blocked_old = true;
	story->quiet = event->number;
	story->quiet_reason = event->quiet.reason;
	story->settled = story->settled || event->quiet.final;
}

static void feed_start(struct story *story, const struct event *event)
{
	story->rung = event->start.rung;
	story->watch = event->start.rung <= RUNG_C ? event->start.watch : WATCH_NOTHING;
	story->captures = event->start.rung <= RUNG_B;
	if (event->start.port != 0)
		story->port = event->start.port;
}

/* The first of its kind. */
static void feed_mark(struct story *story, const struct event *event)
{
	bool spins = event->kind == EVENT_SPIN;
	uint32_t *mark = spins ? &story->spin : &story->limit;
	struct event *copy = spins ? &story->spin_event : &story->limit_event;
	if (*mark != STORY_NONE)
		return;
	*mark = event->number;
	*copy = *event;
	copy->data = NULL;
	copy->data_length = 0;
}

static void feed_setback(struct story *story, const struct event *event)
{
	story->setbacks = arena_grow(story->arena, story->setbacks, &story->setback_capacity, story->setback_count + 1,
	                             sizeof(struct story_setback));
	story->setbacks[story->setback_count++] = (struct story_setback){event->number, STORY_NONE, event->tid, *event};
}

/* The next return of the thread is the one that was made. */
static void setback_returns(struct story *story, const struct event *event)
{
	for (size_t i = story->setback_count; event->kind == EVENT_RETURN && i > 0; i--) {
		struct story_setback *setback = &story->setbacks[i - 1];
		if (setback->tid != event->tid)
			continue;
		if (setback->returned == STORY_NONE)
			setback->returned = event->number;
		return;
	}
}

static void feed_call(struct story *story, const struct event *event)
{
	setback_returns(story, event);
	if (actor_known(story, event->actor))
		story_feed_call(story, event);
}

static void feed_peer(struct story *story, const struct event *event)
{
	if (actor_known(story, event->actor))
		story_feed_peer(story, event);
}

static void feed_exec(struct story *story, const struct event *event)
{
	if (!actor_known(story, event->actor))
		return;
	story->actors[event->actor].execs = true;
	if (event->data_length > 0)
		story->actors[event->actor].language = language_of((const char *)event->data, event->data_length);
}

static void feed_row(struct story_actor *actor, const struct event *event)
{
	bool same =
		actor->row.call == event->call.call && actor->row.result == event->call.result && actor->row.tid == event->tid;
	if (event->call.repeat > 1) {
		actor->row.count = event->call.repeat + (same ? actor->row.count : 0);
		actor->row.call = event->call.call;
		actor->row.result = event->call.result;
		actor->row.tid = event->tid;
		actor->row.event = event->number;
	} else if (actor->row.tid == event->tid && !same) {
		actor->row.count = 0;
	}
}

static void feed_signal(struct story *story, const struct event *event)
{
	int number = event->process.status;
	if (actor_known(story, event->actor) &&
	    (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU))
		story->actors[event->actor].stopped = number;
}

void story_feed(struct story *story, const struct event *event)
{
	story->seen = event->number + 1;
	story->time_ns = event->time_ns;
	switch (event->kind) {
	case EVENT_START:
		feed_start(story, event);
		break;
	case EVENT_STEP:
		feed_step(story, event);
		break;
	case EVENT_LAUNCH:
		feed_launch(story, event);
		break;
	case EVENT_FORK:
		feed_fork(story, event);
		break;
	case EVENT_EXIT:
		feed_exit(story, event);
		break;
	case EVENT_VARIED:
		story->varied = arena_copy(story->arena, event->data, event->data_length);
		break;
	case EVENT_SETBACK:
		feed_setback(story, event);
		break;
	case EVENT_CALL:
	case EVENT_RETURN:
		if (actor_known(story, event->actor))
			story->actors[event->actor].stopped = 0;
		if (event->kind == EVENT_RETURN && actor_known(story, event->actor))
			feed_row(&story->actors[event->actor], event);
		feed_call(story, event);
		break;
	case EVENT_CONNECTION:
		feed_connection(story, event);
		break;
	case EVENT_SEGMENT:
		feed_segment(story, event);
		break;
	case EVENT_STATE:
		story_feed_state(story, event);
		break;
	case EVENT_PEER:
		feed_peer(story, event);
		break;
	case EVENT_OUTPUT:
		feed_output(story, event);
		break;
	case EVENT_COUNT:
		feed_count(story, event);
		break;
	case EVENT_BLOCKED:
		feed_blocked(story, event);
		break;
	case EVENT_QUIET:
		feed_quiet(story, event);
		break;
	case EVENT_SPIN:
	case EVENT_LIMIT:
		feed_mark(story, event);
		break;
	case EVENT_DROPPED:
		story->dropped += event->dropped.count;
		break;
	case EVENT_END:
		story->end = event->number;
		story->complete = event->end.complete;
		break;
	case EVENT_EXEC:
		feed_exec(story, event);
		break;
	case EVENT_SIGNAL:
		feed_signal(story, event);
		break;
	case EVENT_SOURCE:
		break;
	}
}
