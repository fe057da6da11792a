/* Which connection does a line speak of?  Settled once, from the order in which the lines are written. */
#include "judge/expect.h"

#include "base/arena.h"

static enum side side_of(const struct matcher *matcher, int actor)
{
	return matcher->test->test->actors[actor].side;
}

static bool known(const struct matcher *matcher, int actor)
{
	return actor >= 0 && (size_t)actor < matcher->test->test->actor_count;
}

static bool is_client(const struct matcher *matcher, int actor)
{
	return known(matcher, actor) && side_of(matcher, actor) == SIDE_CLIENT;
}

static struct lane *lane_add(struct matcher *matcher, int client, struct lane *before)
{
	struct lane *lane = arena_alloc(matcher->arena, sizeof(*lane));
	lane->client = client;
	lane->before = before;
	lane->ordinal = before != NULL ? before->ordinal + 1 : 1;
	lane->open = before == NULL;
	lane->connection = CONNECTION_NONE;
	matcher->lanes = arena_grow(matcher->arena, matcher->lanes, &matcher->lane_capacity, matcher->lane_count + 1,
	                            sizeof(struct lane *));
	matcher->lanes[matcher->lane_count++] = lane;
	return lane;
}

/* How far the walk over the lines has come. */
struct walk {
	struct lane **newest; /* by client actor, and one more for ACTOR_NONE */
	bool *connects; /* by client actor: a connect line was seen */
	struct lane **unaccepted; /* lanes that a connect line opened and no accept line took */
	size_t unaccepted_count, unaccepted_capacity;
	int spoken; /* the client last spoken of */
};

static struct lane *walk_newest(struct matcher *matcher, struct walk *walk, int client)
{
	size_t index = client >= 0 ? (size_t)client : matcher->test->test->actor_count;
	if (walk->newest[index] == NULL)
		walk->newest[index] = lane_add(matcher, client, NULL);
	return walk->newest[index];
}

static int first_client(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->test->test->actor_count; i++) {
		if (matcher->test->test->actors[i].side == SIDE_CLIENT)
			return (int)i;
	}
	return ACTOR_NONE;
}

/* The client that a line names: its actor, the other end, or one of its items. */
static int named_client(const struct matcher *matcher, const struct line *line)
{
	if (is_client(matcher, line->actor))
		return line->actor;
	if (is_client(matcher, line->other))
		return line->other;
	const struct step *step = line->step;
	for (size_t i = 0; i < step->wire_count; i++) {
		if (is_client(matcher, step->wire[i].actor))
			return step->wire[i].actor;
	}
	for (size_t i = 0; i < step->state_count; i++) {
		if (is_client(matcher, step->states[i].actor))
			return step->states[i].actor;
	}
	return ACTOR_NONE;
}

static bool speaks_of_connection(enum verb verb)
{
	return verb == VERB_CONNECT || verb == VERB_ACCEPT || verb == VERB_SEND || verb == VERB_RECEIVE ||
	       verb == VERB_DROP || verb == VERB_SHUTDOWN || verb == VERB_EOF || verb == VERB_CLOSE || verb == VERB_RESET ||
	       verb == VERB_SILENT || verb == VERB_WIRE || verb == VERB_STATE;
}

static struct lane *walk_connect(struct matcher *matcher, struct walk *walk, int client)
{
	struct lane *lane = walk_newest(matcher, walk, client);
	if (story_datagrams(matcher->story))
		return lane; /* it sets nothing up: a client has one conversation */
	if (walk->connects[client])
		lane = walk->newest[client] = lane_add(matcher, client, lane);
	walk->connects[client] = true;
	walk->unaccepted = arena_grow(matcher->arena, walk->unaccepted, &walk->unaccepted_capacity,
	                              walk->unaccepted_count + 1, sizeof(struct lane *));
	walk->unaccepted[walk->unaccepted_count++] = lane;
	return lane;
}

/* The connection last spoken of, unless a line has accepted it already: then the oldest that none has. */
static struct lane *walk_accept(struct matcher *matcher, struct walk *walk, int client, bool named)
{
	struct lane *lane = walk_newest(matcher, walk, client);
	size_t take = walk->unaccepted_count;
	for (size_t i = 0; i < walk->unaccepted_count; i++) {
		if (walk->unaccepted[i] == lane)
			take = i;
	}
	if (take == walk->unaccepted_count) {
		if (named || walk->unaccepted_count == 0)
			return lane;
		take = 0;
	}
	lane = walk->unaccepted[take];
	for (size_t i = take + 1; i < walk->unaccepted_count; i++)
		walk->unaccepted[i - 1] = walk->unaccepted[i];
	walk->unaccepted_count--;
	return lane;
}

