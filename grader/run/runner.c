#include "run/runner.h"

#include "run/port.h"
#include "run/quiet.h"
#include "run/runner_state.h"

#include "model/variation.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TAG_SIGNALS (UINT64_C(1) << 61)
#define TAG_SEGMENTS (UINT64_C(1) << 60)

/* Stops handled before the other sources get their turn: a program that never rests must not starve them. */
enum { STOPS_IN_A_ROW = 64, REPORT_BYTES = 32 * 1024 };

int64_t runner_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void report_send(struct runner *runner)
{
	if (runner->unsent.length > 0 && !fd_write_all(runner->report, runner->unsent.bytes, runner->unsent.length))
		_exit(3); /* nobody listens any more: the grader is gone */
	runner->unsent.length = 0;
}

/* Whose program made one of the last events; ACTOR_NONE. */
static int16_t latest_student(const struct runner *runner, const struct event *last)
{
	enum { LOOKED_AT = 64 };
	int16_t actor = last->actor;
	size_t count = runner->timeline->count;
	for (size_t i = 1; (actor < 0 || !plan_student(runner->test, actor)) && i <= LOOKED_AT && i <= count; i++)
		actor = runner->timeline->events[count - i].actor;
	return actor >= 0 && plan_student(runner->test, actor) ? actor : ACTOR_NONE;
}

/* A program that floods the test ends it; else the spec asks for more than a test can hold. */
static void timeline_full(struct runner *runner, const struct event *last)
{
	bool told = runner->over;
	runner->over = true;
	int16_t actor = latest_student(runner, last);
	if (last->kind == EVENT_LIMIT || actor == ACTOR_NONE) {
		if (!told)
			runner->failure = "the test made more events than a timeline holds; it cannot be judged";
		return;
	}
	struct event event = {.kind = EVENT_LIMIT, .actor = actor, .connection = CONNECTION_NONE};
	event.limit.limit = LIMIT_EVENTS;
	event.limit.value = (int64_t)TIMELINE_EVENTS;
	if (!told)
		runner_emit(runner, &event);
}

void runner_emit(void *context, struct event *event)
{
	struct runner *runner = context;
	evidence_resolve(runner, event);
	if (event->time_ns == 0)
		event->time_ns = runner_now();
	event->time_ns -= runner->start_ns;
	if (runner->tracer != NULL)
		event->time_ns += tracer_ahead(runner->tracer);
	const struct event *kept = timeline_append(runner->timeline, event);
	if (kept == NULL) {
		timeline_full(runner, event);
		return;
	}
	struct event now = *kept;
	matcher_feed(runner->matcher, &now);
	event_pack(&now, &runner->unsent);
	if (runner->unsent.length >= REPORT_BYTES)
		report_send(runner);
	if (news_count(runner, &now))
		runner->progress++;
	evidence_follow(runner, &now);
	if (now.kind == EVENT_EXEC)
		runner->starting = true;
	else if (now.kind == EVENT_CALL || now.kind == EVENT_CONNECTION)
		runner->starting = false;
	int standing = runner->standing;
	runner->standing = now.kind == EVENT_RETURN ? now.actor : ACTOR_NONE;
	runner_advance(runner);
	runner->standing = standing;
}

void runner_drain(void *context)
{
	struct runner *runner = context;
	peer_network(runner->peer);
	if (runner->capture != NULL)
		capture_drain(runner->capture, runner->connections);
}

void runner_launch_named(struct runner *runner)
{
	for (uint32_t i = 0; runner->unnamed > 0 && i < runner->test->line_count; i++) {
		const struct line *line = runner->test->by_number[i];
		int actor = line->actor;
		if (actor < 0 || !plan_student(runner->test, actor) || runner->programs[actor].named)
			continue;
		if (!matcher_reached(runner->matcher, i))
			continue;
		runner->programs[actor].named = true;
		runner->unnamed--;
		if (line->step->verb != VERB_LAUNCH && !program_launch(runner, actor))
			runner->over = true;
	}
}

/* A client that comes while the queue is full would be told to come again (listen(2), backlog).  A real one comes when
 * the server has had time to accept the others. */
static bool queue_full(struct runner *runner, const struct line *line)
{
	struct kernel_socket listener;
	return line->step->verb == VERB_CONNECT && line->other >= 0 && plan_student(runner->test, line->other) &&
	       connections_count(runner->connections) > 0 && runner->kernel != NULL &&
	       kernel_listener(runner->kernel, runner->test->port, &listener, NULL) && listener.found &&
	       listener.receive_queue > listener.send_queue;
}

