/* A lifecycle written in YAML, and a run of it written by hand: segments pass through the real bookkeeping of
 * connections, so states and acknowledgments are those that a kernel would show.  Each test program of this folder
 * includes it once. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "judge/judge.h"
#include "judge/matcher.h"
#include "spec/plan.h"
#include "spec/spec.h"
#include "watch/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SCRIPT_PORT = 8080, SCRIPT_CONNECTIONS = 64 };

enum { STUDENT_SERVER = 1, STUDENT_CLIENT = 2, REFERENCE_ONLY = 0, STUDENT_BOTH = 3 };

struct script_connection {
	uint32_t sent[2]; /* next sequence number of each end */
	uint32_t taken[2]; /* highest number of the other that each end has to acknowledge */
};

/* Where events go; it does not move when the script is returned by value. */
struct script_log {
	struct timeline *timeline;
	struct matcher *matcher;
};

struct script {
	struct arena *arena;
	struct script_log *log;
	struct plan *plan;
	struct plan_test *test;
	struct timeline *timeline;
	struct matcher *matcher; /* fed while the run goes on */
	struct connections *connections;
	struct script_connection flows[SCRIPT_CONNECTIONS];
	struct test_result result;
	bool deaf; /* the capture sees nothing */
};

static inline void script_emit(void *context, struct event *event)
{
	struct script_log *log = context;
	const struct event *kept = timeline_append(log->timeline, event);
	if (kept != NULL) {
		struct event copy = *kept;
		matcher_feed(log->matcher, &copy);
	}
}

static inline void script_feed(struct script *script, struct event *event)
{
	script_emit(script->log, event);
}

static inline struct event blank(enum event_kind kind, int actor, int connection)
{
	return (struct event){.kind = kind, .actor = (int16_t)actor, .connection = (int16_t)connection};
}

/* The tests of a spec; `test` is the YAML of one test, indented by four spaces, without name. */
static inline struct script script_open_at(const char *test, unsigned students, enum rung rung, enum watch_level watch)
{
	struct script script = {.arena = arena_create()};
	struct diags diags;
	diags_init(&diags, script.arena);
	TEXT_AUTO yaml = {0};
	text_printf(&yaml,
	            "format: 1\nname: play\ntitle: A play\ntransport: tcp\n\ntests:\n  - name: play\n    title: A "
	            "play\n    points: 10\n%s",
	            test);
	struct spec_source source = {.path = "play.yaml", .bytes = yaml.bytes, .length = yaml.length};
	const struct spec *spec = spec_read(&source, 1, script.arena, &diags);
	if (spec == NULL)
		fail_msg("play.yaml:%u: %s", diags.list[0].line, diags.list[0].message);
	bool student[2] = {(students & STUDENT_SERVER) != 0, (students & STUDENT_CLIENT) != 0};
	struct assignment *assignment = arena_alloc(script.arena, sizeof(*assignment));
	const char **command = arena_array(script.arena, 2, sizeof(char *));
	command[0] = "./program";
	*assignment = (struct assignment){.name = "play", .title = "A play", .limits = limits_default};
	assignment->student[0] = student[0];
	assignment->student[1] = student[1];
	assignment->run[0].arguments = assignment->run[1].arguments = command;
	script.plan = plan_make(spec, students != 0 ? assignment : NULL, student, 1, script.arena, &diags);
	if (script.plan == NULL)
		fail_msg("no plan: %s", diags.list[0].message);
	script.test = &script.plan->tests[0];
	script.test->port = SCRIPT_PORT;
	script.timeline = timeline_create();
	script.matcher = matcher_create(script.test, script.arena);
	script.deaf = rung > RUNG_B;
	script.log = arena_alloc(script.arena, sizeof(*script.log));
	*script.log = (struct script_log){script.timeline, script.matcher};
	struct event start = blank(EVENT_START, ACTOR_NONE, CONNECTION_NONE);
	start.start.rung = rung;
	start.start.watch = watch;
	start.start.port = SCRIPT_PORT;
	script_feed(&script, &start);
	return script;
}

static inline struct script script_open(const char *test, unsigned students)
{
	return script_open_at(test, students, RUNG_A, WATCH_CALLS);
}

static inline void script_ready(struct script *script)
{
	if (script->connections == NULL)
		script->connections = connections_create(SCRIPT_PORT, script_emit, script->log);
}

