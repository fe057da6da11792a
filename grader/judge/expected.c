/* In words: what a line was to do, and where the student's programs were instead. */
#include "judge/expect.h"

#include "base/text.h"
#include "model/describe.h"

void where_text(const struct matcher *matcher, int actor, struct text *text)
{
	text_printf(text, "%s ", story_who(matcher->story, actor));
	story_where(matcher->story, actor, text);
}

void where_student_text(const struct matcher *matcher, int student, struct text *text)
{
	for (size_t i = 0; i < matcher->test->test->actor_count && student == ACTOR_NONE; i++) {
		if (plan_student(matcher->test, (int)i))
			student = (int)i;
	}
	if (student == ACTOR_NONE)
		return;
	text_puts(text, "; ");
	where_text(matcher, student, text);
}

void other_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	if (x->line->step->other != ACTOR_NONE && x->line->other >= 0)
		text_printf(text, " to %s", story_who(matcher->story, x->line->other));
}

/* What the grader does to a program. */
static void harness_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	const char *who = x->line->actor >= 0 ? story_who(matcher->story, x->line->actor) : NULL;
	enum verb verb = x->line->step->verb;
	if (verb == VERB_STDIN && x->line->step->end_of_stream)
		text_printf(text, "the standard input of %s to end", who);
	else if (verb == VERB_STDIN) {
		text_printf(text, "%s to be given ", who);
		data_text(text, &x->line->step->data);
		text_puts(text, " on standard input");
	} else if (who != NULL && (verb == VERB_KILL || verb == VERB_HOLD || verb == VERB_RELEASE || verb == VERB_LAUNCH)) {
		text_printf(text, "%s to be there when the grader %s", who,
		            verb == VERB_KILL      ? "kills it"
		            : verb == VERB_HOLD    ? "holds it still"
		            : verb == VERB_RELEASE ? "lets it go on"
		                                   : "starts it");
	} else {
		line_text(text, matcher->test, x->line);
	}
}

void action_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	if (x->line->kind != LINE_ACTION || x->line->actor < 0) {
		harness_explain(matcher, x, text);
		return;
	}
	const char *who = story_who(matcher->story, x->line->actor);
	enum verb verb = x->line->step->verb;
	if (verb == VERB_CONNECT) {
		text_printf(text, "%s to be connected to port %u", who, matcher->story->port);
	} else if (verb == VERB_SEND) {
		text_printf(text, "%s to send ", who);
		data_text(text, &x->line->step->data);
		if (x->line->step->piece_count > 1)
			text_printf(text, " in %zu pieces", x->line->step->piece_count);
		other_explain(matcher, x, text);
	} else if (verb == VERB_RECEIVE && x->line->step->data.kind != DATA_ANY) {
		text_printf(text, "%s to receive ", who);
		data_text(text, &x->line->step->data);
	} else if (verb == VERB_EOF) {
		text_printf(text, "%s to read the end of the stream", who);
	} else {
		line_text(text, matcher->test, x->line);
	}
}
