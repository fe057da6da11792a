/* Lines that the reference peer or the grader carries out: what a failure says about the student's program. */
#include "judge/expect.h"

#include "judge/fit.h"

#include "base/text.h"

#include <errno.h>

/* The student's actor at the other side, or ACTOR_NONE. */
static int other_student(struct matcher *matcher, const struct expectation *x)
{
	if (x->line->other >= 0)
		return plan_student(matcher->test, x->line->other) ? x->line->other : ACTOR_NONE;
	const struct story_connection *connection = lane_connection(matcher, x->lane);
	enum end own = story_end_of(matcher->story, x->line->actor);
	int actor = ACTOR_NONE;
	if (connection != NULL)
		actor = story_actor_at(matcher->story, connection, !own);
	for (size_t i = 0; i < matcher->test->test->actor_count && actor == ACTOR_NONE; i++) {
		if (plan_student(matcher->test, (int)i) && story_end_of(matcher->story, (int)i) != own)
			actor = (int)i;
	}
	return actor >= 0 && plan_student(matcher->test, actor) ? actor : ACTOR_NONE;
}

static void then_where(struct matcher *matcher, int student, struct text *seen)
{
	if (student == ACTOR_NONE)
		return;
	text_puts(seen, "; ");
	where_text(matcher, student, seen);
}

static void connect_failed(struct matcher *matcher, struct expectation *x, int error, int student, struct text *seen)
{
	const struct story *story = matcher->story;
	const struct story_socket *socket = student != ACTOR_NONE ? story_listener(story, student) : NULL;
	char address[ADDRESS_LENGTH];
	if (error == ECONNREFUSED) {
		text_printf(seen, "nobody listens on port %u: the connection was refused", story->port);
	} else if (error == ETIMEDOUT) {
		text_printf(seen, "the connection to port %u was not answered", story->port);
	} else {
		text_puts(seen, "connecting failed with ");
		story_errno(error, seen);
	}
	if (student != ACTOR_NONE && story->actors[student].exited != STORY_NONE) {
		expectation_shows(x, story->actors[student].exited);
	} else if (socket != NULL) {
		expectation_shows(x, socket->listen != STORY_NONE ? socket->listen : socket->bind);
		if (socket->bind != STORY_NONE && socket->bind_error != 0) {
			text_puts(seen, "; bind() had failed with ");
			story_errno(socket->bind_error, seen);
		} else if (socket->listen != STORY_NONE && socket->closed != STORY_NONE && socket->closed > socket->listen) {
			text_printf(seen, "; %s has closed its listening socket", story_who(story, student));
			expectation_shows(x, socket->closed);
		} else if (socket->address.family != 0) {
			text_printf(seen, "; %s is bound to %s", story_who(story, student),
			            address_text(&socket->address, address));
		}
	}
	then_where(matcher, student, seen);
}

static void send_failed(struct matcher *matcher, struct expectation *x, int error, int student, struct text *seen)
{
	const char *who = student != ACTOR_NONE ? story_who(matcher->story, student) : "the other side";
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	const struct story_end *other = end != NULL ? &connection->end[end == &connection->end[END_CLIENT]] : NULL;
	if (error == EPIPE || error == ECONNRESET || error == ENOTCONN) {
		bool reset = other != NULL && other->broken != STORY_NONE;
		text_printf(seen, reset ? "%s had reset the connection (RST)" : "%s had closed the connection", who);
		if (other != NULL)
			expectation_shows(x, reset ? other->broken : other->ended);
	} else if (error == ETIMEDOUT && end != NULL && other != NULL && story_sees_reads(matcher->story) &&
	           other->student && end->written > 0 && other->read >= end->written && x->line->step->piece_count > 1) {
		text_printf(seen, "%s took ", who);
		story_bytes_text(other->read, seen);
		text_puts(seen, ", and did not come to rest so that the next piece could follow");
	} else if (error == ETIMEDOUT && other != NULL && story_sees_reads(matcher->story) && other->student) {
		text_printf(seen, "%s stopped reading after %llu bytes", who, (unsigned long long)other->read);
		expectation_shows(x, other->last_read);
	} else if (error == ETIMEDOUT) {
		text_printf(seen, "%s stopped reading", who);
		if (end != NULL)
			text_printf(seen, ": %llu bytes were taken in all", (unsigned long long)end->written);
	} else {
		text_puts(seen, "sending failed with ");
		story_errno(error, seen);
	}
	then_where(matcher, student, seen);
}

static void receive_failed(struct matcher *matcher, struct expectation *x, int error, int student, struct text *seen)
{
	const char *who = student != ACTOR_NONE ? story_who(matcher->story, student) : "the other side";
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	const struct story_end *other = end != NULL ? &connection->end[end == &connection->end[END_CLIENT]] : NULL;
	enum end own = story_end_of(matcher->story, x->line->actor);
	uint64_t got = other != NULL && other->stream.length > x->lane->received[own]
	                   ? other->stream.length - x->lane->received[own]
	                   : 0;
	const struct data *data = x->data != NULL ? x->data : &x->line->step->data;
	if (data->kind == DATA_PATTERN)
		text_printf(seen, "%llu bytes came, and they do not match", (unsigned long long)got);
	else
		text_printf(seen, "%llu of %zu bytes came", (unsigned long long)got, data->length);
	if (end != NULL)
		expectation_shows(x, end->last_read);
	if (other != NULL && other->broken != STORY_NONE) {
		text_printf(seen, "; then %s reset the connection (RST)", who);
		expectation_shows(x, other->broken);
	} else if (end != NULL && end->zero_read != STORY_NONE) {
		text_printf(seen, "; then %s ended its stream (FIN)", who);
		expectation_shows(x, end->zero_read);
	} else if (error != 0 && error != ETIMEDOUT) {
		text_puts(seen, "; then reading failed with ");
		story_errno(error, seen);
	}
	then_where(matcher, student, seen);
}

