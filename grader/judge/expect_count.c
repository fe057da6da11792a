/* sockets, descriptors, zombies, processes, threads: counted at a quiet moment. */
#include "judge/expect.h"

#include "base/text.h"

#include <string.h>

static enum count_kind kind_of(const struct expectation *x)
{
	switch ((int)x->line->step->verb) {
	case VERB_SOCKETS:
		return COUNT_SOCKETS;
	case VERB_DESCRIPTORS:
		return COUNT_DESCRIPTORS;
	case VERB_ZOMBIES:
		return COUNT_ZOMBIES;
	case VERB_THREADS:
		return COUNT_THREADS;
	}
	return COUNT_PROCESSES;
}

static bool count_fits(const struct count_item *item, int64_t value)
{
	switch (item->comparison) {
	case COUNT_EQUAL:
		return value == item->value;
	case COUNT_AT_MOST:
		return value <= item->value;
	case COUNT_AT_LEAST:
		return value >= item->value;
	case COUNT_LESS:
		return value < item->value;
	case COUNT_MORE:
		return value > item->value;
	}
	return false;
}

static bool item_means(const struct matcher *matcher, int meant, int actor)
{
	enum side side = matcher->test->test->actors[actor].side;
	return meant == actor || (meant == ACTOR_CLIENTS && side == SIDE_CLIENT) ||
	       (meant == ACTOR_SERVERS && side == SIDE_SERVER);
}

/* One actor's count since the line became current: 1 fits, 0 does not, -1 not counted (yet). */
static int count_look(const struct matcher *matcher, struct expectation *x, const struct count_item *item, int actor)
{
	enum count_kind kind = kind_of(x);
	const struct story_actor *who = &matcher->story->actors[actor];
	uint32_t event = who->count_events[kind];
	if (event == STORY_NONE || event < x->since || who->counts[kind] < 0)
		return -1;
	return count_fits(item, who->counts[kind]) ? 1 : 0;
}

static void count_unmet(struct matcher *matcher, struct expectation *x, int actor)
{
	enum count_kind kind = kind_of(x);
	const struct story_actor *who = &matcher->story->actors[actor];
	TEXT_AUTO seen = {0};
	expectation_shows(x, who->count_events[kind]);
	text_printf(&seen, "%s has %lld", story_who(matcher->story, actor), (long long)who->counts[kind]);
	if (who->exited != STORY_NONE) {
		text_puts(&seen, "; ");
		where_text(matcher, actor, &seen);
		expectation_shows(x, who->exited);
	}
	expectation_unmet(matcher, x, &seen);
}

/* True when every item is counted; decides then, or at the first that does not fit. */
static bool counts_look(struct matcher *matcher, struct expectation *x)
{
	const struct step *step = x->line->step;
	bool all = true;
	for (size_t i = 0; i < step->count_count; i++) {
		for (size_t j = 0; j < matcher->test->test->actor_count; j++) {
			int actor = (int)j;
			if (!item_means(matcher, step->counts[i].actor, actor) || !plan_student(matcher->test, actor))
				continue;
			int fits = count_look(matcher, x, &step->counts[i], actor);
			if (fits == 0) {
				count_unmet(matcher, x, actor);
				return true;
			}
			all = all && fits > 0;
		}
	}
	if (all)
		expectation_met(matcher, x, matcher->event != NULL ? matcher->event->number : STORY_NONE);
	return all;
}

/* Roles of the reference are not counted. */
static bool speaks_of_student(const struct matcher *matcher, const struct expectation *x)
{
	for (size_t i = 0; i < x->line->step->count_count; i++) {
		for (size_t j = 0; j < matcher->test->test->actor_count; j++) {
			if (item_means(matcher, x->line->step->counts[i].actor, (int)j) && plan_student(matcher->test, (int)j))
				return true;
		}
	}
	return false;
}

static void count_feed(struct matcher *matcher, struct expectation *x)
{
	if (matcher->event->kind == EVENT_COUNT || !speaks_of_student(matcher, x))
		counts_look(matcher, x);
}

static void count_quiet(struct matcher *matcher, struct expectation *x)
{
	if (counts_look(matcher, x))
		return;
	if (matcher->event->kind == EVENT_QUIET) {
		expectation_inconclusive(matcher, x, "it could not be counted here");
		return;
	}
	TEXT_AUTO seen = {0};
	for (size_t j = 0; j < matcher->test->test->actor_count; j++) {
		if (!plan_student(matcher->test, (int)j))
			continue;
		text_puts(&seen, seen.length > 0 ? "; " : "it did not come to rest: ");
		where_text(matcher, (int)j, &seen);
	}
	expectation_unmet(matcher, x, &seen);
}

static const char *comparison_text(enum comparison comparison)
{
	switch (comparison) {
	case COUNT_EQUAL:
		return "";
	case COUNT_AT_MOST:
		return "at most ";
	case COUNT_AT_LEAST:
		return "at least ";
	case COUNT_LESS:
		return "fewer than ";
	case COUNT_MORE:
		return "more than ";
	}
	return "";
}

static void count_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	const struct step *step = x->line->step;
	for (size_t i = 0; i < step->count_count; i++) {
		const struct count_item *item = &step->counts[i];
		const char *name = item->actor == ACTOR_CLIENTS   ? "the clients"
		                   : item->actor == ACTOR_SERVERS ? "the servers"
		                                                  : story_who(matcher->story, item->actor);
		text_printf(text, "%s%s to have %s%lld", i > 0 ? ", " : "", name, comparison_text(item->comparison),
		            (long long)item->value);
	}
	bool one = step->counts[step->count_count - 1].value == 1;
	const char *word = verb_word(step->verb);
	size_t length = strlen(word) - (one ? step->verb == VERB_PROCESSES ? strlen("es") : strlen("s") : 0);
	text_printf(text, " %s%.*s", step->verb == VERB_SOCKETS || step->verb == VERB_DESCRIPTORS ? "open " : "",
	            (int)length, word);
}

const struct verb_judge judge_counts[] = {
	{VERB_SOCKETS, VIEW_NONE, false, count_feed, count_quiet, count_explain},
	{VERB_DESCRIPTORS, VIEW_NONE, false, count_feed, count_quiet, count_explain},
	{VERB_ZOMBIES, VIEW_NONE, false, count_feed, count_quiet, count_explain},
	{VERB_PROCESSES, VIEW_NONE, false, count_feed, count_quiet, count_explain},
	{VERB_THREADS, VIEW_NONE, false, count_feed, count_quiet, count_explain},
	{VERB_SOCKETS, VIEW_NONE, false, NULL, NULL, NULL},
};
