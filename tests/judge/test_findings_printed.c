/* What a student's client printed in place of the reply, and why: each on a timeline that shows it, and on the right one. */
#include "finding_stage.h"

#include <errno.h>

#define PRINTS(data)                                                                                                   \
	"    steps:\n"                                                                                                     \
	"      - server: listen\n"                                                                                         \
	"      - client: connect\n"                                                                                        \
	"      - client: {stdout: " data "}\n"                                                                             \
	"      - client: {stdout: eof}\n"
enum { OUTPUT = 2, OUTPUT_OVER };

/* The client has read so many bytes, prints and ends. */
static struct script client_printed(const char *test, int64_t received, const char *output, const char *errors)
{
	struct script script = script_open(test, STUDENT_CLIENT);
	script_ready(&script);
	uint32_t line = begins(&script);
	peer(&script, SERVER, CONNECTION_NONE, PEER_LISTEN, 0, NULL);
	ends(&script, line);
	launch(&script, CLIENT, 100 + CLIENT);
	handshake(&script, 0);
	connection_known(&script, 0, CLIENT, SERVER);
	returns(&script, CLIENT, (struct call_made){.call = CALL_CONNECT, .descriptor = 3, .socket = 901, .connection = 0});
	peer(&script, SERVER, 0, PEER_ACCEPT, 0, NULL);
	data_segment(&script, 0, END_SERVER, (uint32_t)received);
	peer(&script, SERVER, 0, PEER_WRITE, received, NULL);
	student_reads(&script, CLIENT, 0, received);
	if (output != NULL)
		prints(&script, CLIENT, 1, output);
	if (errors != NULL)
		prints(&script, CLIENT, 2, errors);
	program_exits(&script, CLIENT, 100 + CLIENT, true, 0);
	quiet(&script);
	quiet(&script);
	return script;
}

static void output_is_over_when_nothing_more_comes(void **state)
{
	(void)state;
	struct script script = client_printed(PRINTS("\"hello\\n\""), 6, "hello\n", NULL);
	assert_int_equal(line_is(&script, OUTPUT), STEP_MET);
	assert_int_equal(line_is(&script, OUTPUT_OVER), STEP_MET);
	script_close(&script);
	script = client_printed(PRINTS("\"hello\\n\""), 6, "hello\nbye\n", NULL);
	assert_int_equal(line_is(&script, OUTPUT), STEP_MET);
	assert_int_equal(line_is(&script, OUTPUT_OVER), STEP_UNMET);
	assert_non_null(strstr(seen(&script, OUTPUT_OVER), "it printed 4 bytes more: \"bye\\n\""));
	assert_true(found(&script, "prompts-on-stdout"));
	script_close(&script);
}

static void what_was_printed_names_the_bug(void **state)
{
	(void)state;
	static const struct {
		const char *test, *output, *errors, *id;
		int64_t received;
	} cases[] = {
		{PRINTS("\"hello\\n\""), "hello\n\n", NULL, "newline-changed", 6},
		{PRINTS("\"hello\\n\""), "hello", NULL, "newline-changed", 6},
		{PRINTS("\"hello\\n\""), NULL, NULL, "reply-not-printed", 6},
		{PRINTS("\"hello\\n\""), NULL, "hello\n", "printed-on-stderr", 6},
		{PRINTS("{hex: \"61 62 00 63\"}"), "ab", NULL, "nul-truncation", 4},
		{PRINTS("{hex: \"61 c1 62\"}"),
	     "a\xef\xbf\xbd"
	     "b",
	     NULL, "text-not-bytes", 3},
		{PRINTS("{hex: \"61 c1 62 63 64\"}"), "abcd", NULL, "text-not-bytes", 5},
		{PRINTS("\"a longer line\\nhi\\n\""), "a longer line\nhi\nonger line\n", NULL, "stale-bytes", 17},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = client_printed(cases[i].test, cases[i].received, cases[i].output, cases[i].errors);
		if (!found(&script, cases[i].id))
			fail_msg("case %zu: %s was not found", i, cases[i].id);
		script_close(&script);
	}
}

