#include "report/ladder_rows.h"

#include "base/arena.h"

/* Marks what stays: the marked rows, then the first and the last ones in turn while there is room. */
static void choose_rows(const struct rows *rows, size_t most, bool *keep)
{
	size_t marked = 0;
	for (size_t i = 0; i < rows->count; i++)
		marked += rows->list[i].marked;
	bool around = most >= 8 * marked;
	for (size_t i = 0; i < rows->count; i++)
		keep[i] =
			rows->list[i].marked ||
			(around && ((i > 0 && rows->list[i - 1].marked) || (i + 1 < rows->count && rows->list[i + 1].marked)));
	size_t taken = (around ? 4 : 2) * marked + 1; /* with a gap in front of each, and one behind */
	size_t room = most > taken + 4 ? most - taken : 4;
	size_t first = 0, last = rows->count;
	while (room > 0 && first < last) {
		if (!keep[first]) {
			keep[first] = true;
			room--;
		}
		first++;
		if (room == 0 || first >= last)
			return;
		last--;
		if (!keep[last]) {
			keep[last] = true;
			room--;
		}
	}
}

void rows_cap(struct rows *rows, size_t most, struct arena *arena)
{
	if (rows->count <= (most < 8 ? 8 : most))
		return;
	bool *keep = arena_array(arena, rows->count, sizeof(*keep));
	choose_rows(rows, most < 8 ? 8 : most, keep);
	size_t to = 0;
	for (size_t i = 0; i < rows->count; i++) {
		if (keep[i]) {
			rows->list[to++] = rows->list[i];
			continue;
		}
		bool open = i > 0 && !keep[i - 1];
		if (open) {
			rows->list[to - 1].times++;
			continue;
		}
		rows->list[to++] = (struct row){.kind = ROW_GAP, .event = ROW_NOTHING, .shown_at = ROW_NOTHING, .times = 1};
	}
	rows->count = to;
}