static inline void script_close(struct script *script)
{
	connections_destroy(script->connections);
	timeline_destroy(script->timeline);
	arena_destroy(script->arena);
}

static inline int actor(const struct script *script, const char *name)
{
	for (size_t i = 0; i < script->test->test->actor_count; i++) {
		if (strcmp(script->test->test->actors[i].name, name) == 0)
			return (int)i;
	}
	fail_msg("no actor %s", name);
	return ACTOR_NONE;
}

static inline struct address place_of(enum end end, int connection)
{
	struct address address = {.family = AF_INET, .port = SCRIPT_PORT, .bytes = {127, 0, 0, 1}};
	if (end == END_CLIENT)
		address.port = (uint16_t)(40000 + connection);
	return address;
}

/* --- what the kernel does --- */

static inline void segment(struct script *script, int connection, enum end sender, unsigned flags, uint32_t length)
{
	script_ready(script);
	struct script_connection *flow = &script->flows[connection];
	enum end other = sender == END_CLIENT ? END_SERVER : END_CLIENT;
	struct captured captured = {.from = place_of(sender, connection), .to = place_of(other, connection)};
	captured.flags = (uint8_t)flags;
	captured.sequence = 1000 + flow->sent[sender];
	captured.acknowledgment = (flags & SEGMENT_ACK) != 0 ? 1000 + flow->taken[sender] : 0;
	captured.length = length;
	captured.window = 1000;
	flow->sent[sender] += length + ((flags & (SEGMENT_SYN | SEGMENT_FIN)) != 0 ? 1 : 0);
	flow->taken[other] = flow->sent[sender];
	if (!script->deaf)
		connections_segment(script->connections, &captured);
}

/* A segment that acknowledges only what the sender had seen `behind` numbers ago. */
static inline void segment_early(struct script *script, int connection, enum end sender, unsigned flags,
                                 uint32_t length, uint32_t behind)
{
	uint32_t *taken = &script->flows[connection].taken[sender];
	*taken -= behind;
	segment(script, connection, sender, flags, length);
	*taken += behind;
}

static inline void connection_known(struct script *script, int number, int client, int server)
{
	struct event event = blank(EVENT_CONNECTION, ACTOR_NONE, number);
	event.ends.client = (int16_t)client;
	event.ends.server = (int16_t)server;
	event.ends.from = place_of(END_CLIENT, number);
	event.ends.to = place_of(END_SERVER, number);
	script_feed(script, &event);
}

