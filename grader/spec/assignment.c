#include "spec/assignment.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/text.h"
#include "spec/reader.h"

#include <errno.h>
#include <string.h>

/* One argument: text, possibly empty, without a zero byte. */
static bool read_argument(const struct reader *reader, const struct node *node, const char **argument)
{
	if (node->kind != NODE_SCALAR || node_is_null(node))
		return reader_error(reader, node, "an argument is text, not %s", reader_shown(reader, node));
	if (strlen(node->text) != node->length)
		return reader_error(reader, node, "an argument holds a zero byte");
	*argument = node->text;
	static const char *const stand_ins[] = {"port", "host", NULL};
	for (const char *at = strchr(node->text, '{'); at != NULL; at = strchr(at + 1, '{')) {
		size_t length = strcspn(at + 1, "}");
		char *name = arena_copy(reader->arena, at + 1, length);
		const char *near = at[1 + length] == '}' ? nearest_word(name, stand_ins) : NULL;
		if (near != NULL && strcmp(near, name) != 0)
			reader_warning(reader, node, "{%s} is passed as it stands (did you mean {%s}?)", name, near);
	}
	return true;
}

static bool read_command(const struct reader *reader, const struct node *node, struct command *command)
{
	if (node->kind == NODE_SCALAR) {
		const char **shell = arena_array(reader->arena, 4, sizeof(*shell));
		shell[0] = "/bin/sh";
		shell[1] = "-c";
		command->arguments = shell;
		return read_text(reader, node, "a command", &shell[2]);
	}
	if (node->kind == NODE_MAP || node->count == 0 || node->count > ARGUMENTS_MOST)
		return reader_error(reader, node, "a command is a list of 1 to %d arguments, or a line for the shell, not %s",
		                    ARGUMENTS_MOST,
		                    node->kind == NODE_MAP ? "a map"
		                    : node->count == 0     ? "an empty list"
		                                           : "a longer one");
	const char **arguments = arena_array(reader->arena, node->count + 1, sizeof(*arguments));
	bool good = true;
	for (size_t i = 0; i < node->count; i++)
		good = read_argument(reader, node->values[i], &arguments[i]) && good;
	if (good && *arguments[0] == '\0')
		good = reader_error(reader, node->values[0], "the program's name is empty");
	command->arguments = arguments;
	return good;
}

static void read_run(const struct reader *reader, const struct node *node, struct assignment *assignment)
{
	if (node->kind != NODE_MAP || node->count == 0) {
		reader_error(reader, node, "\"run\" is a map such as {server: [./server, \"{port}\"]}, not %s",
		             node->kind == NODE_MAP ? "an empty one" : reader_shown(reader, node));
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		size_t side = 0;
		if (read_choice(reader, node->keys[i], "a role of \"run\"", side_words, &side))
			read_command(reader, node->values[i], &assignment->run[side]);
	}
}

static void read_student(const struct reader *reader, const struct node *node, struct assignment *assignment)
{
	if (items_count(node) == 0)
		reader_error(reader, node, "\"student\" names at least one role: server, client, or both");
	for (size_t i = 0; i < items_count(node); i++) {
		size_t side = 0;
		if (!read_choice(reader, items_at(node, i), "\"student\"", side_words, &side))
			continue;
		if (assignment->student[side])
			reader_error(reader, items_at(node, i), "the role \"%s\" is named twice", side_words[side]);
		assignment->student[side] = true;
	}
}

/* What the student writes has to be started somehow. */
static void check_run(const struct reader *reader, const struct node *run, const struct assignment *assignment)
{
	for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++) {
		if (assignment->student[side] && assignment->run[side].arguments == NULL)
			reader_error(reader, run, "the student plays the %s, but \"run\" has no command for it", side_word(side));
	}
}

