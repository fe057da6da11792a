/* Two ends joined by a wire that the test holds in its hands.  Each test program of this folder includes it once. */
#pragma once

#include "tcp/tcb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIR_SEGMENTS = 512, A = 0, B = 1 };

/* A segment on its way, with bytes of its own. */
struct flying {
	struct segment segment;
	int from;
	uint8_t *bytes;
};

struct pair {
	struct tcb end[2];
	struct flying sent[PAIR_SEGMENTS]; /* all that ever were, in order */
	size_t count;
};

/* B listens, A has not begun. */
static inline struct pair *pair_create(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	assert_non_null(pair);
	tcb_init(&pair->end[A], 0xfffffff0u, 16384, 1460); /* its numbers run over zero */
	tcb_init(&pair->end[B], 5000, 16384, 1460);
	tcb_listen(&pair->end[B]);
	return pair;
}

static inline void pair_free(struct pair *pair)
{
	for (size_t i = 0; i < pair->count; i++)
		free(pair->sent[i].bytes);
	tcb_release(&pair->end[A]);
	tcb_release(&pair->end[B]);
	free(pair);
}

/* Takes what is due of one end; the place of the first, or -1 when nothing is.  Nothing is delivered yet. */
static inline int pair_take(struct pair *pair, int from)
{
	struct segment segment;
	int first = -1;
	while (tcb_next(&pair->end[from], &segment)) {
		assert_true(pair->count < PAIR_SEGMENTS);
		struct flying *flying = &pair->sent[pair->count];
		*flying = (struct flying){segment, from, malloc(segment.length + 1)};
		assert_non_null(flying->bytes);
		if (segment.length > 0)
			memcpy(flying->bytes, segment.data, segment.length);
		flying->segment.data = flying->bytes;
		if (first < 0)
			first = (int)pair->count;
		pair->count++;
	}
	return first;
}

static inline const struct segment *pair_at(const struct pair *pair, int place)
{
	assert_true(place >= 0 && (size_t)place < pair->count);
	return &pair->sent[place].segment;
}

static inline void pair_deliver(struct pair *pair, int place)
{
	assert_true(place >= 0 && (size_t)place < pair->count);
	tcb_arrives(&pair->end[!pair->sent[place].from], &pair->sent[place].segment);
}

/* Delivers everything that is due, and what follows from it. */
static inline void pair_settle(struct pair *pair)
{
	for (bool any = true; any;) {
		any = false;
		for (int from = A; from <= B; from++) {
			size_t before = pair->count;
			pair_take(pair, from);
			for (size_t i = before, behind = pair->count; i < behind; i++)
				pair_deliver(pair, (int)i);
			any = any || pair->count > before;
		}
	}
}

static inline struct pair *pair_connected(void)
{
	struct pair *pair = pair_create();
	tcb_connect(&pair->end[A]);
	pair_settle(pair);
	assert_int_equal(pair->end[A].state, STATE_ESTABLISHED);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	return pair;
}

/* All that the end has unread is exactly this. */
static inline void pair_reads(struct pair *pair, int end, const char *expected)
{
	char bytes[4096];
	size_t length = tcb_receive(&pair->end[end], bytes, sizeof(bytes));
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(bytes, expected, length);
}

static inline void pair_send(struct pair *pair, int end, const char *text)
{
	assert_int_equal(tcb_send(&pair->end[end], text, strlen(text)), strlen(text));
}
