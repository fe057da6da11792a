/* The many ways of writing a step, and the one in which it is shown. */
#include "reading.h"

#include "model/describe.h"
#include "model/plan.h"
#include "model/signals.h"
#include "model/verbs.h"

#include <signal.h>

#define CAST                                                                                                           \
	"format: 1\nname: s\ntests:\n  - name: t\n    clients: [alice, bob]\n    steps:\n"                                 \
	"      - server: listen\n      - bob: connect\n      - alice: connect\n      - hold: alice\n      - "

enum { BEFORE = 4 }; /* steps of CAST that come first */

static const struct step *last_step(struct reading *reading)
{
	if (reading->spec == NULL)
		fail_msg("%s", told(reading));
	return &reading->spec->tests[0].steps.steps[BEFORE];
}

static const char *shown_as(struct reading *reading)
{
	TEXT_AUTO text = {0};
	step_text(&text, &reading->spec->tests[0], last_step(reading));
	return arena_string(reading->arena, text_string(&text));
}

static struct reading read_in_cast(const char *step)
{
	TEXT_AUTO yaml = {0};
	text_printf(&yaml, CAST "%s\n", step);
	return read_spec(text_string(&yaml));
}

static void each_form_is_shown_in_the_words_of_the_spec(void **state)
{
	(void)state;
	static const struct {
		const char *written, *shown;
	} table[] = {
		{"server: {accept: , from: bob}", "server: {accept: bob}"},
		{"server: {accept: bob}", "server: {accept: bob}"},
		{"server: {close: clients}", "server: {close: clients}"},
		{"server: {send: \"hello\\n\", to: bob}", "server: {send: \"hello\\n\", to: bob}"},
		{"server: {receive: hello, from: clients}", "server: {receive: \"hello\", from: clients}"},
		{"alice: {receive: 4MiB}", "alice: {receive: 4MiB}"},
		{"alice: {receive: {any: 1500B}}", "alice: {receive: {any: 1500B}}"},
		{"alice: {send: abcd, segments: [3, 1]}", "alice: {send: \"abcd\", segments: [3, 1]}"},
		{"alice: {segments: [3B, 1B], send: {text: abcd}}", "alice: {send: \"abcd\", segments: [3, 1]}"},
		{"alice: {send: {random: 256KiB, seed: 1}}", "alice: {send: {random: 256KiB, seed: 1}}"},
		{"alice: {send: {repeat: {text: a, times: 9}}}", "alice: {send: {repeat: {text: \"a\", times: 9}}}"},
		{"alice: {send: {match: \"id=([0-9]+)\", as: id}}", "alice: {send: {match: \"id=([0-9]+)\", as: id}}"},
		{"alice: {send: abcdefghijklmnopqrstuvwxyz}", "alice: {send: \"abcdefghijklmnopqrstuvwx\"…}"},
		{"clients: {connect: outside}", "clients: {connect: outside}"},
		{"alice: {send: abcd, segments: [3, 1], with: RST}", "alice: {send: \"abcd\", segments: [3, 1], with: RST}"},
		{"alice: {connect: }", "alice: connect"},
		{"alice: {exit: 0}", "alice: {exit: 0}"},
		{"alice: {exit: nonzero}", "alice: {exit: nonzero}"},
		{"alice: {exit: any}", "alice: {exit: any}"},
		{"alice: {exit: SIGPIPE}", "alice: {exit: SIGPIPE}"},
		{"alice: {stdin: eof}", "alice: {stdin: eof}"},
		{"alice: {stdin: \"eof\"}", "alice: {stdin: \"eof\"}"},
		{"alice: {stdout: eof}", "alice: {stdout: eof}"},
		{"alice: {stdout: \"eof\"}", "alice: {stdout: \"eof\"}"},
		{"alice: {stdout: {match: x}}", "alice: {stdout: {match: \"x\"}}"},
		{"wire: {alice: FIN}", "wire: [alice: FIN]"},
		{"wire: [alice: [FIN, ACK], server: DATA 6]", "wire: [alice: FIN, alice: ACK, server: DATA 6]"},
		{"wire: [clients: syn, server: syn_ack, clients: DATA 6B]",
	     "wire: [clients: SYN, server: SYN-ACK, clients: DATA 6]"},
		{"wire: {not: [{server: RST}]}", "wire: [not: {server: RST}]"},
		{"wire: [alice: FIN, not: {server: RST}]", "wire: [alice: FIN, not: {server: RST}]"},
		{"wire: [not: [server: RST, alice: DATA]]", "wire: [not: {server: RST}, not: {alice: DATA}]"},
		{"state: {alice: FIN-WAIT-2, server: close_wait}", "state: {alice: FIN_WAIT_2, server: CLOSE_WAIT}"},
		{"state: {clients: fin_wait2, server: SYN_RECV}", "state: {clients: FIN_WAIT_2, server: SYN_RECEIVED}"},
		{"state: {alice: CLOSED, bob: ESTAB}", "state: {alice: CLOSED, bob: ESTABLISHED}"},
		{"sockets: {server: 1}", "sockets: {server: 1}"},
		{"descriptors: {server: \"<=3\", clients: \"> 2\"}", "descriptors: {server: \"<= 3\", clients: \"> 2\"}"},
		{"zombies: {alice: \"< 3\", bob: \">= 1\"}", "zombies: {alice: \"< 3\", bob: \">= 1\"}"},
		{"processes: {server: \"= 2\"}", "processes: {server: 2}"},
		{"kill: server", "kill: server"},
		{"launch: clients", "launch: clients"},
		{"release: alice", "release: alice"},
		{"signal: {server: SIGINT}", "signal: {server: SIGINT}"},
		{"wait: 1500ms", "wait: 1500ms"},
		{"wait: 2s", "wait: 2s"},
		{"together: [[alice: shutdown], {bob: shutdown}]", "together: [2 branches]"},
		{"repeat: {times: 3, steps: [alice: {send: a}]}", "repeat: {times: 3, steps: […]}"},
	};
	bool good = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct reading reading = read_in_cast(table[i].written);
		const char *shown = reading.spec != NULL ? shown_as(&reading) : told(&reading);
		if (strcmp(shown, table[i].shown) != 0) {
			print_message("%s\n  expected %s\n  shown    %s\n", table[i].written, table[i].shown, shown);
			good = false;
		}
		reading_release(&reading);
	}
	assert_true(good);
}

