#include "spec/plan.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/random.h"

#include <string.h>

enum { PORT_USUAL = 8080 };
static const uint64_t bulk_bytes = 64 << 10;

static bool names_port(const struct command *command)
{
	for (const char *const *argument = command->arguments; argument != NULL && *argument != NULL; argument++) {
		if (strstr(*argument, "{port}") != NULL)
			return true;
	}
	return false;
}

/* A port given on a command line is another in every test, so that a fixed one is seen; its bytes differ, so that a
 * swapped one is. */
static uint16_t choose_port(const struct plan_test *plan)
{
	if (!plan->port_given)
		return PORT_USUAL;
	uint64_t state = plan->seed;
	for (;;) {
		uint16_t port = (uint16_t)(PLAN_PORT_FIRST + random_next(&state) % PLAN_PORT_COUNT);
		if (port >> 8 != (port & 255))
			return port;
	}
}

/* What one line moves: into the network from the role's side, or through its standard streams. */
static void add_bytes(const struct plan_test *plan, const struct line *line, uint64_t sent[2], uint64_t received[2],
                      uint64_t *printed)
{
	const struct step *step = line->step;
	uint64_t length = step->data.kind == DATA_PATTERN ? 0 : step->data.length;
	if (step->verb == VERB_SEND)
		sent[plan->test->actors[line->actor].side] += length;
	else if (step->verb == VERB_RECEIVE)
		received[plan->test->actors[line->actor].side] += length;
	else if (step->verb == VERB_STDIN || step->verb == VERB_STDOUT || step->verb == VERB_STDERR)
		*printed += length;
}

/* A call can only be made to fail where it stops the program. */
static bool needs_calls(const struct test *test)
{
	for (size_t i = 0; i < test->setback_count; i++) {
		enum setback_call call = test->setbacks[i].call;
		if (call == SETBACK_READ || call == SETBACK_WRITE || call == SETBACK_POLL)
			return true;
	}
	return test->vary_shorts > 0;
}

/* A send and the receive of the same bytes count once. */
static enum watch_level choose_watch(const struct plan_test *plan)
{
	uint64_t sent[2] = {0}, received[2] = {0}, total = 0;
	/* However large, a datagram is one call. */
	if (plan->test->transport == TRANSPORT_UDP)
		return WATCH_CALLS;
	for (uint32_t i = 0; i < plan->line_count; i++)
		add_bytes(plan, plan->by_number[i], sent, received, &total);
	for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++) {
		uint64_t taken = received[side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER];
		total += sent[side] > taken ? sent[side] : taken;
	}
	return total > bulk_bytes && !needs_calls(plan->test) ? WATCH_CONTROL : WATCH_CALLS;
}

static bool check_commands(const struct assignment *assignment, const bool student[2], struct diags *diags)
{
	bool good = true;
	for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++) {
		if (!student[side] || (assignment != NULL && assignment->run[side].arguments != NULL))
			continue;
		diags_add(diags, DIAG_ERROR, assignment != NULL ? assignment->path : NULL, 0, 0,
		          "the student plays the %s, but \"run\" has no command for it", side_word(side));
		good = false;
	}
	return good;
}

static bool plan_one(struct plan_test *plan, const struct assignment *assignment, struct arena *arena,
                     struct diags *diags)
{
	for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++) {
		if (plan->student[side])
			plan->run[side] = assignment->run[side];
	}
	plan->limits = limits_over(assignment != NULL ? assignment->limits : limits_default, plan->test->limits);
	plan->port_given = true;
	for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++)
		plan->port_given = plan->port_given && (!plan->student[side] || names_port(&plan->run[side]));
	plan->port = choose_port(plan);
	if (!plan_unroll(plan, false, arena, diags))
		return false;
	plan->watch = choose_watch(plan);
	bool wanted = plan->test->says_time || assignment == NULL ? plan->test->virtual_time : assignment->virtual_time;
	plan->virtual_time = wanted && plan->watch == WATCH_CALLS;
	if (plan->virtual_time)
		plan->watch = WATCH_TIMED;
	return true;
}

static bool is_for(const struct test *test, enum side side)
{
	return test->students == 0 || (test->students & 1u << side) != 0;
}

/* With the reference on both sides every lifecycle has to hold. */
static bool is_graded(const struct test *test, const bool student[2])
{
	bool nobody = !student[SIDE_SERVER] && !student[SIDE_CLIENT];
	return nobody || (student[SIDE_SERVER] && is_for(test, SIDE_SERVER)) ||
	       (student[SIDE_CLIENT] && is_for(test, SIDE_CLIENT));
}

struct plan *plan_make(const struct spec *spec, const struct assignment *assignment, const bool student[2],
                       uint64_t seed, struct arena *arena, struct diags *diags)
{
	if (!check_commands(assignment, student, diags))
		return NULL;
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	*plan = (struct plan){
		.spec = spec,
		.assignment = assignment,
		.seed = seed,
		.student = {student[SIDE_SERVER], student[SIDE_CLIENT]},
	};
	plan->tests = arena_array(arena, spec->test_count, sizeof(*plan->tests));
	bool good = true;
	for (size_t i = 0; i < spec->test_count; i++) {
		if (!is_graded(&spec->tests[i], student))
			continue;
		struct plan_test *test = &plan->tests[plan->count++];
		test->test = &spec->tests[i];
		test->index = i;
		test->spec = spec;
		for (enum side side = SIDE_SERVER; side <= SIDE_CLIENT; side++)
			test->student[side] = student[side] && is_for(test->test, side);
		test->seed = random_seed_of(seed, spec->tests[i].name);
		good = plan_one(test, assignment, arena, diags) && good;
	}
	if (plan->count == 0) {
		diags_add(diags, DIAG_ERROR, spec->path, 0, 0, "no test of this spec grades a %s",
		          side_word(student[SIDE_SERVER] ? SIDE_SERVER : SIDE_CLIENT));
		good = false;
	}
	diags_sort(diags);
	return good ? plan : NULL;
}