static void read_spec_path(const struct reader *reader, const struct node *node, struct assignment *assignment)
{
	const char *path = NULL;
	if (!read_text(reader, node, "\"spec\"", &path))
		return;
	bool absolute = *path == '/' || strcmp(assignment->folder, ".") == 0;
	assignment->spec_path = absolute ? path : arena_printf(reader->arena, "%s/%s", assignment->folder, path);
}

static void read_tree(const struct reader *reader, const struct node *root, struct assignment *assignment)
{
	const struct node *fields[ASSIGNMENT_KEYS];
	if (!read_fields(reader, root, "an assignment", assignment_keys, ASSIGNMENT_KEYS, fields))
		return;
	size_t errors = reader->diags->errors;
	if (fields[ASSIGNMENT_FORMAT] != NULL && !node_is(fields[ASSIGNMENT_FORMAT], "1"))
		reader_error(reader, fields[ASSIGNMENT_FORMAT], "\"format\" is 1, the only one that this version reads, not %s",
		             reader_shown(reader, fields[ASSIGNMENT_FORMAT]));
	if (fields[ASSIGNMENT_NAME] != NULL)
		read_name(reader, fields[ASSIGNMENT_NAME], "an assignment's name", &assignment->name);
	assignment->title = assignment->name;
	if (fields[ASSIGNMENT_TITLE] != NULL)
		read_text(reader, fields[ASSIGNMENT_TITLE], "\"title\"", &assignment->title);
	if (fields[ASSIGNMENT_SPEC] != NULL)
		read_spec_path(reader, fields[ASSIGNMENT_SPEC], assignment);
	if (fields[ASSIGNMENT_STUDENT] != NULL)
		read_student(reader, fields[ASSIGNMENT_STUDENT], assignment);
	if (fields[ASSIGNMENT_BUILD] != NULL)
		read_command(reader, fields[ASSIGNMENT_BUILD], &assignment->build);
	if (fields[ASSIGNMENT_RUN] != NULL)
		read_run(reader, fields[ASSIGNMENT_RUN], assignment);
	size_t time = TIME_REAL;
	if (fields[ASSIGNMENT_TIME] != NULL)
		read_choice(reader, fields[ASSIGNMENT_TIME], "\"time\"", time_words, &time);
	assignment->virtual_time = time == TIME_VIRTUAL;
	struct limits limits = {0};
	if (fields[ASSIGNMENT_LIMITS] != NULL)
		read_limits(reader, fields[ASSIGNMENT_LIMITS], &limits);
	assignment->limits = limits_over(limits_default, limits);
	if (reader->diags->errors == errors && fields[ASSIGNMENT_RUN] != NULL)
		check_run(reader, fields[ASSIGNMENT_RUN], assignment);
}

static const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return ".";
	return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

struct assignment *assignment_read(const char *path, const void *bytes, size_t length, struct arena *arena,
                                   struct diags *diags)
{
	size_t errors = diags->errors;
	struct assignment *assignment = arena_alloc(arena, sizeof(*assignment));
	assignment->path = arena_string(arena, path);
	assignment->folder = folder_of(arena, path);
	assignment->name = assignment->title = assignment->spec_path = "";
	sha256_of(bytes, length, assignment->digest);
	struct node *root = yaml_parse(assignment->path, bytes, length, arena, diags);
	if (root != NULL)
		read_tree(&(struct reader){assignment->path, arena, diags}, root, assignment);
	diags_sort(diags);
	return root != NULL && diags->errors == errors ? assignment : NULL;
}

struct assignment *assignment_load(const char *path, struct arena *arena, struct diags *diags)
{
	TEXT_AUTO content = {0};
	if (!file_read(path, YAML_BYTES, &content)) {
		diags_add(diags, DIAG_ERROR, arena_string(arena, path), 0, 0, "%s",
		          errno == EFBIG ? "larger than 256 KiB" : arena_printf(arena, "cannot be read: %s", strerror(errno)));
		return NULL;
	}
	return assignment_read(path, content.bytes, content.length, arena, diags);
}
