/* listen, connect and accept of a student's program. */
#include "judge/expect.h"

#include "base/text.h"

#include <errno.h>

struct story_end *expectation_end(struct matcher *matcher, const struct expectation *x, struct story_connection **into)
{
	struct story_connection *connection = lane_connection(matcher, x->lane);
	if (into != NULL)
		*into = connection;
	return connection != NULL ? &connection->end[story_end_of(matcher->story, x->line->actor)] : NULL;
}

static const char *name_of(const struct matcher *matcher, const struct expectation *x)
{
	return story_who(matcher->story, x->line->actor);
}

/* The listening socket on the test's port, since the launch that the line speaks of.  Clients come over IPv4: of a server
 * with a socket for each family, that for IPv6 does not make it ready. */
static uint32_t listens_since(const struct matcher *matcher, struct expectation *x)
{
	const struct story *story = matcher->story;
	size_t count;
	const struct story_socket *socket = story_changed(story, &x->scanned, &count);
	for (; count > 0; count--, socket++) {
		if (socket->actor == x->line->actor && socket->listen != STORY_NONE && socket->listen >= x->launched &&
		    socket->listen_error == 0 && socket->address.port == story->port && !socket->six_only)
			return socket->listen;
	}
	uint32_t confirmed = story->actors[x->line->actor].listening;
	return confirmed != STORY_NONE && confirmed >= x->launched ? confirmed : STORY_NONE;
}

static void listen_feed(struct matcher *matcher, struct expectation *x)
{
	const struct story_actor *actor = &matcher->story->actors[x->line->actor];
	if (actor->launched != STORY_NONE && x->launched == 0)
		x->launched = actor->launched;
	uint32_t event = listens_since(matcher, x);
	if (event != STORY_NONE)
		expectation_met(matcher, x, event);
}

/* What there is of a listening socket instead. */
static bool listen_instead(const struct matcher *matcher, struct expectation *x, struct text *seen)
{
	const struct story_socket *socket = story_listener(matcher->story, x->line->actor);
	if (socket == NULL)
		return false;
	if (socket->bind != STORY_NONE)
		expectation_shows(x, socket->bind);
	if (socket->listen != STORY_NONE)
		expectation_shows(x, socket->listen);
	char address[ADDRESS_LENGTH];
	if (socket->bind != STORY_NONE && socket->bind_error != 0) {
		text_printf(seen, "bind() to %s failed with ", address_text(&socket->address, address));
		story_errno(socket->bind_error, seen);
		text_puts(seen, "; ");
		return true;
	}
	if (socket->listen == STORY_NONE) {
		text_printf(seen, "bind() to %s succeeded, but listen() was not called; ",
		            address_text(&socket->address, address));
		return true;
	}
	if (socket->listen_error != 0) {
		text_puts(seen, "listen() failed with ");
		story_errno(socket->listen_error, seen);
		text_puts(seen, "; ");
	} else if (socket->bind == STORY_NONE && socket->address.port == 0) {
		text_puts(seen, "listen() was called on a socket without bind(): the kernel chose its port; ");
	} else if (socket->six_only && socket->address.port == matcher->story->port) {
		text_puts(seen, "it listens for IPv6 only (IPV6_V6ONLY); ");
	} else {
		text_printf(seen, "it listens on port %u instead of %u; ", socket->address.port, matcher->story->port);
	}
	return true;
}

static void listen_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!story_sees_calls(matcher->story) && matcher->story->actors[x->line->actor].exited == STORY_NONE &&
	    matcher->story->spin == STORY_NONE) {
		expectation_inconclusive(matcher, x,
		                         "the program's calls are not seen here, and no listening socket was found");
		return;
	}
	TEXT_AUTO seen = {0};
	if (!listen_instead(matcher, x, &seen) && story_sees_calls(matcher->story))
		text_puts(&seen, "no socket was bound; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void listen_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to listen on port %u", name_of(matcher, x), matcher->story->port);
}

