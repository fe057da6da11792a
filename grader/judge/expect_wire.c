/* wire: segments in order.  Each sender has its own position; only an ACK item is tied to the other sender, by what it
 * acknowledges.  ACK items do not move the position of the others: an acknowledgment may travel with any segment. */
#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

static enum end item_end(const struct matcher *matcher, const struct wire_item *item)
{
	if (item->actor == ACTOR_CLIENTS)
		return END_CLIENT;
	if (item->actor == ACTOR_SERVERS)
		return END_SERVER;
	return story_end_of(matcher->story, item->actor);
}

/* The parts of a segment that can meet an item, 1u << enum segment_pattern. */
static unsigned segment_parts(const struct story_segment *segment)
{
	bool syn = (segment->flags & SEGMENT_SYN) != 0, ack = (segment->flags & SEGMENT_ACK) != 0;
	unsigned parts = 0;
	if (segment->datagram)
		return (segment->flags & SEGMENT_UNREACHABLE) != 0 ? 1u << PATTERN_UNREACHABLE : 1u << PATTERN_DATA;
	if ((segment->flags & SEGMENT_RST) != 0)
		return 1u << PATTERN_RST;
	if (syn)
		return ack ? 1u << PATTERN_SYN_ACK : 1u << PATTERN_SYN;
	if (ack)
		parts |= 1u << PATTERN_ACK;
	if ((segment->flags & SEGMENT_FIN) != 0)
		parts |= 1u << PATTERN_FIN;
	if (segment->length > 0)
		parts |= 1u << PATTERN_DATA;
	return parts;
}

static bool part_fits(const struct story_segment *segment, const struct wire_item *item)
{
	if ((segment_parts(segment) & (1u << item->pattern)) == 0)
		return false;
	return item->pattern != PATTERN_DATA || item->length == 0 || item->length == segment->length;
}

/* The number that acknowledges what the segment carries, up to and with the part that met `item`. */
static uint32_t acknowledges(const struct story_segment *segment, enum segment_pattern pattern)
{
	uint32_t after = segment->sequence + segment->length;
	if (pattern == PATTERN_SYN || pattern == PATTERN_SYN_ACK || pattern == PATTERN_FIN)
		after++;
	return after;
}

/* Serial number arithmetic, RFC 9293 section 3.4. */
static bool at_least(uint32_t number, uint32_t least)
{
	return (int32_t)(number - least) >= 0;
}

static const struct story_segment *segment_of(const struct story_connection *connection, uint32_t event)
{
	for (size_t i = connection->segment_count; i > 0; i--) {
		if (connection->segments[i - 1].event == event)
			return &connection->segments[i - 1];
	}
	return NULL;
}

/* What stands before item `index` from the other sender.  False: it is not there yet. */
static bool ack_goal(const struct matcher *matcher, const struct expectation *x,
                     const struct story_connection *connection, size_t index, bool *any, uint32_t *goal)
{
	const struct step *step = x->line->step;
	enum end sender = item_end(matcher, &step->wire[index]);
	*any = true;
	for (size_t i = index; i > 0; i--) {
		const struct wire_item *item = &step->wire[i - 1];
		if (item->forbidden || item_end(matcher, item) == sender || item->pattern == PATTERN_ACK ||
		    item->pattern == PATTERN_RST)
			continue;
		const struct story_segment *segment = segment_of(connection, x->met[i - 1]);
		if (segment == NULL)
			return false;
		*any = false;
		*goal = acknowledges(segment, item->pattern);
		return true;
	}
	return true;
}

static bool ack_look(struct matcher *matcher, struct expectation *x, const struct story_connection *connection,
                     size_t index)
{
	enum end sender = item_end(matcher, &x->line->step->wire[index]);
	bool any;
	uint32_t goal = 0;
	if (!ack_goal(matcher, x, connection, index, &any, &goal))
		return false;
	for (size_t i = x->lane->acknowledged[sender]; i < connection->segment_count; i++) {
		const struct story_segment *segment = &connection->segments[i];
		if (segment->sender != sender || (segment_parts(segment) & (1u << PATTERN_ACK)) == 0)
			continue;
		if (any ? segment->event <= x->cause : !at_least(segment->acknowledgment, goal))
			continue;
		x->lane->acknowledged[sender] = i;
		x->met[index] = segment->event;
		return true;
	}
	return false;
}

