/* A stage for the tests of the tracer: starts this test program again, as one of the programs of tracer_programs.h (or
 * any other command), under a tracer, and writes down the events as words:
 *
 *   exec fork thread exit:STATUS kill:SIGNAL signal:NUMBER NAME (a call was entered) NAME=RESULT, NAME=RESULTxREPEAT
 */
#pragma once

#include "base/text.h"
#include "watch/connections.h"
#include "watch/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define STAGE_PATIENCE_NS (INT64_C(20) * 1000000000)

enum { STAGE_EVENTS = 4096, STAGE_ACTOR = 3 };

struct stage {
	struct tracer *tracer;
	struct connections *connections;
	struct text words;
	struct event events[STAGE_EVENTS];
	uint8_t data[STAGE_EVENTS][EVENT_PEEK];
	size_t event_count;
	enum call hold_at; /* tracer_hold from within the hook, at its return; CALL_OTHER: never */
	bool control; /* calls that move data or wait for it are not followed, as for WATCH_CONTROL */
	uint16_t port;
	pid_t pid;
};

static inline int64_t stage_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline void stage_word(struct stage *stage, const struct event *event)
{
	struct text *words = &stage->words;
	const char *gap = words->length > 0 ? " " : "";
	if (event->kind == EVENT_EXEC)
		text_printf(words, "%sexec", gap);
	else if (event->kind == EVENT_FORK)
		text_printf(words, "%s%s", gap, event->process.thread ? "thread" : "fork");
	else if (event->kind == EVENT_EXIT && WIFEXITED(event->process.status))
		text_printf(words, "%sexit:%d", gap, WEXITSTATUS(event->process.status));
	else if (event->kind == EVENT_EXIT)
		text_printf(words, "%skill:%d", gap, WTERMSIG(event->process.status));
	else if (event->kind == EVENT_SIGNAL)
		text_printf(words, "%ssignal:%d", gap, event->process.status);
	else if (event->kind == EVENT_CALL)
		text_printf(words, "%s%s", gap, call_word(event->call.call));
	else if (event->kind == EVENT_RETURN && event->call.repeat > 1)
		text_printf(words, "%s%s=%dxN", gap, call_word(event->call.call), (int)event->call.result);
	else if (event->kind == EVENT_RETURN)
		text_printf(words, "%s%s=%d", gap, call_word(event->call.call), (int)event->call.result);
}

static inline void stage_emit(void *context, struct event *event)
{
	struct stage *stage = context;
	if (event->kind == EVENT_RETURN && event->call.call == stage->hold_at)
		tracer_hold(stage->tracer, STAGE_ACTOR);
	if (stage->event_count < STAGE_EVENTS) {
		struct event *copy = &stage->events[stage->event_count];
		*copy = *event;
		if (event->data_length > 0)
			memcpy(stage->data[stage->event_count], event->data, event->data_length);
		copy->data = stage->data[stage->event_count++];
	}
	stage_word(stage, event);
}

static inline void stage_connection(void *context, struct event *event)
{
	(void)context;
	(void)event;
}

/* A port that is free now. */
static inline uint16_t stage_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static inline void stage_open(struct stage *stage, enum watch_level level)
{
	memset(stage, 0, sizeof(*stage));
	stage->hold_at = CALL_OTHER;
	stage->port = stage_free_port();
	struct tracer_hooks hooks = {.context = stage, .emit = stage_emit};
	stage->connections = connections_create(stage->port, stage_connection, NULL);
	stage->tracer = tracer_create(&hooks, stage->connections, level);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static inline bool stage_follows(const struct stage *stage, enum call call)
{
	if (call == CALL_FUTEX || call == CALL_OTHER)
		return false;
	return !stage->control || !(call_reads(call) || call_writes(call) || call == CALL_SENDFILE || call == CALL_SPLICE ||
	                            (call >= CALL_SELECT && call <= CALL_EPOLL_PWAIT2));
}

static inline int64_t stage_holds(const struct stage *stage, int actor, enum count_kind what)
{
	int64_t counts[COUNTS];
	tracer_count(stage->tracer, actor, counts);
	return counts[what];
}

static inline void stage_filter(const struct stage *stage)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL)
		_exit(125);
	for (size_t i = 0; call_words[i] != NULL; i++) {
		int number = seccomp_syscall_resolve_name(call_words[i]);
		if (stage_follows(stage, (enum call)i) && number >= 0 &&
		    seccomp_rule_add(filter, SCMP_ACT_TRACE(0), number, 0) != 0)
			_exit(125);
	}
	if (seccomp_rule_add(filter, SCMP_ACT_TRACE(0), SCMP_SYS(tgkill), 0) != 0 || seccomp_load(filter) != 0)
		_exit(125);
}

static inline void stage_child(const struct stage *stage, int gate, bool traced, char *const *arguments)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	char byte;
	if (read(gate, &byte, 1) != 1)
		_exit(125);
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	if (getenv("STAGE_LOUD") == NULL) {
		dup2(null, 1);
		dup2(null, 2);
	}
	close_range(3, ~0U, 0);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (traced)
		stage_filter(stage);
	execvp(arguments[0], arguments);
	_exit(127);
}

static inline bool stage_start(struct stage *stage, bool traced, char *const *arguments)
{
	int gate[2];
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	stage->pid = fork();
	assert_true(stage->pid >= 0);
	if (stage->pid == 0) {
		close(gate[1]);
		stage_child(stage, gate[0], traced, arguments);
	}
	close(gate[0]);
	bool held = tracer_seize(stage->tracer, stage->pid, STAGE_ACTOR);
	assert_true(!held || write(gate[1], "x", 1) == 1);
	close(gate[1]);
	return held;
}

