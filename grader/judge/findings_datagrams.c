/* What the detectors of UDP bugs look at together. */
#include "judge/findings.h"

#include "judge/expect.h"
#include "timeline/timeline.h"

#include <string.h>

/* The datagram that met the place of an unmet `send` line; NULL: none came. */
static const struct story_datagram *place_of(const struct expectation *x, const struct story_end *mine, enum end end,
                                             size_t *index)
{
	uint64_t cursor = x->lane->sent[end];
	const struct evidence *evidence = &x->verdict.evidence;
	if (cursor == 0 || cursor > mine->datagram_count)
		return NULL;
	const struct story_datagram *datagram = &mine->datagrams[cursor - 1];
	for (size_t i = 0; i < evidence->count; i++) {
		if (evidence->events[i] == datagram->event || evidence->events[i] == datagram->sent) {
			*index = (size_t)cursor - 1;
			return datagram;
		}
	}
	return NULL;
}

bool inquiry_wrong_datagram(const struct inquiry *inquiry, struct wrong_datagram *wrong)
{
	*wrong = (struct wrong_datagram){0};
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct expectation *x = &inquiry->matcher->lines[i];
		const struct line *line = x->line;
		if (line->kind != LINE_EXPECTATION || line->step->verb != VERB_SEND || x->lane == NULL ||
		    matcher_verdict(inquiry->matcher, i)->verdict != STEP_UNMET)
			continue;
		wrong->line = line;
		wrong->actor = line->actor;
		wrong->end = story_end_of(inquiry->story, line->actor);
		wrong->expected = x->data != NULL ? x->data : &line->step->data;
		const struct story_connection *lane = story_connection(inquiry->matcher->story, x->lane->connection);
		wrong->connection = lane != NULL ? story_connection(inquiry->story, lane->number) : NULL;
		if (wrong->connection == NULL)
			return true;
		wrong->mine = &wrong->connection->end[wrong->end];
		wrong->other = &wrong->connection->end[!wrong->end];
		wrong->got = place_of(x, wrong->mine, wrong->end, &wrong->index);
		return true;
	}
	return false;
}

size_t wrong_prefix(const struct wrong_datagram *wrong)
{
	size_t common = 0;
	if (wrong->got == NULL || wrong->expected->kind != DATA_BYTES)
		return 0;
	while (common < wrong->got->known && common < wrong->expected->length &&
	       wrong->got->bytes[common] == wrong->expected->bytes[common])
		common++;
	return common;
}

uint32_t wrong_event(const struct wrong_datagram *wrong)
{
	return wrong->got->sent != STORY_NONE ? wrong->got->sent : wrong->got->event;
}

const struct story_datagram *taken_before(const struct story_end *sender, uint32_t event)
{
	const struct story_datagram *last = NULL;
	for (size_t i = 0; i < sender->datagram_count; i++) {
		const struct story_datagram *datagram = &sender->datagrams[i];
		if (datagram->taken != STORY_NONE && datagram->taken < event && (last == NULL || datagram->taken > last->taken))
			last = datagram;
	}
	return last;
}

const struct story_datagram *taken_next(const struct inquiry *inquiry, enum end taker, uint32_t event)
{
	const struct story_datagram *next = NULL;
	for (size_t i = 0; i < inquiry->story->connection_count; i++) {
		const struct story_connection *connection = inquiry->story->connections[i];
		for (size_t j = 0; connection != NULL && j < connection->end[!taker].datagram_count; j++) {
			const struct story_datagram *datagram = &connection->end[!taker].datagrams[j];
			if (datagram->taken != STORY_NONE && datagram->taken > event &&
			    (next == NULL || datagram->taken < next->taken))
				next = datagram;
		}
	}
	return next;
}

bool datagrams_alike(const struct story_datagram *a, const struct story_datagram *b)
{
	size_t known = a->known < b->known ? a->known : b->known;
	return a->length == b->length && (known == 0 || memcmp(a->bytes, b->bytes, known) == 0);
}

/* What the program did on the socket next: it read again. */
static bool reads_on(const struct inquiry *inquiry, const struct story_datagram *datagram, int actor)
{
	for (size_t i = datagram->taken + 1; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->actor == actor && event->call.datagrams)
			return call_reads(event->call.call);
	}
	return false;
}

const struct story_datagram *inquiry_cut_datagram(const struct inquiry *inquiry, const struct wrong_datagram *wrong,
                                                  bool read_on, size_t *at)
{
	while (wrong->connection != NULL && *at < wrong->other->datagram_count) {
		const struct story_datagram *datagram = &wrong->other->datagrams[(*at)++];
		bool cut = datagram->taken != STORY_NONE && datagram->got >= 0 && (size_t)datagram->got < datagram->length;
		bool in_time = wrong->got == NULL || datagram->taken <= wrong_event(wrong);
		/* A thread may read on while another one answers: the answer is what was taken. */
		bool answered = wrong->got != NULL && (int64_t)wrong->got->length == datagram->got &&
		                wrong_prefix(wrong) == wrong->got->known;
		if (cut && in_time && (reads_on(inquiry, datagram, wrong->actor) && !answered) == read_on)
			return datagram;
	}
	return NULL;
}
