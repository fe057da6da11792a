/* UDP: readiness is bind(2), one send is one datagram, and there is no connection that would end. */
#include "judge/expect.h"

#include "judge/fit.h"

#include "base/text.h"
#include "model/describe.h"

enum { SHOWN = 32 };

static const char *name_of(const struct matcher *matcher, const struct expectation *x)
{
	return story_who(matcher->story, x->line->actor);
}

/* listen: a UDP socket is bound to the test's port, and IPv4 clients reach it. */
static void bind_feed(struct matcher *matcher, struct expectation *x)
{
	const struct story *story = matcher->story;
	const struct story_actor *actor = &story->actors[x->line->actor];
	if (actor->launched != STORY_NONE && x->launched == 0)
		x->launched = actor->launched;
	size_t count;
	const struct story_socket *socket = story_changed(story, &x->scanned, &count);
	for (; count > 0; count--, socket++) {
		if (socket->actor == x->line->actor && socket->datagrams && socket->bind != STORY_NONE &&
		    socket->bind >= x->launched && socket->bind_error == 0 && socket->address.port == story->port &&
		    !socket->six_only) {
			expectation_met(matcher, x, socket->bind);
			return;
		}
	}
	if (actor->listening != STORY_NONE && actor->listening >= x->launched)
		expectation_met(matcher, x, actor->listening);
}

static void bind_instead(const struct matcher *matcher, struct expectation *x, struct text *seen)
{
	const struct story_socket *socket = story_listener(matcher->story, x->line->actor);
	char address[ADDRESS_LENGTH];
	if (socket == NULL) {
		text_puts(seen, "no socket was bound; ");
		return;
	}
	expectation_shows(x, socket->bind != STORY_NONE ? socket->bind : socket->listen);
	if (!socket->datagrams) {
		text_puts(seen, "it made a TCP socket (SOCK_STREAM), not a UDP one; ");
	} else if (socket->bind_error != 0) {
		text_printf(seen, "bind() to %s failed with ", address_text(&socket->address, address));
		story_errno(socket->bind_error, seen);
		text_puts(seen, "; ");
	} else if (socket->six_only && socket->address.port == matcher->story->port) {
		text_puts(seen, "it is bound for IPv6 only (IPV6_V6ONLY); ");
	} else {
		text_printf(seen, "it is bound to port %u instead of %u; ", socket->address.port, matcher->story->port);
	}
}

static void bind_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!story_sees_calls(matcher->story) && matcher->story->actors[x->line->actor].exited == STORY_NONE &&
	    matcher->story->spin == STORY_NONE) {
		expectation_inconclusive(matcher, x, "the program's calls are not seen here, and no bound socket was found");
		return;
	}
	TEXT_AUTO seen = {0};
	if (story_sees_calls(matcher->story))
		bind_instead(matcher, x, &seen);
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void bind_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to bind a UDP socket to port %u", name_of(matcher, x), matcher->story->port);
}

/* connect(2) sends nothing, and a program may do without: a datagram says as well whom it has chosen. */
static void connect_feed(struct matcher *matcher, struct expectation *x)
{
	const struct story *story = matcher->story;
	const struct story_connection *connection = lane_connection(matcher, x->lane);
	const struct story_end *end = connection != NULL ? &connection->end[END_CLIENT] : NULL;
	const struct address *to = connection != NULL ? &connection->address[END_SERVER] : NULL;
	if (end != NULL && end->datagram_count > 0 && !(x->line->step->outside && address_loops(to))) {
		expectation_met(matcher, x, end->datagrams[0].event);
		return;
	}
	for (size_t i = 0; i < story->connect_count; i++) {
		const struct story_connect *made = &story->connects[i];
		if (made->actor != x->line->actor || made->event < x->launched || made->error != 0 ||
		    made->address.port != story->port)
			continue;
		if (x->line->step->outside && address_loops(&made->address))
			continue;
		expectation_met(matcher, x, made->event);
		return;
	}
}

static void connect_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!story_sees_calls(matcher->story)) {
		expectation_inconclusive(matcher, x,
		                         "the program's calls are not seen here, and connect() on UDP sends nothing");
		return;
	}
	TEXT_AUTO seen = {0};
	const struct story_connection *connection = lane_connection(matcher, x->lane);
	char address[ADDRESS_LENGTH];
	if (connection != NULL)
		text_printf(&seen, "it speaks to %s, not to the host that it was given; ",
		            address_text(&connection->address[END_SERVER], address));
	else
		text_printf(&seen, "it did not turn to port %u; ", matcher->story->port);
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void connect_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to connect its UDP socket to port %u%s, or to send there", name_of(matcher, x),
	            matcher->story->port, x->line->step->outside ? " of the host that it was given" : "");
}

