/* A whole lifecycle, in every order that a correct program and kernel may show. */
#include "script.h"

#define CLEAN_CLOSE                                                                                                    \
	"    steps:\n"                                                                                                     \
	"      - server: listen\n"                                                                                         \
	"      - client: connect\n"                                                                                        \
	"      - wire: [client: SYN, server: SYN-ACK, client: ACK]\n"                                                      \
	"      - server: accept\n"                                                                                         \
	"      - state: {client: ESTABLISHED, server: ESTABLISHED}\n"                                                      \
	"      - client: {send: \"bye\\n\"}\n"                                                                             \
	"      - server: {receive: 4B}\n"                                                                                  \
	"      - server: {send: \"bye\\n\"}\n"                                                                             \
	"      - client: close\n"                                                                                          \
	"      - wire: [client: FIN, server: ACK]\n"                                                                       \
	"      - server: eof\n"                                                                                            \
	"      - server: close\n"                                                                                          \
	"      - wire: [server: FIN, client: ACK]\n"                                                                       \
	"      - state: {client: TIME_WAIT, server: CLOSED}\n"

static void server_connected(struct script *script, bool accept_early)
{
	script_ready(script);
	launch(script, 0, 100);
	student_listens(script, 0);
	uint32_t line = begins(script);
	handshake(script, 0);
	connection_known(script, 0, 1, 0);
	peer(script, 1, 0, PEER_CONNECT, 0, NULL);
	if (accept_early)
		student_accepts(script, 0, 0);
	ends(script, line);
	if (!accept_early)
		student_accepts(script, 0, 0);
}

static void server_echoes(struct script *script, bool step_ends_last)
{
	uint32_t line = begins(script);
	segment(script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 4);
	peer(script, 1, 0, PEER_WRITE, 4, NULL);
	if (!step_ends_last)
		ends(script, line);
	student_reads(script, 0, 0, 4);
	segment(script, 0, END_SERVER, SEGMENT_ACK | SEGMENT_PSH, 4);
	student_writes(script, 0, 0, "bye\n");
	segment(script, 0, END_CLIENT, SEGMENT_ACK, 0);
	peer_reads(script, 1, 0, "bye\n");
	if (step_ends_last)
		ends(script, line);
}

enum step_of_end { ACK_OF_FIN, READ_0, FIN_OF_SERVER, ACK_OF_SERVERS_FIN, STEP_ENDS, STATE_TOLD, END_STEPS };