static void what_is_shown_can_be_read_again(void **state)
{
	(void)state;
	static const char *const steps[] = {
		"server: {send: \"hello\\n\", to: bob}",
		"server: {receive: 4MiB, from: alice}",
		"server: {eof: clients}",
		"alice: {send: {hex: \"00 0a\"}}",
		"alice: {send: {base64: aGk=}}",
		"alice: {send: {lines: 3}}",
		"alice: {exit: SIGSEGV}",
		"wire: [alice: [FIN, ACK], not: {server: RST}]",
		"signal: {bob: SIGTERM}",
		"state: {clients: TIME_WAIT}",
		"processes: {server: \">= 2\"}",
		"wait: 250us",
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct reading first = read_in_cast(steps[i]);
		last_step(&first);
		struct reading second = read_in_cast(shown_as(&first));
		last_step(&second);
		assert_string_equal(shown_as(&second), shown_as(&first));
		reading_release(&first);
		reading_release(&second);
	}
}

static void each_shape_is_shown_in_the_words_of_the_spec(void **state)
{
	(void)state;
	static const struct {
		const char *written, *shown;
	} table[] = {
		{"server: {connect: simultaneous}", "server: {connect: simultaneous}"},
		{"client: {lose: syn_ack, from: server}", "client: {lose: SYN-ACK}"},
		{"client: {lose: DATA 3}", "client: {lose: DATA 3}"},
		{"client: {duplicate: FIN, from: server}", "client: {duplicate: FIN, from: servers}"},
		{"client: {reorder: [2, 1, 3]}", "client: {reorder: [2, 1, 3]}"},
		{"server: {delay: {ACK: 40ms}}", "server: {delay: {ACK: 40ms}}"},
		{"client: {window: 0}", "client: {window: 0}"},
		{"client: {window: open}", "client: {window: open}"},
		{"client: {window: 1024B}", "client: {window: 1KiB}"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		TEXT_AUTO yaml = {0}, shown = {0};
		text_printf(&yaml, ONE_TEST "    network: raw\n    steps:\n      - %s\n", table[i].written);
		struct reading reading = read_spec(text_string(&yaml));
		if (reading.spec == NULL)
			fail_msg("%s", told(&reading));
		step_text(&shown, &reading.spec->tests[0], &reading.spec->tests[0].steps.steps[0]);
		assert_string_equal(text_string(&shown), table[i].shown);
		reading_release(&reading);
	}
}

static void the_example_of_every_verb_is_good(void **state)
{
	(void)state;
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		const struct verb_row *row = verb_row(verb);
		assert_int_equal(row->verb, verb);
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, ONE_TEST "%s%s    steps:\n      - client: idle\n",
		            verb_shapes(verb) ? "    network: raw\n" : "",
		            (row->transports & 1u << TRANSPORT_TCP) == 0 ? "    transport: udp\n" : "");
		if (verb == VERB_RELEASE)
			text_puts(&yaml, "      - hold: server\n");
		text_printf(&yaml, "      - %s\n", row->example);
		struct reading reading = read_spec(text_string(&yaml));
		if (reading.spec == NULL)
			fail_msg("%s: %s", row->example, told(&reading));
		const struct block *block = &reading.spec->tests[0].steps;
		assert_int_equal(block->steps[block->count - 1].verb, verb);
		reading_release(&reading);
	}
}

