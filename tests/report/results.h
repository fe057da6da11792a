/* A result with a test of every verdict, one of them hidden, and the timelines of two. */
#pragma once

#include "recordings.h"

#include "report/visible.h"

enum {
	TEST_START,
	TEST_CLEAN_CLOSE,
	TEST_SECRET,
	TEST_BEHIND_SECRET,
	TEST_BEHIND_CLOSE,
	TEST_HINTED,
	TEST_SEALED,
	TEST_TWO_CLIENTS,
	TEST_SIGPIPE,
	TEST_RESTART,
	TEST_BROKEN,
	TEST_FLAKY,
	SAMPLE_TESTS
};

/* Words that only the hidden test uses. */
#define SECRET_NAME "zero-window-trap"
#define SECRET_TITLE "Nobody is to know of this"
#define SECRET_POINTS 13.25
#define SECRET_WORD "quetzal"

static const size_t needs_start[] = {TEST_START}, needs_secret[] = {TEST_SECRET}, needs_close[] = {TEST_CLEAN_CLOSE};

static const struct test sample_tests[SAMPLE_TESTS] = {
	[TEST_START] = {.name = "handshake",
                    .title = "A connection is set up and fetched",
                    .points = 10,
                    .cite = "RFC 9293 §3.5",
                    .actors = recording_actors,
                    .actor_count = 2},
	[TEST_CLEAN_CLOSE] = {.name = "clean-close",
                          .title = "read() == 0 is the end of the stream, and both sides close",
                          .points = 20,
                          .cite = "RFC 9293 §3.6",
                          .actors = recording_actors,
                          .actor_count = 2,
                          .hint = "What does read() return when the other side has closed, and what follows from "
                                  "that for the descriptor?",
                          .requires = needs_start,
                          .requires_count = 1},
	[TEST_SECRET] = {.name = SECRET_NAME,
                     .title = SECRET_TITLE,
                     .points = SECRET_POINTS,
                     .hidden = true,
                     .hint = "Think of the " SECRET_WORD,
                     .actors = recording_actors,
                     .actor_count = 2},
	[TEST_BEHIND_SECRET] = {.name = "large-echo",
                            .title = "A large message comes back whole",
                            .points = 5,
                            .requires = needs_secret,
                            .requires_count = 1},
	[TEST_BEHIND_CLOSE] = {.name = "sequential",
                           .title = "One client after the other",
                           .points = 5,
                           .requires = needs_close,
                           .requires_count = 1},
	[TEST_HINTED] = {.name = "half-close",
                     .title = "Data still comes after a half-close",
                     .points = 10,
                     .show = SHOW_HINT,
                     .hint = "shutdown() closes one direction only.",
                     .cite = "POSIX shutdown()"},
	[TEST_SEALED] = {.name = "binary",
                     .title = "Bytes that are no text",
                     .points = 10,
                     .show = SHOW_VERDICT,
                     .hint = "strlen() stops at the first 0",
                     .cite = "C17 7.24.6.3"},
	[TEST_TWO_CLIENTS] = {.name = "two-clients",
                          .title = "A quiet client does not starve another",
                          .points = 15,
                          .actors = recording_three,
                          .actor_count = 3},
	[TEST_SIGPIPE] = {.name = "sigpipe",
                      .title = "Writing to a client that is gone ends no server",
                      .points = 5,
                      .robustness = true},
	[TEST_RESTART] = {.name = "restart", .title = "The server can be restarted at once on the same port", .points = 10},
	[TEST_BROKEN] = {.name = "many", .title = "50 connections without a leak", .points = 5},
	[TEST_FLAKY] = {.name = "idle", .title = "No CPU is burnt while nothing happens", .points = 2.5},
};

static const struct spec sample_spec = {
	.path = "specs/echo.yaml", .name = "echo", .title = "TCP echo", .tests = sample_tests, .test_count = SAMPLE_TESTS};

struct sample {
	struct result result;
	struct test_result tests[SAMPLE_TESTS];
	struct step_result close_steps[10], secret_steps[1], hinted_steps[1], sealed_steps[1], client_steps[6];
	struct rule_result close_rules[1];
	struct finding findings[3];
	struct plan_test plans[SAMPLE_TESTS];
	struct recorded recorded[SAMPLE_TESTS];
	struct timeline *timelines[3];
};

