/* The rules of the formats that CI systems and people read: JUnit, TAP, CTRF, Markdown, workflow commands. */
#include "formats_cases.h"

enum { MANY = 3000 };

static void many_write(const char *format, struct text *out)
{
	struct arena *arena = arena_create();
	struct test *tests = arena_array(arena, MANY, sizeof(*tests));
	struct test_result *results = arena_array(arena, MANY, sizeof(*results));
	struct step_result step = sample_step(7, "server: {send: \"hello\\n\"}", "server", true, STEP_UNMET);
	step.expected = step.seen = "an answer that goes on & on, <so> that the details of all do not fit into a megabyte "
								"by far, whatever one does about it";
	for (size_t i = 0; i < MANY; i++) {
		tests[i] = (struct test){.name = arena_printf(arena, "test-%zu", i), .title = "One of many", .points = 1};
		results[i] = (struct test_result){.test = &tests[i],
		                                  .verdict = i % 2 == 0 ? TEST_FAIL : TEST_INCONCLUSIVE,
		                                  .max_points = 1,
		                                  .steps = &step,
		                                  .step_count = 1,
		                                  .runs = 1};
	}
	struct spec spec = {.path = "a,b:c.yaml", .tests = tests, .test_count = MANY};
	struct result result = {.spec = &spec,
	                        .title = "t",
	                        .assignment = "a",
	                        .submission = "s",
	                        .tests = results,
	                        .test_count = MANY,
	                        .max_points = MANY,
	                        .built = true};
	struct view *view = view_create(&result, NULL, AUDIENCE_INSTRUCTOR, arena);
	struct format_context context = {.version = "1", .grade = format_grade(&result)};
	format_find(format)->write(out, view, &context);
	arena_destroy(arena);
}

static size_t count_of(const char *in, const char *what)
{
	size_t count = 0;
	for (const char *at = in; (at = strstr(at, what)) != NULL; at += strlen(what))
		count++;
	return count;
}

/* ---- JUnit ---- */

static void junit_counts_harness_errors_apart_from_failures(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	format_case_render("junit", CASE_ERROR, &out);
	const char *xml = text_string(&out);
	assert_int_equal(count_of(xml, "<failure "), 4);
	assert_int_equal(count_of(xml, "<error "), 1);
	assert_int_equal(count_of(xml, "<skipped "), 3); /* one of them inconclusive */
	assert_int_equal(count_of(xml, " tests=\"11\" failures=\"4\" errors=\"1\" skipped=\"3\" "), 2);
	assert_non_null(strstr(xml, "<error message=\"could not be graded, which is not the program's fault"));
}

static void junit_is_valid_for_xmllint(void **state)
{
	(void)state;
	if (system("command -v xmllint > /dev/null") != 0) {
		print_message("xmllint is not installed (libxml2-utils)\n");
		skip();
	}
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		char command[256];
		snprintf(command, sizeof(command),
		         "xmllint --noout --schema tests/report/golden/formats/junit.xsd tests/report/golden/formats/%s.junit "
		         "2> /dev/null",
		         format_case_words[which]);
		if (system(command) != 0)
			fail_msg("%s.junit is not valid", format_case_words[which]);
	}
}

static void junit_holds_no_byte_that_xml_forbids(void **state)
{
	(void)state;
	for (enum format_case which = CASE_HOSTILE; which <= CASE_UNBUILT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("junit", which, &out);
		assert_null(strstr(text_string(&out), "\xef\xbf\xbf"));
		assert_null(strstr(text_string(&out), "]]>"));
		assert_null(strstr(text_string(&out), "<script"));
		for (size_t i = 0; i < out.length; i++)
			assert_true((unsigned char)out.bytes[i] >= 0x20 || out.bytes[i] == '\n');
	}
}

static void no_build_attaches_a_file_of_the_ci_server_s(void **state)
{
	(void)state;
	struct format_sample of;
	format_sample_make(&of, CASE_UNBUILT);
	of.sample.result.build_output = "x.c:1: [[ATTACHMENT|/etc/passwd]] [[[\n";
	of.view = view_create(&of.sample.result, NULL, AUDIENCE_STUDENT, of.arena);
	TEXT_AUTO out = {0};
	format_render("junit", &of, &out);
	assert_null(strstr(text_string(&out), "[["));
	assert_non_null(strstr(text_string(&out), "<system-err>x.c:1: [ [ATTACHMENT|/etc/passwd]] [ [ [\n</system-err>"));
	format_sample_release(&of);
}

