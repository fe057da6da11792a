#include "run/store.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUN_JSON_BYTES = 4 << 20 };
#define TIMELINE_FILE_BYTES ((size_t)512 << 20)

static bool write_file(const char *folder, const char *name, const char *bytes, size_t length, struct diags *diags)
{
	TEXT_AUTO path = {0};
	text_printf(&path, "%s/%s", folder, name);
	if (file_write_atomically(text_string(&path), bytes, length, 0644))
		return true;
	return diags_errno(diags, "writing %s", text_string(&path));
}

static void run_json(struct text *text, const struct grade *grade)
{
	const struct result *result = &grade->result;
	const struct plan *plan = grade->session.plan;
	struct json json = {.out = text, .indented = true};
	json_add_object(&json, NULL);
	json_add_integer(&json, "format", 1);
	json_add_string(&json, "version", GRADER_VERSION);
	json_add_string(&json, "assignment", result->assignment);
	json_add_boolean(&json, "server", plan->student[SIDE_SERVER]);
	json_add_boolean(&json, "client", plan->student[SIDE_CLIENT]);
	text_printf(text, ",\n  \"seed\": \"%llu\"", (unsigned long long)plan->seed);
	json_add_string(&json, "rung", rung_word(result->rung));
	json_add_string(&json, "submission", result->submission);
	json_add_string(&json, "submission_sha256", result->submission_digest);
	json_add_boolean(&json, "built", result->built);
	json_add_string(&json, "build_output", result->build_output);
	json_end_object(&json);
	text_puts(text, "\n");
}

static void outputs(const struct timeline *timeline, int descriptor, struct text *text)
{
	for (size_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		if (event->kind == EVENT_OUTPUT && event->output.descriptor == descriptor)
			text_add(text, event->data, event->data_length);
	}
}

static bool test_write(const char *folder, const struct store_parts *parts, const struct test_run *run,
                       struct diags *diags)
{
	TEXT_AUTO path = {0};
	text_printf(&path, "%s/tests/%s", folder, run->result.test->name);
	if (mkdir(text_string(&path), 0755) < 0)
		return diags_errno(diags, "%s", text_string(&path));
	TEXT_AUTO lines = {.ceiling = TIMELINE_FILE_BYTES};
	timeline_save(run->timeline, &lines);
	if (!write_file(text_string(&path), "timeline.jsonl", text_string(&lines), lines.length, diags))
		return false;
	for (int descriptor = 1; descriptor <= 2; descriptor++) {
		TEXT_AUTO output = {0};
		outputs(run->timeline, descriptor, &output);
		if (output.length > 0 && !write_file(text_string(&path), descriptor == 1 ? "stdout.txt" : "stderr.txt",
		                                     text_string(&output), output.length, diags))
			return false;
	}
	if (parts->capture == NULL)
		return true;
	TEXT_AUTO capture = {0};
	parts->capture(run->timeline, &capture);
	return write_file(text_string(&path), "capture.pcapng", text_string(&capture), capture.length, diags);
}

/* Files of DATA are kept by the digest of their name: the name itself may hold slashes. */
static const char *file_name(const char *name, char into[static SHA256_HEX])
{
	uint8_t digest[SHA256_BYTES];
	sha256_of(name, strlen(name), digest);
	return sha256_hex(digest, into);
}

static bool everything_write(const char *folder, const struct grade *grade, const struct store_parts *parts,
                             struct diags *diags)
{
	TEXT_AUTO run = {0};
	TEXT_AUTO tests = {0};
	TEXT_AUTO files = {0};
	run_json(&run, grade);
	text_printf(&tests, "%s/tests", folder);
	text_printf(&files, "%s/files", folder);
	if (mkdir(text_string(&tests), 0755) < 0 || (parts->file_count > 0 && mkdir(text_string(&files), 0755) < 0))
		return diags_errno(diags, "%s", folder);
	if (parts->spec != NULL &&
	    (!write_file(folder, "spec.yaml", text_string(parts->spec), parts->spec->length, diags) ||
	     !write_file(folder, "assignment.yaml", text_string(parts->assignment), parts->assignment->length, diags)))
		return false;
	if (!write_file(folder, "result.json", text_string(parts->result_json), parts->result_json->length, diags) ||
	    !write_file(folder, "run.json", text_string(&run), run.length, diags))
		return false;
	for (size_t i = 0; i < parts->file_count; i++) {
		char name[SHA256_HEX];
		const struct store_file *file = &parts->files[i];
		if (!write_file(text_string(&files), file_name(file->name, name), text_string(file->bytes), file->bytes->length,
		                diags))
			return false;
	}
	for (size_t i = 0; i < grade->session.plan->count; i++) {
		const struct test_run *test = &grade->session.tests[i];
		if (test->done && test->timeline != NULL && (parts->keeps == NULL || parts->keeps(test->result.test)) &&
		    !test_write(folder, parts, test, diags))
			return false;
	}
	return true;
}

