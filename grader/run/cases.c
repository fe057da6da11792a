#include "run/cases.h"

#include "base/arena.h"
#include "base/random.h"

#include <string.h>

/* Sends that one case cuts, cuts that it makes in one at random, and bytes that are worth being sent one by one. */
enum { LINES_CUT = 32, RANDOM_CUTS = 3, SINGLE_BYTES = 64, RANDOM_SETBACKS = 3, JOINS_ONE_IN = 3 };
/* The first cases are not left to chance. */
enum { CASE_WRITTEN = 1, CASE_BYTES, CASE_HEADS, CASE_TAILS, CASE_JOINED };

static void part_add(struct variation *variation, uint32_t line, size_t at)
{
	if (variation->cut_count >= CUTS_MOST)
		return;
	uint32_t place = variation->cut_count;
	while (place > 0 && variation->cuts[place - 1].line == line && variation->cuts[place - 1].at > at)
		place--;
	if (place > 0 && variation->cuts[place - 1].line == line && variation->cuts[place - 1].at == at)
		return;
	memmove(&variation->cuts[place + 1], &variation->cuts[place],
	        (variation->cut_count - place) * sizeof(variation->cuts[0]));
	variation->cuts[place] = (struct cut){line, (uint32_t)at};
	variation->cut_count++;
}

static void cut_add(struct variation *variation, uint32_t line, size_t at, size_t length)
{
	if (at > 0 && at < length)
		part_add(variation, line, at);
}

/* Ends of lines and of the whole are where programs err. */
static size_t random_place(const struct data *data, uint64_t *state)
{
	size_t at = 1 + (size_t)(random_next(state) % (data->length - 1));
	unsigned how = (unsigned)(random_next(state) % 4);
	if (how == 0)
		return random_next(state) % 2 == 0 ? 1 : data->length - 1;
	if (how != 1)
		return at;
	const uint8_t *end = memchr(data->bytes + at, '\n', data->length - at);
	if (end == NULL)
		return at;
	return (size_t)(end - data->bytes) + (size_t)(random_next(state) % 2);
}

static void cut_line(struct variation *variation, const struct line *line, uint64_t *state)
{
	const struct data *data = &line->step->data;
	switch (variation->number) {
	case CASE_BYTES:
		for (size_t at = 1; at < data->length && at <= SINGLE_BYTES; at++)
			cut_add(variation, line->number, at, data->length);
		return;
	case CASE_HEADS:
		cut_add(variation, line->number, 1, data->length);
		return;
	case CASE_TAILS:
		cut_add(variation, line->number, data->length - 1, data->length);
		return;
	default:
		for (uint64_t left = random_next(state) % (RANDOM_CUTS + 1); left > 0; left--)
			cut_add(variation, line->number, random_place(data, state), data->length);
		return;
	}
}

/* What is not cut may come together with the next. */
static bool joins(const struct variation *variation, const struct plan_test *test, uint32_t line, uint64_t *state)
{
	if (variation->number < CASE_JOINED || !variation_joins(test, line))
		return false;
	return variation->number == CASE_JOINED || random_next(state) % JOINS_ONE_IN == 0;
}

static void cut_all(struct variation *variation, const struct plan_test *test, uint64_t *state)
{
	uint32_t cut = 0;
	for (uint32_t i = 0; i < test->line_count && cut < LINES_CUT; i++) {
		bool with_last = i > 0 && variation_joined(variation, i - 1);
		if (joins(variation, test, i, state))
			part_add(variation, i, CUT_JOINS);
		else if (!with_last && variation->number != CASE_JOINED && variation_cuts(test, i))
			cut_line(variation, test->by_number[i], state);
		else
			continue;
		cut++;
	}
}

static size_t bytes_moved(const struct plan_test *test)
{
	size_t bytes = 0;
	for (uint32_t i = 0; i < test->line_count; i++)
		bytes += test->by_number[i]->step->verb == VERB_SEND ? test->by_number[i]->step->data.length : 0;
	return bytes;
}

