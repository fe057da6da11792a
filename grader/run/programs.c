#include "run/runner_state.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STREAM_INPUT, STREAM_OUTPUT, STREAM_ERRORS, STREAMS = 4 };

/* "{port}" and "{host}" in the arguments stand for the test's. */
static const char *argument_filled(struct runner *runner, const char *argument, const char *host)
{
	struct text filled = {0};
	for (const char *at = argument; *at != '\0';) {
		if (strncmp(at, "{port}", 6) == 0) {
			text_printf(&filled, "%u", runner->test->port);
			at += 6;
		} else if (strncmp(at, "{host}", 6) == 0) {
			text_puts(&filled, host);
			at += 6;
		} else {
			text_add(&filled, at++, 1);
		}
	}
	const char *kept = arena_string(runner->arena, text_string(&filled));
	text_release(&filled);
	return kept;
}

/* Where a student's client shall connect to: the host's other address where the spec says `connect: outside`. */
static const char *host_for(struct runner *runner, int actor)
{
	for (uint32_t i = 0; i < runner->test->line_count; i++) {
		const struct line *line = runner->test->by_number[i];
		if (line->actor == actor && line->step->verb == VERB_CONNECT && line->step->outside &&
		    box_outside(runner->box) != NULL)
			return box_outside(runner->box);
	}
	return "127.0.0.1";
}

static const char *const *arguments_filled(struct runner *runner, int actor, const struct command *command)
{
	const char *host = host_for(runner, actor);
	size_t count = 0;
	while (command->arguments[count] != NULL)
		count++;
	const char **filled = arena_array(runner->arena, count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++)
		filled[i] = argument_filled(runner, command->arguments[i], host);
	return filled;
}

static bool stream_watch(struct runner *runner, int descriptor, int actor, unsigned stream, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)actor * STREAMS + stream};
	return epoll_ctl(runner->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static void program_release(struct program *program)
{
	box_program_end(&program->box);
	text_release(&program->input);
}

bool programs_own(void *context, uint64_t inode)
{
	const struct runner *runner = context;
	for (size_t i = 0; i < runner->test->test->actor_count; i++) {
		const struct box_program *box = &runner->programs[i].box;
		const int streams[] = {box->input, box->output, box->errors};
		struct stat found;
		for (size_t k = 0; k < sizeof(streams) / sizeof(streams[0]); k++)
			if (streams[k] >= 0 && fstat(streams[k], &found) == 0 && found.st_ino == inode)
				return true;
	}
	return false;
}

void programs_release(struct runner *runner)
{
	for (size_t i = 0; i < runner->test->test->actor_count; i++)
		program_release(&runner->programs[i]);
}

bool program_launch(struct runner *runner, int actor)
{
	struct program *program = &runner->programs[actor];
	const struct command *command = &runner->test->run[runner->test->test->actors[actor].side];
	struct diags diags;
	diags_init(&diags, runner->arena);
	if (program->launched) {
		programs_read(runner);
		program_release(program);
	}
	*program = (struct program){.named = true, .launched = true};
	if (!box_fork(runner->box, arguments_filled(runner, actor, command), runner->test->watch, &program->box, &diags)) {
		runner->failure = diags.count > 0 ? diags.list[0].message : "the program could not be started";
		program->box = (struct box_program){0, -1, -1, -1, -1, NULL};
		program->launched = false;
		return false;
	}
	bool held = runner->rung <= RUNG_C ? tracer_seize(runner->tracer, program->box.pid, actor)
	                                   : tracer_watch_untraced(runner->tracer, program->box.pid, actor);
	if (!held) {
		runner->failure = arena_printf(runner->arena, "the program cannot be traced: %s", strerror(errno));
		return false;
	}
	stream_watch(runner, program->box.output, actor, STREAM_OUTPUT, EPOLLIN);
	stream_watch(runner, program->box.errors, actor, STREAM_ERRORS, EPOLLIN);
	struct event event = {.kind = EVENT_LAUNCH, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
	event.pid = event.tid = program->box.pid;
	event.process.main = true;
	runner_emit(runner, &event);
	box_open(runner->box, &program->box);
	return true;
}

static void program_write(struct runner *runner, int actor)
{
	struct program *program = &runner->programs[actor];
	while (program->box.input >= 0 && program->input_taken < program->input.length) {
		ssize_t count = write(program->box.input, program->input.bytes + program->input_taken,
		                      program->input.length - program->input_taken);
		if (count < 0 && errno == EAGAIN) {
			stream_watch(runner, program->box.input, actor, STREAM_INPUT, EPOLLOUT);
			return;
		}
		if (count < 0) {
			fd_close(&program->box.input);
			return;
		}
		program->input_taken += (size_t)count;
		runner->progress++;
	}
	if (program->input_ends)
		fd_close(&program->box.input);
}

void program_feed(struct runner *runner, int actor, const struct data *data, bool end)
{
	struct program *program = &runner->programs[actor];
	if (data != NULL)
		text_add(&program->input, data->bytes, data->length);
	program->input_ends = program->input_ends || end;
	runner->handover = (struct handover){.due = true};
	program_write(runner, actor);
}

/* True when the stream gave something. */
static bool stream_read(struct runner *runner, int actor, int *descriptor, int number)
{
	struct program *program = &runner->programs[actor];
	char bytes[16384];
	ssize_t count = *descriptor >= 0 ? read(*descriptor, bytes, sizeof(bytes)) : -1;
	if (count == 0 || (count < 0 && *descriptor >= 0 && errno != EAGAIN && errno != EINTR))
		fd_close(descriptor);
	if (count <= 0)
		return false;
	uint64_t limit = runner->test->limits.output_bytes;
	if (program->output_bytes > limit)
		return true;
	program->output_bytes += (uint64_t)count;
	struct event event = {.kind = EVENT_OUTPUT, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
	event.pid = program->box.pid;
	event.output.descriptor = number;
	event.data = (const uint8_t *)bytes;
	event.data_length = (uint32_t)count;
	runner_emit(runner, &event);
	if (program->output_bytes > limit) {
		struct event reached = {.kind = EVENT_LIMIT, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
		reached.limit.limit = LIMIT_OUTPUT;
		reached.limit.value = (int64_t)limit;
		runner_emit(runner, &reached);
		runner->over = true;
	}
	return true;
}

void program_ready(struct runner *runner, uint64_t tag)
{
	int actor = (int)(tag / STREAMS);
	if (tag % STREAMS == STREAM_INPUT) {
		epoll_ctl(runner->epoll, EPOLL_CTL_DEL, runner->programs[actor].box.input, NULL);
		program_write(runner, actor);
	} else if (tag % STREAMS == STREAM_OUTPUT) {
		stream_read(runner, actor, &runner->programs[actor].box.output, 1);
	} else {
		stream_read(runner, actor, &runner->programs[actor].box.errors, 2);
	}
}

bool programs_read(struct runner *runner)
{
	bool any = false;
	for (size_t i = 0; i < runner->test->test->actor_count; i++) {
		struct program *program = &runner->programs[i];
		if (!program->launched)
			continue;
		while (!runner->over && stream_read(runner, (int)i, &program->box.output, 1))
			any = true;
		while (!runner->over && stream_read(runner, (int)i, &program->box.errors, 2))
			any = true;
	}
	return any;
}