enum passing { PASS, MEETS, CONTRADICTS };

/* A new segment of the item's sender. */
static enum passing segment_look(const struct story_segment *segment, const struct wire_item *item, unsigned used,
                                 bool after_data)
{
	unsigned parts = segment_parts(segment) & ~used;
	if (segment->repeated && (parts & (1u << PATTERN_RST)) == 0)
		return PASS;
	if (part_fits(segment, item) && (used & (1u << item->pattern)) == 0)
		return MEETS;
	if ((parts & (1u << PATTERN_RST)) != 0)
		return CONTRADICTS;
	if (item->pattern != PATTERN_DATA)
		return PASS;
	/* Nothing follows a FIN, and between two DATA items there is no other data. */
	if ((parts & (1u << PATTERN_FIN)) != 0)
		return CONTRADICTS;
	return after_data && (parts & (1u << PATTERN_DATA)) != 0 ? CONTRADICTS : PASS;
}

/* True when the item before `index` of the same sender is DATA too. */
static bool follows_data(const struct matcher *matcher, const struct step *step, size_t index)
{
	enum end sender = item_end(matcher, &step->wire[index]);
	for (size_t i = index; i > 0; i--) {
		const struct wire_item *item = &step->wire[i - 1];
		if (!item->forbidden && item->pattern != PATTERN_ACK && item_end(matcher, item) == sender)
			return item->pattern == PATTERN_DATA;
	}
	return false;
}

static void contradicted(struct matcher *matcher, struct expectation *x, const struct story_segment *segment,
                         size_t index);

/* Moves the sender's position on to the item.  True when it is met or contradicted. */
static bool item_look(struct matcher *matcher, struct expectation *x, const struct story_connection *connection,
                      size_t index)
{
	const struct wire_item *item = &x->line->step->wire[index];
	enum end sender = item_end(matcher, item);
	struct wire_position *position = &x->lane->wire[sender];
	bool after_data = follows_data(matcher, x->line->step, index);
	for (; position->at < connection->segment_count; position->at++, position->used = 0) {
		const struct story_segment *segment = &connection->segments[position->at];
		if (segment->sender != sender)
			continue;
		switch (segment_look(segment, item, position->used, after_data)) {
		case PASS:
			break;
		case MEETS:
			position->used |= 1u << item->pattern;
			x->met[index] = segment->event;
			return true;
		case CONTRADICTS:
			/* A program that is refused may try again. */
			if (connection_refused(connection) && connection->end[END_CLIENT].student)
				return false;
			contradicted(matcher, x, segment, index);
			return true;
		}
	}
	return false;
}

static void item_text(const struct matcher *matcher, const struct wire_item *item, struct text *text)
{
	const char *name = item->actor == ACTOR_CLIENTS   ? "clients"
	                   : item->actor == ACTOR_SERVERS ? "servers"
	                                                  : story_name(matcher->story, item->actor);
	text_printf(text, "%s%s: %s", item->forbidden ? "not " : "", name, segment_pattern_word(item->pattern));
	if (item->pattern == PATTERN_DATA && item->length > 0)
		text_printf(text, " %u", item->length);
}

static void segment_text(const struct story_segment *segment, struct text *text)
{
	bool syn = (segment->flags & SEGMENT_SYN) != 0, ack = (segment->flags & SEGMENT_ACK) != 0;
	if (segment->datagram) {
		if ((segment->flags & SEGMENT_UNREACHABLE) != 0)
			text_puts(text, "UNREACHABLE");
		else
			text_printf(text, "DATA %u", segment->length);
		return;
	}
	if ((segment->flags & SEGMENT_RST) != 0) {
		text_puts(text, "RST");
		return;
	}
	if (syn) {
		text_puts(text, ack ? "SYN-ACK" : "SYN");
		return;
	}
	if (segment->length > 0)
		text_printf(text, "DATA %u", segment->length);
	if ((segment->flags & SEGMENT_FIN) != 0)
		text_puts(text, segment->length > 0 ? " with FIN" : "FIN");
	else if (segment->length == 0)
		text_puts(text, "ACK");
}

