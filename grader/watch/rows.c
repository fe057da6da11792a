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

enum { ASKS_FOR_BYTE = 4 };

void row_moves(struct row *row, enum call call, int64_t bytes)
{
	if (call_reads(call))
		row->in_hand += bytes;
	else if (call_writes(call))
		row->in_hand -= bytes;
	if (row->in_hand < 0)
		row->in_hand = 0;
	if (row->in_hand > ROW_IN_HAND)
		row->in_hand = ROW_IN_HAND;
}

uint64_t turn_weight(const struct row *row, const struct turn *turn)
{
	uint64_t granted = (uint64_t)row->in_hand * ASKS_FOR_BYTE;
	if (!call_adjusts(turn->call) || turn->result < 0)
		return turn->count;
	return turn->count > granted ? turn->count - granted : 0;
}

const struct turn *row_dominant(const struct row *row)
{
	const struct turn *most = NULL, *fruitless = NULL;
	for (unsigned i = 0; i < row->used; i++) {
		const struct turn *turn = &row->turns[i];
		if (most == NULL || turn_weight(row, turn) > turn_weight(row, most))
			most = turn;
		if (turn->result <= 0 && !call_adjusts(turn->call) &&
		    (fruitless == NULL || turn_weight(row, turn) > turn_weight(row, fruitless)))
			fruitless = turn;
	}
	if (fruitless != NULL && turn_weight(row, fruitless) >= turn_weight(row, most) / 2)
		return fruitless;
	return most;
}