/* Does the datagram fit?  Its length is always known, of its bytes perhaps only the first ones. */
static struct fit datagram_fit(const struct data *data, const struct story_datagram *datagram)
{
	if (data->kind == DATA_PATTERN)
		return fit_data(data, datagram->bytes, datagram->length, datagram->known, true);
	struct fit fit = fit_data(data, datagram->bytes, datagram->length, datagram->known, true);
	if (datagram->length != data->length && fit.kind != FIT_NO)
		fit = (struct fit){.kind = FIT_NO, .differs_at = SIZE_MAX};
	return fit;
}

/* "the datagram has 1024 bytes instead of 6: "hello\n\0\0…" */
static void datagram_explain(const struct fit *fit, const struct data *data, const struct story_datagram *datagram,
                             struct text *seen)
{
	const uint8_t *bytes = datagram->bytes != NULL ? datagram->bytes : (const uint8_t *)"";
	if (data->kind == DATA_PATTERN || (fit->differs_at != SIZE_MAX && datagram->length == data->length)) {
		fit_explain(fit, data, bytes, datagram->known, 0, "of the datagram", seen);
		return;
	}
	text_puts(seen, "the datagram has ");
	story_bytes_text(datagram->length, seen);
	text_printf(seen, " instead of %zu", data->length);
	if (datagram->known > 0) {
		text_puts(seen, ": ");
		text_escaped(seen, bytes, datagram->known, SHOWN, true);
	}
	if (fit->differs_at != SIZE_MAX)
		text_printf(seen, " (byte %zu differs)", fit->differs_at);
}

static void count_text(uint64_t count, struct text *text)
{
	text_printf(text, count == 1 ? "%llu datagram" : "%llu datagrams", (unsigned long long)count);
}

/* True when all is known of it that will be.  The reference says what arrived; what a program gave to its call is the next
 * best, where nobody will read it. */
static bool is_known(const struct story_datagram *datagram, const struct story_end *receiver)
{
	bool read_later = datagram->taken == STORY_NONE && !receiver->student && receiver->closed == STORY_NONE;
	return datagram->known == datagram->length && !read_later &&
	       (datagram->length > 0 || datagram->taken != STORY_NONE);
}

static bool send_look(struct matcher *matcher, struct expectation *x, bool last)
{
	struct story_connection *connection;
	struct story_end *end = expectation_end(matcher, x, &connection);
	if (x->data == NULL)
		x->data = matcher_expand(matcher, &x->line->step->data);
	enum end sender = story_end_of(matcher->story, x->line->actor);
	uint64_t *cursor = x->lane != NULL ? &x->lane->sent[sender] : NULL;
	if (end == NULL || *cursor >= end->datagram_count)
		return false;
	const struct story_datagram *datagram = &end->datagrams[*cursor];
	if (!is_known(datagram, &connection->end[!sender]) && !last)
		return false;
	uint32_t event = datagram->sent != STORY_NONE ? datagram->sent : datagram->event;
	struct fit fit = datagram_fit(x->data, datagram);
	++*cursor;
	if (fit.kind == FIT_YES) {
		keep(matcher, x->data, datagram->bytes + fit.group, fit.group_length);
		expectation_shows(x, datagram->event);
		expectation_met(matcher, x, event);
		return true;
	}
	if (fit.kind == FIT_UNKNOWN) {
		expectation_inconclusive(matcher, x, "nobody received the datagram, and only its first bytes were recorded");
		return true;
	}
	TEXT_AUTO seen = {0};
	expectation_shows(x, event);
	expectation_shows(x, datagram->taken);
	datagram_explain(&fit, x->data, datagram, &seen);
	expectation_unmet(matcher, x, &seen);
	return true;
}

static void send_feed(struct matcher *matcher, struct expectation *x)
{
	send_look(matcher, x, false);
}

static size_t taken_count(const struct story_end *sender)
{
	size_t count = 0;
	for (size_t i = 0; i < sender->datagram_count; i++)
		count += sender->datagrams[i].taken != STORY_NONE;
	return count;
}