static void contradicted(struct matcher *matcher, struct expectation *x, const struct story_segment *segment,
                         size_t index)
{
	const struct wire_item *item = &x->line->step->wire[index];
	TEXT_AUTO seen = {0};
	expectation_shows(x, segment->event);
	if (item->forbidden) {
		text_puts(&seen, "this segment was sent: ");
		segment_text(segment, &seen);
	} else {
		segment_text(segment, &seen);
		text_puts(&seen, " came in the place of ");
		item_text(matcher, item, &seen);
	}
	expectation_unmet(matcher, x, &seen);
}

/* A forbidden segment behind what the line's previous item met.  True when there is one. */
static bool forbidden_look(struct matcher *matcher, struct expectation *x, const struct story_connection *connection,
                           size_t index)
{
	const struct wire_item *item = &x->line->step->wire[index];
	uint32_t behind = x->cause;
	for (size_t i = index; i > 0; i--) {
		if (x->line->step->wire[i - 1].forbidden)
			continue;
		if (x->met[i - 1] == STORY_NONE)
			return false; /* its time has not come */
		behind = x->met[i - 1];
		break;
	}
	for (size_t i = connection->segment_count; i > 0; i--) {
		const struct story_segment *segment = &connection->segments[i - 1];
		if (segment->event <= behind)
			break;
		if (segment->sender != item_end(matcher, item) || segment->repeated || !part_fits(segment, item))
			continue;
		contradicted(matcher, x, segment, index);
		return true;
	}
	return false;
}

/* One pass over the items; true when it got further. */
static bool wire_pass(struct matcher *matcher, struct expectation *x, const struct story_connection *connection)
{
	const struct step *step = x->line->step;
	bool blocked[2] = {false, false}; /* by sender: an earlier item still waits */
	bool further = false;
	for (size_t i = 0; i < step->wire_count && x->phase == PHASE_WAITING; i++) {
		const struct wire_item *item = &step->wire[i];
		if (item->forbidden || x->met[i] != STORY_NONE)
			continue;
		enum end sender = item_end(matcher, item);
		if (item->pattern == PATTERN_ACK) {
			further = ack_look(matcher, x, connection, i) || further;
			continue;
		}
		if (!blocked[sender])
			further = item_look(matcher, x, connection, i) || further;
		blocked[sender] = blocked[sender] || x->met[i] == STORY_NONE;
	}
	return further;
}

/* True when every item that has to come came; `last_forbids`: the line ends with a forbidden item. */
static bool wire_all_met(const struct expectation *x, bool *last_forbids)
{
	const struct step *step = x->line->step;
	*last_forbids = step->wire_count > 0 && step->wire[step->wire_count - 1].forbidden;
	for (size_t i = 0; i < step->wire_count; i++) {
		if (!step->wire[i].forbidden && x->met[i] == STORY_NONE)
			return false;
	}
	return true;
}

static void wire_met(struct matcher *matcher, struct expectation *x)
{
	for (size_t i = 0; i < x->line->step->wire_count; i++)
		expectation_shows(x, x->met[i]);
	expectation_met(matcher, x, STORY_NONE);
}

static bool fin_acknowledged(const struct story_connection *connection, enum end at)
{
	const struct story_end *end = &connection->end[at];
	if (end->confirmed == STORY_NONE || end->ended == STORY_NONE)
		return false;
	if (end->confirmed_state == STATE_FIN_WAIT_2 || end->confirmed_state == STATE_TIME_WAIT)
		return true;
	return end->confirmed_state == STATE_CLOSED && end->broken == STORY_NONE &&
	       connection->end[!at].broken == STORY_NONE;
}

/* Whoever sent or received it has seen it pass. */
static bool datagram_proved(const struct story_end *end, const struct wire_item *item)
{
	for (size_t i = 0; i < end->datagram_count; i++) {
		if (item->length == 0 || end->datagrams[i].length == item->length)
			return true;
	}
	return false;
}

/* Where segments are not captured, what both ends and their states show proves that some passed: a connection that is
 * established was set up by three of them, and who is told the end of the stream was sent a FIN (RFC 9293, figure 5). */
