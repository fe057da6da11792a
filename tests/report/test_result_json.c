#include "golden.h"
#include "results.h"

#include "base/arena.h"
#include "base/diag.h"
#include "report/result_json.h"

#include <jansson.h>

struct fixture {
	struct sample sample;
	struct arena *arena;
	struct diags diags;
};

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	assert_non_null(fixture);
	sample_make(&fixture->sample);
	fixture->arena = arena_create();
	diags_init(&fixture->diags, fixture->arena);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	sample_release(&fixture->sample);
	arena_destroy(fixture->arena);
	free(fixture);
	return 0;
}

static void write_sample(struct fixture *fixture, bool timelines, bool whole, struct text *out)
{
	const struct recorded *recorded = timelines ? fixture->sample.recorded : NULL;
	struct view *view = view_create(&fixture->sample.result, recorded, AUDIENCE_INSTRUCTOR, fixture->arena);
	result_json_write(out, view, "0.1.0", whole);
}

static struct view *read_text(struct fixture *fixture, const struct text *from)
{
	return result_json_read(text_string(from), from->length, "result.json", fixture->arena, &fixture->diags);
}

static void the_file_looks_like_this(void **state)
{
	TEXT_AUTO out = {0};
	write_sample(*state, true, true, &out);
	golden_check("result.json", &out);
}

/* A very small part of JSON Schema, enough for the published one: properties, required, items, $ref and enum. */
static void validate(json_t *root, json_t *schema, json_t *value, const char *at)
{
	const char *reference = json_string_value(json_object_get(schema, "$ref"));
	if (reference != NULL) {
		assert_int_equal(strncmp(reference, "#/$defs/", 8), 0);
		schema = json_object_get(json_object_get(root, "$defs"), reference + 8);
		assert_non_null(schema);
	}
	const json_t *words = json_object_get(schema, "enum");
	bool found = words == NULL;
	for (size_t i = 0; i < json_array_size(words); i++)
		found = found || json_equal(json_array_get(words, i), value);
	if (!found)
		fail_msg("%s: not a word of the schema", at);
	const json_t *required = json_object_get(schema, "required");
	for (size_t i = 0; i < json_array_size(required); i++)
		if (json_object_get(value, json_string_value(json_array_get(required, i))) == NULL)
			fail_msg("%s.%s is missing", at, json_string_value(json_array_get(required, i)));
	const json_t *properties = json_object_get(schema, "properties");
	const char *key;
	json_t *member;
	json_object_foreach(properties != NULL ? value : NULL, key, member)
	{
		json_t *inner = json_object_get(properties, key);
		if (inner == NULL)
			fail_msg("%s.%s is not in the schema", at, key);
		assert_true(json_is_string(json_object_get(inner, "description")));
		validate(root, inner, member, key);
	}
	json_t *items = json_object_get(schema, "items");
	for (size_t i = 0; items != NULL && i < json_array_size(value); i++)
		validate(root, items, json_array_get(value, i), at);
}