/* What was sent last is lost, and the program waits: whether it has set an alarm, only its calls say. */
static bool may_ring(const struct matcher *matcher, const struct expectation *x)
{
	uint32_t before = x->line->number;
	return before > 0 && matcher->test->by_number[before - 1]->step->verb == VERB_DROP &&
	       matcher->story->actors[x->line->actor].exited == STORY_NONE && matcher->story->spin == STORY_NONE;
}

static void send_quiet(struct matcher *matcher, struct expectation *x)
{
	if (send_look(matcher, x, true))
		return;
	bool rhythm = matcher->event->kind == EVENT_QUIET && matcher->event->quiet.reason == QUIET_PERIODIC;
	if ((rhythm || may_ring(matcher, x)) && !story_sees_calls(matcher->story)) {
		expectation_inconclusive(matcher, x, "the program's calls are not seen here: it may be counting to a time-out");
		return;
	}
	TEXT_AUTO seen = {0};
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	enum end sender = story_end_of(matcher->story, x->line->actor);
	bool any = end != NULL && end->datagram_count > 0;
	text_puts(&seen, any ? "no further datagram came; " : "no datagram came; ");
	const struct story_end *other = end != NULL ? &connection->end[!sender] : NULL;
	if (other != NULL && story_sees_reads(matcher->story) && !other->student &&
	    taken_count(other) < other->datagram_count) {
		if (other->datagram_count > 1)
			text_printf(&seen, "it has read %zu of the %zu datagrams sent to it; ", taken_count(other),
			            other->datagram_count);
		else
			text_puts(&seen, "it has not read the datagram that was sent to it; ");
	}
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void send_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to send one datagram ", name_of(matcher, x));
	data_text(text, &x->line->step->data);
	other_explain(matcher, x, text);
}

/* The next datagram that was taken at all: others may have been lost. */
static const struct story_datagram *next_taken(const struct story_end *sender, uint64_t *cursor)
{
	for (size_t i = (size_t)*cursor; i < sender->datagram_count; i++) {
		if (sender->datagrams[i].taken == STORY_NONE)
			continue;
		*cursor = i + 1;
		return &sender->datagrams[i];
	}
	return NULL;
}

static void receive_feed(struct matcher *matcher, struct expectation *x)
{
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	enum end receiver = story_end_of(matcher->story, x->line->actor);
	if (x->data == NULL)
		x->data = matcher_expand(matcher, &x->line->step->data);
	const struct story_datagram *datagram =
		end != NULL ? next_taken(&connection->end[!receiver], &x->lane->received[receiver]) : NULL;
	if (datagram == NULL)
		return;
	TEXT_AUTO seen = {0};
	expectation_shows(x, datagram->taken);
	if (datagram->got >= 0 && (size_t)datagram->got < datagram->length) {
		text_printf(&seen, "it took %lld bytes of a datagram of %zu: the rest is gone", (long long)datagram->got,
		            datagram->length);
		expectation_unmet(matcher, x, &seen);
		return;
	}
	struct fit fit = datagram_fit(x->data, datagram);
	if (fit.kind != FIT_NO && fit.kind != FIT_MORE) {
		expectation_met(matcher, x, datagram->taken);
		return;
	}
	datagram_explain(&fit, x->data, datagram, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void receive_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!story_sees_reads(matcher->story)) {
		expectation_inconclusive(matcher, x, "the program's reads are not seen in this test");
		return;
	}
	TEXT_AUTO seen = {0};
	text_puts(&seen, "it has not read the datagram; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void receive_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to read one datagram ", name_of(matcher, x));
	data_text(text, &x->line->step->data);
}

uint64_t datagrams_expected(const struct lane *lane, enum end sender)
{
	return lane->sent[sender] > lane->received[!sender] ? lane->sent[sender] : lane->received[!sender];
}

void datagrams_more(const struct story_end *sender, uint64_t expected, struct text *seen)
{
	const struct story_datagram *first = &sender->datagrams[expected];
	count_text(sender->datagram_count - expected, seen);
	text_puts(seen, " more: ");
	text_escaped(seen, first->bytes != NULL ? first->bytes : (const uint8_t *)"", first->known, SHOWN, true);
}