static inline void handshake(struct script *script, int connection)
{
	segment(script, connection, END_CLIENT, SEGMENT_SYN, 0);
	segment(script, connection, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	segment(script, connection, END_CLIENT, SEGMENT_ACK, 0);
}

static inline void data_segment(struct script *script, int connection, enum end sender, uint32_t length)
{
	segment(script, connection, sender, SEGMENT_ACK | SEGMENT_PSH, length);
	segment(script, connection, sender == END_CLIENT ? END_SERVER : END_CLIENT, SEGMENT_ACK, 0);
}

static inline void confirmed(struct script *script, int connection, enum end end, enum tcp_state state, bool held,
                             uint32_t unread)
{
	struct event event = blank(EVENT_STATE, ACTOR_NONE, connection);
	event.state.end = end;
	event.state.state = state;
	event.state.confirmed = true;
	event.state.held = held;
	event.state.receive_queue = unread;
	script_feed(script, &event);
}

/* --- what the student's program does --- */

static inline void launch(struct script *script, int who, int pid)
{
	struct event event = blank(EVENT_LAUNCH, who, CONNECTION_NONE);
	event.pid = event.tid = pid;
	event.process.main = true;
	script_feed(script, &event);
}

static inline void program_exits(struct script *script, int who, int pid, bool main, int status)
{
	struct event event = blank(EVENT_EXIT, who, CONNECTION_NONE);
	event.pid = event.tid = pid;
	event.process.main = main;
	event.process.status = status;
	script_feed(script, &event);
}

struct call_made {
	enum call call;
	int descriptor;
	uint64_t socket;
	int64_t argument, result;
	int connection; /* -1: none */
	uint16_t port;
	const char *data;
};

static inline void calls(struct script *script, int who, struct call_made made)
{
	struct event event = blank(EVENT_CALL, who, made.connection);
	event.pid = event.tid = 100 + who;
	event.call.call = made.call;
	event.call.descriptor = made.descriptor;
	event.call.socket = made.socket;
	event.call.argument = made.argument;
	event.call.repeat = 1;
	if (made.port != 0)
		event.call.address = (struct address){.family = AF_INET, .port = made.port};
	script_feed(script, &event);
}

static inline void returns(struct script *script, int who, struct call_made made)
{
	struct event event = blank(EVENT_RETURN, who, made.connection);
	event.pid = event.tid = 100 + who;
	event.call.call = made.call;
	event.call.descriptor = made.descriptor;
	event.call.socket = made.socket;
	event.call.argument = made.argument;
	event.call.result = made.result;
	event.call.repeat = 1;
	if (made.port != 0)
		event.call.address = (struct address){.family = AF_INET, .port = made.port};
	if (made.data != NULL) {
		event.data = (const uint8_t *)made.data;
		event.data_length = (uint32_t)strlen(made.data);
	}
	script_feed(script, &event);
}

/* setsockopt() of an integer returned 0. */
static inline void sets(struct script *script, int who, uint64_t socket, int64_t option, int64_t value)
{
	struct event event = blank(EVENT_RETURN, who, CONNECTION_NONE);
	event.pid = event.tid = 100 + who;
	event.call.call = CALL_SETSOCKOPT;
	event.call.socket = socket;
	event.call.argument = option;
	event.call.value = value;
	event.call.repeat = 1;
	script_feed(script, &event);
}

static inline void student_listens_on(struct script *script, int who, uint16_t port)
{
	returns(script, who, (struct call_made){CALL_SOCKET, -1, 900, 0, 3, -1, 0, NULL});
	returns(script, who, (struct call_made){CALL_BIND, 3, 900, 0, 0, -1, port, NULL});
	returns(script, who, (struct call_made){CALL_LISTEN, 3, 900, 10, 0, -1, 0, NULL});
}

static inline void student_listens(struct script *script, int who)
{
	student_listens_on(script, who, SCRIPT_PORT);
}

static inline void student_accepts(struct script *script, int who, int connection)
{
	returns(script, who,
	        (struct call_made){CALL_ACCEPT, 3, 901 + (uint64_t)connection, 0, 4 + connection, connection, 0, NULL});
}

static inline void student_reads(struct script *script, int who, int connection, int64_t result)
{
	returns(
		script, who,
		(struct call_made){CALL_READ, 4 + connection, 901 + (uint64_t)connection, 4096, result, connection, 0, NULL});
}

static inline void student_writes(struct script *script, int who, int connection, const char *bytes)
{
	int64_t length = (int64_t)strlen(bytes);
	returns(script, who,
	        (struct call_made){CALL_WRITE, 4 + connection, 901 + (uint64_t)connection, length, length, connection, 0,
	                           bytes});
}

static inline void student_enters_close(struct script *script, int who, int connection)
{
	calls(script, who,
	      (struct call_made){CALL_CLOSE, 4 + connection, 901 + (uint64_t)connection, 0, 0, connection, 0, NULL});
}

static inline void student_closes(struct script *script, int who, int connection)
{
	returns(script, who,
	        (struct call_made){CALL_CLOSE, 4 + connection, 901 + (uint64_t)connection, 0, 0, connection, 0, NULL});
}

static inline void prints(struct script *script, int who, int descriptor, const char *bytes)
{
	struct event event = blank(EVENT_OUTPUT, who, CONNECTION_NONE);
	event.output.descriptor = descriptor;
	event.data = (const uint8_t *)bytes;
	event.data_length = (uint32_t)strlen(bytes);
	script_feed(script, &event);
}

static inline void blocked_in(struct script *script, int who, enum call call, int descriptor)
{
	struct event event = blank(EVENT_BLOCKED, who, CONNECTION_NONE);
	event.pid = event.tid = 100 + who;
	event.blocked.call = call;
	event.blocked.descriptor = descriptor;
	event.blocked.socket = descriptor >= 0 ? 900 : 0;
	event.blocked.until_ns = -1;
	script_feed(script, &event);
}

static inline void quiet(struct script *script)
{
	struct event event = blank(EVENT_QUIET, ACTOR_NONE, CONNECTION_NONE);
	event.quiet.reason = QUIET_FOREVER;
	event.quiet.final = matcher_finished(script->matcher);
	script_feed(script, &event);
}

static inline void counted(struct script *script, int who, enum count_kind what, int64_t value)
{
	struct event event = blank(EVENT_COUNT, who, CONNECTION_NONE);
	event.count.what = what;
	event.count.value = value;
	script_feed(script, &event);
}

/* --- what the reference and the grader do --- */

/* The next action begins; its line's number. */
static inline uint32_t begins(struct script *script)
{
	const struct line *line = matcher_next(script->matcher);
	if (line == NULL)
		fail_msg("no action is due");
	struct event event = blank(EVENT_STEP, line->actor, CONNECTION_NONE);
	event.step.line = line->number;
	script_feed(script, &event);
	return line->number;
}

static inline void ends_with(struct script *script, uint32_t line, int error)
{
	struct event event = blank(EVENT_STEP, script->test->by_number[line]->actor, CONNECTION_NONE);
	event.step.line = line;
	event.step.done = true;
	event.step.error = error;
	script_feed(script, &event);
}

static inline void ends(struct script *script, uint32_t line)
{
	ends_with(script, line, 0);
}

static inline void peer(struct script *script, int who, int connection, enum peer_call call, int64_t result,
                        const char *bytes)
{
	struct event event = blank(EVENT_PEER, who, connection);
	event.peer.call = call;
	event.peer.result = result;
	if (bytes != NULL) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)strlen(bytes);
		event.peer.result = (int64_t)strlen(bytes);
	}
	script_feed(script, &event);
}