static void connect_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (end == NULL || (end->made == STORY_NONE && !connection->established[END_CLIENT]))
		return;
	const struct address *to = &connection->address[END_SERVER];
	if (x->line->step->outside && address_loops(to)) {
		char address[ADDRESS_LENGTH];
		TEXT_AUTO seen = {0};
		text_printf(&seen, "it connected to %s, not to the host that it was given", address_text(to, address));
		expectation_shows(x, connection->created);
		expectation_unmet(matcher, x, &seen);
		return;
	}
	if (end->made != STORY_NONE)
		expectation_met(matcher, x, end->made);
	else if (connection->established[END_CLIENT])
		expectation_met(matcher, x, connection->created);
}

static const struct story_connect *last_connect(const struct story *story, int actor, uint32_t since)
{
	for (size_t i = story->connect_count; i > 0; i--) {
		if (story->connects[i - 1].actor == actor && story->connects[i - 1].event >= since)
			return &story->connects[i - 1];
	}
	return NULL;
}

static void connect_quiet(struct matcher *matcher, struct expectation *x)
{
	/* Whom nobody accepts is seen by its own calls or segments only. */
	if (!story_sees_calls(matcher->story) && !matcher->story->captures) {
		expectation_inconclusive(matcher, x, "neither the program's calls nor its segments are seen here");
		return;
	}
	TEXT_AUTO seen = {0};
	const struct story_connect *tried = last_connect(matcher->story, x->line->actor, x->launched);
	if (tried != NULL && tried->error != 0) {
		char address[ADDRESS_LENGTH];
		text_printf(&seen, "connect() to %s failed with ", address_text(&tried->address, address));
		story_errno(tried->error, &seen);
		text_puts(&seen, "; ");
		expectation_shows(x, tried->event);
	} else if (x->lane != NULL && x->lane->before != NULL) {
		text_printf(&seen, "it made %u of %u connections; ", x->lane->ordinal - 1, x->lane->ordinal);
	} else if (story_sees_calls(matcher->story)) {
		text_printf(&seen, "it did not connect to port %u; ", matcher->story->port);
	} else {
		text_puts(&seen, "no connection came; ");
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void connect_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to connect to port %u%s", name_of(matcher, x), matcher->story->port,
	            x->line->step->outside ? " of the host that it was given" : "");
}

static void accept_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_end *end = expectation_end(matcher, x, NULL);
	if (end == NULL)
		return;
	if (end->made != STORY_NONE) {
		expectation_met(matcher, x, end->made);
		return;
	}
	/* The kernel gives a connection an inode when accept returns it, and only an accepted one can send or end
	 * its stream. */
	if (end->confirmed != STORY_NONE && end->held)
		expectation_met(matcher, x, end->confirmed);
	else if (end->stream.length > 0 && end->student)
		expectation_met(matcher, x, end->last_write);
	else if (end->ended != STORY_NONE)
		expectation_met(matcher, x, end->ended);
}

static void accept_quiet(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	bool seen_by_kernel = end != NULL && end->confirmed != STORY_NONE;
	if (!story_sees_calls(matcher->story) && !seen_by_kernel) {
		expectation_inconclusive(matcher, x, "the program's calls are not seen here, so accept() cannot be");
		return;
	}
	TEXT_AUTO seen = {0};
	if (end == NULL) {
		text_puts(&seen, "there is no connection to accept; ");
	} else {
		expectation_shows(x, connection->created);
		text_puts(&seen, "accept() has not returned the connection");
		int client = story_actor_at(matcher->story, connection, END_CLIENT);
		if (client != ACTOR_NONE)
			text_printf(&seen, " of %s", story_who(matcher->story, client));
		text_puts(&seen, "; ");
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void accept_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to accept", name_of(matcher, x));
	if (x->lane != NULL && x->lane->client != ACTOR_NONE)
		text_printf(text, " the connection of %s", story_who(matcher->story, x->lane->client));
}

const struct verb_judge judge_calls[] = {
	{VERB_LISTEN, VIEW_NONE, true, listen_feed, listen_quiet, listen_explain},
	{VERB_CONNECT, VIEW_CONNECT, true, connect_feed, connect_quiet, connect_explain},
	{VERB_ACCEPT, VIEW_NONE, true, accept_feed, accept_quiet, accept_explain},
	{VERB_LISTEN, VIEW_NONE, false, NULL, NULL, NULL},
};
