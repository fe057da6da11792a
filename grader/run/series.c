#include "run/series.h"

#include "base/arena.h"

#include <string.h>

enum { TICKET_SHRINK = UINT32_MAX };

/* How the smallest failing case is looked for: halves while it is large, each part alone, all but one, and each cut
 * nearer to an end. */
enum { STAGE_HALVES, STAGE_SINGLES, STAGE_WITHOUT, STAGE_HEADS, STAGE_TAILS, STAGE_OVER };
enum { PARTS_SMALL = 16 };

void series_begin(struct series *series, const struct plan_test *test, unsigned repeat, struct arena *arena)
{
	*series = (struct series){.repeat = repeat};
	cases_make(&series->cases, test, arena);
	series->failing = series->kept = series->cases.count;
	series->open = arena_array(arena, series->cases.count, sizeof(*series->open));
	series->verdicts = arena_array(arena, series->cases.count, sizeof(*series->verdicts));
	series->judged = arena_array(arena, series->cases.count, sizeof(*series->judged));
}

static uint32_t parts(const struct variation *variation)
{
	return variation->cut_count + variation->setback_count;
}

/* The parts of `from` from first to last (past the end), or all others. */
static void take_parts(struct variation *into, const struct variation *from, uint32_t first, uint32_t last, bool others)
{
	*into = (struct variation){.number = from->number, .of = from->of};
	for (uint32_t i = 0; i < parts(from); i++) {
		bool within = i >= first && i < last;
		if (within == others)
			continue;
		if (i < from->cut_count)
			into->cuts[into->cut_count++] = from->cuts[i];
		else
			into->setbacks[into->setback_count++] = from->setbacks[i - from->cut_count];
	}
}

static size_t length_of(const struct series *series, uint32_t line)
{
	return series->cases.test->by_number[line]->step->data.length;
}

/* One cut elsewhere; false when it is there already, or would be another one's place. */
static bool move_cut(struct series *series, uint32_t at, bool to_tail)
{
	const struct variation *from = &series->smallest;
	struct variation *into = &series->candidate;
	*into = *from;
	struct cut *cut = &into->cuts[at];
	uint32_t place = to_tail ? (uint32_t)length_of(series, cut->line) - 1 : 1;
	if (cut->at == CUT_JOINS || cut->at == 1 || cut->at == place)
		return false;
	for (uint32_t i = 0; i < from->cut_count; i++) {
		bool behind = from->cuts[i].at >= place;
		if (from->cuts[i].line == cut->line && i != at && behind == (i < at))
			return false;
	}
	cut->at = place;
	return true;
}

/* The next candidate of the stage into series->candidate; false when the stage is over. */
static bool stage_next(struct series *series)
{
	const struct variation *from = &series->smallest;
	uint32_t count = parts(from), at = series->at++;
	switch (series->stage) {
	case STAGE_HALVES:
		if (count <= PARTS_SMALL || at >= 2)
			return false;
		take_parts(&series->candidate, from, at == 0 ? 0 : count / 2, at == 0 ? count / 2 : count, false);
		return true;
	case STAGE_SINGLES:
		if (count < 2 || at >= count)
			return false;
		take_parts(&series->candidate, from, at, at + 1, false);
		return true;
	case STAGE_WITHOUT:
		if (count < 3 || at >= count)
			return false;
		/* The last ones first: what comes early in a test is what people look at first. */
		take_parts(&series->candidate, from, count - 1 - at, count - at, true);
		return true;
	case STAGE_HEADS:
	case STAGE_TAILS:
		for (; at < from->cut_count; at = series->at++)
			if (move_cut(series, at, series->stage == STAGE_TAILS))
				return true;
		return false;
	default:
		return false;
	}
}

/* The next candidate, or the end of the search. */
static void shrink_prepare(struct series *series)
{
	while (series->tried < SHRINK_MOST && series->stage < STAGE_OVER) {
		if (stage_next(series)) {
			series->tried++;
			return;
		}
		series->stage++;
		series->at = 0;
	}
	series->done = true;
}

static void shrink_end(struct series *series, bool fails)
{
	series->running = false;
	if (fails) {
		series->smallest = series->candidate;
		/* A half may have smaller halves; what has one part less is tried again from the same place. */
		if (series->stage == STAGE_HALVES)
			series->at = 0;
		else if (series->stage == STAGE_WITHOUT)
			series->at--;
	}
	shrink_prepare(series);
}

static bool cases_open(const struct series *series)
{
	for (uint32_t i = 0; i < series->cases.count && i <= series->failing; i++)
		if (series->open[i] > 0)
			return true;
	return false;
}

/* All that could still change which case is the first to fail has ended. */
static void cases_settle(struct series *series)
{
	if (series->shrinks || series->done)
		return;
	uint32_t most = series->failing < series->cases.count ? series->failing + 1 : series->cases.count;
	if (series->begun < most * series->repeat || cases_open(series))
		return;
	bool shrinkable = series->failing > 0 && series->failing < series->cases.count &&
	                  series->verdicts[series->failing] == TEST_FAIL && !series->unstable;
	if (!shrinkable) {
		series->done = true;
		return;
	}
	case_make(&series->cases, series->failing, &series->smallest);
	series->shrinks = true;
	shrink_prepare(series);
}

bool series_next(struct series *series, struct variation *variation, uint32_t *ticket)
{
	if (series->done)
		return false;
	if (series->shrinks) {
		*ticket = TICKET_SHRINK;
		if (series->running)
			return false;
		series->running = true;
		*variation = series->candidate;
		return true;
	}
	uint32_t index = series->begun / series->repeat;
	if (index >= series->cases.count || index > series->failing)
		return false;
	/* What fails as it is written needs no cases. */
	if (index > 0 && !series->judged[0])
		return false;
	series->begun++;
	series->open[index]++;
	*ticket = index;
	case_make(&series->cases, index, variation);
	return true;
}

static bool keeps(struct series *series, uint32_t index, bool passes)
{
	bool first = series->kept == series->cases.count;
	bool better = first || (series->kept_passes ? !passes || index < series->kept : !passes && index < series->kept);
	if (better) {
		series->kept = index;
		series->kept_passes = passes;
	}
	return better;
}

bool series_end(struct series *series, uint32_t ticket, enum test_verdict verdict)
{
	bool passes = verdict == TEST_PASS;
	if (ticket == TICKET_SHRINK) {
		shrink_end(series, verdict == TEST_FAIL);
		return verdict == TEST_FAIL;
	}
	series->open[ticket]--;
	bool kept = keeps(series, ticket, passes);
	bool differs = series->judged[ticket] && series->verdicts[ticket] != verdict;
	if (!series->judged[ticket] || (differs && !passes))
		series->verdicts[ticket] = verdict;
	series->judged[ticket] = true;
	series->unstable = series->unstable || differs;
	if (!passes && ticket < series->failing)
		series->failing = ticket;
	cases_settle(series);
	return kept;
}

unsigned series_runs(const struct series *series)
{
	uint32_t most = series->failing < series->cases.count ? series->failing + 1 : series->cases.count;
	return most * series->repeat + series->tried;
}

bool series_done(const struct series *series)
{
	return series->done;
}
