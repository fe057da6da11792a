#include "peer/raw_inside.h"
#include "peer/raw_network.h"

#include <stdlib.h>
#include <string.h>

static void told_add(struct raw *raw, struct raw_end *end, enum peer_call call, const struct segment *segment)
{
	if (raw->told_count == TOLD_MOST)
		return;
	struct told *told = &raw->told[raw->told_count++];
	*told = (struct told){.end = end, .call = call};
	shape_words(segment, told->words);
	end->shaped = true;
}

/* Who watches the wire takes what was sent to have arrived, and knows nothing of what was not sent. */
void raw_state_tell(struct raw_end *end)
{
	struct raw *raw = end->raw;
	if (!end->shaped || end->told == end->tcb.state || raw->told_count == TOLD_MOST)
		return;
	end->told = end->tcb.state;
	raw->told[raw->told_count++] = (struct told){.end = end, .of_state = true, .state = end->tcb.state};
}

void raw_told_out(struct raw *raw)
{
	while (raw->told_count > 0 && !raw->working) {
		struct told told = raw->told[0];
		memmove(&raw->told[0], &raw->told[1], --raw->told_count * sizeof(struct told));
		if (told.of_state && told.state != told.end->tcb.state)
			continue; /* it was so for a moment */
		if (told.of_state)
			raw->hooks.state(raw->hooks.context, told.end, told.state);
		else
			raw->hooks.shaped(raw->hooks.context, told.end, told.call, told.words);
	}
}

static void end_takes(struct raw_end *end, const uint8_t *packet, size_t length)
{
	struct segment segment;
	if (segment_decode(packet, length, &segment) == SEGMENT_DAMAGED)
		return;
	uint32_t acknowledged = end->tcb.snd_una;
	tcb_arrives(&end->tcb, &segment);
	if (end->tcb.snd_una != acknowledged) {
		end->tries = 0;
		end->lost = false;
	}
	raw_end_flush(end);
	raw_news_tell(end->raw);
}

/* One packet reaches where it goes. */
static void flight_land(const struct flight *flight)
{
	struct raw_end *end = flight->end;
	if (flight->incoming)
		end_takes(end, flight->packet, flight->length);
	else
		raw_network_send(end->raw->out, &end->remote, flight->packet, flight->length);
}

static bool flight_copy(struct flight *copy, const struct flight *flight)
{
	*copy = *flight;
	copy->packet = malloc(flight->length);
	if (copy->packet != NULL)
		memcpy(copy->packet, flight->packet, flight->length);
	return copy->packet != NULL;
}

/* What a reorder rule has kept goes out in its order; the places of those that never came are passed over. */
static bool order_land(struct shape *shape)
{
	struct flight kept[SHAPE_ORDER_MOST];
	size_t count = shape->kept_count;
	memcpy(kept, shape->kept, sizeof(kept));
	shape->kept_count = 0;
	shape->done = shape->done || count > 0;
	for (size_t i = 0; i < shape->step->piece_count; i++) {
		uint32_t place = shape->step->pieces[i];
		if (place <= count)
			flight_land(&kept[place - 1]);
	}
	for (size_t i = 0; i < count; i++)
		free(kept[i].packet);
	return count > 0;
}

static void flight_reorder(struct shape *shape, const struct flight *flight)
{
	if (!flight_copy(&shape->kept[shape->kept_count], flight))
		return;
	if (++shape->kept_count == shape->step->piece_count)
		order_land(shape);
}

static void flight_delay(struct raw *raw, const struct shape *shape, const struct flight *flight)
{
	if (raw->kept_count == KEPT_MOST || !flight_copy(&raw->kept[raw->kept_count], flight)) {
		flight_land(flight);
		return;
	}
	raw->kept[raw->kept_count++].due_ns = raw_now_ns() + shape->step->duration_ns;
}

static struct shape *shape_for(struct raw *raw, const struct flight *flight, const struct segment *segment)
{
	const struct raw_end *end = flight->end;
	for (size_t i = 0; i < raw->shape_count; i++) {
		if (shape_meets(&raw->shapes[i], end->actor, flight->incoming, segment))
			return &raw->shapes[i];
	}
	return NULL;
}

/* Sends it on, as the rules say. */
void raw_flight_begin(struct raw *raw, const struct flight *flight, const struct segment *segment)
{
	struct raw_end *end = flight->end;
	struct shape *shape = shape_for(raw, flight, segment);
	if (shape == NULL) {
		flight_land(flight);
		return;
	}
	enum verb verb = shape->step->verb;
	if (verb == VERB_REORDER) {
		told_add(raw, end, PEER_REORDER, segment);
		flight_reorder(shape, flight);
		return;
	}
	shape->done = true;
	if (verb == VERB_LOSE) {
		told_add(raw, end, PEER_LOSE, segment);
		end->lost = true;
	} else if (verb == VERB_DUPLICATE) {
		told_add(raw, end, PEER_DUPLICATE, segment);
		flight_land(flight);
		flight_land(flight);
	} else {
		told_add(raw, end, PEER_DELAY, segment);
		flight_delay(raw, shape, flight);
	}
}

bool raw_orders_land(struct raw *raw)
{
	bool any = false;
	for (size_t i = 0; i < raw->shape_count; i++)
		any = order_land(&raw->shapes[i]) || any;
	return any;
}

bool raw_end_over(const struct raw_end *end)
{
	return end->tcb.state == STATE_CLOSED || end->tcb.state == STATE_TIME_WAIT;
}

bool raw_delayed_land(struct raw *raw)
{
	bool any = false;
	int64_t now = raw->kept_count > 0 ? raw_now_ns() : 0;
	for (size_t i = 0; i < raw->kept_count;) {
		if (raw->kept[i].due_ns > now) {
			i++;
			continue;
		}
		struct flight flight = raw->kept[i];
		memmove(&raw->kept[i], &raw->kept[i + 1], (--raw->kept_count - i) * sizeof(struct flight));
		if (flight.incoming || !raw_end_over(flight.end))
			flight_land(&flight);
		free(flight.packet);
		any = true;
	}
	return any;
}
