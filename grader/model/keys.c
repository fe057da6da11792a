/* The keys of every map of the lifecycle language but those of a step. */
#include "model/verbs.h"

NAMES_DEFINE(key_type, KEY_TYPES)

static const char *const with_words[] = {"FIN", "RST", NULL};
static const char *const score_words[] = {"all", "steps", NULL};
const char *const time_words[] = {"real", "virtual", NULL};
#define TIME_HELP                                                                                                      \
	"virtual: when all is quiet but for a time-out, time jumps to it, so that a program that sleeps 5 s costs none; "  \
	"limits hold in the program's time. Covered: time(), gettimeofday(), clock_gettime() of every clock but those of " \
	"CPU time; nanosleep and its like, poll, select and epoll_wait, time-outs of sockets and of locks, alarm and "     \
	"setitimer. While a timer of timerfd_create() or timer_create() is armed its time is waited for. Not covered: "    \
	"the processor's own counter, times of files, the kernel's TCP timers. Tests of more than 64 KiB and hosts "       \
	"without tracing keep real time."
static const char *const fault_calls[] = {"read", "write", "accept", "poll", "socket", NULL};

const struct key_row spec_keys[SPEC_KEYS] = {
	[SPEC_FORMAT] = {"format", KEY_ONE, true, NULL, "The format of this file: 1."},
	[SPEC_NAME] = {"name", KEY_NAME, true, NULL, "The spec's short name."},
	[SPEC_TITLE] = {"title", KEY_TEXT, false, NULL, "What people read; left out: the name."},
	[SPEC_TRANSPORT] = {"transport", KEY_CHOICE, false, transport_words,
                        "tcp: bytes over connections; udp: datagrams, each sent and received whole; left out: tcp."},
	[SPEC_TESTS] = {"tests", KEY_TESTS, true, NULL, "The lifecycles."},
};

const struct key_row test_keys[TEST_KEYS] = {
	[TEST_NAME] = {"name", KEY_NAME, true, NULL, "Short and unique within the spec."},
	[TEST_TITLE] = {"title", KEY_TEXT, false, NULL, "What people read; left out: the name."},
	[TEST_POINTS] = {"points", KEY_NUMBER, false, NULL, "What the test is worth, 0 or more; left out: 1."},
	[TEST_CITE] = {"cite", KEY_TEXT, false, NULL, "Where it is laid down: \"RFC 9293 §3.6\"."},
	[TEST_HINT] = {"hint", KEY_TEXT, false, NULL, "A question that helps a student whose program fails."},
	[TEST_REQUIRES] = {"requires", KEY_NAMES, false, NULL, "Tests without which this one is skipped."},
	[TEST_CLIENTS] = {"clients", KEY_ROLES, false, NULL,
                      "The clients by name, or how many: 50 makes client.1 to client.50; left out: one named client."},
	[TEST_SERVERS] = {"servers", KEY_ROLES, false, NULL,
                      "The servers by name, or how many; left out: one named server."},
	[TEST_STUDENT] = {"student", KEY_CHOICES, false, side_words,
                      "Graded only where the student writes this role; the reference plays the others."},
	[TEST_TRANSPORT] = {"transport", KEY_CHOICE, false, transport_words, "tcp or udp; left out: the spec's."},
	[TEST_BUFFERS] = {"buffers", KEY_SIZE, false, NULL,
                      "How large the buffers of TCP sockets are, 4KiB to 400KiB; left out: as the system has them."},
	[TEST_LIMITS] = {"limits", KEY_LIMITS, false, NULL, "Limits of this test, over the assignment's."},
	[TEST_ALLOW] = {"allow", KEY_CHOICES, false, rule_words, "Standing rules that do not hold in this test."},
	[TEST_SCORE] = {"score", KEY_CHOICE, false, score_words,
                    "all: the points or none; steps: by the share of expectations met; left out: all."},
	[TEST_ROBUSTNESS] = {"robustness", KEY_BOOLEAN, false, NULL, "Marks a test beyond what most courses grade."},
	[TEST_HIDDEN] = {"hidden", KEY_BOOLEAN, false, NULL, "Students see neither its steps nor its evidence."},
	[TEST_SHOW] = {"show", KEY_CHOICE, false, show_words, "How much a student sees; left out: full."},
	[TEST_STEPS] = {"steps", KEY_STEPS, true, NULL, "The lifecycle, line by line."},
	[TEST_VARY] =
		{"vary", KEY_VARY, false, NULL,
         "Runs it under many ways of cutting the same bytes into segments, and of joining sends that stand one "
         "behind the other, and tells the smallest one that fails; each piece is sent when the student's program has taken the last one and rests."},
	[TEST_FAULTS] =
		{"faults", KEY_FAULTS, false, NULL,
         "Lets calls of the student's program on its network sockets meet what POSIX allows and a laptop "
         "rarely shows. Never where it would not be legal: EAGAIN only on sockets that do not block, "
         "neither EAGAIN nor short counts under EPOLLET, short counts only in streams, ENOBUFS of write only over UDP. EINTR comes while "
         "the call is blocked where it blocks. Makes the test one of robustness."},
	[TEST_TIME] = {"time", KEY_CHOICE, false, time_words, TIME_HELP},
	[TEST_NETWORK] =
		{"network", KEY_CHOICE, false, network_words,
         "raw: the reference plays its roles by a TCP of its own, which can lose, repeat, reorder and delay "
         "single segments; left out: kernel."},
};