/* ---- TAP ---- */

static bool begins(const char *at, const char *with)
{
	return strncmp(at, with, strlen(with)) == 0;
}

static void every_line_of_tap_is_one_that_the_grader_meant(void **state)
{
	(void)state;
	static const size_t planned[] = {
		[CASE_PASS] = 3, [CASE_MIXED] = 11, [CASE_ERROR] = 11, [CASE_HOSTILE] = 3, [CASE_UNBUILT] = 3};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("tap", which, &out);
		const char *at = text_string(&out);
		assert_true(begins(at, "TAP version 14\n1.."));
		size_t points = 0, bails = 0, open = 0, closed = 0;
		for (; *at != '\0'; at = strchr(at, '\n') + 1) {
			points += begins(at, "ok ") || begins(at, "not ok ");
			bails += begins(at, "Bail out!");
			open += begins(at, "  ---\n");
			closed += begins(at, "  ...\n");
			assert_true(begins(at, "ok ") || begins(at, "not ok ") || begins(at, "  ") || begins(at, "# ") ||
			            begins(at, "Bail out!") || begins(at, "TAP version 14\n") || begins(at, "1.."));
		}
		assert_int_equal(points, planned[which]);
		assert_int_equal(open, points);
		assert_int_equal(closed, points);
		assert_int_equal(bails, which == CASE_ERROR);
	}
}

static void tap_makes_no_directive_of_a_name(void **state)
{
	(void)state;
	struct test test = {.name = "a # TODO \\ b", .title = "c # SKIP d"};
	struct spec spec = {.tests = &test, .test_count = 1};
	struct test_result one = {.test = &test, .verdict = TEST_FAIL};
	struct result result = {.spec = &spec, .tests = &one, .test_count = 1, .built = true};
	struct arena *arena = arena_create();
	TEXT_AUTO out = {0};
	format_find("tap")->write(&out, view_create(&result, NULL, AUDIENCE_STUDENT, arena),
	                          &(struct format_context){.version = "1"});
	assert_non_null(strstr(text_string(&out), "\nnot ok 1 - a \\# TODO \\\\ b: c \\# SKIP d\n"));
	arena_destroy(arena);
}

static void tap_blames_nobody_for_what_needs_review(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	format_case_render("tap", CASE_ERROR, &out);
	assert_non_null(strstr(text_string(&out),
	                       "not ok 9 - restart: The server can be restarted at once on the same port "
	                       "# TODO needs review: the capture lost 12 segments\n"));
	assert_non_null(strstr(text_string(&out), "# TODO not graded: no memory for a network namespace\n"));
	assert_non_null(strstr(text_string(&out), "ok 4 - sequential: One client after the other # SKIP "));
}

/* Perl's own parser, which knows 13; what is used of 14 is in both. */
static void perl_s_tap_parser_agrees(void **state)
{
	(void)state;
	if (system("perl -MTAP::Parser -e 1 2> /dev/null") != 0) {
		print_message("perl's TAP::Parser is not installed\n");
		skip();
	}
	static const char *const wanted[] = {[CASE_PASS] = "3 0 0 0 0",
	                                     [CASE_MIXED] = "7 4 2 1 0",
	                                     [CASE_HOSTILE] = "1 2 0 0 0",
	                                     [CASE_UNBUILT] = "0 3 0 0 0"};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		if (wanted[which] == NULL)
			continue; /* it bails out */
		char command[640];
		snprintf(command, sizeof(command),
		         "perl -MTAP::Parser -e 'undef $/; open F, \"<\", shift; $t = <F>; $t =~ s/version 14/version 13/;"
		         "$p = TAP::Parser->new({tap => $t}); $p->run; exit 1 if $p->parse_errors;"
		         "exit(\"@{[map { scalar(() = $p->$_) } qw(passed failed skipped todo)]} 0\" ne shift)' "
		         "tests/report/golden/formats/%s.tap '%s'",
		         format_case_words[which], wanted[which]);
		if (system(command) != 0)
			fail_msg("TAP::Parser reads %s.tap otherwise", format_case_words[which]);
	}
}

