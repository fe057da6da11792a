#include "spec/tests.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/random.h"
#include "spec/scene.h"
#include "spec/setbacks.h"
#include "spec/steps.h"

#include <string.h>

/* What any host gives a socket: the least is the kernel's own, the most what net.core.wmem_max allows (socket(7)). */
enum { BUFFERS_LEAST = 4 << 10, BUFFERS_MOST = 400 << 10 };

/* What is read of one test before another is known. */
struct draft {
	const struct node *fields[TEST_KEYS];
	size_t *requires;
};

static void read_allow(const struct reader *reader, const struct node *node, struct test *test)
{
	for (size_t i = 0; i < items_count(node); i++) {
		size_t rule = 0;
		if (read_choice(reader, items_at(node, i), "a standing rule", rule_words, &rule))
			test->allowed |= 1u << rule;
	}
}

static void read_students(const struct reader *reader, const struct node *node, struct test *test)
{
	if (items_count(node) == 0)
		reader_error(reader, node, "\"student\" names at least one role: server, client, or both");
	for (size_t i = 0; i < items_count(node); i++) {
		size_t side = 0;
		if (read_choice(reader, items_at(node, i), "\"student\"", side_words, &side))
			test->students |= 1u << side;
	}
}

static void read_sight(const struct reader *reader, const struct node *const *fields, struct test *test)
{
	size_t index = SHOW_FULL;
	if (fields[TEST_SHOW] != NULL && read_choice(reader, fields[TEST_SHOW], "\"show\"", show_words, &index))
		test->show = (enum show)index;
	if (fields[TEST_HIDDEN] != NULL)
		read_boolean(reader, fields[TEST_HIDDEN], "\"hidden\"", &test->hidden);
	if (fields[TEST_ROBUSTNESS] != NULL)
		read_boolean(reader, fields[TEST_ROBUSTNESS], "\"robustness\"", &test->robustness);
	if (fields[TEST_SCORE] != NULL &&
	    read_choice(reader, fields[TEST_SCORE], "\"score\"", test_keys[TEST_SCORE].choices, &index))
		test->score_steps = strcmp(test_keys[TEST_SCORE].choices[index], "steps") == 0;
}

static void read_words(const struct reader *reader, const struct node *const *fields, struct test *test)
{
	if (fields[TEST_NAME] != NULL)
		read_name(reader, fields[TEST_NAME], "a test's name", &test->name);
	test->title = test->name;
	if (fields[TEST_TITLE] != NULL)
		read_text(reader, fields[TEST_TITLE], "\"title\"", &test->title);
	if (fields[TEST_HINT] != NULL)
		read_text(reader, fields[TEST_HINT], "\"hint\"", &test->hint);
	if (fields[TEST_CITE] != NULL)
		read_text(reader, fields[TEST_CITE], "\"cite\"", &test->cite);
	test->points = 1;
	if (fields[TEST_POINTS] != NULL)
		read_number(reader, fields[TEST_POINTS], "\"points\"", &test->points);
}

static void read_test(struct spec_reader *spec, const struct node *node, struct test *test, struct draft *draft)
{
	const struct reader *reader = &spec->reader;
	const struct node **fields = draft->fields;
	test->name = test->title = "";
	test->place = (struct place){node->line, node->column};
	if (!read_fields(reader, node, "a test", test_keys, TEST_KEYS, fields))
		return;
	read_words(reader, fields, test);
	read_sight(reader, fields, test);
	size_t transport = spec->transport;
	test->transport = spec->transport;
	if (fields[TEST_TRANSPORT] != NULL &&
	    read_choice(reader, fields[TEST_TRANSPORT], "\"transport\"", transport_words, &transport))
		test->transport = (enum transport)transport;
	if (fields[TEST_ALLOW] != NULL)
		read_allow(reader, fields[TEST_ALLOW], test);
	if (fields[TEST_STUDENT] != NULL)
		read_students(reader, fields[TEST_STUDENT], test);
	if (fields[TEST_BUFFERS] != NULL && read_size(reader, fields[TEST_BUFFERS], "\"buffers\"", &test->buffer_bytes) &&
	    (test->buffer_bytes < BUFFERS_LEAST || test->buffer_bytes > BUFFERS_MOST))
		reader_error(reader, fields[TEST_BUFFERS], "\"buffers\" is from 4KiB to 400KiB");
	if (fields[TEST_BUFFERS] != NULL && test->transport == TRANSPORT_UDP)
		reader_error(
			reader, fields[TEST_BUFFERS],
			"\"buffers\" does not exist over transport: udp: nobody is made to wait there, what does not fit is lost");
	if (fields[TEST_LIMITS] != NULL)
		read_limits(reader, fields[TEST_LIMITS], &test->limits);
	if (fields[TEST_FAULTS] != NULL)
		setbacks_read(reader, fields[TEST_FAULTS], test->transport, test);
	size_t time = TIME_REAL;
	if (fields[TEST_TIME] != NULL)
		test->says_time = read_choice(reader, fields[TEST_TIME], "\"time\"", time_words, &time);
	test->virtual_time = time == TIME_VIRTUAL;
	if (fields[TEST_VARY] != NULL)
		vary_read(reader, fields[TEST_VARY], test->transport, test);
	struct scene scene = {
		.spec = spec, .reader = reader, .transport = test->transport, .seed = random_seed_of(spec->seed, test->name)};
	size_t network = NETWORK_KERNEL;
	if (fields[TEST_NETWORK] != NULL &&
	    read_choice(reader, fields[TEST_NETWORK], "\"network\"", network_words, &network))
		test->network = (enum network)network;
	if (test->network == NETWORK_RAW && test->transport == TRANSPORT_UDP)
		reader_error(reader, fields[TEST_NETWORK],
		             "\"network: raw\" does not exist over transport: udp: \"drop\" loses a datagram");
	scene.raw = test->network == NETWORK_RAW;
	scene.virtual_time = test->virtual_time;
	scene_read_actors(&scene, fields[TEST_SERVERS], fields[TEST_CLIENTS]);
	test->actors = scene.actors;
	test->actor_count = scene.actor_count;
	if (fields[TEST_STEPS] != NULL)
		steps_read(&scene, fields[TEST_STEPS], &test->steps);
	shape_students(&scene, fields[TEST_STUDENT], node, &test->students);
	test->loses = scene.loses;
}