static inline struct step_result sample_step(unsigned line, const char *text, const char *actor, bool expectation,
                                             enum step_verdict verdict)
{
	return (struct step_result){
		.place = {line, 9}, .text = text, .actor = actor, .expectation = expectation, .verdict = verdict};
}

static inline void sample_clean_close(struct sample *sample)
{
	struct step_result *steps = sample->close_steps;
	struct evidence evidence;
	sample->timelines[0] = record_eof_ignored(&evidence);
	steps[0] = sample_step(30, "server: listen", "server", true, STEP_MET);
	steps[1] = sample_step(31, "client: connect", "client", false, STEP_MET);
	steps[2] = sample_step(32, "client: {send: \"bye\\n\"}", "client", false, STEP_MET);
	steps[3] = sample_step(33, "server: {send: \"bye\\n\"}", "server", true, STEP_MET);
	steps[4] = sample_step(34, "client: close", "client", false, STEP_MET);
	steps[5] = sample_step(35, "wire: [client: FIN, server: ACK]", NULL, true, STEP_MET);
	steps[6] = sample_step(36, "server: eof", "server", true, STEP_MET);
	steps[7] = sample_step(37, "server: close", "server", true, STEP_UNMET);
	steps[7].expected = "the server closes its last descriptor of the connection";
	steps[7].seen = "it read 0 bytes and read again, 48,211 times, and descriptor 4 is still open";
	steps[7].evidence = evidence;
	steps[8] = sample_step(38, "wire: [server: FIN, client: ACK]", NULL, true, STEP_NOT_REACHED);
	steps[9] = sample_step(39, "state: {client: TIME_WAIT, server: CLOSED}", NULL, true, STEP_NOT_REACHED);
	sample->close_rules[0] = (struct rule_result){RULE_SPIN,
	                                              "server",
	                                              "48,211 calls of read(4), all with result 0",
	                                              {.events = {evidence.events[1]}, .count = 1}};
	sample->findings[0] = (struct finding){.id = "eof-ignored",
	                                       .test = "clean-close",
	                                       .actor = "server",
	                                       .sentence = "read(4) returned 0, the end of the stream, and the server "
	                                                   "read on 48,211 times instead of closing.",
	                                       .evidence = {.events = {evidence.events[0]}, .count = 1}};
	sample->tests[TEST_CLEAN_CLOSE] = (struct test_result){.verdict = TEST_FAIL,
	                                                       .max_points = 20,
	                                                       .steps = steps,
	                                                       .step_count = 10,
	                                                       .rules = sample->close_rules,
	                                                       .rule_count = 1,
	                                                       .runs = 1,
	                                                       .duration_ns = 121400000};
}

static inline void sample_two_clients(struct sample *sample)
{
	struct step_result *steps = sample->client_steps;
	struct evidence evidence;
	sample->timelines[1] = record_two_clients(&evidence);
	steps[0] = sample_step(60, "server: listen", "server", true, STEP_MET);
	steps[1] = sample_step(61, "alice: connect", "alice", false, STEP_MET);
	steps[2] = sample_step(62, "bob: connect", "bob", false, STEP_MET);
	steps[3] = sample_step(63, "bob: {send: \"hello\\n\"}", "bob", false, STEP_MET);
	steps[4] = sample_step(64, "server: {send: \"hello\\n\", to: bob}", "server", true, STEP_UNMET);
	steps[4].expected = "\"hello\\n\" comes back to bob";
	steps[4].seen = "nothing: the server waits in read(4) on the connection with alice";
	steps[4].evidence = evidence;
	sample->tests[TEST_TWO_CLIENTS] = (struct test_result){
		.verdict = TEST_FAIL, .max_points = 15, .steps = steps, .step_count = 5, .runs = 1, .duration_ns = 2300000};
	sample->findings[2] = (struct finding){.id = "serial-server",
	                                       .test = "two-clients",
	                                       .actor = "server",
	                                       .sentence = "While alice says nothing, bob waits: the server serves one "
	                                                   "client at a time.",
	                                       .evidence = evidence};
}

/* What a student may not see, in every member that can hold words. */
static inline void sample_secret(struct sample *sample)
{
	struct evidence evidence;
	sample->timelines[2] = record_long(&evidence);
	sample->secret_steps[0] = sample_step(45, "server: {send: " SECRET_WORD "}", "server", true, STEP_UNMET);
	sample->secret_steps[0].expected = SECRET_WORD;
	sample->secret_steps[0].seen = "no " SECRET_WORD;
	sample->tests[TEST_SECRET] = (struct test_result){.verdict = TEST_FAIL,
	                                                  .max_points = SECRET_POINTS,
	                                                  .reason = SECRET_WORD,
	                                                  .steps = sample->secret_steps,
	                                                  .step_count = 1,
	                                                  .runs = 1,
	                                                  .duration_ns = 77123000};
	sample->findings[1] = (struct finding){
		.id = "secret-finding", .test = SECRET_NAME, .actor = "server", .sentence = SECRET_WORD, .evidence = evidence};
}