/* ---- CTRF ---- */

static void assert_only(const json_t *object, const char *const *allowed)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		bool known = false;
		for (size_t i = 0; allowed[i] != NULL; i++)
			known = known || strcmp(allowed[i], key) == 0;
		if (!known)
			fail_msg("\"%s\" is no member that CTRF allows there", key);
	}
}

static void ctrf_has_what_its_schema_requires_and_nothing_else(void **state)
{
	(void)state;
	static const char *const root_keys[] = {"reportFormat", "specVersion", "reportId", "timestamp",
	                                        "generatedBy",  "results",     "extra",    NULL};
	static const char *const counts[] = {"tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"};
	static const char *const summary_keys[] = {"tests", "passed", "failed", "skipped",  "pending", "other", "start",
	                                           "stop",  "flaky",  "suites", "duration", "extra",   NULL};
	static const char *const test_keys[] = {"name",  "status", "duration", "rawStatus", "suite", "message",
	                                        "trace", "flaky",  "tags",     "steps",     "extra", NULL};
	static const char *const step_keys[] = {"name", "status", "extra", NULL};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		json_t *root = format_case_json("ctrf", which), *results = json_object_get(root, "results");
		json_t *summary = json_object_get(results, "summary"), *tests = json_object_get(results, "tests"), *test, *step;
		assert_only(root, root_keys);
		assert_only(summary, summary_keys);
		assert_string_equal(member_string(root, "reportFormat"), "CTRF");
		json_int_t sum = 0;
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			assert_true(json_is_integer(json_object_get(summary, counts[i])));
			sum += i >= 1 && i <= 5 ? json_integer_value(json_object_get(summary, counts[i])) : 0;
		}
		assert_int_equal(sum, json_array_size(tests));
		size_t i, j;
		json_array_foreach(tests, i, test)
		{
			assert_only(test, test_keys);
			assert_true(*member_string(test, "name") != '\0');
			assert_true(json_is_integer(json_object_get(test, "duration")));
			assert_true(json_array_size(json_object_get(test, "suite")) >= 1);
			json_array_foreach(json_object_get(test, "steps"), j, step)
			{
				assert_only(step, step_keys);
				assert_true(*member_string(step, "status") != '\0');
			}
		}
		json_decref(root);
	}
}

static void ctrf_calls_what_nobody_decided_other_and_what_wavers_flaky(void **state)
{
	(void)state;
	json_t *root = format_case_json("ctrf", CASE_ERROR), *test;
	size_t index;
	json_array_foreach(json_object_get(json_object_get(root, "results"), "tests"), index, test)
	{
		const char *name = member_string(test, "name");
		bool other = strcmp(name, "restart") == 0 || strcmp(name, "many") == 0;
		assert_true((strcmp(member_string(test, "status"), "other") == 0) == other);
		assert_true(json_is_true(json_object_get(test, "flaky")) == (strcmp(name, "idle") == 0));
	}
	json_decref(root);
}

/* ---- Markdown ---- */

/* What GitHub reads as Markdown: inside <pre> nothing is. */
static void without_pre(struct text *out, const char *text)
{
	for (const char *open; (open = strstr(text, "<pre>")) != NULL;) {
		text_add(out, text, (size_t)(open - text));
		text = strstr(open, "</pre>") + strlen("</pre>");
	}
	text_puts(out, text);
}