static void eof_failed(struct matcher *matcher, struct expectation *x, int error, int student, struct text *seen)
{
	const char *who = student != ACTOR_NONE ? story_who(matcher->story, student) : "the other side";
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	const struct story_end *other = end != NULL ? &connection->end[end == &connection->end[END_CLIENT]] : NULL;
	if (other != NULL && other->broken != STORY_NONE) {
		text_printf(seen, "%s sent a RST instead of a FIN", who);
		if (other->unread_at_close > 0) {
			text_puts(seen, ": ");
			story_bytes_text((uint64_t)other->unread_at_close, seen);
			text_puts(seen, " lay unread when it called close()");
		}
		expectation_shows(x, other->broken);
	} else if (error == ETIMEDOUT) {
		text_printf(seen, "%s has not ended its stream: no FIN came", who);
	} else {
		text_puts(seen, "reading failed with ");
		story_errno(error, seen);
	}
	then_where(matcher, student, seen);
}

static void harness_failed(struct matcher *matcher, struct expectation *x, int error, struct text *seen)
{
	int actor = x->line->actor;
	if (actor >= 0 && plan_student(matcher->test, actor) && (error == ESRCH || error == EPIPE)) {
		where_text(matcher, actor, seen);
		text_puts(seen, " before");
		expectation_shows(x, matcher->story->actors[actor].exited);
		return;
	}
	text_puts(seen, error == ETIMEDOUT ? "it was not done when all was quiet" : "it failed with ");
	if (error != ETIMEDOUT)
		story_errno(error, seen);
	if (actor >= 0 && plan_student(matcher->test, actor))
		then_where(matcher, actor, seen);
}

static void action_failed(struct matcher *matcher, struct expectation *x, int error, struct text *seen)
{
	enum verb verb = x->line->step->verb;
	int student = x->line->actor >= 0 ? other_student(matcher, x) : ACTOR_NONE;
	if (verb == VERB_CONNECT || error == ECONNREFUSED) {
		connect_failed(matcher, x, error, student, seen);
	} else if (verb == VERB_ACCEPT && error == ETIMEDOUT) {
		text_printf(seen, "no connection came to port %u", matcher->story->port);
		then_where(matcher, student, seen);
	} else if (verb == VERB_SEND) {
		send_failed(matcher, x, error, student, seen);
	} else if (verb == VERB_RECEIVE) {
		receive_failed(matcher, x, error, student, seen);
	} else if (verb == VERB_EOF) {
		eof_failed(matcher, x, error, student, seen);
	} else if (error == ENOTCONN || error == EPIPE || error == ECONNRESET) {
		struct story_connection *connection = lane_connection(matcher, x->lane);
		text_puts(seen, connection == NULL ? "there is no connection" : "the connection had been ended before");
		then_where(matcher, student, seen);
	} else {
		text_puts(seen, error == ETIMEDOUT ? "it was not done when all was quiet" : "it failed with ");
		if (error != ETIMEDOUT)
			story_errno(error, seen);
		then_where(matcher, student, seen);
	}
}

/* A name that the reference's own bytes give. */
static void keep_sent(struct matcher *matcher, const struct step *step)
{
	if (step->verb != VERB_SEND || step->data.keep_as == NULL)
		return;
	const struct data *sent = matcher_expand(matcher, step->data.example);
	struct fit fit = fit_data(&step->data, sent->bytes, sent->length, sent->length, true);
	if (fit.kind == FIT_YES)
		keep(matcher, &step->data, sent->bytes + fit.group, fit.group_length);
}

void action_ended(struct matcher *matcher, struct expectation *x, int error)
{
	enum verb verb = x->line->step->verb;
	TEXT_AUTO seen = {0};
	if (x->line->kind == LINE_HARNESS) {
		if (error != 0)
			harness_failed(matcher, x, error, &seen);
	} else if (story_datagrams(matcher->story) && (verb == VERB_RECEIVE || verb == VERB_DROP)) {
		if (datagram_action_ended(matcher, x, error))
			return;
		text_puts(&seen, "no datagram came");
		then_where(matcher, other_student(matcher, x), &seen);
	} else if (verb == VERB_RECEIVE) {
		if (action_receives(matcher, x, true))
			return;
		receive_failed(matcher, x, error, other_student(matcher, x), &seen);
	} else if (error != 0) {
		action_failed(matcher, x, error, &seen);
	}
	if (seen.length == 0)
		keep_sent(matcher, x->line->step);
	if (seen.length == 0)
		expectation_met(matcher, x, matcher->event != NULL ? matcher->event->number : STORY_NONE);
	else
		expectation_unmet(matcher, x, &seen);
}