/* What the submission's own lines are in a report; nothing is believed that is no place in its folder. */
static void a_report_on_standard_error_says_the_place(void **state)
{
	(void)state;
#define STACK                                                                                                          \
	"==6==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x606 at pc 0x55\n"                                 \
	"    #0 0x7f in __interceptor_memcpy ../../src/libsanitizer/asan.cpp:827\n"
	static const struct {
		const char *errors, *id, *place;
	} cases[] = {
		{STACK "    #1 0x55 in serve /box/src/server.c:30\n    #2 0x55 in main /box/server.c:52\n", "memory-error",
	     "src/server.c:30"},
		{STACK, "memory-error", ""},
		{STACK "    #1 0x55 in serve /box/; rm -rf:30\n", "memory-error", ""},
		{"server.c:33:13: runtime error: signed integer overflow\n", "undefined-behaviour", "server.c:33"},
		{"/box/server.c:33:13: runtime error: signed integer overflow\n", "undefined-behaviour", "server.c:33"},
		{"hello\nruntime error: oh\n", "undefined-behaviour", ""},
		{"Traceback (most recent call last):\n  File \"/box/./client.py\", line 40, in <module>\n"
	     "  File \"/box/client.py\", line 16, in serve\n  File \"/usr/lib/python3/socket.py\", line 2, in recv\n"
	     "ValueError: no\nTraceback (most recent call last):\n  File \"/box/client.py\", line 99, in other\n",
	     "uncaught-exception", "client.py:16"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = client_printed(PRINTS("\"hello\\n\""), 6, NULL, cases[i].errors);
		const char *place = found_at(&script, cases[i].id);
		if (place == NULL || strcmp(place, cases[i].place) != 0)
			fail_msg("case %zu: %s", i, place != NULL ? place : "not found");
		script_close(&script);
	}
}

static void who_printed_the_reply_is_accused_of_nothing(void **state)
{
	(void)state;
	static const char *const ids[] = {"newline-changed",   "printed-on-stderr", "reply-not-printed",
	                                  "nul-truncation",    "text-not-bytes",    "stale-bytes",
	                                  "prompts-on-stdout", "sends-whole-buffer"};
	struct script script = client_printed(PRINTS("\"one\\none\\n\""), 8, "one\none\n", "connected\n");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_false(found(&script, ids[i]));
	script_close(&script);
}

/* The client is refused so many times, and then rests in a sleep. */
static bool tries_for_ever(unsigned tries)
{
	struct script script =
		script_open("    steps:\n      - launch: client\n      - client: {exit: nonzero}\n", STUDENT_CLIENT);
	script_ready(&script);
	uint32_t line = begins(&script);
	launch(&script, CLIENT, 100 + CLIENT);
	ends(&script, line);
	for (unsigned i = 0; i < tries; i++)
		returns(&script, CLIENT,
		        (struct call_made){.call = CALL_CONNECT,
		                           .descriptor = 3,
		                           .socket = 901 + i,
		                           .result = -ECONNREFUSED,
		                           .connection = CONNECTION_NONE,
		                           .port = 9000});
	rests(&script, CLIENT, CALL_NANOSLEEP, DESCRIPTOR_NONE, CONNECTION_NONE);
	bool is = found(&script, "connects-again");
	script_close(&script);
	return is;
}

static void a_refused_connect_that_is_tried_for_ever_is_told(void **state)
{
	(void)state;
	assert_true(tries_for_ever(20));
	assert_false(tries_for_ever(2)); /* two addresses of one name */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_over_when_nothing_more_comes),
		cmocka_unit_test(what_was_printed_names_the_bug),
		cmocka_unit_test(a_report_on_standard_error_says_the_place),
		cmocka_unit_test(who_printed_the_reply_is_accused_of_nothing),
		cmocka_unit_test(a_refused_connect_that_is_tried_for_ever_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
