/* The words of the lifecycle language, one row each.  Decoding, "did you mean", `grader explain` and the JSON Schema
 * are made from these rows. */
#pragma once

#include "model/lifecycle.h"

#include <stdbool.h>
#include <stddef.h>

#define VERB_GROUPS(X)                                                                                                 \
	X(GROUP_ROLE, "role") /* what a role does: "server: listen" */                                                     \
	X(GROUP_SEEN, "observation") /* what is seen on the way: "wire: […]" */                                          \
	X(GROUP_GRADER, "grader") /* what the grader itself does: "kill: server" */
NAMES_DECLARE(verb_group, VERB_GROUPS)

/* What stands behind a verb.  The word is how people call it. */
#define ARGUMENTS(X)                                                                                                   \
	X(ARGUMENT_NONE, "nothing")                                                                                        \
	X(ARGUMENT_ADDRESS, "nothing, outside or simultaneous")                                                            \
	X(ARGUMENT_DATA, "DATA")                                                                                           \
	X(ARGUMENT_DATA_OR_SIZE, "DATA or SIZE")                                                                           \
	X(ARGUMENT_INPUT, "DATA, or eof")                                                                                  \
	X(ARGUMENT_STATUS, "a status from 0 to 255, nonzero, any, or a signal's name")                                     \
	X(ARGUMENT_SEGMENT, "a segment such as SYN-ACK, FIN or DATA 3")                                                    \
	X(ARGUMENT_ORDER, "a list of places such as [2, 1, 3]")                                                            \
	X(ARGUMENT_DELAY, "a map of SEGMENT: duration")                                                                    \
	X(ARGUMENT_WINDOW, "0, open, or a size")                                                                           \
	X(ARGUMENT_WIRE, "a list of ROLE: SEGMENT")                                                                        \
	X(ARGUMENT_STATES, "a map of ROLE: STATE")                                                                         \
	X(ARGUMENT_COUNTS, "a map of ROLE: COUNT")                                                                         \
	X(ARGUMENT_ROLE, "a role")                                                                                         \
	X(ARGUMENT_SIGNAL, "a map of ROLE: SIGNAL")                                                                        \
	X(ARGUMENT_DURATION, "a duration")                                                                                 \
	X(ARGUMENT_BRANCHES, "a list of lists of steps")                                                                   \
	X(ARGUMENT_REPEAT, "a map of times and steps")
NAMES_DECLARE(argument, ARGUMENTS)

/* What an expectation of the verb is decided by. */
#define NEEDS(X)                                                                                                       \
	X(NEED_CALLS, "calls")                                                                                             \
	X(NEED_SEGMENTS, "segments")                                                                                       \
	X(NEED_STATES, "states")                                                                                           \
	X(NEED_PEER, "the peer's own calls")                                                                               \
	X(NEED_PROCESS, "processes")                                                                                       \
	X(NEED_OUTPUT, "output")                                                                                           \
	X(NEED_COUNTS, "counts")
NAMES_DECLARE(need, NEEDS)

/* Which key names the other end of a role's verb. */
enum other_key { OTHER_NONE, OTHER_TO, OTHER_FROM, OTHER_EITHER };

struct verb_row {
	enum verb verb;
	enum verb_group group;
	enum argument argument;
	bool short_form; /* "server: listen": needs no argument */
	enum other_key other; /* GROUP_ROLE */
	unsigned sides; /* GROUP_ROLE: 1u << enum side */
	unsigned transports; /* 1u << enum transport */
	const char *transport_lack; /* why the others lack it; NULL */
	unsigned needs; /* 1u << enum need: any of them decides it; 0: nothing to decide */
	const char *help; /* one sentence */
	const char *peer; /* GROUP_ROLE: what the reference peer does; NULL: nothing */
	const char *student; /* GROUP_ROLE: what the student's program is watched for */
	const char *example; /* one step in YAML */
};

/* The row of a verb; never NULL. */
const struct verb_row *verb_row(enum verb);
/* True for what shapes single segments: lose, duplicate, reorder, delay, window. */
bool verb_shapes(enum verb);
/* True when the verb takes `to:` or `from:`. */
bool verb_has_other(enum verb);

/* What a key takes. */
#define KEY_TYPES(X)                                                                                                   \
	X(KEY_ONE, "1")                                                                                                    \
	X(KEY_NAME, "a name")                                                                                              \
	X(KEY_TEXT, "text")                                                                                                \
	X(KEY_NUMBER, "a number")                                                                                          \
	X(KEY_COUNT, "a whole number")                                                                                     \
	X(KEY_SIZE, "a size such as 4KiB")                                                                                 \
	X(KEY_DURATION, "a duration such as 200ms")                                                                        \
	X(KEY_BOOLEAN, "true or false")                                                                                    \
	X(KEY_CHOICE, "one of a few words")                                                                                \
	X(KEY_CHOICES, "a list of words")                                                                                  \
	X(KEY_NAMES, "a list of names")                                                                                    \
	X(KEY_ROLES, "a number, or a list of names")                                                                       \
	X(KEY_PATTERN, "a POSIX extended regular expression")                                                              \
	X(KEY_PIECES, "a list of numbers of bytes")                                                                        \
	X(KEY_REPEATED, "a map of text and times")                                                                         \
	X(KEY_STEPS, "a list of steps")                                                                                    \
	X(KEY_TESTS, "a list of tests")                                                                                    \
	X(KEY_LIMITS, "a map of limits")                                                                                   \
	X(KEY_COMMAND, "a command: a list of arguments, or a line for the shell")                                          \
	X(KEY_COMMANDS, "a map of ROLE: command")                                                                          \
	X(KEY_BYTES, "a number of bytes, or a size such as 4KiB")                                                          \
	X(KEY_VARY, "a map of segments and short")                                                                         \
	X(KEY_FAULTS, "a list of maps with call, nth or every, count or error")