static void the_words_of_a_row_fit_its_group(void **state)
{
	(void)state;
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		const struct verb_row *row = verb_row(verb);
		assert_true((row->group == GROUP_ROLE) == (row->student != NULL));
		assert_true((row->group == GROUP_ROLE) == (row->sides != 0));
		bool everywhere = row->transports == (1u << TRANSPORT_TCP | 1u << TRANSPORT_UDP);
		assert_true(everywhere == (row->transport_lack == NULL));
		assert_true(row->short_form == (row->argument == ARGUMENT_NONE || row->argument == ARGUMENT_ADDRESS));
	}
}

static void steps_keep_what_was_written(void **state)
{
	(void)state;
	struct reading reading = read_in_cast("server: {send: abcd, segments: [1, 3], to: alice}");
	const struct step *step = last_step(&reading);
	assert_int_equal(step->place.line, 11);
	assert_int_equal(step->place.column, 9);
	assert_int_equal(step->actor, 0);
	assert_int_equal(step->other, 1);
	assert_int_equal(step->piece_count, 2);
	assert_int_equal(step->pieces[1], 3);
	reading_release(&reading);
	reading = read_in_cast("wire: [alice: FIN,\n   not: {server: RST}]");
	step = last_step(&reading);
	assert_int_equal(step->actor, ACTOR_NONE);
	assert_int_equal(step->wire_count, 2);
	assert_int_equal(step->wire[1].place.line, 12);
	assert_int_equal(step->wire[1].place.column, 10);
	assert_true(step->wire[1].forbidden);
	assert_false(step->wire[0].forbidden);
	reading_release(&reading);
}

static void signals_have_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(signal_number("SIGPIPE"), SIGPIPE);
	assert_int_equal(signal_number("PIPE"), 0);
	assert_string_equal(signal_name(SIGKILL), "SIGKILL");
	assert_string_equal(signal_name(SIGRTMIN), "a real-time signal");
	assert_true(signal_stops(SIGTSTP));
	assert_false(signal_stops(SIGCONT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_shown_in_the_words_of_the_spec),
		cmocka_unit_test(what_is_shown_can_be_read_again),
		cmocka_unit_test(each_shape_is_shown_in_the_words_of_the_spec),
		cmocka_unit_test(the_example_of_every_verb_is_good),
		cmocka_unit_test(the_words_of_a_row_fit_its_group),
		cmocka_unit_test(steps_keep_what_was_written),
		cmocka_unit_test(signals_have_their_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