static inline void sample_limited(struct sample *sample)
{
	sample->hinted_steps[0] = sample_step(50, "server: ocelot", "server", true, STEP_UNMET);
	sample->hinted_steps[0].seen = "an ocelot";
	sample->tests[TEST_HINTED] = (struct test_result){.verdict = TEST_FAIL,
	                                                  .max_points = 10,
	                                                  .reason = "ocelots",
	                                                  .steps = sample->hinted_steps,
	                                                  .step_count = 1,
	                                                  .runs = 1};
	sample->sealed_steps[0] = sample_step(55, "server: marmot", "server", true, STEP_UNMET);
	sample->tests[TEST_SEALED] = (struct test_result){.verdict = TEST_FAIL,
	                                                  .max_points = 10,
	                                                  .reason = "marmots",
	                                                  .steps = sample->sealed_steps,
	                                                  .step_count = 1,
	                                                  .runs = 1};
}

static inline void sample_plan(struct sample *sample, size_t index, struct timeline *timeline)
{
	sample->plans[index] = (struct plan_test){.test = &sample_tests[index],
	                                          .index = index,
	                                          .spec = &sample_spec,
	                                          .student = {[SIDE_SERVER] = true},
	                                          .port = 8080};
	sample->recorded[index] = (struct recorded){&sample->plans[index], timeline};
}

static inline void sample_make(struct sample *sample)
{
	*sample = (struct sample){0};
	struct test_result *tests = sample->tests;
	tests[TEST_START] = (struct test_result){.points = 10, .max_points = 10, .runs = 1, .duration_ns = 3210000};
	sample_clean_close(sample);
	sample_secret(sample);
	sample_two_clients(sample);
	sample_limited(sample);
	tests[TEST_BEHIND_SECRET] = (struct test_result){
		.verdict = TEST_SKIPPED, .max_points = 5, .reason = "not tried: it needs " SECRET_NAME ", which did not pass"};
	tests[TEST_BEHIND_CLOSE] = (struct test_result){
		.verdict = TEST_SKIPPED, .max_points = 5, .reason = "not tried: it needs clean-close, which did not pass"};
	tests[TEST_SIGPIPE] = (struct test_result){.points = 5, .max_points = 5, .runs = 1, .duration_ns = 4000000};
	tests[TEST_RESTART] = (struct test_result){
		.verdict = TEST_INCONCLUSIVE, .max_points = 10, .runs = 1, .reason = "the capture lost 12 segments"};
	tests[TEST_BROKEN] = (struct test_result){
		.verdict = TEST_ERROR, .max_points = 5, .runs = 1, .reason = "no memory for a network namespace"};
	tests[TEST_FLAKY] = (struct test_result){.points = 2.5, .max_points = 2.5, .unstable = true, .runs = 20};
	for (size_t i = 0; i < SAMPLE_TESTS; i++)
		tests[i].test = &sample_tests[i];
	sample_plan(sample, TEST_CLEAN_CLOSE, sample->timelines[0]);
	sample_plan(sample, TEST_TWO_CLIENTS, sample->timelines[1]);
	sample_plan(sample, TEST_SECRET, sample->timelines[2]);
	sample->result = (struct result){.spec = &sample_spec,
	                                 .assignment = "echo-server",
	                                 .title = "Lab 1: a TCP echo server",
	                                 .submission = "ada",
	                                 .rung = RUNG_B,
	                                 .seed = 18446744073709551615u,
	                                 .student = "server",
	                                 .tests = tests,
	                                 .test_count = SAMPLE_TESTS,
	                                 .findings = sample->findings,
	                                 .finding_count = 3,
	                                 .points = 17.5,
	                                 .max_points = 110.75,
	                                 .built = true};
	memset(sample->result.spec_digest, 'a', 64);
	memset(sample->result.submission_digest, '7', 64);
}

static inline void sample_release(struct sample *sample)
{
	for (size_t i = 0; i < 3; i++)
		timeline_destroy(sample->timelines[i]);
}
