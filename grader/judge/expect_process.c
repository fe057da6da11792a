/* The program itself: exit, alive, idle, stdout, stderr. */
#include "judge/expect.h"

#include "judge/fit.h"

#include "base/text.h"
#include "model/describe.h"

#include <stdlib.h>

static const char *name_of(const struct matcher *matcher, const struct expectation *x)
{
	return story_who(matcher->story, x->line->actor);
}

static const struct story_actor *actor_of(const struct matcher *matcher, const struct expectation *x)
{
	return &matcher->story->actors[x->line->actor];
}

static bool exit_fits(const struct step *step, int32_t status)
{
	switch (step->exit_kind) {
	case EXIT_STATUS:
		return WIFEXITED(status) && WEXITSTATUS(status) == step->number;
	case EXIT_NONZERO:
		return WIFEXITED(status) && WEXITSTATUS(status) != 0;
	case EXIT_ANY:
		return WIFEXITED(status);
	case EXIT_SIGNAL:
		return WIFSIGNALED(status) && WTERMSIG(status) == step->number;
	}
	return false;
}

static void exit_feed(struct matcher *matcher, struct expectation *x)
{
	const struct story_actor *actor = actor_of(matcher, x);
	if (actor->exited == STORY_NONE)
		return;
	if (exit_fits(x->line->step, actor->status)) {
		expectation_met(matcher, x, actor->exited);
		return;
	}
	TEXT_AUTO seen = {0};
	text_puts(&seen, "it ");
	story_status(actor->status, &seen);
	expectation_shows(x, actor->exited);
	expectation_unmet(matcher, x, &seen);
}

static void exit_quiet(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO seen = {0};
	text_puts(&seen, "it has not ended: ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void exit_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	const struct step *step = x->line->step;
	text_printf(text, "%s to end ", name_of(matcher, x));
	switch (step->exit_kind) {
	case EXIT_STATUS:
		text_printf(text, "with status %d", step->number);
		break;
	case EXIT_NONZERO:
		text_puts(text, "with a status other than 0");
		break;
	case EXIT_ANY:
		text_puts(text, "by itself");
		break;
	case EXIT_SIGNAL:
		text_puts(text, "by ");
		story_signal_name(step->number, text);
		break;
	}
}

static bool has_ended(struct matcher *matcher, struct expectation *x)
{
	const struct story_actor *actor = actor_of(matcher, x);
	if (actor->exited == STORY_NONE)
		return false;
	TEXT_AUTO seen = {0};
	text_puts(&seen, "it ");
	story_status(actor->status, &seen);
	expectation_shows(x, actor->exited);
	expectation_unmet(matcher, x, &seen);
	return true;
}

static void alive_feed(struct matcher *matcher, struct expectation *x)
{
	has_ended(matcher, x);
}

static void alive_quiet(struct matcher *matcher, struct expectation *x)
{
	if (has_ended(matcher, x))
		return;
	if (actor_of(matcher, x)->launches > 0) {
		expectation_met(matcher, x, matcher->event->number);
		return;
	}
	TEXT_AUTO seen = {0};
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void alive_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to be still running", name_of(matcher, x));
}

static void idle_feed(struct matcher *matcher, struct expectation *x)
{
	has_ended(matcher, x);
}

static void idle_quiet(struct matcher *matcher, struct expectation *x)
{
	if (has_ended(matcher, x))
		return;
	const struct event *event = matcher->event;
	bool spins = event->kind == EVENT_SPIN && (event->actor == x->line->actor || event->actor == ACTOR_NONE);
	if (event->kind == EVENT_QUIET && actor_of(matcher, x)->launches > 0) {
		expectation_met(matcher, x, event->number);
		return;
	}
	TEXT_AUTO seen = {0};
	where_text(matcher, x->line->actor, &seen);
	if (spins && event->spin.cpu_ns > 0)
		text_printf(&seen, " (%lld ms of CPU time)", (long long)(event->spin.cpu_ns / 1000000));
	else if (spins && event->spin.count > 0)
		text_printf(&seen, " (%llu times in a row)", (unsigned long long)event->spin.count);
	expectation_unmet(matcher, x, &seen);
}

static void idle_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to wait without using CPU time", name_of(matcher, x));
}