static inline void peer_reads(struct script *script, int who, int connection, const char *bytes)
{
	peer(script, who, connection, PEER_READ, 0, bytes);
}

/* --- verdicts --- */

static inline void same_verdict(const struct line_verdict *a, const struct line_verdict *b)
{
	assert_int_equal(a->verdict, b->verdict);
	assert_int_equal(a->by_deadline, b->by_deadline);
	assert_int_equal(a->expected == NULL, b->expected == NULL);
	if (a->expected != NULL)
		assert_string_equal(a->expected, b->expected);
	assert_int_equal(a->seen == NULL, b->seen == NULL);
	if (a->seen != NULL)
		assert_string_equal(a->seen, b->seen);
	assert_int_equal(a->evidence.count, b->evidence.count);
	for (size_t i = 0; i < a->evidence.count; i++)
		assert_int_equal(a->evidence.events[i], b->evidence.events[i]);
}

/* Whoever feeds the same events comes to the same verdicts: live, and from a timeline that was stored and read again. */
static inline void same_from_storage(struct script *script)
{
	TEXT_AUTO saved = {0};
	timeline_save(script->timeline, &saved);
	struct diags diags;
	diags_init(&diags, script->arena);
	struct timeline *loaded = timeline_load(saved.bytes, saved.length, "timeline.jsonl", &diags);
	if (loaded == NULL)
		fail_msg("%s", diags.list[0].message);
	struct matcher *again = matcher_create(script->test, script->arena);
	for (size_t i = 0; i < loaded->count; i++)
		matcher_feed(again, &loaded->events[i]);
	for (uint32_t i = 0; i < script->test->line_count; i++)
		same_verdict(matcher_verdict(script->matcher, i), matcher_verdict(again, i));
	timeline_destroy(loaded);
}

static inline void script_judge(struct script *script)
{
	struct event end = blank(EVENT_END, ACTOR_NONE, CONNECTION_NONE);
	end.end.complete = true;
	script_feed(script, &end);
	same_from_storage(script);
	judge_test(script->test, script->timeline, script->arena, &script->result);
}

static inline enum step_verdict line_is(const struct script *script, uint32_t line)
{
	return matcher_verdict(script->matcher, line)->verdict;
}

static inline const char *seen(const struct script *script, uint32_t line)
{
	const char *text = matcher_verdict(script->matcher, line)->seen;
	return text != NULL ? text : "";
}

static inline const char *wanted(const struct script *script, uint32_t line)
{
	const char *text = matcher_verdict(script->matcher, line)->expected;
	return text != NULL ? text : "";
}

#define assert_says(text, part)                                                                                        \
	do {                                                                                                               \
		if (strstr((text), (part)) == NULL)                                                                            \
			fail_msg("\"%s\" does not say \"%s\"", (text), (part));                                                    \
	} while (0)