const struct key_row vary_keys[VARY_KEYS] = {
	[VARY_SEGMENTS] = {"segments", KEY_COUNT, false, NULL,
                       "How many ways of cutting what the reference sends; the test as written is the first."},
	[VARY_SHORT] = {"short", KEY_COUNT, false, NULL,
                    "How many runs with short reads, short writes and EINTR; makes the test one of robustness."},
};

const struct key_row setback_keys[SETBACK_KEYS] = {
	[SETBACK_CALL] = {"call", KEY_CHOICE, true, fault_calls,
                      "Which call, by its family: read is recv(2), readv(2), …, too."},
	[SETBACK_NTH] = {"nth", KEY_COUNT, false, NULL, "The n-th such call of the program, from 1."},
	[SETBACK_EVERY] = {"every", KEY_COUNT, false, NULL, "Every n-th such call."},
	[SETBACK_COUNT] = {"count", KEY_BYTES, false, NULL, "At most so many bytes: the kernel does the shorter call."},
	[SETBACK_ERROR] = {"error", KEY_CHOICE, false, setback_error_words,
                       "It fails with this error, and nothing is done."},
};

const struct key_row assignment_keys[ASSIGNMENT_KEYS] = {
	[ASSIGNMENT_FORMAT] = {"format", KEY_ONE, true, NULL, "The format of this file: 1."},
	[ASSIGNMENT_NAME] = {"name", KEY_NAME, true, NULL, "The assignment's short name."},
	[ASSIGNMENT_TITLE] = {"title", KEY_TEXT, false, NULL, "What people read; left out: the name."},
	[ASSIGNMENT_SPEC] = {"spec", KEY_TEXT, true, NULL, "The spec's file, relative to this one."},
	[ASSIGNMENT_STUDENT] = {"student", KEY_CHOICES, true, side_words, "The roles that the student writes."},
	[ASSIGNMENT_BUILD] = {"build", KEY_COMMAND, false, NULL, "How a submission is built; left out: not at all."},
	[ASSIGNMENT_RUN] = {"run", KEY_COMMANDS, true, NULL,
                        "How each role's program is started; {port} and {host} stand for the test's."},
	[ASSIGNMENT_LIMITS] = {"limits", KEY_LIMITS, false, NULL, "What a program may use."},
	[ASSIGNMENT_TIME] = {"time", KEY_CHOICE, false, time_words, "As `time` of a test, for all tests that say nothing."},
};

