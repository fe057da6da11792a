#include "report/result_json.h"

#include "base/arena.h"
#include "base/diag.h"
#include "model/plan.h"
#include "report/visible.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct arena *arena;
	struct diags *diags;
	const char *path;
	bool good;
	size_t requires; /* names read so far */
	char at[160]; /* what is being read: "tests[3].steps[1]." */
};

static void wrong(struct reader *reader, const char *key, const char *expected)
{
	reader->good = false;
	diags_add(reader->diags, DIAG_ERROR, reader->path, 0, 0, "%s%s: expected %s", reader->at, key, expected);
}

static void enter(struct reader *reader, size_t mark, const char *list, size_t index)
{
	snprintf(reader->at + mark, sizeof(reader->at) - mark, "%s[%zu].", list, index);
}

/* NULL where null is; a missing or other member is an error. */
static const char *string_or_null(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (json_is_null(value))
		return NULL;
	if (!json_is_string(value)) {
		wrong(reader, key, "a string or null");
		return NULL;
	}
	return arena_copy(reader->arena, json_string_value(value), json_string_length(value));
}

/* Of a key that earlier versions did not write. */
static const char *string_if_any(struct reader *reader, const json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL ? string_or_null(reader, object, key) : NULL;
}

static const char *string_of(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_string(value)) {
		wrong(reader, key, "a string");
		return "";
	}
	return arena_copy(reader->arena, json_string_value(value), json_string_length(value));
}

static bool boolean_of(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_boolean(value))
		wrong(reader, key, "true or false");
	return json_is_true(value);
}

static double number_of(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	double number = json_number_value(value);
	if (!json_is_number(value) || !isfinite(number) || fabs(number) > 1e12) {
		wrong(reader, key, "a number");
		return 0;
	}
	return number;
}

static uint32_t count_of(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || number > UINT32_MAX) {
		wrong(reader, key, "a whole number from 0");
		return 0;
	}
	return (uint32_t)number;
}

/* Index of the word in a NULL-terminated list; 0 with an error when it is none of them. */
static int word_of(struct reader *reader, const json_t *object, const char *key, const char *const *words)
{
	const char *word = json_string_value(json_object_get(object, key));
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	char expected[160] = "one of";
	for (size_t i = 0; words[i] != NULL; i++) {
		size_t length = strlen(expected);
		snprintf(expected + length, sizeof(expected) - length, "%s %s", i > 0 ? "," : "", words[i]);
	}
	wrong(reader, key, expected);
	return 0;
}

static const json_t *list_of(struct reader *reader, const json_t *object, const char *key, size_t most)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_array(value)) {
		wrong(reader, key, "a list");
		return NULL;
	}
	if (json_array_size(value) > most) {
		wrong(reader, key, "a shorter list");
		return NULL;
	}
	return value;
}

static struct evidence read_evidence(struct reader *reader, const json_t *object)
{
	struct evidence evidence = {0};
	const json_t *list = list_of(reader, object, "evidence", EVIDENCE_MOST);
	for (size_t i = 0; i < json_array_size(list); i++)
		evidence.events[evidence.count++] = count_of(reader, json_array_get(list, i), "event");
	return evidence;
}

static void read_steps(struct reader *reader, const json_t *object, struct test_result *test)
{
	static const char *const kinds[] = {"action", "expectation", NULL};
	const json_t *list = list_of(reader, object, "steps", PLAN_LINES);
	size_t mark = strlen(reader->at);
	test->step_count = json_array_size(list);
	test->steps = arena_array(reader->arena, test->step_count, sizeof(*test->steps));
	for (size_t i = 0; i < test->step_count; i++) {
		const json_t *from = json_array_get(list, i);
		enter(reader, mark, "steps", i);
		test->steps[i] = (struct step_result){
			.place = {count_of(reader, from, "line"), count_of(reader, from, "column")},
			.text = string_of(reader, from, "text"),
			.actor = string_or_null(reader, from, "actor"),
			.expectation = word_of(reader, from, "kind", kinds) == 1,
			.verdict = (enum step_verdict)word_of(reader, from, "verdict", step_verdict_words),
			.expected = string_or_null(reader, from, "expected"),
			.seen = string_or_null(reader, from, "seen"),
			.by_deadline = boolean_of(reader, from, "by_deadline"),
			.evidence = read_evidence(reader, from),
		};
	}
	reader->at[mark] = '\0';
}

