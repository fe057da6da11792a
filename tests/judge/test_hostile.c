/* A stored timeline may hold anything: the judge neither breaks nor contradicts itself. */
#include "script.h"

#define EVERYTHING                                                                                                      \
	"    clients: [alice, bob]\n"                                                                                       \
	"    steps:\n"                                                                                                      \
	"      - server: listen\n"                                                                                          \
	"      - alice: connect\n"                                                                                          \
	"      - bob: connect\n"                                                                                            \
	"      - server: {accept: bob}\n"                                                                                   \
	"      - server: {accept: alice}\n"                                                                                 \
	"      - wire: [alice: SYN, server: SYN-ACK, alice: ACK, {not: {server: RST}}]\n"                                   \
	"      - state: {clients: ESTABLISHED, server: ESTABLISHED}\n"                                                      \
	"      - together:\n"                                                                                               \
	"          - [alice: {send: \"hello\\n\"}, server: {send: \"hello\\n\", to: alice}, server: {receive: 6B, from: "   \
	"alice}]\n"                                                                                                         \
	"          - [server: {send: {match: \"^id=([0-9]+)\", until: \"\\n\", as: ID}, to: bob}, server: {silent: bob}]\n" \
	"      - server: {stdout: {match: \"port ([0-9]+)\", as: PORT}}\n"                                                  \
	"      - server: {stderr: \"{PORT}\\n\"}\n"                                                                         \
	"      - alice: shutdown\n"                                                                                         \
	"      - server: {eof: alice}\n"                                                                                    \
	"      - server: {shutdown: alice}\n"                                                                               \
	"      - server: {close: alice}\n"                                                                                  \
	"      - server: {reset: bob}\n"                                                                                    \
	"      - sockets: {server: \"<= 3\"}\n"                                                                             \
	"      - server: alive\n"                                                                                           \
	"      - server: idle\n"                                                                                            \
	"      - signal: {server: SIGTERM}\n"                                                                               \
	"      - server: {exit: 0}\n"

static uint64_t state_of_chance;

static uint64_t chance(void)
{
	state_of_chance ^= state_of_chance << 13;
	state_of_chance ^= state_of_chance >> 7;
	state_of_chance ^= state_of_chance << 17;
	return state_of_chance;
}

static int64_t number(void)
{
	if (chance() % 64 == 0)
		return chance() % 2 != 0 ? INT64_MAX : INT64_MIN;
	static const int64_t odd[] = {-1, 0, 1, 2, 4, 6, 100, -11, -104, -111, 4096, 65536, (1LL << 32) | 2};
	return odd[chance() % (sizeof(odd) / sizeof(odd[0]))];
}

static const char *some_bytes(void)
{
	static const char *const some[] = {"hello\n", "hel", "lo\n", "id=4", "2\n", "port 80", "80\n", "x", ""};
	return some[chance() % 9];
}

static void random_call(struct event *event)
{
	event->call.call = (enum call)(chance() % (CALL_OTHER + 1));
	event->call.descriptor = (int)(chance() % 8) - 1;
	event->call.socket = 900 + chance() % 4;
	event->call.argument = number();
	event->call.result = chance() % 8 == 0 ? number() : (int64_t)(chance() % 8) - 1;
	event->call.repeat = chance() % 16 == 0 ? UINT32_MAX : 1;
	event->call.address = (struct address){.family = AF_INET, .port = SCRIPT_PORT};
}

static struct event random_event(const struct script *script)
{
	struct event event =
		blank((enum event_kind)(chance() % (EVENT_END + 1)), (int)(chance() % 5) - 1, (int)(chance() % 5) - 1);
	if (event.kind == EVENT_END || event.kind == EVENT_LIMIT || event.kind == EVENT_DROPPED ||
	    event.kind == EVENT_START)
		event.kind = EVENT_STEP;
	event.pid = event.tid = 100 + (int)(chance() % 3);
	const char *bytes = some_bytes();
	switch ((int)event.kind) {
	case EVENT_STEP:
		event.step.line = (uint32_t)(chance() % (script->test->line_count + 2));
		event.step.done = chance() % 2 != 0;
		event.step.error = chance() % 8 == 0 ? (int32_t)(chance() % 140) : 0;
		break;
	case EVENT_LAUNCH:
	case EVENT_FORK:
	case EVENT_EXIT:
		event.process.main = chance() % 2 != 0;
		event.process.status = (int32_t)chance() & 0xffff;
		break;
	case EVENT_CALL:
	case EVENT_RETURN:
		random_call(&event);
		break;
	case EVENT_CONNECTION:
		event.ends.client = (int16_t)((int)(chance() % 5) - 1);
		event.ends.server = (int16_t)((int)(chance() % 5) - 1);
		break;
	case EVENT_SEGMENT:
		event.segment.sender = (enum end)(chance() % 2);
		event.segment.flags = (uint8_t)(chance() & 31);
		event.segment.sequence = chance() % 8 == 0 ? UINT32_MAX : (uint32_t)(chance() % 8);
		event.segment.acknowledgment = (uint32_t)(chance() % 8);
		event.segment.length = chance() % 3 == 0 ? (uint32_t)(chance() % 8) : 0;
		event.segment.repeated = chance() % 8 == 0;
		break;
	case EVENT_STATE:
		event.state.end = (enum end)(chance() % 2);
		event.state.state = (enum tcp_state)(chance() % (STATE_TIME_WAIT + 1));
		event.state.confirmed = chance() % 2 != 0;
		event.state.held = chance() % 2 != 0;
		event.state.receive_queue = (uint32_t)(chance() % 8);
		break;
	case EVENT_PEER:
		event.peer.call = (enum peer_call)(chance() % (PEER_RESET + 1));
		event.peer.result = chance() % 2 != 0 ? (int64_t)strlen(bytes) : number();
		break;
	case EVENT_OUTPUT:
		event.output.descriptor = (int)(chance() % 4);
		break;
	case EVENT_COUNT:
		event.count.what = (enum count_kind)(chance() % (COUNT_THREADS + 1));
		event.count.value = number();
		break;
	case EVENT_BLOCKED:
		event.blocked.call = (enum call)(chance() % (CALL_OTHER + 1));
		event.blocked.descriptor = (int)(chance() % 8) - 1;
		break;
	case EVENT_SPIN:
		if (chance() % 16 != 0)
			event.kind = EVENT_QUIET;
		break;
	}
	if (event.kind == EVENT_PEER || event.kind == EVENT_OUTPUT || event.kind == EVENT_RETURN) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)strlen(bytes);
	}
	return event;
}

