#include "watch/rows.h"

static bool same_call(const struct turn *turn, const struct entry *entry)
{
	return turn->call == entry->call && turn->descriptor == entry->descriptor && turn->socket == entry->socket &&
	       (turn->call != CALL_KILL || turn->value == entry->value);
}

struct turn *row_count(struct row *row, const struct entry *entry, int64_t result)
{
	unsigned at = 0;
	while (at < row->used && !(same_call(&row->turns[at], entry) && row->turns[at].result == result))
		at++;
	if (at == ROW_TURNS)
		return NULL;
	struct turn *turn = &row->turns[at];
	if (at == row->used) {
		row->used++;
		*turn = (struct turn){
			.call = entry->call,
			.descriptor = entry->descriptor,
			.socket = entry->socket,
			.argument = entry->argument,
			.value = entry->value,
			.result = result,
			.site = entry->site,
		};
	}
	if (++turn->count > row->longest)
		row->longest = turn->count;
	return turn;
}

bool row_expects(const struct row *row, const struct entry *entry)
{
	for (unsigned i = 0; row->longest >= ROW_TOLD && i < row->used; i++)
		if (row->turns[i].count >= ROW_TOLD && same_call(&row->turns[i], entry))
			return true;
	return false;
}

bool row_repeats(const struct row *row, const struct entry *entry, int64_t result)
{
	for (unsigned i = 0; row->longest >= ROW_TOLD && i < row->used; i++)
		if (row->turns[i].count >= ROW_TOLD && row->turns[i].result == result && same_call(&row->turns[i], entry))
			return true;
	return false;
}

void row_clear(struct row *row)
{
	row->used = 0;
	row->longest = 0;
}

const struct turn *row_dominant(const struct row *row)
{
	const struct turn *most = NULL, *fruitless = NULL;
	for (unsigned i = 0; i < row->used; i++) {
		const struct turn *turn = &row->turns[i];
		if (most == NULL || turn->count > most->count)
			most = turn;
		if (turn->result <= 0 && !call_adjusts(turn->call) && (fruitless == NULL || turn->count > fruitless->count))
			fruitless = turn;
	}
	if (fruitless != NULL && fruitless->count >= most->count / 2)
		return fruitless;
	return most;
}
