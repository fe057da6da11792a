/* The lines of the student's source that a verdict speaks of, looked up at the end of a test. */
#include "run/runner_state.h"

#include "base/arena.h"
#include "base/cell.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/module.h"
#include "judge/judge.h"
#include "watch/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SITES_MOST = 256, LOOKUP_SECONDS = 5 };

struct wanted {
	uint32_t sites[SITES_MOST];
	size_t count;
};

/* What the process that reads the program's files reports of one site. */
struct found {
	uint32_t site;
	struct source_place place;
};

static void want(struct wanted *wanted, const struct runner *runner, uint32_t number)
{
	if (number >= runner->timeline->count)
		return;
	uint32_t site = runner->timeline->events[number].site;
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->sites[i] == site)
			return;
	if (site != 0 && wanted->count < SITES_MOST)
		wanted->sites[wanted->count++] = site;
}

static void want_evidence(struct wanted *wanted, const struct runner *runner, const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++)
		want(wanted, runner, evidence->events[i]);
}

/* The sites of the evidence first, then those of every call that a ladder shows.  None where all is well. */
static void wanted_choose(struct wanted *wanted, const struct runner *runner)
{
	struct test_result result;
	struct findings findings = {0};
	struct arena *arena = arena_create();
	judge_test(runner->test, runner->timeline, arena, &result);
	judge_findings(runner->test, runner->timeline, arena, &findings);
	bool speaks = findings.count > 0 || result.rule_count > 0;
	for (size_t i = 0; i < findings.count; i++)
		want_evidence(wanted, runner, &findings.list[i].evidence);
	for (size_t i = 0; i < result.rule_count; i++)
		want_evidence(wanted, runner, &result.rules[i].evidence);
	for (size_t i = 0; i < result.step_count; i++) {
		speaks = speaks || result.steps[i].verdict == STEP_UNMET || result.steps[i].verdict == STEP_INCONCLUSIVE;
		want_evidence(wanted, runner, &result.steps[i].evidence);
	}
	for (uint32_t i = 0; speaks && i < runner->timeline->count; i++)
		want(wanted, runner, i);
	if (!speaks)
		wanted->count = 0;
	arena_destroy(arena);
}

static _Noreturn void look_up(const struct runner *runner, const struct source_reader *reader,
                              const struct wanted *wanted, int pipe)
{
	static struct source_files files;
	const char *const roots[] = {runner->folder, runner->sources, NULL};
	const struct stacks *stacks = tracer_stacks(runner->tracer);
	int kept[IMAGE_FILES_MOST + 1] = {pipe};
	for (size_t i = 0; i < stacks->images.file_count; i++)
		kept[i + 1] = stacks->images.files[i].descriptor;
	source_files_read(&files, runner->sources);
	cell_close(LOOKUP_SECONDS, kept, stacks->images.file_count + 1);
	struct source *source = reader->open(stacks, &files, roots);
	for (size_t i = 0; i < wanted->count; i++) {
		struct found found;
		memset(&found, 0, sizeof(found));
		found.site = wanted->sites[i];
		reader->find(source, found.site, &found.place);
		if (!fd_write_all(pipe, &found, sizeof(found)))
			break;
	}
	_exit(EXIT_SUCCESS);
}

static void found_tell(struct runner *runner, struct found *found)
{
	struct event event = {.kind = EVENT_SOURCE, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	found->place.file[SOURCE_NAME - 1] = '\0';
	event.site = found->site;
	event.source.line = found->place.line;
	event.data = (const uint8_t *)found->place.file;
	event.data_length = (uint32_t)strlen(found->place.file);
	runner_emit(runner, &event);
}

static void lack_tell(struct runner *runner, const struct found *lacking)
{
	TEXT_AUTO words = {0};
	if (lacking->place.lack == SOURCE_WITHOUT_DEBUG) {
		text_puts(&words, "the program was built without debug information; with -g the lines of its source are named");
	} else {
		text_puts(&words, "the program was built from another source than the submission (");
		text_escaped(&words, lacking->place.file, strnlen(lacking->place.file, SOURCE_NAME - 1), 120, false);
		text_puts(&words, "), so no lines of the source are named");
	}
	struct event event = {.kind = EVENT_SOURCE, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	event.data = (const uint8_t *)words.bytes;
	event.data_length = (uint32_t)words.length;
	runner_emit(runner, &event);
}

/* True when one more whole record came; a reader that takes too long is not waited for. */
static bool found_read(int pipe, struct found *found)
{
	for (size_t have = 0; have < sizeof(*found);) {
		struct pollfd waited = {.fd = pipe, .events = POLLIN};
		if (poll(&waited, 1, LOOKUP_SECONDS * 1000) <= 0)
			return false;
		ssize_t count = read(pipe, (char *)found + have, sizeof(*found) - have);
		if (count <= 0 && !(count < 0 && errno == EINTR))
			return false;
		have += count > 0 ? (size_t)count : 0;
	}
	return true;
}

void runner_sources(struct runner *runner)
{
	struct wanted *wanted = arena_alloc(runner->arena, sizeof(*wanted));
	int pipes[2];
	if (runner->tracer == NULL || runner->sources == NULL || tracer_stacks(runner->tracer)->count == 0)
		return;
	wanted_choose(wanted, runner);
	if (wanted->count == 0)
		return;
	/* Loaded once for all tests of this process; without it no lines are named. */
	struct diags diags;
	diags_init(&diags, runner->arena);
	const struct source_reader *reader = module_table("source", "source_reader", &diags);
	if (reader == NULL || pipe2(pipes, O_CLOEXEC) != 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		fd_close(&pipes[0]);
		look_up(runner, reader, wanted, pipes[1]);
	}
	fd_close(&pipes[1]);
	struct found found, lacking = {0};
	bool any = false;
	for (size_t i = 0; i < wanted->count && found_read(pipes[0], &found); i++) {
		if (found.place.lack == SOURCE_FOUND && found.site == wanted->sites[i] && found.place.line > 0) {
			any = true;
			found_tell(runner, &found);
		} else if (found.place.lack > lacking.place.lack) {
			lacking = found;
		}
	}
	if (!any && (lacking.place.lack == SOURCE_WITHOUT_DEBUG || lacking.place.lack == SOURCE_OF_ELSEWHERE))
		lack_tell(runner, &lacking);
	fd_close(&pipes[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
}
