/* A submission's folder, a keeper for it, and scenes: what a runner does in a box of its own.  A scene says what it saw
 * by printing it into a text; the test reads it. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "sandbox/box.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct scene;
/* Plays in the runner, in its own box; says what it saw in `seen`. */
typedef void (*scene_play)(struct box *, struct scene *, struct text *seen);

struct scene {
	scene_play play;
	const char *command; /* for /bin/sh; what it prints is what was seen */
	enum watch_level watch;
	struct limits limits;
	bool before; /* `play` is called before box_enter, without a box */
	int value; /* the scene's own */
};

struct stage {
	struct arena *arena;
	struct diags diags;
	struct host host;
	char folder[64];
	struct keeper *keeper;
	struct scene *scene; /* what the runner of the keeper plays */
};

static inline void stream_take(int stream, struct text *seen)
{
	char bytes[4096];
	for (ssize_t count; (count = read(stream, bytes, sizeof(bytes))) > 0;)
		text_add(seen, bytes, (size_t)count);
}

/* Keeps what the program prints until it ends; it is not reaped.  (What it left in the background may hold its streams
 * open for ever.) */
static inline void program_listen(struct box_program *program, struct text *seen)
{
	int process = (int)syscall(SYS_pidfd_open, program->pid, 0);
	struct pollfd ready[3] = {{process, POLLIN, 0}, {program->output, POLLIN, 0}, {program->errors, POLLIN, 0}};
	while (ready[0].revents == 0) {
		poll(ready, 3, -1);
		for (int i = 1; i < 3; i++) {
			stream_take(ready[i].fd, seen);
			if ((ready[i].revents & POLLHUP) != 0)
				ready[i].fd = -1;
		}
	}
	stream_take(program->output, seen);
	stream_take(program->errors, seen);
	close(process);
}

/* Runs a command of the shell to its end; "[N]" is its wait status where that is not 0. */
static inline void box_shell(struct box *box, const char *command, enum watch_level watch, struct text *seen)
{
	struct arena *arena = arena_create();
	struct diags diags;
	struct box_program program;
	const char *const arguments[] = {"/bin/sh", "-c", command, NULL};
	int status = 0;
	diags_init(&diags, arena);
	if (!box_fork(box, arguments, watch, &program, &diags)) {
		text_printf(seen, "harness error: %s\n", diags.list[0].message);
		arena_destroy(arena);
		return;
	}
	box_open(box, &program);
	fd_close(&program.input);
	program_listen(&program, seen);
	waitpid(program.pid, &status, 0);
	if (status != 0)
		text_printf(seen, "[%#x]", (unsigned)status);
	fd_close(&program.output);
	fd_close(&program.errors);
	arena_destroy(arena);
}

static inline void scene_body(void *context, size_t index, const void *details, int cpu, int report)
{
	(void)details;
	struct stage *stage = context;
	struct scene *scene = stage->scene;
	struct test test = {.name = "scene"};
	struct plan_test plan = {.test = &test, .limits = limits_over(limits_default, scene->limits)};
	struct diags diags;
	struct text seen = {0};
	struct box *box = NULL;
	(void)index;
	(void)cpu;
	diags_init(&diags, stage->arena);
	if (scene->before)
		scene->play(NULL, scene, &seen);
	box = box_enter(&plan, &diags);
	if (box == NULL)
		text_printf(&seen, "harness error: %s\n", diags.list[0].message);
	else if (scene->command != NULL)
		box_shell(box, scene->command, scene->watch, &seen);
	else
		scene->play(box, scene, &seen);
	box_end(box);
	fd_write_all(report, text_string(&seen), seen.length);
	text_release(&seen);
	close(report);
}

static inline void stage_open_at(struct stage *stage, enum rung worst, struct scene *scene)
{
	const char *base = getenv("TMPDIR");
	*stage = (struct stage){.arena = arena_create(), .scene = scene};
	snprintf(stage->folder, sizeof(stage->folder), "%.40s/grader-stage-XXXXXX", base != NULL ? base : "/tmp");
	diags_init(&stage->diags, stage->arena);
	host_probe(&stage->host, worst, stage->arena);
	assert_non_null(mkdtemp(stage->folder));
}

static inline void stage_file(const struct stage *stage, const char *name, const char *content, mode_t mode)
{
	TEXT_AUTO path = {0};
	text_printf(&path, "%s/%s", stage->folder, name);
	assert_true(file_write_atomically(text_string(&path), content, strlen(content), mode));
}

static inline void stage_start(struct stage *stage)
{
	const struct box_place place = {stage->folder};
	stage->keeper = keeper_start(&stage->host, &place, scene_body, stage, &stage->diags);
	if (stage->keeper == NULL)
		fail_msg("%s", stage->diags.list[0].message);
}

static inline void stage_close(struct stage *stage)
{
	keeper_stop(stage->keeper);
	folder_remove(stage->folder);
	arena_destroy(stage->arena);
}

/* Waits for the end of what a runner reports. */
static inline void report_read(int report, struct text *seen)
{
	struct pollfd ready = {report, POLLIN, 0};
	for (;;) {
		char bytes[4096];
		poll(&ready, 1, -1);
		ssize_t count = read(report, bytes, sizeof(bytes));
		if (count > 0)
			text_add(seen, bytes, (size_t)count);
		else if (count == 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	close(report);
}

/* What keeper_run returns for the scene. */
static inline int stage_run(struct stage *stage, unsigned job, int cpu)
{
	const struct keeper_test test = {.job = job, .cpu = cpu, .limits = &limits_default};
	return keeper_run(stage->keeper, &test, &stage->diags);
}

/* Plays the scene of the stage once; the text is the arena's. */
static inline const char *stage_play(struct stage *stage)
{
	TEXT_AUTO seen = {0};
	int report = stage_run(stage, 0, -1);
	if (report < 0)
		fail_msg("%s", stage->diags.list[0].message);
	report_read(report, &seen);
	return arena_string(stage->arena, text_string(&seen));
}

/* One scene on a stage of its own. */
static inline void scene_expect_at(enum rung worst, struct scene *scene, const char *expected)
{
	struct stage stage;
	stage_open_at(&stage, worst, scene);
	stage_start(&stage);
	assert_string_equal(stage_play(&stage), expected);
	stage_close(&stage);
}

/* What /bin/sh prints in a box, on the host as it is. */
static inline void shell_expect(const char *command, const char *expected)
{
	struct scene scene = {.command = command, .watch = WATCH_NOTHING};
	scene_expect_at(RUNG_A, &scene, expected);
}

/* Whether the host can do it; says why a test is passed over. */
static inline bool host_has_namespaces(void)
{
	struct arena *arena = arena_create();
	struct host host;
	host_probe(&host, RUNG_A, arena);
	if (!host.namespaces)
		print_message("passed over: this host allows no namespaces\n");
	arena_destroy(arena);
	return host.namespaces;
}