static void silent_look(struct matcher *matcher, struct expectation *x, bool last)
{
	enum end sender = story_end_of(matcher->story, x->line->actor);
	for (size_t i = 0; i < matcher->lane_count; i++) {
		struct lane *lane = matcher->lanes[i];
		if (x->line->other != ACTOR_NONE && lane != x->lane)
			continue;
		const struct story_connection *connection = lane_connection(matcher, lane);
		uint64_t expected = datagrams_expected(lane, sender);
		if (connection == NULL || connection->end[sender].datagram_count <= expected)
			continue;
		TEXT_AUTO seen = {0};
		if (!last && !is_known(&connection->end[sender].datagrams[expected], &connection->end[!sender]))
			continue;
		expectation_shows(x, connection->end[sender].datagrams[expected].event);
		text_puts(&seen, "it sent ");
		datagrams_more(&connection->end[sender], expected, &seen);
		expectation_unmet(matcher, x, &seen);
	}
}

static void silent_feed(struct matcher *matcher, struct expectation *x)
{
	if (x->line->other != ACTOR_NONE)
		silent_look(matcher, x, false);
}

static void silent_quiet(struct matcher *matcher, struct expectation *x)
{
	silent_look(matcher, x, true);
	expectation_met(matcher, x, matcher->event->number);
}

static void silent_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to send nothing more", name_of(matcher, x));
}

/* Every UDP socket of the program is closed, by itself or with the program. */
static bool is_closed(const struct matcher *matcher, const struct expectation *x, uint32_t *event)
{
	const struct story_actor *actor = &matcher->story->actors[x->line->actor];
	bool any = false;
	*event = actor->exited;
	if (actor->exited != STORY_NONE)
		return true;
	for (size_t i = 0; i < matcher->story->socket_count; i++) {
		const struct story_socket *socket = &matcher->story->sockets[i];
		if (socket->actor != x->line->actor || !socket->datagrams || socket->made < x->launched)
			continue;
		if (socket->closed == STORY_NONE)
			return false;
		any = true;
		*event = socket->closed;
	}
	return any;
}

static void close_feed(struct matcher *matcher, struct expectation *x)
{
	uint32_t event;
	if (is_closed(matcher, x, &event))
		expectation_met(matcher, x, event);
}

static void close_quiet(struct matcher *matcher, struct expectation *x)
{
	if (!story_sees_calls(matcher->story)) {
		expectation_inconclusive(matcher, x,
		                         "the program's calls are not seen here, and closing sends nothing over UDP");
		return;
	}
	TEXT_AUTO seen = {0};
	text_puts(&seen, "its socket is still open; ");
	where_text(matcher, x->line->actor, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void close_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	text_printf(text, "%s to close its socket", name_of(matcher, x));
}

bool datagram_action_ended(struct matcher *matcher, struct expectation *x, int error)
{
	struct story_connection *connection;
	const struct story_end *end = expectation_end(matcher, x, &connection);
	enum end receiver = story_end_of(matcher->story, x->line->actor);
	if (error != 0 || end == NULL)
		return false;
	const struct story_datagram *datagram = next_taken(&connection->end[!receiver], &x->lane->received[receiver]);
	if (datagram == NULL)
		return false;
	if (x->data == NULL)
		x->data = matcher_expand(matcher, &x->line->step->data);
	struct fit fit = {.kind = FIT_YES};
	if (x->line->step->verb == VERB_RECEIVE)
		fit = datagram_fit(x->data, datagram);
	expectation_shows(x, datagram->taken);
	if (fit.kind == FIT_YES) {
		if (x->line->step->verb == VERB_RECEIVE)
			keep(matcher, x->data, datagram->bytes + fit.group, fit.group_length);
		expectation_met(matcher, x, STORY_NONE);
		return true;
	}
	TEXT_AUTO seen = {0};
	datagram_explain(&fit, x->data, datagram, &seen);
	expectation_unmet(matcher, x, &seen);
	return true;
}

const struct verb_judge judge_datagrams[] = {
	{VERB_LISTEN, VIEW_NONE, false, bind_feed, bind_quiet, bind_explain},
	{VERB_CONNECT, VIEW_CONNECT, false, connect_feed, connect_quiet, connect_explain},
	{VERB_SEND, VIEW_SENT, false, send_feed, send_quiet, send_explain},
	{VERB_RECEIVE, VIEW_RECEIVED, false, receive_feed, receive_quiet, receive_explain},
	{VERB_SILENT, VIEW_SENT, false, silent_feed, silent_quiet, silent_explain},
	{VERB_CLOSE, VIEW_NONE, false, close_feed, close_quiet, close_explain},
	{VERB_LISTEN, VIEW_NONE, false, NULL, NULL, NULL},
};
