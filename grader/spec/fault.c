#include "spec/fault.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "spec/reader.h"

#include <errno.h>
#include <string.h>

enum fault_key { FAULT_TITLE, FAULT_FAILS, FAULT_FINDS, FAULT_KEYS };

static const struct key_row fault_keys[FAULT_KEYS] = {
	[FAULT_TITLE] = {"title", KEY_TEXT, true, NULL, "The bug in one sentence."},
	[FAULT_FAILS] = {"fails", KEY_NAMES, true, NULL, "The tests that it fails, and no others."},
	[FAULT_FINDS] = {"finds", KEY_NAMES, false, NULL, "The findings that it shows, and no others."},
};

static const char *const *read_names(const struct reader *reader, const struct node *node, const char *what,
                                     size_t *count)
{
	size_t items = node != NULL ? items_count(node) : 0;
	const char **names = arena_array(reader->arena, items + 1, sizeof(char *));
	*count = 0;
	for (size_t i = 0; i < items; i++) {
		if (read_name(reader, items_at(node, i), what, &names[*count]))
			++*count;
	}
	return names;
}

struct fault *fault_load(const char *path, struct arena *arena, struct diags *diags)
{
	TEXT_AUTO content = {0};
	size_t errors = diags->errors;
	if (!file_read(path, YAML_BYTES, &content)) {
		diags_errno(diags, "%s", path);
		return NULL;
	}
	const char *name = arena_string(arena, path);
	struct reader reader = {name, arena, diags};
	struct node *root = yaml_parse(name, content.bytes, content.length, arena, diags);
	const struct node *fields[FAULT_KEYS];
	struct fault *fault = arena_alloc(arena, sizeof(*fault));
	if (root == NULL || !read_fields(&reader, root, "a fault", fault_keys, FAULT_KEYS, fields))
		return NULL;
	if (fields[FAULT_TITLE] != NULL)
		read_text(&reader, fields[FAULT_TITLE], "\"title\"", &fault->title);
	fault->fails = read_names(&reader, fields[FAULT_FAILS], "a test", &fault->fail_count);
	fault->finds = read_names(&reader, fields[FAULT_FINDS], "a finding", &fault->find_count);
	return diags->errors == errors ? fault : NULL;
}