static bool item_proved(const struct matcher *matcher, const struct expectation *x,
                        const struct story_connection *connection, size_t index)
{
	const struct wire_item *item = &x->line->step->wire[index];
	enum end sender = item_end(matcher, item);
	const struct story_end *end = &connection->end[sender];
	if (item->forbidden)
		return false;
	switch (item->pattern) {
	case PATTERN_SYN:
		return connection->established[END_CLIENT] || connection->established[END_SERVER];
	case PATTERN_SYN_ACK:
		return connection->established[END_CLIENT];
	case PATTERN_FIN:
		return end->ended != STORY_NONE;
	case PATTERN_RST:
		return end->broken != STORY_NONE;
	case PATTERN_DATA:
		return datagram_proved(end, item);
	case PATTERN_UNREACHABLE:
		return false;
	case PATTERN_ACK:
		break;
	}
	while (index > 0 && item_end(matcher, &x->line->step->wire[index - 1]) == sender)
		index--;
	if (index == 0)
		return false;
	enum segment_pattern acknowledged = x->line->step->wire[index - 1].pattern;
	return (acknowledged == PATTERN_SYN_ACK && connection->established[END_SERVER]) ||
	       (acknowledged == PATTERN_FIN && fin_acknowledged(connection, !sender));
}

static bool wire_proved(struct matcher *matcher, const struct expectation *x)
{
	const struct story_connection *connection = lane_connection(matcher, x->lane);
	for (size_t i = 0; connection != NULL && i < x->line->step->wire_count; i++) {
		if (!item_proved(matcher, x, connection, i))
			return false;
	}
	return connection != NULL;
}

static void wire_feed(struct matcher *matcher, struct expectation *x)
{
	if (!matcher->story->captures) {
		if (wire_proved(matcher, x))
			expectation_met(matcher, x, STORY_NONE);
		return;
	}
	x->on_segments = true;
	struct story_connection *connection = lane_connection(matcher, x->lane);
	if (x->met == NULL || x->turn != x->lane->turn) {
		x->turn = x->lane->turn;
		x->met = arena_array(matcher->arena, x->line->step->wire_count + 1, sizeof(uint32_t));
		for (size_t i = 0; i < x->line->step->wire_count; i++)
			x->met[i] = STORY_NONE;
	} else if (matcher->event->kind != EVENT_SEGMENT && matcher->event->kind != EVENT_CONNECTION) {
		return;
	}
	if (connection == NULL)
		return;
	while (x->phase == PHASE_WAITING && wire_pass(matcher, x, connection))
		continue;
	for (size_t i = 0; i < x->line->step->wire_count && x->phase == PHASE_WAITING; i++) {
		if (x->line->step->wire[i].forbidden)
			forbidden_look(matcher, x, connection, i);
	}
	bool last_forbids;
	if (x->phase == PHASE_WAITING && wire_all_met(x, &last_forbids) && !last_forbids)
		wire_met(matcher, x);
}

static void wire_quiet(struct matcher *matcher, struct expectation *x)
{
	bool last_forbids;
	if (x->met != NULL && wire_all_met(x, &last_forbids)) {
		wire_met(matcher, x);
		return;
	}
	if (!matcher->story->captures) {
		expectation_inconclusive(matcher, x, "segments cannot be captured here");
		return;
	}
	struct story_connection *connection = lane_connection(matcher, x->lane);
	TEXT_AUTO seen = {0};
	int student = ACTOR_NONE;
	const struct step *step = x->line->step;
	if (connection == NULL)
		text_puts(&seen, "there is no connection");
	for (size_t i = 0; connection != NULL && i < step->wire_count; i++) {
		if (step->wire[i].forbidden || x->met[i] != STORY_NONE)
			continue;
		item_text(matcher, &step->wire[i], &seen);
		text_puts(&seen, " did not come");
		if (step->wire[i].actor >= 0 && plan_student(matcher->test, step->wire[i].actor))
			student = step->wire[i].actor;
		for (size_t j = connection->segment_count; j > 0; j--) {
			const struct story_segment *last = &connection->segments[j - 1];
			if (last->sender != item_end(matcher, &step->wire[i]))
				continue;
			text_puts(&seen, ": the last segment from there was ");
			segment_text(last, &seen);
			expectation_shows(x, last->event);
			break;
		}
		break;
	}
	where_student_text(matcher, student, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void wire_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	const struct step *step = x->line->step;
	text_puts(text, "on the wire ");
	for (size_t i = 0; i < step->wire_count; i++) {
		if (i > 0)
			text_puts(text, ", ");
		item_text(matcher, &step->wire[i], text);
	}
}

const struct verb_judge judge_wire[] = {
	{VERB_WIRE, VIEW_WIRE, false, wire_feed, wire_quiet, wire_explain},
	{VERB_WIRE, VIEW_NONE, false, NULL, NULL, NULL},
};