static void every_member_is_in_the_published_schema(void **state)
{
	TEXT_AUTO schema_bytes = {0};
	TEXT_AUTO out = {0};
	assert_true(file_read("specs/result.schema.json", 1 << 20, &schema_bytes));
	write_sample(*state, true, true, &out);
	json_t *schema = json_loads(text_string(&schema_bytes), JSON_REJECT_DUPLICATES, NULL);
	json_t *value = json_loads(text_string(&out), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(schema);
	assert_non_null(value);
	validate(schema, schema, value, "result");
	json_decref(schema);
	json_decref(value);
}

static void what_is_read_back_is_written_again_byte_for_byte(void **state)
{
	TEXT_AUTO once = {0};
	TEXT_AUTO again = {0};
	write_sample(*state, false, true, &once);
	struct view *view = read_text(*state, &once);
	assert_non_null(view);
	result_json_write(&again, view, "0.1.0", true);
	assert_string_equal(text_string(&once), text_string(&again));
}

static void a_slower_run_and_a_stored_one_agree_on_all_but_times(void **state)
{
	struct fixture *fixture = *state;
	TEXT_AUTO once = {0};
	TEXT_AUTO again = {0};
	write_sample(fixture, true, false, &once);
	fixture->sample.tests[TEST_START].duration_ns += 1000000;
	write_sample(fixture, true, false, &again);
	assert_string_equal(text_string(&once), text_string(&again));
	assert_null(strstr(text_string(&once), "duration_ms"));
	TEXT_AUTO stored = {0};
	TEXT_AUTO read = {0};
	write_sample(fixture, true, true, &stored);
	result_json_write(&read, read_text(fixture, &stored), "0.1.0", false);
	assert_string_equal(text_string(&once), text_string(&read));
}

static void evidence_has_time_and_words_when_the_timeline_is_at_hand(void **state)
{
	TEXT_AUTO with = {0};
	TEXT_AUTO without = {0};
	write_sample(*state, true, true, &with);
	write_sample(*state, false, true, &without);
	assert_non_null(strstr(text_string(&with), "\"text\": \"read(4) = 0, end of the stream, on the connection with"));
	assert_null(strstr(text_string(&without), "time_ms"));
}

static void a_seed_of_64_bits_survives(void **state)
{
	TEXT_AUTO out = {0};
	write_sample(*state, false, true, &out);
	assert_true(read_text(*state, &out)->result.seed == UINT64_MAX);
}

static void hostile_strings_give_valid_json(void **state)
{
	struct fixture *fixture = *state;
	fixture->sample.result.submission = "a\"\\\x01\xff\n";
	fixture->sample.result.build_output = "\x1b[31m\xe2\x80\xae";
	TEXT_AUTO out = {0};
	write_sample(fixture, false, true, &out);
	json_t *value = json_loadb(out.bytes, out.length, 0, NULL);
	assert_non_null(value);
	json_decref(value);
	assert_string_equal(read_text(fixture, &out)->result.submission, "a\"\\\x01\xef\xbf\xbd\n");
}

/* `from` in the sample becomes `to`; what is said of it has to hold `words`. */
static void refuses(struct fixture *fixture, const char *from, const char *to, const char *words)
{
	TEXT_AUTO whole = {0};
	TEXT_AUTO changed = {0};
	write_sample(fixture, false, true, &whole);
	char *at = strstr(whole.bytes, from);
	assert_non_null(at);
	text_add(&changed, whole.bytes, (size_t)(at - whole.bytes));
	text_puts(&changed, to);
	text_puts(&changed, at + strlen(from));
	diags_init(&fixture->diags, fixture->arena);
	assert_null(read_text(fixture, &changed));
	assert_true(fixture->diags.errors > 0);
	if (strstr(fixture->diags.list[0].message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", fixture->diags.list[0].message, words);
}

static void what_is_no_result_is_refused_with_the_member_named(void **state)
{
	struct fixture *fixture = *state;
	refuses(fixture, "\"format\": 1", "\"format\": 2", "format: expected 1");
	refuses(fixture, "\"verdict\": \"fail\"", "\"verdict\": \"maybe\"", "tests[1].verdict: expected one of pass, fail");
	refuses(fixture, "\"line\": 36", "\"line\": -1", "tests[1].steps[6].line: expected a whole number");
	refuses(fixture, "\"points\": 17.5", "\"points\": \"17.5\"", "points: expected a number");
	refuses(fixture, "\"hidden\": false", "\"hidden\": 0", "tests[0].hidden: expected true or false");
	refuses(fixture, "\"requires\": []", "\"requires\": [\"nobody\"]", "tests[0].requires: expected names of tests");
	refuses(fixture, "\"seed\": \"1", "\"seed\": \"x1", "seed: expected");
	refuses(fixture, "\"tests\": [", "\"tests\": 3, \"others\": [", "tests: expected a list");
	refuses(fixture, "\"rung\"", "\"format\": 1, \"rung\"", "duplicate");
	refuses(fixture, "\"build\": {", "\"build\": null, \"b\": {", "ok: expected true or false");
}

static void more_evidence_than_there_can_be_is_refused(void **state)
{
	refuses(
		*state, "\"evidence\": []",
		"\"evidence\": [{\"event\":1},{\"event\":1},{\"event\":1},{\"event\":1},{\"event\":1},{\"event\":1},{\"event\":1}]",
		"tests[1].steps[0].evidence: expected a shorter list");
}

static void half_a_file_is_refused(void **state)
{
	struct fixture *fixture = *state;
	TEXT_AUTO out = {0};
	write_sample(fixture, false, true, &out);
	for (size_t length = 0; length < out.length - 2; length += 97)
		assert_null(result_json_read(out.bytes, length, "result.json", fixture->arena, &fixture->diags));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(the_file_looks_like_this),
		CASE(every_member_is_in_the_published_schema),
		CASE(what_is_read_back_is_written_again_byte_for_byte),
		CASE(a_slower_run_and_a_stored_one_agree_on_all_but_times),
		CASE(evidence_has_time_and_words_when_the_timeline_is_at_hand),
		CASE(a_seed_of_64_bits_survives),
		CASE(hostile_strings_give_valid_json),
		CASE(what_is_no_result_is_refused_with_the_member_named),
		CASE(more_evidence_than_there_can_be_is_refused),
		CASE(half_a_file_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
