/* YAML as a tree with places, and what of YAML is not taken. */
#include "reading.h"

#include "spec/yaml.h"

static struct node *parse(struct reading *reading, const void *bytes, size_t length)
{
	*reading = (struct reading){.arena = arena_create()};
	diags_init(&reading->diags, reading->arena);
	return yaml_parse("s.yaml", bytes, length, reading->arena, &reading->diags);
}

static void every_node_knows_its_place(void **state)
{
	(void)state;
	struct reading reading;
	const char *yaml = "a: 1\nbé: \"x\"\nc:\n  - d\n  - [e: f]\n";
	struct node *root = parse(&reading, yaml, strlen(yaml));
	assert_non_null(root);
	assert_int_equal(root->kind, NODE_MAP);
	assert_int_equal(root->count, 3);
	assert_true(node_is(root->keys[1], "bé"));
	assert_int_equal(root->values[1]->line, 2);
	assert_int_equal(root->values[1]->column, 5);
	assert_false(root->values[1]->plain);
	assert_true(root->values[0]->plain);
	struct node *inner = root->values[2]->values[1]->values[0];
	assert_int_equal(inner->kind, NODE_MAP);
	assert_int_equal(inner->line, 5);
	assert_int_equal(inner->column, 6);
	assert_int_equal(inner->values[0]->column, 9);
	reading_release(&reading);
}

static void a_quoted_zero_byte_is_kept(void **state)
{
	(void)state;
	struct reading reading;
	struct node *root = parse(&reading, "\"a\\0b\"", 6);
	assert_non_null(root);
	assert_int_equal(root->length, 3);
	assert_memory_equal(root->text, "a\0b", 4);
	reading_release(&reading);
}

static void what_is_not_taken_is_told_with_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"a: &x 1", "1:4: an anchor (\"&\"): not supported; write it out"},
		{"a: 1\nb: *a", "2:4: an alias (\"*\"): not supported; write it out, or put the text in quotes"},
		{"a: !!str 1", "1:4: a tag (\"!\"): not supported; leave it out, or put the text in quotes"},
		{"a: 1\na: 2", "2:1: the key \"a\" stands here twice; the first is in line 1"},
		{"a: 1\n--- \nb: 2", "2:1: a second document begins here; a file holds one"},
		{"? [a]\n: 1", "1:3: a key must be a word, not a list or a map"},
		{"", "1:1: the file is empty"},
		{"# only this\n", "1:1: the file is empty"},
		{"a: [1, 2", "2:1: not YAML: \",\" or \"]\" was expected here; is the \"[\" of line 1 closed?"},
		{"a: {b: 1", "2:1: not YAML: \",\" or \"}\" was expected here; is the \"{\" of line 1 closed?"},
		{"a: \"x", "2:1: not YAML: the file ends within quotes; are the quotes of line 1 closed?"},
		{"a: [x\nb: 1", "2:2: not YAML: \",\" or \"]\" was expected here; is the \"[\" of line 1 closed?"},
		{"a:\n\t- b", "2:1: not YAML: a character that cannot begin a value; put the text in quotes, and indent with "
	                  "spaces, not tabs"},
		{"a: b: c", "1:5: not YAML: a \": \" that is out of place: is the line indented like its neighbours, or are "
	                "quotes missing?"},
		{"a: 1\n b: 2",
	     "2:3: not YAML: a \": \" that is out of place: is the line indented like its neighbours, or are "
	     "quotes missing?"},
		{"a:\n  - b\n c", "3:2: not YAML: a key was expected here: is the line indented like its neighbours?"},
		{"a: @b", "1:4: not YAML: a character that cannot begin a value; put the text in quotes, and indent "
	              "with spaces, "
	              "not tabs"},
		{"a: x\xff", "1:5: not YAML: invalid leading UTF-8 octet; the file must be text in UTF-8"},
		{"a: 1\nbé: \x01", "2:5: not YAML: control characters are not allowed; the file must be text in UTF-8"},
	};
	bool good = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, "%s\n", table[i].yaml);
		struct reading reading;
		parse(&reading, text_string(&yaml), yaml.length);
		TEXT_AUTO expected = {0};
		text_printf(&expected, "%s\n", table[i].told);
		if (strcmp(told(&reading), text_string(&expected)) != 0) {
			print_message("%s\n  expected %s  told     %s", table[i].yaml, text_string(&expected), told(&reading));
			good = false;
		}
		reading_release(&reading);
	}
	assert_true(good);
}

static void a_file_past_the_ceiling_is_refused_unread(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	while (yaml.length <= 256 << 10)
		text_puts(&yaml, "# a comment\n");
	struct reading reading;
	assert_null(parse(&reading, yaml.bytes, yaml.length));
	assert_string_equal(told(&reading), "0:0: larger than 256 KiB\n");
	reading_release(&reading);
}

static void thirty_two_levels_are_taken_and_one_more_is_not(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	for (int i = 0; i < 32; i++)
		text_puts(&yaml, "[");
	struct reading reading;
	TEXT_AUTO closed = {0};
	text_puts(&closed, text_string(&yaml));
	for (int i = 0; i < 32; i++)
		text_puts(&closed, "]");
	assert_non_null(parse(&reading, closed.bytes, closed.length));
	assert_int_equal(reading.diags.count, 0);
	reading_release(&reading);
	text_puts(&yaml, "[");
	assert_null(parse(&reading, yaml.bytes, yaml.length));
	assert_string_equal(told(&reading), "1:33: nested deeper than 32\n");
	reading_release(&reading);
}

static void a_map_of_too_many_keys_is_refused(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	for (int i = 0; i <= 1000; i++)
		text_printf(&yaml, "k%d: 1\n", i);
	struct reading reading;
	parse(&reading, yaml.bytes, yaml.length);
	assert_string_equal(told(&reading), "1001:1: more than 1000 keys in one map\n");
	reading_release(&reading);
}

static void no_bytes_are_an_empty_file(void **state)
{
	(void)state;
	struct reading reading;
	assert_null(parse(&reading, NULL, 0));
	assert_string_equal(told(&reading), "1:1: the file is empty\n");
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_knows_its_place),
		cmocka_unit_test(a_quoted_zero_byte_is_kept),
		cmocka_unit_test(what_is_not_taken_is_told_with_its_place),
		cmocka_unit_test(a_file_past_the_ceiling_is_refused_unread),
		cmocka_unit_test(thirty_two_levels_are_taken_and_one_more_is_not),
		cmocka_unit_test(a_map_of_too_many_keys_is_refused),
		cmocka_unit_test(no_bytes_are_an_empty_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
