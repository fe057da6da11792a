/* The JSON Schema: made from the tables, and the file in the tree is what they make. */
#include "reading.h"

#include "base/fd.h"
#include "model/verbs.h"
#include "spec/schema.h"

#include <jansson.h>
#include <stdio.h>

static json_t *schema(void)
{
	TEXT_AUTO text = {0};
	schema_write(&text);
	json_error_t error;
	json_t *root = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	return root;
}

static json_t *definition(json_t *root, const char *name)
{
	json_t *found = json_object_get(json_object_get(root, "$defs"), name);
	if (found == NULL)
		fail_msg("no definition \"%s\"", name);
	return found;
}

static void the_file_in_the_tree_is_up_to_date(void **state)
{
	(void)state;
	TEXT_AUTO written = {0}, stored = {0};
	schema_write(&written);
	assert_true(file_read(SOURCE_FOLDER "/specs/schema.json", 1 << 20, &stored));
	if (strcmp(text_string(&written), text_string(&stored)) != 0)
		fail_msg("specs/schema.json is not what schema_write makes; write it anew");
}

/* Every "$ref" leads to a definition. */
static void check_references(json_t *root, json_t *node)
{
	const char *key;
	json_t *value;
	size_t index;
	json_object_foreach(node, key, value)
	{
		if (strcmp(key, "$ref") == 0) {
			assert_true(strncmp(json_string_value(value), "#/$defs/", 8) == 0);
			definition(root, json_string_value(value) + 8);
		}
		check_references(root, value);
	}
	json_array_foreach(node, index, value) check_references(root, value);
}

static void every_reference_leads_somewhere(void **state)
{
	(void)state;
	json_t *root = schema();
	check_references(root, root);
	json_decref(root);
}

static void every_verb_is_offered_with_its_help(void **state)
{
	(void)state;
	json_t *root = schema();
	json_t *keywords = json_object_get(definition(root, "step"), "properties");
	json_t *forms = json_object_get(definition(root, "roleStep"), "anyOf");
	json_t *verbs = json_object_get(json_array_get(forms, json_array_size(forms) - 1), "properties");
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		bool role = verb_row(verb)->group == GROUP_ROLE;
		json_t *property = json_object_get(role ? verbs : keywords, verb_word(verb));
		assert_string_equal(json_string_value(json_object_get(property, "description")), verb_row(verb)->help);
		assert_null(json_object_get(role ? keywords : verbs, verb_word(verb)));
	}
	json_decref(root);
}

static void every_key_of_a_test_is_offered_with_its_help(void **state)
{
	(void)state;
	json_t *root = schema();
	json_t *properties = json_object_get(definition(root, "test"), "properties");
	for (size_t i = 0; i < TEST_KEYS; i++) {
		json_t *property = json_object_get(properties, test_keys[i].name);
		assert_string_equal(json_string_value(json_object_get(property, "description")), test_keys[i].help);
	}
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_in_the_tree_is_up_to_date),
		cmocka_unit_test(every_reference_leads_somewhere),
		cmocka_unit_test(every_verb_is_offered_with_its_help),
		cmocka_unit_test(every_key_of_a_test_is_offered_with_its_help),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