static void check_unique(const struct reader *reader, const struct test *tests, size_t index, const struct draft *draft)
{
	for (size_t i = 0; i < index && *tests[index].name != '\0'; i++) {
		if (strcmp(tests[i].name, tests[index].name) == 0) {
			reader_error(reader, draft->fields[TEST_NAME], "two tests are named \"%s\"; the first is in line %u",
			             tests[i].name, tests[i].place.line);
			return;
		}
	}
}

static bool find_test(const struct spec *spec, const struct node *node, size_t *index)
{
	for (*index = 0; *index < spec->test_count; (*index)++) {
		if (*spec->tests[*index].name != '\0' && node_is(node, spec->tests[*index].name))
			return true;
	}
	return false;
}

static void read_requires(const struct reader *reader, const struct spec *spec, struct test *test, struct draft *draft)
{
	const struct node *node = draft->fields[TEST_REQUIRES];
	if (node == NULL)
		return;
	if (node->kind == NODE_MAP || items_count(node) > spec->test_count) {
		reader_error(reader, node, "\"requires\" is a list of tests, each once");
		return;
	}
	const char **names = arena_array(reader->arena, spec->test_count + 1, sizeof(*names));
	for (size_t i = 0; i < spec->test_count; i++)
		names[i] = spec->tests[i].name;
	draft->requires = arena_array(reader->arena, items_count(node), sizeof(*draft->requires));
	for (size_t i = 0; i < items_count(node); i++) {
		const struct node *item = items_at(node, i);
		size_t index = 0;
		if (find_test(spec, item, &index))
		draft->requires[test->requires_count++] = index;
		else reader_error(reader, item, "no test of this spec is named %s%s", reader_shown(reader, item),
		                  item->kind == NODE_SCALAR ? reader_suggestion(reader, item->text, names) : "");
	}
	test->requires = draft->requires;
}

/* Depth first; `state` 1: on the way here, 2: without a cycle.  Returns a test that requires itself, or NONE. */
enum { NONE = -1 };

static int find_cycle(const struct spec *spec, size_t index, unsigned char *state)
{
	if (state[index] != 0)
		return state[index] == 1 ? (int)index : NONE;
	state[index] = 1;
	const struct test *test = &spec->tests[index];
	for (size_t i = 0; i < test->requires_count; i++) {
		int found = find_cycle(spec, test->requires[i], state);
		if (found != NONE)
			return found;
	}
	state[index] = 2;
	return NONE;
}

static void check_cycle(const struct reader *reader, const struct spec *spec, const struct draft *drafts)
{
	unsigned char *state = arena_alloc(reader->arena, spec->test_count + 1);
	for (size_t i = 0; i < spec->test_count; i++) {
		int found = find_cycle(spec, i, state);
		if (found == NONE)
			continue;
		reader_error(reader, drafts[found].fields[TEST_REQUIRES],
		             "\"requires\" goes round in a circle: \"%s\" requires itself in the end", spec->tests[found].name);
		return;
	}
}

void tests_read(struct spec_reader *spec_reader, const struct node *node, struct spec *spec)
{
	const struct reader *reader = &spec_reader->reader;
	if (node->kind != NODE_LIST || node->count == 0 || node->count > TESTS_MOST) {
		reader_error(reader, node, "\"tests\" is a list of 1 to %d tests, not %s", TESTS_MOST,
		             node->kind == NODE_LIST ? node->count == 0 ? "an empty one" : "more" : reader_shown(reader, node));
		return;
	}
	struct test *tests = arena_array(reader->arena, node->count, sizeof(*tests));
	struct draft *drafts = arena_array(reader->arena, node->count, sizeof(*drafts));
	for (size_t i = 0; i < node->count; i++) {
		read_test(spec_reader, node->values[i], &tests[i], &drafts[i]);
		check_unique(reader, tests, i, &drafts[i]);
	}
	spec->tests = tests;
	spec->test_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_requires(reader, spec, &tests[i], &drafts[i]);
	check_cycle(reader, spec, drafts);
}
