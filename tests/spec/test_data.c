/* DATA: the bytes that each way of writing them stands for. */
#include "reading.h"

#include "base/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct reading read_step(const char *step)
{
	TEXT_AUTO yaml = {0};
	text_printf(&yaml, STEPS "%s\n", step);
	return read_spec(text_string(&yaml));
}

static const struct data *first_data(struct reading *reading)
{
	if (reading->spec == NULL)
		fail_msg("%s", told(reading));
	return &reading->spec->tests[0].steps.steps[0].data;
}

static void each_form_gives_its_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *step;
		const char *bytes;
		size_t length;
		const char *source, *written;
	} table[] = {
		{"client: {send: hello}", "hello", 5, "\"hello\"", "\"hello\""},
		{"client: {send: \"a\\0b\\n\"}", "a\0b\n", 4, "\"a\\0b\\n\"", "\"a\\0b\\n\""},
		{"client: {send: \"6B\"}", "6B", 2, "\"6B\"", "\"6B\""},
		{"client: {receive: \"6B\"}", "6B", 2, "\"6B\"", "\"6B\""},
		{"client: {send: 42}", "42", 2, "\"42\"", "\"42\""},
		{"client: {send: {text: \"x\"}}", "x", 1, "\"x\"", "\"x\""},
		{"client: {send: {hex: \"00 FF 0a\"}}", "\0\xff\n", 3, "hex 00 FF 0a", "{hex: \"00 FF 0a\"}"},
		{"client: {send: {base64: aGk=}}", "hi", 2, "base64 aGk=", "{base64: aGk=}"},
		{"client: {send: {repeat: {text: ab, times: 3}}}", "ababab", 6, "\"ab\" 3 times",
	     "{repeat: {text: \"ab\", times: 3}}"},
		{"client: {send: {lines: 2}}", "line 1\nline 2\n", 14, "2 lines", "{lines: 2}"},
		{"client: {send: {random: 5B, seed: 1}}", "\xc1\x5c\x02\x89\xec", 5, "random 5 B", "{random: 5B, seed: 1}"},
		{"client: {stdin: \"eof\"}", "eof", 3, "\"eof\"", "\"eof\""},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct reading reading = read_step(table[i].step);
		const struct data *data = first_data(&reading);
		assert_int_equal(data->kind, DATA_BYTES);
		assert_int_equal(data->length, table[i].length);
		assert_memory_equal(data->bytes, table[i].bytes, table[i].length);
		assert_string_equal(data->source, table[i].source);
		assert_string_equal(data->written, table[i].written);
		reading_release(&reading);
	}
}

static void a_size_without_quotes_is_any_bytes_to_receive(void **state)
{
	(void)state;
	static const char *const steps[] = {"client: {receive: 256KiB}", "client: {receive: {any: 256KiB}}",
	                                    "client: {stdout: {any: 256KiB}}"};
	for (size_t i = 0; i < 3; i++) {
		struct reading reading = read_step(steps[i]);
		const struct data *data = first_data(&reading);
		assert_int_equal(data->kind, DATA_ANY);
		assert_int_equal(data->length, 256 << 10);
		assert_string_equal(data->source, "any 256 KiB");
		reading_release(&reading);
	}
}

static void a_pattern_is_kept_as_it_stands(void **state)
{
	(void)state;
	struct reading reading = read_step("server: {send: {match: \"id=([0-9]+)\", until: \"\\n\", as: id}}");
	const struct data *data = first_data(&reading);
	assert_int_equal(data->kind, DATA_PATTERN);
	assert_string_equal(data->pattern, "id=([0-9]+)");
	assert_string_equal(data->until, "\n");
	assert_string_equal(data->keep_as, "id");
	assert_string_equal(data->source, "match \"id=([0-9]+)\"");
	reading_release(&reading);
}

static void a_name_counts_only_when_a_former_line_keeps_it(void **state)
{
	(void)state;
	struct reading reading = read_step("client: {send: \"{id}\"}\n"
	                                   "      - server: {send: {match: \"[0-9]+\", as: id}}\n"
	                                   "      - client: {send: \"{id}\"}\n"
	                                   "      - client: {send: \"{other thing} {}\"}\n"
	                                   "      - client: {send: {hex: \"7b69647d\"}}\n");
	first_data(&reading);
	const struct step *steps = reading.spec->tests[0].steps.steps;
	assert_false(steps[0].data.uses_names);
	assert_true(steps[2].data.uses_names);
	assert_false(steps[3].data.uses_names);
	assert_false(steps[4].data.uses_names);
	assert_string_equal(told(&reading), "");
	reading_release(&reading);
}

static void a_name_that_is_nearly_kept_is_warned_of(void **state)
{
	(void)state;
	struct reading reading = read_step("server: {send: {match: \"[0-9]+\", as: room}}\n"
	                                   "      - client: {send: \"{rooms}\"}\n");
	assert_string_equal(told(&reading),
	                    "7:24: warning: {rooms} is sent as it stands: nothing was kept as \"rooms\" (did "
	                    "you mean {room}?)\n");
	assert_non_null(reading.spec);
	reading_release(&reading);
}

