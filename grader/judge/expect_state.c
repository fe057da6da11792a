/* state: TCP states that ends had at one and the same time. */
#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

/* One end that a state line speaks of. */
struct want {
	const struct story_connection *connection; /* NULL: none yet */
	enum end end;
	int actor;
	enum tcp_state state;
	bool listens; /* LISTEN: of the role, not of a connection */
	enum tcp_state now; /* while history is gone through */
	size_t next;
};

/* Ceiling: ends that one line speaks of. */
enum { WANTS_MOST = 512 };

struct wants {
	struct want list[WANTS_MOST];
	size_t count;
};

/* Made once: a test may have thousands of state lines. */
static struct wants *wants_of(struct matcher *matcher)
{
	if (matcher->wants == NULL)
		matcher->wants = arena_alloc(matcher->arena, sizeof(struct wants));
	return matcher->wants;
}

static bool item_means(const struct matcher *matcher, int meant, int actor)
{
	enum side side = matcher->test->test->actors[actor].side;
	return meant == actor || (meant == ACTOR_CLIENTS && side == SIDE_CLIENT) ||
	       (meant == ACTOR_SERVERS && side == SIDE_SERVER);
}

static void want_add(struct wants *wants, struct want want)
{
	if (wants->count < WANTS_MOST)
		wants->list[wants->count++] = want;
}

/* The server's end on the connection of every client that the line names, or on the one last spoken of. */
static void wants_of_server(struct matcher *matcher, struct expectation *x, struct want want, struct wants *wants)
{
	const struct step *step = x->line->step;
	bool named = false;
	for (size_t i = 0; i < step->state_count; i++) {
		for (size_t j = 0; j < matcher->test->test->actor_count; j++) {
			if (matcher->test->test->actors[j].side != SIDE_CLIENT ||
			    !item_means(matcher, step->states[i].actor, (int)j))
				continue;
			want.connection = lane_connection(matcher, lane_of(matcher, (int)j, x));
			want_add(wants, want);
			named = true;
		}
	}
	if (!named) {
		want.connection = lane_connection(matcher, x->lane);
		want_add(wants, want);
	}
}

static void wants_collect(struct matcher *matcher, struct expectation *x, struct wants *wants)
{
	const struct step *step = x->line->step;
	wants->count = 0;
	for (size_t i = 0; i < step->state_count; i++) {
		for (size_t j = 0; j < matcher->test->test->actor_count; j++) {
			int actor = (int)j;
			if (!item_means(matcher, step->states[i].actor, actor))
				continue;
			struct want want = {
				.end = story_end_of(matcher->story, actor), .actor = actor, .state = step->states[i].state};
			want.listens = want.state == STATE_LISTEN;
			if (want.listens) {
				want_add(wants, want);
			} else if (want.end == END_SERVER) {
				wants_of_server(matcher, x, want, wants);
			} else {
				want.connection = lane_connection(matcher, lane_of(matcher, actor, x));
				want_add(wants, want);
			}
		}
	}
}

static bool listens(const struct story *story, int actor)
{
	const struct story_socket *socket = story->actors[actor].student ? story_listener(story, actor) : NULL;
	if (socket != NULL)
		return socket->listen != STORY_NONE && socket->listen_error == 0 && socket->closed == STORY_NONE;
	return story->actors[actor].listening != STORY_NONE;
}

static enum tcp_state state_now(const struct want *want)
{
	return want->connection != NULL ? want->connection->end[want->end].state : STATE_CLOSED;
}

static bool wants_hold(const struct story *story, const struct wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		const struct want *want = &wants->list[i];
		if (want->listens ? !listens(story, want->actor) : state_now(want) != want->state)
			return false;
	}
	return true;
}

/* The next state of the want's end behind those gone through, or NULL. */
static const struct story_state *want_next(struct want *want)
{
	if (want->connection == NULL)
		return NULL;
	while (want->next < want->connection->state_count) {
		const struct story_state *state = &want->connection->states[want->next];
		if (state->end == want->end)
			return state;
		want->next++;
	}
	return NULL;
}