static void read_rules(struct reader *reader, const json_t *object, struct test_result *test)
{
	const json_t *list = list_of(reader, object, "rules", PLAN_LINES);
	size_t mark = strlen(reader->at);
	test->rule_count = json_array_size(list);
	test->rules = arena_array(reader->arena, test->rule_count, sizeof(*test->rules));
	for (size_t i = 0; i < test->rule_count; i++) {
		const json_t *from = json_array_get(list, i);
		enter(reader, mark, "rules", i);
		test->rules[i] = (struct rule_result){
			.rule = (enum rule)word_of(reader, from, "rule", rule_words),
			.actor = string_or_null(reader, from, "actor"),
			.seen = string_or_null(reader, from, "seen"),
			.evidence = read_evidence(reader, from),
		};
	}
	reader->at[mark] = '\0';
}

static void read_test(struct reader *reader, const json_t *from, struct test *test, struct test_result *result)
{
	*test = (struct test){
		.name = string_of(reader, from, "name"),
		.title = string_or_null(reader, from, "title"),
		.points = number_of(reader, from, "max_points"),
		.robustness = boolean_of(reader, from, "robustness"),
		.hidden = boolean_of(reader, from, "hidden"),
		.show = (enum show)word_of(reader, from, "show", show_words),
		.cite = string_or_null(reader, from, "cite"),
		.hint = string_or_null(reader, from, "hint"),
	};
	*result = (struct test_result){
		.test = test,
		.verdict = (enum test_verdict)word_of(reader, from, "verdict", test_verdict_words),
		.points = number_of(reader, from, "points"),
		.max_points = test->points,
		.reason = string_or_null(reader, from, "reason"),
		.under = json_object_get(from, "under") != NULL ? string_or_null(reader, from, "under") : NULL,
		.unstable = boolean_of(reader, from, "unstable"),
		.runs = count_of(reader, from, "runs"),
	};
	if (json_object_get(from, "duration_ms") != NULL)
		result->duration_ns = llround(number_of(reader, from, "duration_ms") * 1e3) * 1000;
	read_steps(reader, from, result);
	read_rules(reader, from, result);
}

/* `requires` names tests that may stand further down: read when all are known. */
static void read_requires(struct reader *reader, const json_t *from, struct test *test, const struct spec *spec)
{
	const json_t *list = list_of(reader, from, "requires", RESULT_REQUIRES - reader->requires);
	reader->requires += json_array_size(list);
	size_t *needs = arena_array(reader->arena, json_array_size(list), sizeof(*needs));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		size_t index = 0;
		while (name != NULL && index < spec->test_count && strcmp(spec->tests[index].name, name) != 0)
			index++;
		if (name == NULL || index == spec->test_count)
			wrong(reader, "requires", "names of tests in this file");
		else
			needs[test->requires_count++] = index;
	}
	test->requires = needs;
}

static void read_tests(struct reader *reader, const json_t *root, struct view *view)
{
	const json_t *list = list_of(reader, root, "tests", RESULT_TESTS);
	size_t count = json_array_size(list);
	struct test *tests = arena_array(reader->arena, count, sizeof(*tests));
	struct spec *spec = arena_alloc(reader->arena, sizeof(*spec));
	view->result.tests = arena_array(reader->arena, count, sizeof(*view->result.tests));
	view->recorded = arena_array(reader->arena, count, sizeof(*view->recorded));
	view->result.test_count = count;
	for (size_t i = 0; i < count; i++) {
		enter(reader, 0, "tests", i);
		read_test(reader, json_array_get(list, i), &tests[i], &view->result.tests[i]);
	}
	reader->at[0] = '\0';
	*spec = (struct spec){
		.path = reader->path,
		.name = string_or_null(reader, root, "spec"),
		.tests = tests,
		.test_count = count,
	};
	for (size_t i = 0; i < count; i++) {
		enter(reader, 0, "tests", i);
		read_requires(reader, json_array_get(list, i), &tests[i], spec);
	}
	reader->at[0] = '\0';
	view->result.spec = spec;
}