const struct key_row limit_keys[LIMITS_KEYS] = {
	[LIMITS_TIME] = {"time", KEY_DURATION, false, NULL, "How long a test may take; left out: 10s."},
	[LIMITS_MEMORY] = {"memory", KEY_SIZE, false, NULL, "Left out: 1GiB."},
	[LIMITS_PROCESSES] = {"processes", KEY_COUNT, false, NULL, "Processes and threads; left out: 256."},
	[LIMITS_OUTPUT] = {"output", KEY_SIZE, false, NULL, "What it may print; left out: 1MiB."},
	[LIMITS_DESCRIPTORS] = {"descriptors", KEY_COUNT, false, NULL, "Open at once in a process; left out: 1024."},
	[LIMITS_FILES] = {"files", KEY_SIZE, false, NULL, "What it may write into a file; left out: 64MiB."},
};

const struct key_row data_keys[DATA_KEYS] = {
	[DATA_KEY_TEXT] = {"text", KEY_TEXT, false, NULL, "These characters; {NAME} is what `as: NAME` kept before."},
	[DATA_KEY_HEX] = {"hex", KEY_TEXT, false, NULL, "Bytes in hexadecimal: \"00 ff 0a\"."},
	[DATA_KEY_BASE64] = {"base64", KEY_TEXT, false, NULL, "Bytes in base64 (RFC 4648)."},
	[DATA_KEY_FILE] = {"file", KEY_TEXT, false, NULL, "The bytes of a file, relative to the spec."},
	[DATA_KEY_RANDOM] = {"random", KEY_SIZE, false, NULL, "That many random bytes, the same ones for the same seed."},
	[DATA_KEY_REPEAT] = {"repeat", KEY_REPEATED, false, NULL, "The same text many times."},
	[DATA_KEY_LINES] = {"lines", KEY_COUNT, false, NULL, "That many numbered lines: \"line 1\", \"line 2\", …"},
	[DATA_KEY_MATCH] =
		{"match", KEY_PATTERN, false, NULL,
         "A POSIX extended regular expression over what comes next; the reference peer sends a text that matches."},
	[DATA_KEY_ANY] = {"any", KEY_SIZE, false, NULL, "That many bytes, whatever they are."},
	[DATA_KEY_SEED] = {"seed", KEY_COUNT, false, NULL, "Of `random`; left out: by the test and the run's seed."},
	[DATA_KEY_UNTIL] = {"until", KEY_PATTERN, false, NULL, "Where what `match` looks at ends."},
	[DATA_KEY_AS] = {"as", KEY_NAME, false, NULL,
                     "Keeps the first group of `match` (without one: all of it) under a name, for {NAME} later."},
	[DATA_KEY_EXAMPLE] = {"example", KEY_TEXT, false, NULL,
                          "What the reference peer sends for `match`; left out: a short text that it makes up."},
};

const struct key_row beside_keys[BESIDE_KEYS] = {
	[BESIDE_TO] = {"to", KEY_NAME, false, NULL, "The other end, where the role has several."},
	[BESIDE_FROM] = {"from", KEY_NAME, false, NULL, "The other end, where the role has several."},
	[BESIDE_SEGMENTS] = {"segments", KEY_PIECES, false, NULL, "Cuts what is sent into pieces of so many bytes."},
	[BESIDE_WITH] = {"with", KEY_CHOICE, false, with_words,
                     "FIN: the last bytes carry the FIN of a shutdown; RST: a reset comes right behind them."},
};

const struct key_row repeat_keys[REPEAT_KEYS] = {
	[REPEAT_TIMES] = {"times", KEY_COUNT, true, NULL, "How often."},
	[REPEAT_STEPS] = {"steps", KEY_STEPS, true, NULL, "What is done each time."},
};

const struct key_row repeated_keys[REPEATED_KEYS] = {
	[REPEATED_TEXT] = {"text", KEY_TEXT, true, NULL, "What is repeated."},
	[REPEATED_TIMES] = {"times", KEY_COUNT, true, NULL, "How often."},
};