static void markdown_has_no_tag_but_its_own(void **state)
{
	(void)state;
	static const char *const own[] = {"<br>", "<details>", "<summary>", "</summary>", "<pre>", "</pre>", "</details>"};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("markdown", which, &out);
		const char *text = text_string(&out);
		for (const char *at = text; (at = strchr(at, '<')) != NULL; at++) {
			bool known = false;
			for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
				known = known || begins(at, own[i]);
			if (!known)
				fail_msg("markdown of case %s: a tag: %.40s", format_case_words[which], at);
		}
		assert_int_equal(count_of(text, "<pre>"), count_of(text, "</pre>"));
		assert_int_equal(count_of(text, "<details>"), count_of(text, "</details>"));
		TEXT_AUTO prose = {0};
		without_pre(&prose, text);
		assert_null(strstr(text_string(&prose), "]("));
		assert_null(strstr(text_string(&prose), "://"));
		assert_null(strstr(text_string(&prose), "www"));
		assert_null(strpbrk(text_string(&prose), "@`[]"));
		assert_int_equal(count_of(text, "> **Seen**"), which == CASE_MIXED || which == CASE_ERROR ? 2
		                                               : which == CASE_HOSTILE                    ? 1
		                                                                                          : 0);
	}
}

static void markdown_shows_the_failing_line_expected_seen_and_hint(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	format_case_render("markdown", CASE_MIXED, &out);
	assert_non_null(
		strstr(text_string(&out),
	           "> **Failing line** server&#58; close<br>\n"
	           "> **Expected** the server closes its last descriptor of the connection<br>\n"
	           "> **Seen** it read 0 bytes and read again, 48,211 times, and descriptor 4 is still open<br>\n"));
	assert_non_null(strstr(text_string(&out), "> **Hint** What does read() return"));
	assert_non_null(strstr(text_string(&out), "**Finding eof&#45;ignored**: read(4) returned 0"));
}

static void markdown_keeps_to_a_step_s_mebibyte(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	many_write("markdown", &out);
	assert_in_range(out.length, 100000, 1024 * 1024);
	assert_non_null(strstr(text_string(&out), "more tests are left out"));
}

/* ---- GitHub's workflow commands ---- */

static void every_line_for_github_is_the_grader_s_command(void **state)
{
	(void)state;
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("github", which, &out);
		for (const char *at = text_string(&out); *at != '\0'; at = strchr(at, '\n') + 1)
			assert_true(begins(at, "::error title=") || begins(at, "::warning title=") ||
			            begins(at, "::notice title="));
		assert_null(strchr(text_string(&out), '\r'));
	}
}

static void github_is_given_ten_annotations_of_a_kind_and_their_line(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	many_write("github", &out);
	assert_int_equal(count_of(text_string(&out), "::error "), 10);
	assert_int_equal(count_of(text_string(&out), "::warning "), 10);
	assert_true(begins(text_string(&out), "::error file=a%2Cb%3Ac.yaml,line=7,title=test-0::server: {send: "));
	assert_non_null(strstr(text_string(&out), "::error title=and more::1491 more tests;"));
}

static void github_is_given_the_build_s_words_escaped(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	format_case_render("github", CASE_UNBUILT, &out);
	assert_int_equal(count_of(text_string(&out), "\n"), 2);
	assert_true(begins(text_string(&out),
	                   "::error title=the submission does not build::server.c:1: error%0A::error::owned\\r%0A"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(junit_counts_harness_errors_apart_from_failures),
		cmocka_unit_test(junit_is_valid_for_xmllint),
		cmocka_unit_test(junit_holds_no_byte_that_xml_forbids),
		cmocka_unit_test(no_build_attaches_a_file_of_the_ci_server_s),
		cmocka_unit_test(every_line_of_tap_is_one_that_the_grader_meant),
		cmocka_unit_test(tap_makes_no_directive_of_a_name),
		cmocka_unit_test(tap_blames_nobody_for_what_needs_review),
		cmocka_unit_test(perl_s_tap_parser_agrees),
		cmocka_unit_test(ctrf_has_what_its_schema_requires_and_nothing_else),
		cmocka_unit_test(ctrf_calls_what_nobody_decided_other_and_what_wavers_flaky),
		cmocka_unit_test(markdown_has_no_tag_but_its_own),
		cmocka_unit_test(markdown_shows_the_failing_line_expected_seen_and_hint),
		cmocka_unit_test(markdown_keeps_to_a_step_s_mebibyte),
		cmocka_unit_test(every_line_for_github_is_the_grader_s_command),
		cmocka_unit_test(github_is_given_ten_annotations_of_a_kind_and_their_line),
		cmocka_unit_test(github_is_given_the_build_s_words_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
