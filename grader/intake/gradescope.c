#include "intake/layouts.h"

#include "base/arena.h"
#include "base/diag.h"

#include <string.h>

enum { METADATA_BYTES = 64 << 20, WORD = 512 };

/* submission_metadata.yml, as Ruby writes it: a map of folders, each with ":submitters:", a list of maps with ":name:",
 * ":sid:", ":email:".  Only these are read, by their indentation; what else stands there (scores, results, history) is
 * passed over, anchors and all. */
struct metadata {
	const char *at, *end;
	unsigned line;
	/* The line taken last. */
	size_t indent;
	bool item; /* begins with "- "; `indent` counts it */
	char key[WORD], value[WORD];
};

/* A scalar without its quotes. */
static void unquote(char *value)
{
	size_t length = strlen(value), to = 0;
	if (length < 2 || (value[0] != '"' && value[0] != '\'') || value[length - 1] != value[0])
		return;
	char quote = value[0];
	for (size_t i = 1; i + 1 < length; i++) {
		if ((quote == '\'' && value[i] == '\'' && value[i + 1] == '\'') || (quote == '"' && value[i] == '\\'))
			i++;
		value[to++] = value[i];
	}
	value[to] = '\0';
}

static bool metadata_next(struct metadata *metadata)
{
	if (metadata->at >= metadata->end)
		return false;
	const char *line = metadata->at;
	const char *end = memchr(line, '\n', (size_t)(metadata->end - line));
	metadata->at = end != NULL ? end + 1 : metadata->end;
	metadata->line++;
	if (end == NULL)
		end = metadata->end;
	while (end > line && (end[-1] == '\r' || end[-1] == ' '))
		end--;
	const char *start = line;
	metadata->item = false;
	while (start < end && (*start == ' ' || (*start == '-' && start + 1 < end && start[1] == ' '))) {
		metadata->item = metadata->item || *start == '-';
		start++;
	}
	metadata->indent = (size_t)(start - line);
	metadata->key[0] = metadata->value[0] = '\0';
	/* A key may begin with a colon (a Ruby symbol). */
	const char *colon = start < end ? start + 1 : end;
	while (colon < end && !(*colon == ':' && (colon + 1 == end || colon[1] == ' ')))
		colon++;
	if (colon >= end || (size_t)(colon - start) >= WORD)
		return true;
	memcpy(metadata->key, start, (size_t)(colon - start));
	metadata->key[colon - start] = '\0';
	const char *value = colon + 1;
	while (value < end && *value == ' ')
		value++;
	size_t length = (size_t)(end - value) < WORD ? (size_t)(end - value) : WORD - 1;
	memcpy(metadata->value, value, length);
	metadata->value[length] = '\0';
	unquote(metadata->key);
	unquote(metadata->value);
	return true;
}

static const char *gradescope_recognise(const struct intake *intake, const struct listing *listing)
{
	(void)intake;
	for (size_t i = 0; i < listing->count; i++) {
		if (strcmp(listing->list[i].name, "submission_metadata.yml") == 0)
			return "submission_metadata.yml is Gradescope's";
	}
	return NULL;
}

static const char *known(const char *value, struct arena *arena)
{
	return value[0] != '\0' && strcmp(value, "null") != 0 && strcmp(value, "~") != 0 ? arena_string(arena, value)
	                                                                                 : NULL;
}

/* Each submitter of a group is a submission of its own with the same files: grading them once is enough. */
static struct intake_submission *submitter(struct intake *intake, const char *folder, size_t number)
{
	struct intake_submission *submission =
		intake_of(intake, number == 0 ? folder : arena_printf(intake->arena, "%s+%zu", folder, number));
	submission->folder = arena_string(intake->arena, folder);
	if (submission->part_count == 0)
		intake_part(intake, submission, folder, NULL);
	return submission;
}

static bool folder_listed(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->list[i].folder && strcmp(listing->list[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool gradescope_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	size_t length = 0, submitters = 0;
	const char *bytes = intake_file(intake, "submission_metadata.yml", METADATA_BYTES, &length);
	if (bytes == NULL)
		return diags_errno(diags, "%s/submission_metadata.yml", intake->root);
	struct metadata metadata = {.at = bytes, .end = bytes + length};
	char folder[WORD] = "";
	bool inside = false;
	size_t depth = 0;
	struct intake_submission *submission = NULL;
	while (metadata_next(&metadata)) {
		if (metadata.indent == 0 && !metadata.item && metadata.key[0] != '\0') {
			bool there = folder_listed(listing, metadata.key);
			memcpy(folder, metadata.key, sizeof(folder));
			if (!there)
				folder[0] = '\0';
			if (there)
				submitter(intake, folder, 0);
			else if (strncmp(metadata.key, "submission_", 11) == 0)
				intake_ignore(intake, metadata.key, "submission_metadata.yml names it, and it is not there");
			submitters = 0;
			inside = false;
		} else if (strcmp(metadata.key, ":submitters") == 0) {
			inside = folder[0] != '\0';
			depth = metadata.indent;
		} else if (inside && !metadata.item && metadata.indent <= depth) {
			inside = false;
		}
		if (inside && metadata.item)
			submission = submitter(intake, folder, submitters++);
		if (!inside || submission == NULL || submitters == 0)
			continue;
		if (strcmp(metadata.key, ":name") == 0)
			submission->name = known(metadata.value, intake->arena);
		else if (strcmp(metadata.key, ":sid") == 0)
			submission->id = known(metadata.value, intake->arena);
		else if (strcmp(metadata.key, ":email") == 0)
			submission->email = known(metadata.value, intake->arena);
	}
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name;
		bool mentioned = strcmp(name, "submission_metadata.yml") == 0;
		for (size_t j = 0; j < intake->count && !mentioned; j++)
			mentioned = strcmp(intake->submissions[j].folder, name) == 0;
		if (!mentioned)
			intake_ignore(intake, name, "submission_metadata.yml does not name it");
	}
	return true;
}

const struct layout_reader gradescope_reader = {LAYOUT_GRADESCOPE, gradescope_recognise, gradescope_read};