bool store_write(const char *folder, const struct grade *grade, const struct store_parts *parts, struct arena *arena,
                 struct diags *diags)
{
	char *temporary = arena_printf(arena, "%s.XXXXXX", folder);
	const char *run = arena_printf(arena, "%s/run.json", folder);
	bool there = access(folder, F_OK) == 0;
	if (there && access(run, F_OK) < 0 && rmdir(folder) < 0)
		return diags_error(diags, "%s is there and holds no kept run; it was left as it is", folder);
	if (mkdtemp(temporary) == NULL)
		return diags_errno(diags, "making %s", folder);
	chmod(temporary, 0755);
	if (!everything_write(temporary, grade, parts, diags)) {
		folder_remove(temporary);
		return false;
	}
	if (access(folder, F_OK) == 0)
		folder_remove(folder);
	if (rename(temporary, folder) == 0)
		return true;
	diags_errno(diags, "renaming %s to %s", temporary, folder);
	folder_remove(temporary);
	return false;
}

static const char *member(const json_t *object, const char *key, struct arena *arena)
{
	const char *string = json_string_value(json_object_get(object, key));
	return string != NULL ? arena_string(arena, string) : NULL;
}

bool store_open(const char *folder, struct stored_run *run, struct arena *arena, struct diags *diags)
{
	TEXT_AUTO text = {0};
	const char *path = arena_printf(arena, "%s/run.json", folder);
	if (!file_read(path, RUN_JSON_BYTES, &text)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return diags_error(diags, "%s holds no kept run; `grader run … --keep DIR` makes one", folder);
		return diags_errno(diags, "%s", path);
	}
	if (access(arena_printf(arena, "%s/spec.yaml", folder), F_OK) < 0 && errno == ENOENT)
		return diags_error(diags, "%s was kept for a student, without the spec: it can be looked at, but not judged",
		                   folder);
	json_error_t error;
	json_t *object = json_loadb(text_string(&text), text.length, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL || json_integer_value(json_object_get(object, "format")) != 1) {
		json_decref(object);
		return diags_error(diags, "%s is damaged, or was written by a newer version", path);
	}
	*run = (struct stored_run){.folder = arena_string(arena, folder)};
	run->assignment_path = arena_printf(arena, "%s/assignment.yaml", folder);
	run->spec_path = arena_printf(arena, "%s/spec.yaml", folder);
	run->student[SIDE_SERVER] = json_is_true(json_object_get(object, "server"));
	run->student[SIDE_CLIENT] = json_is_true(json_object_get(object, "client"));
	const char *seed = member(object, "seed", arena), *rung = member(object, "rung", arena);
	run->seed = seed != NULL ? strtoull(seed, NULL, 10) : 0;
	for (enum rung each = RUNG_A; rung != NULL && each <= RUNG_E; each++) {
		if (strcmp(rung_word(each), rung) == 0)
			run->rung = each;
	}
	run->submission = member(object, "submission", arena);
	const char *digest = member(object, "submission_sha256", arena);
	snprintf(run->submission_digest, sizeof(run->submission_digest), "%s", digest != NULL ? digest : "");
	run->built = json_is_true(json_object_get(object, "built"));
	run->build_output = member(object, "build_output", arena);
	json_decref(object);
	return true;
}

struct timeline *store_timeline(const struct stored_run *run, const char *test, struct diags *diags)
{
	TEXT_AUTO path = {0};
	TEXT_AUTO lines = {.ceiling = TIMELINE_FILE_BYTES};
	text_printf(&path, "%s/tests/%s/timeline.jsonl", run->folder, test);
	if (!file_read(text_string(&path), TIMELINE_FILE_BYTES, &lines)) {
		if (errno != ENOENT)
			diags_errno(diags, "%s", text_string(&path));
		return NULL;
	}
	return timeline_load(text_string(&lines), lines.length, text_string(&path), diags);
}

bool store_file_read(void *context, const char *name, size_t most, struct text *content)
{
	const struct stored_run *run = context;
	TEXT_AUTO path = {0};
	char digest[SHA256_HEX];
	text_printf(&path, "%s/files/%s", run->folder, file_name(name, digest));
	return file_read(text_string(&path), most, content);
}