/* Launches any command found in the path; false when it is not installed. */
static inline bool stage_command(struct stage *stage, char *const *arguments)
{
	if (strchr(arguments[0], '/') != NULL)
		return stage_start(stage, true, arguments);
	char path[256];
	const char *folders[] = {"/usr/bin", "/usr/local/bin", "/usr/local/go/bin"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], arguments[0]);
		if (access(path, X_OK) == 0)
			return stage_start(stage, true, arguments);
	}
	return false;
}

/* Launches one of tracer_programs.h; its argument is the port. */
static inline void stage_launch(struct stage *stage, const char *program)
{
	char name[64], port[16], self[] = "/proc/self/exe";
	snprintf(name, sizeof(name), "%s", program);
	snprintf(port, sizeof(port), "%d", stage->port);
	char *arguments[] = {self, name, port, NULL};
	if (!stage_start(stage, true, arguments)) {
		print_message("ptrace(2) is not allowed here: %s\n", strerror(errno));
		skip();
	}
}

static inline void stage_wait(int64_t ns)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	struct timespec time = {.tv_nsec = ns};
	sigtimedwait(&set, NULL, &time);
}

/* Goes on until the words contain `word`. */
static inline void stage_until(struct stage *stage, const char *word)
{
	int64_t start = stage_now();
	while (strstr(text_string(&stage->words), word) == NULL) {
		if (tracer_reap(stage->tracer, 1000) == 0)
			stage_wait(1000000);
		if (stage_now() - start > STAGE_PATIENCE_NS)
			fail_msg("never seen: %s; only: %s", word, text_string(&stage->words));
	}
}

/* Goes on until nothing runs any more, and says what the last look saw. */
static inline void stage_settle_before(struct stage *stage, struct activity *activity, int64_t horizon)
{
	int64_t start = stage_now(), pause = 20000;
	for (;;) {
		tracer_reap(stage->tracer, 1000);
		tracer_look(stage->tracer, horizon, activity);
		if (activity->kind != ACTIVITY_RUNNING)
			break;
		stage_wait(pause);
		pause = pause < 2000000 ? pause * 2 : pause;
		if (stage_now() - start > STAGE_PATIENCE_NS)
			fail_msg("never quiet: %s", text_string(&stage->words));
	}
	tracer_flush(stage->tracer);
}

static inline void stage_settle(struct stage *stage, struct activity *activity)
{
	stage_settle_before(stage, activity, INT64_MAX);
}

/* Untraced, the first sleep that is seen may be one of the start-up. */
static inline void stage_settle_on(struct stage *stage, enum call call)
{
	struct activity activity;
	int64_t start = stage_now();
	do {
		stage_settle(stage, &activity);
		if (stage_now() - start > STAGE_PATIENCE_NS)
			fail_msg("never in %s: %s", call_word(call), text_string(&stage->words));
	} while (activity.blocked_count == 0 || activity.blocked[0].call != call);
}

static inline size_t stage_count_kind(const struct stage *stage, enum event_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < stage->event_count; i++)
		count += stage->events[i].kind == kind;
	return count;
}

static inline size_t stage_count(const struct stage *stage, enum event_kind kind, enum call call)
{
	size_t count = 0;
	for (size_t i = 0; i < stage->event_count; i++)
		count += stage->events[i].kind == kind && stage->events[i].call.call == call;
	return count;
}

/* Goes on until every program has ended. */
static inline void stage_end(struct stage *stage)
{
	struct activity activity;
	int64_t start = stage_now();
	do {
		stage_settle(stage, &activity);
		if (activity.kind == ACTIVITY_QUIET && activity.until_ns >= 0)
			stage_wait(1000000);
		else if (activity.kind == ACTIVITY_QUIET)
			fail_msg("blocked for ever: %s", text_string(&stage->words));
		if (stage_now() - start > STAGE_PATIENCE_NS)
			fail_msg("does not end: %s", text_string(&stage->words));
	} while (activity.kind != ACTIVITY_GONE);
}

static inline void stage_close(struct stage *stage)
{
	/* PTRACE_O_EXITKILL is of no use here: this process lives on. */
	int status;
	if (stage->pid > 0 && tracer_alive(stage->tracer, ACTOR_NONE) > 0) {
		for (size_t i = 0; i < stage->event_count; i++)
			if (stage->events[i].kind == EVENT_FORK && !stage->events[i].process.thread &&
			    getpgid(stage->events[i].pid) == getpgid(0))
				kill(stage->events[i].pid, SIGKILL);
		kill(stage->pid, SIGKILL);
		while (waitpid(-1, &status, __WALL) > 0 || errno == EINTR)
			;
	}
	tracer_destroy(stage->tracer);
	connections_destroy(stage->connections);
	text_release(&stage->words);
}

static inline int stage_connect(const struct stage *stage)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(stage->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* So that a close of it sends FIN and not RST. */
static inline void stage_read(int fd, size_t length)
{
	char bytes[64];
	assert_true(length <= sizeof(bytes));
	assert_int_equal(recv(fd, bytes, length, MSG_WAITALL), (ssize_t)length);
}

static inline const struct event *stage_find(const struct stage *stage, enum event_kind kind, enum call call)
{
	for (size_t i = 0; i < stage->event_count; i++)
		if (stage->events[i].kind == kind && stage->events[i].call.call == call)
			return &stage->events[i];
	fail_msg("no %s of %s in: %s", event_kind_word(kind), call_word(call), text_string(&stage->words));
	abort();
}

/* The words from the first `from` on, so that start-up does not matter. */
static inline const char *stage_words(const struct stage *stage, const char *from)
{
	const char *at = strstr(text_string(&stage->words), from);
	return at != NULL ? at : "";
}