/* Each action meets the program at rest, so that it does not matter who runs first.  Not so where the spec wants things
 * at the same time (`together`), and where the program stands still at a call just now: there it can be held, and the
 * first client may come. */
static bool waits_for_rest(struct runner *runner, const struct line *line)
{
	bool ends = line->step->verb == VERB_KILL || line->step->verb == VERB_SIGNAL;
	if (runner->resting || tracer_alive(runner->tracer, ACTOR_NONE) == 0)
		return false;
	if (runner->holding && runner->unsettled)
		return true;
	bool waits = true;
	if (runner->together[line->number])
		waits = ends;
	else if (line->step->verb == VERB_CONNECT)
		waits = connections_count(runner->connections) > 0;
	else if (line->step->verb == VERB_HOLD)
		waits = runner->standing != line->actor;
	return waits || queue_full(runner, line); /* in this order: the kernel is asked only where it matters */
}

void runner_advance(struct runner *runner)
{
	if (runner->advancing || runner->over)
		return;
	runner->advancing = true;
	for (;;) {
		actions_end_done(runner);
		runner_launch_named(runner);
		if (runner->over)
			break;
		if (runner->postponed == NULL)
			runner->postponed = matcher_next(runner->matcher);
		if (runner->postponed == NULL || waits_for_rest(runner, runner->postponed))
			break;
		const struct line *line = runner->postponed;
		runner->postponed = NULL;
		runner->resting = false;
		action_begin(runner, line);
	}
	runner->advancing = false;
	if (runner->failure != NULL)
		runner->over = true;
}

bool runner_advance_at_rest(struct runner *runner)
{
	uint64_t before = runner->progress;
	runner->resting = true;
	runner->unsettled = false;
	runner_advance(runner);
	runner->resting = false;
	return runner->progress != before;
}

static int peer_connection(void *context, const struct address *client, const struct address *server,
                           const int actor[2])
{
	struct runner *runner = context;
	struct connection *connection = connections_find(runner->connections, client, server);
	if (connection == NULL)
		return CONNECTION_NONE;
	for (enum end end = END_CLIENT; end <= END_SERVER; end++) {
		if (actor[end] != ACTOR_NONE)
			connections_assign(runner->connections, connection, end, actor[end]);
	}
	return connection->number;
}

static const struct data *peer_expand(void *context, const struct data *data)
{
	struct runner *runner = context;
	return matcher_expand(runner->matcher, data);
}

/* A segmented send goes on when the program has read the last piece, or is not going to. */
static bool peer_taken(void *context, int number)
{
	(void)context;
	(void)number;
	return true; /* only asked at a quiet moment (peer_quiet): nobody is about to read */
}

/* A small part: what fits into the kernel's buffers once nobody reads has to find room, too. */
static bool peer_crowded(void *context)
{
	const struct runner *runner = context;
	return runner->timeline->count >= TIMELINE_EVENTS / 32 || runner->timeline->data_bytes >= TIMELINE_DATA / 4;
}

static int peer_actor(void *context, int number, enum end end)
{
	struct runner *runner = context;
	const struct connection *connection = connections_at(runner->connections, number);
	return connection != NULL ? connection->actor[end] : ACTOR_NONE;
}

static bool epoll_watch(int epoll, int descriptor, uint64_t tag)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
	return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* On a shared network the planned port may be held. */
static bool port_choose(struct runner *runner, struct diags *diags)
{
	struct plan_test *test = arena_alloc(runner->arena, sizeof(*test));
	*test = *runner->test;
	test->port = port_take(test, &runner->lease);
	runner->test = test;
	return test->port != 0 || diags_errno(diags, "no port is free");
}