static void random_bytes_depend_on_test_and_run_only_without_a_seed(void **state)
{
	(void)state;
	static const char yaml[] = "format: 1\nname: s\ntests:\n"
							   "  - {name: a, steps: [client: {send: {random: 16B}}, server: {send: {random: 16B}}]}\n"
							   "  - {name: b, steps: [client: {send: {random: 16B}}]}\n"
							   "  - {name: c, steps: [client: {send: {random: 16B, seed: 3}}]}\n";
	struct reading one = read_spec(yaml);
	assert_non_null(one.spec);
	struct spec_source source = {.path = "s.yaml", .bytes = yaml, .length = strlen(yaml)};
	struct spec *other = spec_read(&source, 8, one.arena, &one.diags);
	const struct test *a = one.spec->tests, *again = other->tests;
	assert_memory_equal(a[0].steps.steps[0].data.bytes, a[0].steps.steps[1].data.bytes, 16);
	assert_memory_not_equal(a[0].steps.steps[0].data.bytes, a[1].steps.steps[0].data.bytes, 16);
	assert_memory_not_equal(a[0].steps.steps[0].data.bytes, again[0].steps.steps[0].data.bytes, 16);
	assert_memory_equal(a[2].steps.steps[0].data.bytes, again[2].steps.steps[0].data.bytes, 16);
	assert_memory_equal(one.spec->digest, other->digest, SHA256_BYTES);
	reading_release(&one);
}

static void wrong_data_are_told_once_at_their_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"{send: }", "6:24: \"send\" needs DATA: text, or a map such as {random: 4KiB}"},
		{"{send: ~}", "6:24: \"send\" needs DATA: text, or a map such as {random: 4KiB}"},
		{"{send: \"\"}", "6:24: no bytes at all: a stream has no empty message"},
		{"{send: [a]}", "6:24: \"send\" needs DATA: text or a map, not a list"},
		{"{send: 6B}", "6:24: a size, where \"send\" needs DATA: \"6B\" in quotes, or {random: 6B}"},
		{"{receive: 6}", "6:27: a size needs a unit: 6B; text of digits needs quotes: \"6\""},
		{"{send: {}}", "6:24: DATA needs one of text, hex, base64, file, random, repeat, lines, match and any"},
		{"{send: {txt: a}}", "6:25: DATA has no key \"txt\" (did you mean \"text\"?)"},
		{"{send: {text: a, hex: 00}}", "6:39: DATA is either \"text\" or \"hex\""},
		{"{send: {text: a, seed: 1}}", "6:40: \"seed\" goes with \"random\" only"},
		{"{send: {text: a, to: server}}", "6:34: \"to\" stands beside \"send\", not within its DATA"},
		{"{send: {any: 4B, as: x}}", "6:38: \"as\" goes with \"match\" only"},
		{"{send: {random: 4}}", "6:33: \"random\" needs a unit: 4B, or KiB, MiB, GiB"},
		{"{send: {random: 4KB}}",
	     "6:33: \"random\" has the unit B, KiB, MiB or GiB, not \"4KB\" (did you mean \"KiB\"?)"},
		{"{send: {random: 0B}}", "6:33: \"random\" is more than 0B"},
		{"{send: {random: many}}", "6:33: \"random\" is a size such as 1500B, 4KiB or 2MiB, not \"many\""},
		{"{send: {random: 9999999999GiB}}", "6:33: \"random\" is too large: \"9999999999GiB\""},
		{"{send: {random: 65MiB}}", "6:33: DATA is at most 64 MiB"},
		{"{send: {random: 4B, seed: x}}", "6:43: \"seed\" is a whole number from 0 to 9223372036854775807, not \"x\""},
		{"{send: {repeat: {text: ab, times: 67108864}}}", "6:33: DATA is at most 64 MiB"},
		{"{send: {repeat: {text: ab}}}", "6:33: \"repeat\" needs the key \"times\""},
		{"{send: {lines: 0}}", "6:32: \"lines\" is a whole number from 1 to 1000000, not \"0\""},
		{"{send: {hex: 0g}}", "6:30: \"hex\" holds pairs of 0 to 9 and a to f, not \"g\""},
		{"{send: {hex: \"012\"}}", "6:30: \"hex\" holds an odd number of digits"},
		{"{send: {base64: \"*\"}}", "6:33: \"base64\" is not base64 (RFC 4648, with padding)"},
		{"{send: {file: no-such-file}}", "6:31: the file \"no-such-file\" cannot be read: No such file or directory"},
		{"{send: {file: .}}", "6:31: the file \".\" cannot be read: it is not a regular file"},
		{"{send: {match: \"(\"}}", "6:32: \"match\" is no POSIX extended regular expression: Unmatched ( or \\("},
		{"{send: {match: \"(((a{99}){99}){99}\"}}", "6:32: \"match\" repeats too often: the counts in {} multiply"},
		{"{send: {match: x, as: 9}}", "6:39: \"as\" is a name of letters, digits and \"_\", not \"9\""},
		{"{stdin: {match: x}}", "6:33: \"match\" is for what is watched; \"stdin\" needs the bytes themselves"},
	};
	CHECK_MISTAKES(STEPS "client: ", table, "\n");
}

