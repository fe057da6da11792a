#include "peer/inside.h"

#include <errno.h>
#include <regex.h>
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

/* Where the first match ends in bytes that may hold NULs (glibc's REG_STARTEND); -1: none. */
static ptrdiff_t match_end(const char *pattern, const struct text *text, size_t length)
{
	regex_t compiled;
	regmatch_t match = {.rm_so = 0, .rm_eo = (regoff_t)length};
	if (regcomp(&compiled, pattern, REG_EXTENDED) != 0)
		return -1;
	int result = regexec(&compiled, text_string(text), 1, &match, REG_STARTEND);
	regfree(&compiled);
	return result == 0 ? match.rm_eo : -1;
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
	ptrdiff_t taken = match_end(data->until != NULL ? data->until : data->pattern, &end->unreceived, length);
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
