#include "peer/inside.h"

#include "base/arena.h"
#include "model/variation.h"

#include <errno.h>

/* The offset behind piece number `piece`; what the pieces leave over is one more. */
static size_t piece_end(const struct variation *variation, const struct action *action, size_t piece)
{
	const struct step *step = action->line->step;
	size_t end = 0, cut;
	if (variation_piece_end(variation, action->line->number, piece, action->length, &cut))
		return cut;
	if (piece >= step->piece_count)
		return action->length;
	for (size_t i = 0; i <= piece; i++)
		end += step->pieces[i];
	return end < action->length ? end : action->length;
}

/* Where a send of a real program would stand when its connection is closed under it. */
static bool end_is_gone(struct action *action)
{
	if (action->end->phase == END_OPEN)
		return false;
	peer_action_finish(action, EBADF);
	return true;
}

static void send_begin(struct peer *peer, struct action *action)
{
	const struct data *data = peer_action_data(peer, action);
	struct text *joined = &action->end->joined;
	action->end->writer = action;
	action->bytes = data->bytes;
	action->length = data->length;
	if (joined->length > 0) {
		text_add(joined, data->bytes, data->length);
		action->bytes = (const uint8_t *)arena_copy(peer->arena, joined->bytes, joined->length);
		action->length = joined->length;
		joined->length = 0;
	} else if (action->line->step->data.uses_names) {
		action->bytes = (const uint8_t *)arena_copy(peer->arena, data->bytes, data->length);
	}
	action->piece_end = piece_end(peer->test->variation, action, 0);
}

/* What travels with the last bytes. */
static int send_ends_with(struct peer *peer, struct action *action)
{
	const struct step *step = action->line->step;
	if (step->with_fin)
		return peer_end_shutdown(peer, action->end);
	return step->with_reset ? peer_end_reset(peer, action->end) : 0;
}

void peer_action_send(struct peer *peer, struct action *action)
{
	struct peer_end *end = action->end;
	if (end->writer != NULL && end->writer != action)
		return;
	if (end->writer == NULL && variation_joined(peer->test->variation, action->line->number)) {
		const struct data *data = peer_action_data(peer, action);
		text_add(&end->joined, data->bytes, data->length);
		action->progress = (int64_t)data->length;
		peer_action_finish(action, end->phase == END_OPEN ? 0 : EBADF);
		return;
	}
	if (end->writer == NULL)
		send_begin(peer, action);
	while ((size_t)action->progress < action->length && !action->waits) {
		/* What has arrived is read first: an RST among it is reported by read(2), and nothing is left unread.
		 */
		peer_end_read(peer, end);
		if (end_is_gone(action))
			return;
		size_t at = (size_t)action->progress;
		bool last = action->piece_end == action->length;
		ssize_t count =
			peer_end_write(peer, end, action->bytes + at, action->piece_end - at, last && action->line->step->with_fin);
		if (count < 0)
			peer_action_finish(action, (int)-count);
		if (count <= 0)
			return;
		action->progress += count;
		if ((size_t)action->progress == action->piece_end) {
			action->piece_end = piece_end(peer->test->variation, action, ++action->piece);
			action->waits = (size_t)action->progress < action->length;
		}
	}
	if ((size_t)action->progress >= action->length && !action->done)
		peer_action_finish(action, send_ends_with(peer, action));
}