NAMES_DECLARE(key_type, KEY_TYPES)

/* One key of a map. */
struct key_row {
	const char *name;
	enum key_type type;
	bool required;
	const char *const *choices; /* KEY_CHOICE, KEY_CHOICES; ends with NULL */
	const char *help; /* one sentence */
};

enum spec_key { SPEC_FORMAT, SPEC_NAME, SPEC_TITLE, SPEC_TRANSPORT, SPEC_TESTS, SPEC_KEYS };
extern const struct key_row spec_keys[SPEC_KEYS];

enum test_key {
	TEST_NAME,
	TEST_TITLE,
	TEST_POINTS,
	TEST_CITE,
	TEST_HINT,
	TEST_REQUIRES,
	TEST_CLIENTS,
	TEST_SERVERS,
	TEST_STUDENT,
	TEST_TRANSPORT,
	TEST_BUFFERS,
	TEST_LIMITS,
	TEST_ALLOW,
	TEST_SCORE,
	TEST_ROBUSTNESS,
	TEST_HIDDEN,
	TEST_SHOW,
	TEST_STEPS,
	TEST_VARY,
	TEST_FAULTS,
	TEST_TIME,
	TEST_NETWORK,
	TEST_KEYS
};
extern const struct key_row test_keys[TEST_KEYS];

/* Of `time:`. */
extern const char *const time_words[];
enum time_choice { TIME_REAL, TIME_VIRTUAL };

enum vary_key { VARY_SEGMENTS, VARY_SHORT, VARY_KEYS };
extern const struct key_row vary_keys[VARY_KEYS];

enum setback_key { SETBACK_CALL, SETBACK_NTH, SETBACK_EVERY, SETBACK_COUNT, SETBACK_ERROR, SETBACK_KEYS };
extern const struct key_row setback_keys[SETBACK_KEYS];

enum assignment_key {
	ASSIGNMENT_FORMAT,
	ASSIGNMENT_NAME,
	ASSIGNMENT_TITLE,
	ASSIGNMENT_SPEC,
	ASSIGNMENT_STUDENT,
	ASSIGNMENT_BUILD,
	ASSIGNMENT_RUN,
	ASSIGNMENT_LIMITS,
	ASSIGNMENT_TIME,
	ASSIGNMENT_KEYS
};
extern const struct key_row assignment_keys[ASSIGNMENT_KEYS];

enum limit_key {
	LIMITS_TIME,
	LIMITS_MEMORY,
	LIMITS_PROCESSES,
	LIMITS_OUTPUT,
	LIMITS_DESCRIPTORS,
	LIMITS_FILES,
	LIMITS_KEYS
};
extern const struct key_row limit_keys[LIMITS_KEYS];

enum data_key {
	DATA_KEY_TEXT,
	DATA_KEY_HEX,
	DATA_KEY_BASE64,
	DATA_KEY_FILE,
	DATA_KEY_RANDOM,
	DATA_KEY_REPEAT,
	DATA_KEY_LINES,
	DATA_KEY_MATCH,
	DATA_KEY_ANY,
	DATA_SOURCES, /* exactly one of those above; those below go with some of them */
	DATA_KEY_SEED = DATA_SOURCES,
	DATA_KEY_UNTIL,
	DATA_KEY_AS,
	DATA_KEY_EXAMPLE,
	DATA_KEYS
};
extern const struct key_row data_keys[DATA_KEYS];

/* Beside a role's verb. */
enum beside_key { BESIDE_TO, BESIDE_FROM, BESIDE_SEGMENTS, BESIDE_WITH, BESIDE_KEYS };
extern const struct key_row beside_keys[BESIDE_KEYS];

/* Of `repeat:`, as a step and as DATA. */
enum repeat_key { REPEAT_TIMES, REPEAT_STEPS, REPEAT_KEYS };
extern const struct key_row repeat_keys[REPEAT_KEYS];
enum repeated_key { REPEATED_TEXT, REPEATED_TIMES, REPEATED_KEYS };
extern const struct key_row repeated_keys[REPEATED_KEYS];

/* Ceilings of what a spec may ask for. */
enum {
	TESTS_MOST = 1000, /* of a spec */
	CLIENTS_MOST = 1000, /* of a test */
	SERVERS_MOST = 8, /* of a test */
	NAME_MOST = 64, /* bytes of a name */
	PIECES_MOST = 100000, /* of `segments:` */
	ORDER_MOST = 16, /* segments that one `reorder` puts in order */
	PATTERN_MOST = 1024, /* bytes of a regular expression */
	ARGUMENTS_MOST = 256, /* of a command */
	VARY_MOST = 10000, /* runs of one varied test */
	YAML_BYTES = 256 << 10, /* of a file */
	YAML_DEPTH = 32,
	YAML_KEYS = 1000, /* of one map */
};
#define DATA_MOST ((uint64_t)64 << 20) /* bytes of one DATA */
#define SPEC_DATA_MOST ((uint64_t)256 << 20) /* bytes of all DATA of a spec */