/* Whether all held at one time behind the event `cause`: what is true now counts, and what has been since. */
static bool wants_held(const struct story *story, struct wants *wants, uint32_t cause)
{
	for (;;) {
		uint32_t event = STORY_NONE;
		for (size_t i = 0; i < wants->count; i++) {
			const struct story_state *next = want_next(&wants->list[i]);
			if (next != NULL && next->event < event)
				event = next->event;
		}
		if (event == STORY_NONE)
			return false;
		bool all = true;
		for (size_t i = 0; i < wants->count; i++) {
			struct want *want = &wants->list[i];
			const struct story_state *next = want_next(want);
			if (next != NULL && next->event == event) {
				want->now = next->state;
				want->next++;
			}
			all = all && (want->listens ? listens(story, want->actor) : want->now == want->state);
		}
		if (all && event > cause)
			return true;
	}
}

static void state_shows(struct expectation *x, const struct wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		if (wants->list[i].connection != NULL)
			expectation_shows(x, wants->list[i].connection->end[wants->list[i].end].state_event);
	}
}

static void state_feed(struct matcher *matcher, struct expectation *x)
{
	bool first = x->scanned == 0;
	enum event_kind kind = matcher->event->kind;
	bool listens_now = kind == EVENT_PEER || (kind == EVENT_RETURN && matcher->event->call.call == CALL_LISTEN);
	if (!first && kind != EVENT_STATE && kind != EVENT_CONNECTION && !listens_now)
		return;
	x->scanned = 1;
	x->on_segments = true;
	struct wants *wants = wants_of(matcher);
	wants_collect(matcher, x, wants);
	if (wants_hold(matcher->story, wants) || (first && wants_held(matcher->story, wants, x->cause))) {
		state_shows(x, wants);
		expectation_met(matcher, x, STORY_NONE);
	}
}

static bool states_known(const struct story *story, const struct wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		const struct want *want = &wants->list[i];
		if (!story->captures && (want->connection != NULL ? want->connection->state_count == 0
		                                                  : !want->listens && !story_sees_calls(story)))
			return false;
	}
	return true;
}

static void state_quiet(struct matcher *matcher, struct expectation *x)
{
	struct wants *wants = wants_of(matcher);
	wants_collect(matcher, x, wants);
	if (!states_known(matcher->story, wants)) {
		expectation_inconclusive(matcher, x, "the states of the connection are not seen here");
		return;
	}
	TEXT_AUTO seen = {0};
	int student = ACTOR_NONE;
	for (size_t i = 0; i < wants->count && i < 4; i++) {
		const struct want *want = &wants->list[i];
		text_printf(&seen, "%s%s ", i > 0 ? ", " : "", story_who(matcher->story, want->actor));
		if (want->listens)
			text_puts(&seen, listens(matcher->story, want->actor) ? "listens" : "does not listen");
		else if (want->connection == NULL)
			text_puts(&seen, "has no connection");
		else
			text_printf(&seen, "is in %s", tcp_state_word(state_now(want)));
		if (student == ACTOR_NONE && plan_student(matcher->test, want->actor))
			student = want->actor;
	}
	state_shows(x, wants);
	where_student_text(matcher, student, &seen);
	expectation_unmet(matcher, x, &seen);
}

static void state_explain(const struct matcher *matcher, const struct expectation *x, struct text *text)
{
	const struct step *step = x->line->step;
	for (size_t i = 0; i < step->state_count; i++) {
		const struct state_item *item = &step->states[i];
		const char *name = item->actor == ACTOR_CLIENTS   ? "the clients"
		                   : item->actor == ACTOR_SERVERS ? "the servers"
		                                                  : story_who(matcher->story, item->actor);
		text_printf(text, "%s%s to be in %s", i > 0 ? ", " : "", name, tcp_state_word(item->state));
	}
	if (step->state_count > 1)
		text_puts(text, " at the same time");
}

const struct verb_judge judge_states[] = {
	{VERB_STATE, VIEW_STATE, true, state_feed, state_quiet, state_explain},
	{VERB_STATE, VIEW_NONE, false, NULL, NULL, NULL},
};