/* What the test's calls meet, and what they meet in this case of it. */
static void setbacks_set(struct runner *runner)
{
	const struct test *test = runner->test->test;
	const struct variation *variation = runner->test->variation;
	size_t varied = variation != NULL ? variation->setback_count : 0, count = test->setback_count + varied;
	struct setback *list = arena_array(runner->arena, count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = i < varied ? variation->setbacks[i] : test->setbacks[i - varied];
	tracer_set_back(runner->tracer, list, count);
}

static bool runner_open(struct runner *runner, struct instruments *instruments, struct diags *diags)
{
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
	runner->box = box_enter(runner->test, diags);
	if (runner->box == NULL)
		return false;
	const struct host *host = box_host(runner->box);
	enum transport transport = runner->test->test->transport;
	runner->rung = host->rung;
	if (!host->namespaces && !port_choose(runner, diags))
		return false;
	runner->folder = arena_string(runner->arena, box_folder(runner->box));
	runner->sources = box_sources(runner->box);
	runner->epoll = epoll_create1(EPOLL_CLOEXEC);
	runner->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (runner->epoll < 0 || runner->signals < 0 || !epoll_watch(runner->epoll, runner->signals, TAG_SIGNALS))
		return diags_errno(diags, "epoll");
	runner->connections = connections_create(runner->test->port, runner_emit, runner);
	if (!instruments_take(runner, instruments, diags))
		return false;
	if (runner->capture != NULL)
		epoll_watch(runner->epoll, capture_descriptor(runner->capture), TAG_SEGMENTS);
	struct tracer_hooks traced = {runner, runner_emit, runner_drain, evidence_would_block, programs_own};
	enum watch_level watch = host->rung <= RUNG_C ? runner->test->watch : WATCH_NOTHING;
	runner->tracer = tracer_create(&traced, runner->connections, watch);
	setbacks_set(runner);
	tracer_limit_buffers(runner->tracer, runner->test->test->buffer_bytes);
	tracer_count_datagrams(runner->tracer, transport == TRANSPORT_UDP);
	struct peer_hooks played = {runner,      runner_emit, peer_connection, runner_drain,
	                            peer_expand, peer_taken,  peer_actor,      peer_crowded};
	runner->peer = peer_create(runner->test, runner->epoll, box_outside(runner->box), &played);
	if (runner->peer == NULL)
		return diags_errno(diags, runner->test->test->network == NETWORK_RAW
		                              ? "the reference's own TCP (network: raw) needs raw sockets, CAP_NET_RAW"
		                              : "the reference peer");
	if (runner->test->test->loses && runner->kernel == NULL)
		return diags_error(diags,
		                   "when lost segments come again is known from sock_diag(7), which does not answer here");
	return true;
}

/* What is different in this case; nothing is said of the test as it is written. */
static void tell_variation(struct runner *runner)
{
	const struct variation *variation = runner->test->variation;
	if (variation == NULL || variation->cut_count + variation->setback_count == 0)
		return;
	TEXT_AUTO words = {0};
	variation_text(&words, runner->test, variation);
	struct event event = {.kind = EVENT_VARIED, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	event.varied.number = variation->number;
	event.varied.of = variation->of;
	event.data = (const uint8_t *)text_string(&words);
	event.data_length = (uint32_t)words.length;
	runner_emit(runner, &event);
}

static void runner_start(struct runner *runner)
{
	runner->start_ns = runner_now();
	runner->own_cpu_ns = limits_own_cpu();
	struct event event = {.kind = EVENT_START, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	event.time_ns = runner->start_ns;
	event.start.rung = runner->rung;
	event.start.watch = runner->rung <= RUNG_C ? runner->test->watch : WATCH_NOTHING;
	event.start.port = runner->test->port;
	event.start.seed = runner->test->seed;
	runner->advancing = true;
	runner_emit(runner, &event);
	tell_variation(runner);
	peer_prepare(runner->peer);
	runner->advancing = false;
	runner_advance(runner);
}

bool runner_has_news(struct runner *runner)
{
	uint64_t before = runner->progress;
	runner_drain(runner);
	if (programs_read(runner) || tracer_reap(runner->tracer, STOPS_IN_A_ROW) > 0 || peer_pending(runner->peer))
		return true;
	return runner->progress != before || actions_end_done(runner);
}

/* SIGCHLD does not queue: it is pending once. */
static bool signal_take(int signals)
{
	struct signalfd_siginfo info;
	return read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

/* One turn over everything that is waiting; true when there was something. */
static bool runner_turn(struct runner *runner, int64_t sleep_ns)
{
	struct epoll_event ready[32];
	struct timespec patience = {sleep_ns / 1000000000, sleep_ns % 1000000000};
	int count = epoll_pwait2(runner->epoll, ready, 32, &patience, NULL);
	bool heard = false;
	for (int i = 0; i < count; i++) {
		if (ready[i].data.u64 == TAG_SIGNALS)
			signal_take(runner->signals);
		else
			heard = true;
	}
	bool any = tracer_reap(runner->tracer, STOPS_IN_A_ROW) > 0; /* takes the segments in ahead of each stop */
	if (heard)
		runner_drain(runner);
	for (int i = 0; i < count && !runner->over; i++) {
		uint64_t tag = ready[i].data.u64;
		if ((tag & PEER_TAG) != 0)
			peer_ready(runner->peer, tag);
		else if (tag != TAG_SIGNALS && tag != TAG_SEGMENTS)
			program_ready(runner, tag);
	}
	runner_advance(runner);
	return any || heard;
}

static void runner_finish(struct runner *runner)
{
	if (runner->tracer != NULL)
		tracer_flush(runner->tracer);
	uint64_t dropped = runner->capture != NULL ? capture_dropped(runner->capture) : 0;
	if (dropped > 0) {
		struct event event = {.kind = EVENT_DROPPED, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
		event.dropped.count = dropped;
		runner_emit(runner, &event);
	}
	struct event end = {.kind = EVENT_END, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	end.end.complete = runner->failure == NULL;
	if (runner->failure != NULL) {
		end.data = (const uint8_t *)runner->failure;
		end.data_length = (uint32_t)strlen(runner->failure);
	}
	if (runner->failure == NULL)
		runner_sources(runner);
	/* What was started is gone before the verdict can be read. */
	box_end(runner->box);
	runner->box = NULL;
	runner->over = true;
	runner_emit(runner, &end);
	report_send(runner);
	fd_close(&runner->report);
}

static void runner_play(struct runner *runner)
{
	runner_start(runner);
	int64_t sleep_ns = 0;
	while (!runner->over) {
		if (runner_turn(runner, sleep_ns)) {
			sleep_ns = tracer_patience(runner->tracer);
			quiet_check_spin(runner);
			limits_check_labour(runner);
			continue;
		}
		sleep_ns = quiet_decide(runner, sleep_ns);
	}
}

static void together_mark(struct runner *runner, const struct plan_block *block, bool inside)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		runner->together[line->number] = inside;
		for (size_t j = 0; j < line->branch_count; j++)
			together_mark(runner, &line->branches[j], true);
	}
}

/* The next test may be this process's too.  Sockets of the reference go before what is left of their connections. */
static void runner_release(struct runner *runner, struct instruments *instruments)
{
	peer_destroy(runner->peer);
	if (runner->connections != NULL)
		instruments_give(runner, instruments);
	tracer_destroy(runner->tracer);
	connections_destroy(runner->connections);
	timeline_destroy(runner->timeline);
	text_release(&runner->unsent);
	programs_release(runner);
	fd_close(&runner->epoll);
	fd_close(&runner->signals);
	fd_close(&runner->lease);
	arena_destroy(runner->arena);
}

void runner_main(void *context, size_t index, const void *details, int cpu, int report)
{
	struct runner_context *given = context;
	struct plan_test test = given->plan->tests[index];
	struct variation variation;
	if (details != NULL) {
		memcpy(&variation, details, sizeof(variation));
		test.variation = &variation;
	}
	struct runner runner = {.test = &test, .report = report, .epoll = -1, .signals = -1, .lease = -1};
	if (cpu >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	runner.arena = arena_create();
	struct diags diags;
	diags_init(&diags, runner.arena);
	runner.programs = arena_array(runner.arena, runner.test->test->actor_count + 1, sizeof(struct program));
	for (size_t i = 0; i < runner.test->test->actor_count; i++)
		runner.programs[i].box = (struct box_program){0, -1, -1, -1, -1, NULL};
	runner.standing = ACTOR_NONE;
	runner.together = arena_array(runner.arena, runner.test->line_count + 1, sizeof(bool));
	together_mark(&runner, &runner.test->lines, false);
	for (size_t i = 0; i < runner.test->test->actor_count; i++) {
		bool student = plan_student(runner.test, (int)i);
		runner.unnamed += student;
		runner.keeps_time = runner.keeps_time || (student && runner.test->test->actors[i].side == SIDE_CLIENT);
	}
	for (size_t i = 0; i < runner.test->line_count; i++)
		runner.keeps_time = runner.keeps_time || runner.test->by_number[i]->step->verb == VERB_DROP;
	runner.timeline = timeline_create();
	runner.matcher = matcher_create(runner.test, runner.arena);
	if (runner_open(&runner, &given->instruments, &diags))
		runner_play(&runner);
	else
		runner.failure = diags.count > 0 ? diags.list[0].message : "the test could not be set up";
	runner_finish(&runner);
	runner_release(&runner, &given->instruments);
}