static void all_data_of_a_spec_have_a_ceiling(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	text_puts(&yaml, ONE_TEST "    steps:\n");
	for (int i = 0; i < 5; i++)
		text_puts(&yaml, "      - client: {send: {random: 64MiB}}\n");
	struct reading reading = read_spec(text_string(&yaml));
	assert_string_equal(told(&reading), "10:33: all DATA of a spec are at most 256 MiB together\n");
	reading_release(&reading);
}

struct shelf {
	const char *content;
	unsigned asked;
};

static bool shelf_read(void *context, const char *name, size_t most, struct text *content)
{
	struct shelf *shelf = context;
	assert_string_equal(name, "copy.bin");
	assert_true(most >= 1);
	shelf->asked++;
	text_puts(content, shelf->content);
	return true;
}

static void files_come_from_the_hook_and_count_in_the_digest(void **state)
{
	(void)state;
	static const char yaml[] = STEPS "client: {send: {file: copy.bin}}\n";
	struct shelf shelf = {.content = "one"};
	struct spec_source source = {"s.yaml", yaml, sizeof(yaml) - 1, shelf_read, &shelf};
	struct arena *arena = arena_create();
	struct diags diags;
	diags_init(&diags, arena);
	struct spec *one = spec_read(&source, 1, arena, &diags), *again = spec_read(&source, 1, arena, &diags);
	shelf.content = "two";
	struct spec *two = spec_read(&source, 1, arena, &diags);
	assert_int_equal(shelf.asked, 3);
	assert_memory_equal(two->tests[0].steps.steps[0].data.bytes, "two", 4);
	assert_memory_equal(one->digest, again->digest, SHA256_BYTES);
	assert_memory_not_equal(one->digest, two->digest, SHA256_BYTES);
	arena_destroy(arena);
}

static void files_stand_beside_the_spec(void **state)
{
	(void)state;
	char folder[] = "/tmp/spec-data-XXXXXX";
	assert_non_null(mkdtemp(folder));
	TEXT_AUTO path = {0}, data = {0};
	text_printf(&path, "%s/s.yaml", folder);
	text_printf(&data, "%s/b.bin", folder);
	FILE *file = fopen(text_string(&data), "w");
	fputs("bytes", file);
	fclose(file);
	file = fopen(text_string(&path), "w");
	fputs(STEPS "client: {send: {file: b.bin}}\n", file);
	fclose(file);
	struct arena *arena = arena_create();
	struct diags diags;
	diags_init(&diags, arena);
	struct spec *spec = spec_load(text_string(&path), 1, arena, &diags);
	assert_non_null(spec);
	assert_memory_equal(spec->tests[0].steps.steps[0].data.bytes, "bytes", 6);
	unlink(text_string(&data));
	assert_null(spec_load(text_string(&path), 1, arena, &diags));
	unlink(text_string(&path));
	rmdir(folder);
	assert_null(spec_load(text_string(&path), 1, arena, &diags));
	assert_string_equal(diags.list[diags.count - 1].message, "cannot be read: No such file or directory");
	arena_destroy(arena);
}

static void the_digest_of_a_spec_without_files_is_that_of_its_bytes(void **state)
{
	(void)state;
	struct reading reading = read_step("client: {send: x}");
	uint8_t digest[SHA256_BYTES];
	static const char yaml[] = STEPS "client: {send: x}\n";
	sha256_of(yaml, sizeof(yaml) - 1, digest);
	first_data(&reading);
	assert_memory_equal(reading.spec->digest, digest, SHA256_BYTES);
	char hex[SHA256_HEX];
	sha256_of("abc", 3, digest);
	assert_string_equal(sha256_hex(digest, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_gives_its_bytes),
		cmocka_unit_test(a_size_without_quotes_is_any_bytes_to_receive),
		cmocka_unit_test(a_pattern_is_kept_as_it_stands),
		cmocka_unit_test(a_name_counts_only_when_a_former_line_keeps_it),
		cmocka_unit_test(a_name_that_is_nearly_kept_is_warned_of),
		cmocka_unit_test(random_bytes_depend_on_test_and_run_only_without_a_seed),
		cmocka_unit_test(wrong_data_are_told_once_at_their_place),
		cmocka_unit_test(all_data_of_a_spec_have_a_ceiling),
		cmocka_unit_test(files_come_from_the_hook_and_count_in_the_digest),
		cmocka_unit_test(files_stand_beside_the_spec),
		cmocka_unit_test(the_digest_of_a_spec_without_files_is_that_of_its_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
