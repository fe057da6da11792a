#include "peer/inside.h"

#include "base/pattern.h"

#include <errno.h>
#include <string.h>

static void forget_received(struct peer_end *end, uint64_t count)
{
	end->received_bytes += count;
	if (end->unreceived.length == 0)
		return;
	size_t gone = count < end->unreceived.length ? (size_t)count : end->unreceived.length;
	memmove(end->unreceived.bytes, end->unreceived.bytes + gone, end->unreceived.length - gone);
	end->unreceived.length -= gone;
}

/* As judge/fit.h decides it: what ends where the bytes end might be longer once more has come. */
static int64_t pattern_taken(const struct data *data, struct action *action)
{
	const struct peer_end *end = action->end;
	size_t length = end->unreceived.length < PEER_PATTERN_BYTES ? end->unreceived.length : PEER_PATTERN_BYTES;
	bool last = action->quiet || end->ended || end->unreceived.length > PEER_PATTERN_BYTES;
	if (action->looked_at == end->read_bytes + 1 && !last)
		return -1;
	action->looked_at = end->read_bytes + 1;
	regmatch_t found[2];
	const char *ends = data->until != NULL ? data->until : data->pattern;
	int64_t taken = pattern_find(ends, end->unreceived.bytes, length, found) ? found[0].rm_eo : -1;
	if (last || taken < 0)
		return taken;
	bool complete = data->until != NULL ? taken > 0 : (size_t)taken < length;
	return complete ? taken : -1;
}

/* How many bytes the line takes, or -1 while they are not there. */
static int64_t bytes_taken(struct peer *peer, struct action *action)
{
	const struct data *data = peer_action_data(peer, action);
	if (data->kind == DATA_PATTERN)
		return pattern_taken(data, action);
	uint64_t there = action->end->read_bytes - action->end->received_bytes;
	return there >= data->length ? (int64_t)data->length : -1;
}

void peer_action_receive(struct peer *peer, struct action *action)
{
	struct peer_end *end = action->end;
	if (end->reader != NULL && end->reader != action)
		return;
	end->reader = action;
	peer_end_read(peer, end);
	bool is_pattern = action->line->step->data.kind == DATA_PATTERN;
	int64_t taken = bytes_taken(peer, action);
	uint64_t there = end->read_bytes - end->received_bytes;
	action->progress = taken >= 0 ? taken : (int64_t)there;
	if (taken >= 0) {
		forget_received(end, (uint64_t)taken);
		peer_action_finish(action, 0);
	} else if (end->ended || end->phase == END_CLOSED) {
		forget_received(end, there);
		peer_action_finish(action, end->error);
	} else if (is_pattern && end->unreceived.length > PEER_PATTERN_BYTES) {
		peer_action_finish(action, EMSGSIZE);
	}
}