void lanes_assign(struct matcher *matcher)
{
	size_t actors = matcher->test->test->actor_count;
	struct walk walk = {.spoken = first_client(matcher)};
	walk.newest = arena_array(matcher->arena, actors + 1, sizeof(struct lane *));
	walk.connects = arena_array(matcher->arena, actors + 1, sizeof(bool));
	for (uint32_t i = 0; i < matcher->test->line_count; i++) {
		struct expectation *x = &matcher->lines[i];
		enum verb verb = x->line->step->verb;
		if (!speaks_of_connection(verb))
			continue;
		int named = named_client(matcher, x->line);
		int client = named != ACTOR_NONE ? named : walk.spoken;
		walk.spoken = client;
		if (verb == VERB_CONNECT && is_client(matcher, x->line->actor))
			x->lane = walk_connect(matcher, &walk, x->line->actor);
		else if (verb == VERB_ACCEPT)
			x->lane = walk_accept(matcher, &walk, client, named != ACTOR_NONE);
		else
			x->lane = walk_newest(matcher, &walk, client);
		/* A client that sends without a connect line has connected: one behind it makes another connection. */
		if (is_client(matcher, x->line->actor) && (verb == VERB_SEND || verb == VERB_RECEIVE || verb == VERB_SHUTDOWN))
			walk.connects[x->line->actor] = true;
	}
}

struct lane *lane_of(struct matcher *matcher, int client, const struct expectation *x)
{
	if (x->lane != NULL && x->lane->client == client)
		return x->lane;
	for (uint32_t i = x->line->number; i > 0; i--) {
		struct lane *lane = matcher->lines[i - 1].lane;
		if (lane != NULL && lane->client == client)
			return lane;
	}
	for (size_t i = 0; i < matcher->lane_count; i++) {
		if (matcher->lanes[i]->client == client)
			return matcher->lanes[i];
	}
	return lane_add(matcher, client, NULL);
}

void lane_opens(struct matcher *matcher, struct lane *lane)
{
	lane->open = true;
	if (story_datagrams(matcher->story))
		return;
	lane_connection(matcher, lane->before);
	const struct story_actor *client = &matcher->story->actors[lane->client];
	lane->since = client->launched == STORY_NONE ? 0 : client->launched;
	/* The line itself says which it is, whatever was taken for it before. */
	if (lane->connection != CONNECTION_NONE &&
	    story_connection(matcher->story, lane->connection)->created < lane->since)
		lane->connection = CONNECTION_NONE;
}

bool connection_refused(const struct story_connection *connection)
{
	return !connection->established[END_CLIENT] && connection->end[END_SERVER].syn == STORY_NONE &&
	       connection->end[END_SERVER].broken != STORY_NONE;
}

struct story_connection *lane_connection(struct matcher *matcher, struct lane *lane)
{
	if (lane == NULL)
		return NULL;
	struct story_connection *bound = story_connection(matcher->story, lane->connection);
	if (bound != NULL && !connection_refused(bound))
		return bound;
	if (!lane->open || (lane->before != NULL && lane_connection(matcher, lane->before) == NULL))
		return NULL;
	size_t from = lane->before != NULL ? (size_t)lane->before->connection + 1 : 0;
	if (bound != NULL)
		from = (size_t)bound->number + 1;
	for (size_t i = from; i < matcher->story->connection_count; i++) {
		struct story_connection *connection = matcher->story->connections[i];
		if (connection == NULL || connection->created < lane->since)
			continue;
		int client = story_actor_at(matcher->story, connection, END_CLIENT);
		if (lane->client != ACTOR_NONE && client != lane->client)
			continue;
		lane->connection = connection->number;
		lane->turn++;
		lane->wire[END_CLIENT] = lane->wire[END_SERVER] = (struct wire_position){0};
		lane->acknowledged[END_CLIENT] = lane->acknowledged[END_SERVER] = 0;
		return connection;
	}
	return bound;
}