/* Some so small a part of what a call was asked for that it has to be called again. */
static struct setback shorter(const struct plan_test *test, enum setback_call call, uint64_t *state)
{
	size_t least = 1 + bytes_moved(test) / 256;
	return (struct setback){.call = call, .kind = SETBACK_SHORT, .count = least + random_next(state) % (3 * least)};
}

static struct setback interrupted(enum setback_call call)
{
	return (struct setback){.call = call, .kind = SETBACK_FAILS, .error = setback_errno(SETBACK_EINTR)};
}

static struct setback random_setback(const struct plan_test *test, uint64_t *state)
{
	static const enum setback_call calls[] = {SETBACK_READ, SETBACK_WRITE, SETBACK_ACCEPT, SETBACK_POLL};
	unsigned which = (unsigned)(random_next(state) % 6);
	struct setback setback = which < 2 ? shorter(test, calls[which], state) : interrupted(calls[which - 2]);
	uint32_t number = 1 + (uint32_t)(random_next(state) % 4);
	if (random_next(state) % 2 == 0)
		setback.nth = number;
	else
		setback.every = setback.kind == SETBACK_FAILS ? number + 1 : number;
	return setback;
}

/* `which` from 0. */
static void set_back(struct variation *variation, const struct plan_test *test, uint32_t which, uint64_t *state)
{
	struct setback *list = variation->setbacks;
	if (which < 2) {
		list[0] = shorter(test, which == 0 ? SETBACK_READ : SETBACK_WRITE, state);
		list[0].every = 1;
		variation->setback_count = 1;
	} else if (which == 2) {
		static const enum setback_call calls[] = {SETBACK_READ, SETBACK_WRITE, SETBACK_ACCEPT, SETBACK_POLL};
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			list[variation->setback_count] = interrupted(calls[i]);
			list[variation->setback_count++].nth = 1;
		}
	} else {
		for (uint64_t left = 1 + random_next(state) % RANDOM_SETBACKS; left > 0; left--)
			list[variation->setback_count++] = random_setback(test, state);
	}
}

static uint32_t segment_cases(const struct plan_test *test)
{
	return test->test->vary_segments > 0 ? test->test->vary_segments : 1;
}

static void fill(struct variation *variation, const struct plan_test *test, uint32_t number)
{
	*variation = (struct variation){.number = number};
	uint64_t state = test->seed ^ (uint64_t)number << 32;
	if (number > segment_cases(test))
		set_back(variation, test, number - segment_cases(test) - 1, &state);
	else if (number > CASE_WRITTEN)
		cut_all(variation, test, &state);
}

static uint64_t digest_of(const struct variation *variation)
{
	const uint8_t *lists[] = {(const uint8_t *)variation->cuts, (const uint8_t *)variation->setbacks};
	const size_t lengths[] = {variation->cut_count * sizeof(variation->cuts[0]),
	                          variation->setback_count * sizeof(variation->setbacks[0])};
	uint64_t digest = UINT64_C(0xcbf29ce484222325);
	for (size_t list = 0; list < 2; list++)
		for (size_t i = 0; i < lengths[list]; i++)
			digest = (digest ^ lists[list][i]) * UINT64_C(0x100000001b3);
	return digest;
}

void cases_make(struct cases *cases, const struct plan_test *test, struct arena *arena)
{
	uint32_t all = segment_cases(test) + test->test->vary_shorts;
	uint64_t *digests = arena_array(arena, all, sizeof(*digests));
	*cases = (struct cases){.test = test, .numbers = arena_array(arena, all, sizeof(uint32_t))};
	struct variation *variation = arena_alloc(arena, sizeof(*variation));
	for (uint32_t number = 1; number <= all; number++) {
		fill(variation, test, number);
		uint64_t digest = digest_of(variation);
		bool known = false;
		for (uint32_t i = 0; i < cases->count && !known; i++)
			known = digests[i] == digest;
		if (known)
			continue;
		digests[cases->count] = digest;
		cases->numbers[cases->count++] = number;
	}
}

void case_make(const struct cases *cases, uint32_t index, struct variation *variation)
{
	fill(variation, cases->test, cases->numbers[index]);
	variation->number = index + 1;
	variation->of = cases->count;
}