static void end_step(struct script *script, enum step_of_end step, uint32_t line)
{
	switch (step) {
	case ACK_OF_FIN:
		segment(script, 0, END_SERVER, SEGMENT_ACK, 0);
		break;
	case READ_0:
		student_reads(script, 0, 0, 0);
		break;
	case FIN_OF_SERVER:
		segment(script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
		break;
	case ACK_OF_SERVERS_FIN:
		segment(script, 0, END_CLIENT, SEGMENT_ACK, 0);
		break;
	case STEP_ENDS:
		ends(script, line);
		break;
	case STATE_TOLD:
		confirmed(script, 0, END_SERVER, STATE_CLOSED, false, 0);
		break;
	case END_STEPS:
		break;
	}
}

static void assert_passes(struct script *script, const char *what)
{
	quiet(script);
	if (!matcher_finished(script->matcher))
		fail_msg("%s: not finished", what);
	quiet(script);
	script_judge(script);
	for (uint32_t i = 0; i < script->test->line_count; i++) {
		if (line_is(script, i) != STEP_MET)
			fail_msg("%s: line %u is %s: %s", what, i, step_verdict_word(line_is(script, i)), seen(script, i));
	}
	if (script->result.verdict != TEST_PASS)
		fail_msg("%s: %s", what, script->result.reason);
}

/* An order is possible when cause comes before effect. */
static bool possible(const int *order, size_t count)
{
	size_t at[END_STEPS];
	memset(at, 0xff, sizeof(at));
	for (size_t i = 0; i < count; i++)
		at[order[i]] = i;
	if (at[READ_0] > at[FIN_OF_SERVER] || at[FIN_OF_SERVER] > at[ACK_OF_SERVERS_FIN])
		return false;
	if (at[ACK_OF_FIN] != SIZE_MAX && at[ACK_OF_FIN] > at[FIN_OF_SERVER])
		return false;
	return at[STATE_TOLD] == SIZE_MAX || at[STATE_TOLD] > at[ACK_OF_SERVERS_FIN];
}

static size_t played;

static void play(const int *order, size_t count)
{
	if (!possible(order, count))
		return;
	for (int variant = 0; variant < 4; variant++) {
		struct script script = script_open(CLEAN_CLOSE, STUDENT_SERVER);
		server_connected(&script, (variant & 1) != 0);
		server_echoes(&script, (variant & 2) != 0);
		uint32_t line = begins(&script);
		segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
		for (size_t i = 0; i < count; i++)
			end_step(&script, (enum step_of_end)order[i], line);
		student_closes(&script, 0, 0);
		TEXT_AUTO what = {0};
		for (size_t i = 0; i < count; i++)
			text_printf(&what, "%d ", order[i]);
		assert_passes(&script, text_string(&what));
		script_close(&script);
		played++;
	}
}

static void permute(int *order, size_t count, size_t from)
{
	if (from == count) {
		play(order, count);
		return;
	}
	for (size_t i = from; i < count; i++) {
		int held = order[from];
		order[from] = order[i];
		order[i] = held;
		permute(order, count, from + 1);
		order[i] = order[from];
		order[from] = held;
	}
}

static void every_order_of_a_clean_close_passes(void **state)
{
	(void)state;
	int all[] = {ACK_OF_FIN, READ_0, FIN_OF_SERVER, ACK_OF_SERVERS_FIN, STEP_ENDS, STATE_TOLD};
	permute(all, 6, 0);
	/* The ACK travels with the FIN behind it; the kernel is not asked. */
	int joined[] = {READ_0, FIN_OF_SERVER, ACK_OF_SERVERS_FIN, STEP_ENDS};
	permute(joined, 4, 0);
	assert_true(played > 40);
}

/* Both sides of a lifecycle are the reference's: nothing but wire and state is expected. */
static void reference_on_both_sides_passes(void **state)
{
	(void)state;
	struct script script = script_open(CLEAN_CLOSE, REFERENCE_ONLY);
	script_ready(&script);
	uint32_t line = begins(&script);
	peer(&script, 0, CONNECTION_NONE, PEER_LISTEN, 0, NULL);
	ends(&script, line);
	line = begins(&script);
	handshake(&script, 0);
	connection_known(&script, 0, 1, 0);
	peer(&script, 1, 0, PEER_CONNECT, 0, NULL);
	ends(&script, line);
	line = begins(&script);
	peer(&script, 0, 0, PEER_ACCEPT, 0, NULL);
	ends(&script, line);
	line = begins(&script);
	data_segment(&script, 0, END_CLIENT, 4);
	peer(&script, 1, 0, PEER_WRITE, 4, NULL);
	peer_reads(&script, 0, 0, "bye\n");
	ends(&script, line);
	ends(&script, begins(&script));
	line = begins(&script);
	data_segment(&script, 0, END_SERVER, 4);
	peer(&script, 0, 0, PEER_WRITE, 4, NULL);
	peer_reads(&script, 1, 0, "bye\n");
	ends(&script, line);
	line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	peer(&script, 1, 0, PEER_CLOSE, 0, NULL);
	peer(&script, 0, 0, PEER_READ, 0, NULL);
	ends(&script, line);
	ends(&script, begins(&script));
	line = begins(&script);
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	peer(&script, 0, 0, PEER_CLOSE, 0, NULL);
	ends(&script, line);
	assert_passes(&script, "reference");
	script_close(&script);
}

static void students_client_passes_the_same_lifecycle(void **state)
{
	(void)state;
	struct script script = script_open(CLEAN_CLOSE, STUDENT_CLIENT);
	script_ready(&script);
	uint32_t line = begins(&script);
	peer(&script, 0, CONNECTION_NONE, PEER_LISTEN, 0, NULL);
	ends(&script, line);
	launch(&script, 1, 101);
	/* The program runs ahead of the lines: it connects, sends and waits. */
	segment(&script, 0, END_CLIENT, SEGMENT_SYN, 0);
	connection_known(&script, 0, 1, 0);
	segment(&script, 0, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	returns(&script, 1, (struct call_made){CALL_CONNECT, 4, 901, 0, 0, 0, SCRIPT_PORT, NULL});
	peer(&script, 0, 0, PEER_ACCEPT, 0, NULL);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 4);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	student_writes(&script, 1, 0, "bye\n");
	peer_reads(&script, 0, 0, "bye\n");
	ends(&script, begins(&script)); /* accept */
	ends(&script, begins(&script)); /* receive */
	line = begins(&script);
	segment(&script, 0, END_SERVER, SEGMENT_ACK | SEGMENT_PSH, 4);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	peer(&script, 0, 0, PEER_WRITE, 4, NULL);
	student_reads(&script, 1, 0, 4);
	student_enters_close(&script, 1, 0);
	confirmed(&script, 0, END_CLIENT, STATE_ESTABLISHED, true, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	student_closes(&script, 1, 0);
	confirmed(&script, 0, END_CLIENT, STATE_FIN_WAIT_2, false, 0);
	program_exits(&script, 1, 101, true, 0);
	ends(&script, line);
	peer(&script, 0, 0, PEER_READ, 0, NULL);
	ends(&script, begins(&script)); /* eof */
	line = begins(&script);
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	peer(&script, 0, 0, PEER_CLOSE, 0, NULL);
	ends(&script, line);
	assert_passes(&script, "client");
	script_close(&script);
}

static void feeding_in_two_halves_is_feeding_the_whole(void **state)
{
	(void)state;
	struct script script = script_open(CLEAN_CLOSE, STUDENT_SERVER);
	server_connected(&script, false);
	server_echoes(&script, true);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	ends(&script, line);
	student_reads(&script, 0, 0, 0);
	blocked_in(&script, 0, CALL_ACCEPT, 3);
	quiet(&script);
	script_judge(&script);
	/* Whatever is asked between two events changes nothing. */
	for (size_t cut = 0; cut <= script.timeline->count; cut++) {
		struct matcher *halves = matcher_create(script.test, script.arena);
		for (size_t i = 0; i < script.timeline->count; i++) {
			if (i == cut) {
				matcher_next(halves);
				matcher_waiting(halves);
				matcher_finished(halves);
				matcher_wants_counts(halves);
				matcher_wants_states(halves);
			}
			matcher_feed(halves, &script.timeline->events[i]);
		}
		for (uint32_t i = 0; i < script.test->line_count; i++)
			same_verdict(matcher_verdict(script.matcher, i), matcher_verdict(halves, i));
	}
	script_close(&script);
}

static void every_prefix_of_a_timeline_can_be_judged(void **state)
{
	(void)state;
	struct script script = script_open(CLEAN_CLOSE, STUDENT_SERVER);
	server_connected(&script, false);
	server_echoes(&script, true);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	ends(&script, line);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	size_t whole = script.timeline->count;
	for (size_t count = 0; count < whole; count++) {
		script.timeline->count = count;
		struct test_result result;
		judge_test(script.test, script.timeline, script.arena, &result);
		assert_true(result.verdict == TEST_ERROR || result.verdict == TEST_FAIL);
		assert_true(result.points == 0);
		assert_non_null(result.reason);
	}
	script.timeline->count = whole;
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_a_clean_close_passes),
		cmocka_unit_test(reference_on_both_sides_passes),
		cmocka_unit_test(students_client_passes_the_same_lifecycle),
		cmocka_unit_test(feeding_in_two_halves_is_feeding_the_whole),
		cmocka_unit_test(every_prefix_of_a_timeline_can_be_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