static void read_findings(struct reader *reader, const json_t *root, struct result *result)
{
	const json_t *list = list_of(reader, root, "findings", RESULT_FINDINGS);
	result->finding_count = json_array_size(list);
	result->findings = arena_array(reader->arena, result->finding_count, sizeof(*result->findings));
	for (size_t i = 0; i < result->finding_count; i++) {
		const json_t *from = json_array_get(list, i);
		enter(reader, 0, "findings", i);
		result->findings[i] = (struct finding){
			.id = string_of(reader, from, "id"),
			.test = string_of(reader, from, "test"),
			.actor = string_or_null(reader, from, "actor"),
			.sentence = string_or_null(reader, from, "sentence"),
			.source = string_if_any(reader, from, "source"),
			.robustness = boolean_of(reader, from, "robustness"),
			.evidence = read_evidence(reader, from),
		};
	}
	reader->at[0] = '\0';
}

static void read_digest(struct reader *reader, const json_t *root, const char *key, char digest[static 65])
{
	const char *hex = string_of(reader, root, key);
	size_t length = strspn(hex, "0123456789abcdef");
	if (hex[length] != '\0' || (length != 64 && length != 0))
		wrong(reader, key, "64 hexadecimal digits, or none");
	else
		memcpy(digest, hex, length + 1);
}

static uint64_t read_seed(struct reader *reader, const json_t *root)
{
	const char *digits = string_of(reader, root, "seed");
	size_t length = strspn(digits, "0123456789");
	if (length == 0 || length > 20 || digits[length] != '\0')
		wrong(reader, "seed", "a string of decimal digits");
	return strtoull(digits, NULL, 10);
}

static void read_head(struct reader *reader, const json_t *root, struct view *view)
{
	struct result *result = &view->result;
	if (count_of(reader, root, "format") != RESULT_FORMAT && reader->good)
		wrong(reader, "format", "1");
	view->audience = (enum audience)word_of(reader, root, "audience", audience_words);
	view->partial = !boolean_of(reader, root, "complete");
	result->assignment = string_or_null(reader, root, "assignment");
	result->title = string_or_null(reader, root, "title");
	result->submission = string_or_null(reader, root, "submission");
	result->student = string_or_null(reader, root, "student");
	result->points = number_of(reader, root, "points");
	result->max_points = number_of(reader, root, "max_points");
	result->rung = (enum rung)word_of(reader, root, "rung", rung_words);
	result->source_note = string_if_any(reader, root, "source_note");
	result->seed = read_seed(reader, root);
	read_digest(reader, root, "spec_sha256", result->spec_digest);
	read_digest(reader, root, "submission_sha256", result->submission_digest);
	const json_t *build = json_object_get(root, "build");
	result->built = boolean_of(reader, build, "ok");
	result->build_output = string_or_null(reader, build, "output");
}

struct view *result_json_read(const char *bytes, size_t length_bytes, const char *path, struct arena *arena,
                              struct diags *diags)
{
	if (length_bytes > RESULT_BYTES) {
		diags_add(diags, DIAG_ERROR, path, 0, 0, "too large for a result");
		return NULL;
	}
	json_error_t error;
	json_t *root = json_loadb(bytes, length_bytes, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL) {
		diags_add(diags, DIAG_ERROR, path, (unsigned)(error.line > 0 ? error.line : 0),
		          (unsigned)(error.column > 0 ? error.column : 0), "%s", error.text);
		return NULL;
	}
	struct reader reader = {.arena = arena, .diags = diags, .path = path, .good = true};
	struct view *view = arena_alloc(arena, sizeof(*view));
	read_head(&reader, root, view);
	read_tests(&reader, root, view);
	read_findings(&reader, root, &view->result);
	json_decref(root);
	return reader.good ? view : NULL;
}