/* How much of each stream lines have used up, by actor: as the lanes have it for connections. */
static size_t output_cursor(const struct matcher *matcher, const struct expectation *x)
{
	size_t cursor = 0;
	for (uint32_t i = 0; i < x->line->number; i++) {
		const struct expectation *other = &matcher->lines[i];
		if (other->line->actor == x->line->actor && other->line->step->verb == x->line->step->verb &&
		    other->phase == PHASE_DECIDED && other->launched == x->launched)
			cursor += other->checked;
	}
	return cursor;
}

/* Nothing more is to be printed.  What the program has printed last may be read when it has gone: only quiet proves it. */
static bool output_over(struct matcher *matcher, struct expectation *x, const struct story_bytes *stream, size_t cursor,
                        bool last)
{
	if (stream->length <= cursor) {
		if (last)
			expectation_met(matcher, x, matcher->event != NULL ? matcher->event->number : STORY_NONE);
		return last;
	}
	TEXT_AUTO seen = {0};
	text_puts(&seen, "it printed ");
	story_bytes_text(stream->length - cursor, &seen);
	text_puts(&seen, " more: ");
	if (stream->unknown_from > cursor)
		text_escaped(&seen, stream->bytes + cursor, stream->length - cursor, 48, true);
	expectation_unmet(matcher, x, &seen);
	return true;
}

static bool output_look(struct matcher *matcher, struct expectation *x, bool last)
{
	size_t index = x->line->step->verb == VERB_STDERR;
	const struct story_actor *actor = actor_of(matcher, x);
	if (x->launched == 0 && actor->launched != STORY_NONE)
		x->launched = actor->launched;
	if (x->data == NULL) {
		x->data = matcher_expand(matcher, &x->line->step->data);
		x->scanned = SIZE_MAX;
	}
	const struct story_bytes *stream = &actor->output[index];
	if (!last && x->scanned == stream->length)
		return false;
	x->scanned = stream->length;
	size_t cursor = output_cursor(matcher, x);
	size_t from = cursor < stream->length ? cursor : stream->length;
	if (x->line->step->end_of_stream) {
		expectation_shows(x, stream->length > cursor ? actor->output_event[index] : STORY_NONE);
		return output_over(matcher, x, stream, cursor, last);
	}
	const uint8_t *bytes = stream->bytes != NULL ? stream->bytes + from : (const uint8_t *)"";
	struct fit fit = fit_data(x->data, bytes, stream->length - from, stream->length - from, last);
	expectation_shows(x, last || fit.kind != FIT_MORE ? actor->output_event[index] : STORY_NONE);
	if (fit.kind == FIT_YES) {
		keep(matcher, x->data, bytes + fit.group, fit.group_length);
		x->checked = fit.taken;
		expectation_met(matcher, x, STORY_NONE);
		return true;
	}
	if (fit.kind == FIT_MORE && !last)
		return false;
	TEXT_AUTO seen = {0};
	if (stream->length == from)
		text_puts(&seen, "it printed nothing");
	else
		fit_explain(&fit, x->data, bytes, stream->length - from, from, "of its output", &seen);
	if (last && matcher->event != NULL) {
		text_puts(&seen, "; ");
		where_text(matcher, x->line->actor, &seen);
	}
	expectation_unmet(matcher, x, &seen);
	return true;
}

static void output_feed(struct matcher *matcher, struct expectation *x)
{
	output_look(matcher, x, false);
}

static void output_quiet(struct matcher *matcher, struct expectation *x)
{
	output_look(matcher, x, true);
}

static void output_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to print ", name_of(matcher, x));
	const struct data *data = &x->line->step->data;
	const char *where = verb_word(x->line->step->verb);
	if (x->line->step->end_of_stream)
		text_printf(text, "nothing more on %s", where);
	else if (data->kind == DATA_PATTERN && data->until == NULL)
		text_printf(text, "something on %s that matches %s", where, data->pattern);
	else {
		data_text(text, data);
		text_printf(text, " on %s", where);
	}
}

const struct verb_judge judge_processes[] = {
	{VERB_EXIT, VIEW_NONE, false, exit_feed, exit_quiet, exit_explain},
	{VERB_ALIVE, VIEW_NONE, false, alive_feed, alive_quiet, alive_explain},
	{VERB_IDLE, VIEW_NONE, false, idle_feed, idle_quiet, idle_explain},
	{VERB_STDOUT, VIEW_STDOUT, false, output_feed, output_quiet, output_explain},
	{VERB_STDERR, VIEW_STDERR, false, output_feed, output_quiet, output_explain},
	{VERB_EXIT, VIEW_NONE, false, NULL, NULL, NULL},
};
