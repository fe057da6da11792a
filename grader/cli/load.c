#include "cli/load.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "spec/assignment.h"
#include "spec/plan.h"
#include "spec/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Files of DATA are remembered, so that a kept run can hold copies. */
static bool file_take(void *context, const char *name, size_t most, struct text *content)
{
	struct loaded *loaded = context;
	bool good = loaded->stored != NULL ? store_file_read(loaded->stored, name, most, content)
	                                   : spec_file_read(loaded->spec_path, name, most, content);
	if (!good)
		return false;
	for (size_t i = 0; i < loaded->file_count; i++) {
		if (strcmp(loaded->files[i].name, name) == 0)
			return true;
	}
	if (loaded->file_count == LOADED_FILES) {
		errno = ENFILE;
		return false;
	}
	struct text *bytes = arena_alloc(loaded->arena, sizeof(*bytes));
	text_add(bytes, content->bytes, content->length);
	loaded->files[loaded->file_count++] = (struct store_file){arena_string(loaded->arena, name), bytes};
	return true;
}

static bool roles_take(const char *roles, const struct assignment *assignment, bool student[2], struct diags *diags)
{
	memcpy(student, assignment->student, sizeof(assignment->student));
	if (roles == NULL)
		return true;
	student[SIDE_SERVER] = student[SIDE_CLIENT] = false;
	for (const char *at = roles; *at != '\0';) {
		size_t length = strcspn(at, ",");
		if (length == 6 && strncmp(at, "server", 6) == 0)
			student[SIDE_SERVER] = true;
		else if (length == 6 && strncmp(at, "client", 6) == 0)
			student[SIDE_CLIENT] = true;
		else
			return diags_error(diags, "--role takes server, client, or both with a comma; not \"%s\"", roles);
		at += length + (at[length] == ',');
	}
	return true;
}

static bool spec_take(struct loaded *loaded, const char *path, const char *shown, uint64_t seed, struct diags *diags)
{
	if (!file_read(path, (size_t)1 << 20, &loaded->spec_text))
		return diags_errno(diags, "the spec %s", shown);
	loaded->spec_path = path;
	struct spec_source source = {shown, text_string(&loaded->spec_text), loaded->spec_text.length, file_take, loaded};
	loaded->spec = spec_read(&source, seed, loaded->arena, diags);
	return loaded->spec != NULL;
}

bool load_assignment(struct loaded *loaded, const char *path, const char *roles, uint64_t seed, struct arena *arena,
                     struct diags *diags)
{
	*loaded = (struct loaded){.arena = arena};
	bool student[2];
	loaded->assignment = assignment_load(path, arena, diags);
	if (loaded->assignment == NULL || !file_read(path, (size_t)1 << 20, &loaded->assignment_text) ||
	    !roles_take(roles, loaded->assignment, student, diags) ||
	    !spec_take(loaded, loaded->assignment->spec_path, loaded->assignment->spec_path, seed, diags))
		return false;
	loaded->plan = plan_make(loaded->spec, loaded->assignment, student, seed, arena, diags);
	return loaded->plan != NULL;
}

bool load_spec(struct loaded *loaded, const char *path, uint64_t seed, struct arena *arena, struct diags *diags)
{
	*loaded = (struct loaded){.arena = arena};
	if (!spec_take(loaded, path, path, seed, diags))
		return false;
	loaded->plan = load_reference_plan(loaded, seed, diags);
	return loaded->plan != NULL;
}

bool load_stored(struct loaded *loaded, struct stored_run *stored, struct arena *arena, struct diags *diags)
{
	*loaded = (struct loaded){.arena = arena, .stored = stored};
	loaded->assignment = assignment_load(stored->assignment_path, arena, diags);
	if (loaded->assignment == NULL || !spec_take(loaded, stored->spec_path, stored->spec_path, stored->seed, diags))
		return false;
	loaded->plan = plan_make(loaded->spec, loaded->assignment, stored->student, stored->seed, arena, diags);
	return loaded->plan != NULL;
}

struct plan *load_reference_plan(struct loaded *loaded, uint64_t seed, struct diags *diags)
{
	static const bool nobody[2] = {false, false};
	return plan_make(loaded->spec, NULL, nobody, seed, loaded->arena, diags);
}

void loaded_release(struct loaded *loaded)
{
	text_release(&loaded->spec_text);
	text_release(&loaded->assignment_text);
	for (size_t i = 0; i < loaded->file_count; i++) {
		struct text *bytes = arena_alloc(loaded->arena, sizeof(*bytes));
		*bytes = *loaded->files[i].bytes;
		text_release(bytes);
	}
	loaded->file_count = 0;
}

int load_kept(struct invocation *invocation, const char *path,
              int (*use)(struct invocation *, struct loaded *, struct stored_run *, struct diags *))
{
	struct diags diags;
	struct stored_run stored;
	struct loaded loaded;
	diags_init(&diags, invocation->arena);
	if (!store_open(path, &stored, invocation->arena, &diags)) {
		print_diags(&diags);
		return EXIT_BAD_USAGE;
	}
	int status = EXIT_BAD_USAGE;
	if (load_stored(&loaded, &stored, invocation->arena, &diags))
		status = use(invocation, &loaded, &stored, &diags);
	else
		print_diags(&diags);
	loaded_release(&loaded);
	return status;
}