/* As far as both connections: so that chance meets the later lines too. */
static void begun_well(struct script *script)
{
	script_ready(script);
	launch(script, 0, 100);
	student_listens(script, 0);
	for (int i = 0; i < 2; i++) {
		const struct line *line = matcher_next(script->matcher);
		struct event step = blank(EVENT_STEP, i + 1, CONNECTION_NONE);
		step.step.line = line != NULL ? line->number : 1;
		script_feed(script, &step);
		handshake(script, i);
		connection_known(script, i, i + 1, 0);
		step.step.done = true;
		script_feed(script, &step);
		student_accepts(script, 0, i);
	}
}

static void random_timelines_are_judged_and_judged_alike(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 150; seed++) {
		state_of_chance = seed * UINT64_C(0x9e3779b97f4a7c15);
		struct script script = script_open(EVERYTHING, seed % 2 != 0 ? STUDENT_SERVER : STUDENT_BOTH);
		if (seed % 4 != 0)
			begun_well(&script);
		for (unsigned i = 0; i < 300; i++) {
			struct event event = random_event(&script);
			script_feed(&script, &event);
			/* As the runner does, now and then. */
			if (chance() % 4 == 0) {
				const struct line *line = matcher_next(script.matcher);
				struct event step = blank(EVENT_STEP, 0, CONNECTION_NONE);
				step.step.line = line != NULL ? line->number : 0;
				if (line != NULL)
					script_feed(&script, &step);
			}
		}
		for (uint32_t i = 0; i < script.test->line_count; i++) {
			const struct line_verdict *verdict = matcher_verdict(script.matcher, i);
			bool reasons = verdict->verdict == STEP_UNMET || verdict->verdict == STEP_INCONCLUSIVE;
			if (script.test->by_number[i]->kind != LINE_TOGETHER)
				assert_int_equal(reasons, verdict->seen != NULL);
			for (size_t j = 0; j < verdict->evidence.count; j++)
				assert_true(verdict->evidence.events[j] < script.timeline->count);
		}
		struct event end = blank(EVENT_END, ACTOR_NONE, CONNECTION_NONE);
		end.end.complete = true;
		script_feed(&script, &end);
		same_from_storage(&script);
		judge_test(script.test, script.timeline, script.arena, &script.result);
		assert_true(script.result.verdict != TEST_PASS || script.result.points == 10);
		assert_true(script.result.verdict == TEST_PASS || script.result.reason != NULL);
		script_close(&script);
	}
}

/* A line is decided once and for good: no later event changes a verdict. */
static void verdicts_do_not_change_any_more(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		state_of_chance = seed * UINT64_C(0x2545f4914f6cdd1d);
		struct script script = script_open(EVERYTHING, STUDENT_SERVER);
		enum step_verdict before[64] = {STEP_MET};
		assert_true(script.test->line_count <= 64);
		begun_well(&script);
		for (uint32_t i = 0; i < script.test->line_count; i++)
			before[i] = line_is(&script, i);
		for (unsigned i = 0; i < 200; i++) {
			struct event event = random_event(&script);
			script_feed(&script, &event);
			for (uint32_t j = 0; j < script.test->line_count; j++) {
				assert_true(before[j] == STEP_NOT_REACHED || before[j] == line_is(&script, j));
				before[j] = line_is(&script, j);
			}
		}
		script_close(&script);
	}
}

static void stream_past_its_ceiling_is_not_kept(void **state)
{
	(void)state;
	struct script script = script_open("    steps:\n      - server: listen\n      - client: connect\n"
	                                   "      - client: {send: \"hello\"}\n",
	                                   STUDENT_BOTH);
	script_ready(&script);
	handshake(&script, 0);
	connection_known(&script, 0, 1, 0);
	for (int i = 0; i < 4; i++)
		returns(&script, 1, (struct call_made){CALL_SENDFILE, 4, 901, 0, INT64_MAX, 0, 0, "hello"});
	quiet(&script);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_timelines_are_judged_and_judged_alike),
		cmocka_unit_test(verdicts_do_not_change_any_more),
		cmocka_unit_test(stream_past_its_ceiling_is_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
