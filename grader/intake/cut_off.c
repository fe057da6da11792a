#include "intake/cut_off.h"

#include "intake/layouts.h"
#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"

#include <string.h>

static bool holds(const struct intake_submission *submission, const char *path)
{
	for (size_t i = 0; i < submission->part_count; i++) {
		if (path_lies_in(path, submission->parts[i].path))
			return true;
	}
	return false;
}

/* The first submission of that path; `count` when it is nobody's.  Most often it is that of the path before. */
static size_t owner_of(const struct intake *intake, const char *path, size_t before)
{
	if (before < intake->count && holds(&intake->submissions[before], path))
		return before;
	for (size_t i = 0; i < intake->count; i++) {
		if (holds(&intake->submissions[i], path))
			return i;
	}
	return intake->count;
}

bool cut_off_take(struct intake *intake, const struct unpack_told *told, struct diags *diags)
{
	bool *begun = arena_array(intake->arena, intake->count + 1, sizeof(*begun));
	size_t last = intake->count, owners = 0;
	const char *where = NULL;
	for (size_t i = 0; i < told->order_count; i++) {
		const char *path = intake_below(intake, told->order[i]);
		size_t owner = owner_of(intake, path, last);
		if (owner == intake->count || owner == last)
			continue;
		if (begun[owner])
			return diags_error(diags,
			                   "it is cut off (%s), and the files of %s do not stand together in it: whose are missing "
			                   "cannot be told",
			                   told->cut, intake->submissions[owner].folder);
		begun[owner] = true;
		last = owner;
		where = intake->submissions[owner].parts[0].path;
		owners++;
	}
	if (owners < 2)
		return diags_error(diags, "it is cut off (%s) before any submission is whole", told->cut);
	const struct intake_submission *broken = &intake->submissions[last];
	intake_refuse(
		intake, where,
		arena_printf(intake->arena, "the archive of the class is cut off in %s: fetch it once more", broken->folder));
	intake->cut =
		arena_printf(intake->arena,
	                 "the archive is cut off (%s): %zu submissions came whole, %s did not, and who would come "
	                 "behind it is not known",
	                 told->cut, owners - 1, broken->folder);
	return true;
}
