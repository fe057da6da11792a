#include "timeline/fields.h"

#include <string.h>
#include <sys/socket.h>

/* clang-format off */
#define FIELD(member, kind, usual_value) {#member, offsetof(struct event, member), kind, NULL, usual_value, false}
#define NAMED(name, member, kind, usual_value) {name, offsetof(struct event, member), kind, NULL, usual_value, false}
#define SHOWN(name, member, kind) {name, offsetof(struct event, member), kind, NULL, 0, true}
#define WORD(name, member, list) {name, offsetof(struct event, member), FIELD_WORD, list, 0, true}
/* clang-format on */
#define LIST(array) ((struct fields){array, sizeof(array) / sizeof((array)[0])})

_Static_assert(sizeof(struct event) == 120, "a new member of struct event needs a row here");

static const char *const end_words[] = {"client", "server", NULL};

static const struct field common[] = {
	SHOWN("time_ns", time_ns, FIELD_INT64),
	FIELD(actor, FIELD_INT16, ACTOR_NONE),
	FIELD(connection, FIELD_INT16, CONNECTION_NONE),
	FIELD(pid, FIELD_INT32, 0),
	FIELD(tid, FIELD_INT32, 0),
	FIELD(site, FIELD_UINT32, 0),
};

static const struct field start[] = {
	WORD("rung", start.rung, rung_words),
	WORD("watch", start.watch, watch_level_words),
	SHOWN("port", start.port, FIELD_UINT16),
	NAMED("seed", start.seed, FIELD_UINT64, 0),
};

static const struct field step[] = {
	SHOWN("line", step.line, FIELD_UINT32),
	SHOWN("done", step.done, FIELD_BOOLEAN),
	NAMED("error", step.error, FIELD_INT32, 0),
	NAMED("progress", step.progress, FIELD_INT64, 0),
};

static const struct field process[] = {
	NAMED("parent", process.parent, FIELD_INT32, 0),
	NAMED("main", process.main, FIELD_BOOLEAN, false),
	NAMED("thread", process.thread, FIELD_BOOLEAN, false),
	NAMED("status", process.status, FIELD_INT32, 0),
};

/* A call that was entered has no result yet. */
#define CALL_FIELDS(result_always, repeat_usual)                                                                       \
	WORD("call", call.call, call_words), NAMED("descriptor", call.descriptor, FIELD_INT32, DESCRIPTOR_NONE),           \
		NAMED("socket", call.socket, FIELD_UINT64, 0), NAMED("argument", call.argument, FIELD_INT64, 0),               \
		NAMED("value", call.value, FIELD_INT64, 0),                                                                    \
		{"result", offsetof(struct event, call.result), FIELD_INT64, NULL, 0, result_always},                          \
		NAMED("repeat", call.repeat, FIELD_UINT32, repeat_usual), NAMED("address", call.address, FIELD_ADDRESS, 0),    \
		NAMED("listening", call.listening, FIELD_BOOLEAN, false),                                                      \
		NAMED("datagrams", call.datagrams, FIELD_BOOLEAN, false)

static const struct field entered[] = {CALL_FIELDS(false, 0)};
static const struct field returned[] = {CALL_FIELDS(true, 1)};

static const struct field setback[] = {
	WORD("call", setback.call, call_words),
	WORD("what", setback.kind, setback_kind_words),
	NAMED("descriptor", setback.descriptor, FIELD_INT32, DESCRIPTOR_NONE),
	NAMED("error", setback.error, FIELD_INT32, 0),
	NAMED("socket", setback.socket, FIELD_UINT64, 0),
	NAMED("argument", setback.argument, FIELD_INT64, 0),
	NAMED("count", setback.count, FIELD_INT64, 0),
};

static const struct field varied[] = {
	SHOWN("case", varied.number, FIELD_UINT32),
	SHOWN("of", varied.of, FIELD_UINT32),
};

static const struct field ends[] = {
	NAMED("client", ends.client, FIELD_INT16, ACTOR_NONE),
	NAMED("server", ends.server, FIELD_INT16, ACTOR_NONE),
	NAMED("from", ends.from, FIELD_ADDRESS, 0),
	NAMED("to", ends.to, FIELD_ADDRESS, 0),
};

static const struct field segment[] = {
	WORD("sender", segment.sender, end_words),
	NAMED("flags", segment.flags, FIELD_FLAGS, 0),
	SHOWN("sequence", segment.sequence, FIELD_UINT32),
	SHOWN("acknowledgment", segment.acknowledgment, FIELD_UINT32),
	NAMED("length", segment.length, FIELD_UINT32, 0),
	SHOWN("window", segment.window, FIELD_UINT16),
	NAMED("repeated", segment.repeated, FIELD_BOOLEAN, false),
	NAMED("source_port", segment.source_port, FIELD_UINT16, 0),
	NAMED("destination_port", segment.destination_port, FIELD_UINT16, 0),
};

static const struct field state[] = {
	WORD("end", state.end, end_words),
	WORD("state", state.state, tcp_state_words),
	NAMED("confirmed", state.confirmed, FIELD_BOOLEAN, false),
	NAMED("held", state.held, FIELD_BOOLEAN, false),
	NAMED("receive_queue", state.receive_queue, FIELD_UINT32, 0),
	NAMED("send_queue", state.send_queue, FIELD_UINT32, 0),
};

static const struct field peer[] = {
	WORD("call", peer.call, peer_call_words),
	SHOWN("result", peer.result, FIELD_INT64),
};

static const struct field output[] = {
	SHOWN("descriptor", output.descriptor, FIELD_INT32),
};

static const struct field count[] = {
	WORD("what", count.what, count_kind_words),
	SHOWN("value", count.value, FIELD_INT64),
};

static const struct field blocked[] = {
	WORD("call", blocked.call, call_words),
	NAMED("descriptor", blocked.descriptor, FIELD_INT32, DESCRIPTOR_NONE),
	NAMED("socket", blocked.socket, FIELD_UINT64, 0),
	NAMED("until_ns", blocked.until_ns, FIELD_INT64, -1),
	NAMED("held", blocked.held, FIELD_BOOLEAN, false),
	NAMED("listening", blocked.listening, FIELD_BOOLEAN, false),
};

static const struct field quiet[] = {
	WORD("reason", quiet.reason, quiet_reason_words),
	NAMED("final", quiet.final, FIELD_BOOLEAN, false),
};

static const struct field spin[] = {
	WORD("call", spin.call, call_words),          NAMED("descriptor", spin.descriptor, FIELD_INT32, DESCRIPTOR_NONE),
	SHOWN("result", spin.result, FIELD_INT64),    SHOWN("count", spin.count, FIELD_UINT64),
	NAMED("cpu_ns", spin.cpu_ns, FIELD_INT64, 0),
};

static const struct field limit[] = {
	WORD("limit", limit.limit, limit_kind_words),
	SHOWN("value", limit.value, FIELD_INT64),
};

static const struct field dropped[] = {
	SHOWN("count", dropped.count, FIELD_UINT64),
};

static const struct field source[] = {
	NAMED("line", source.line, FIELD_UINT32, 0),
};

static const struct field end[] = {
	SHOWN("complete", end.complete, FIELD_BOOLEAN),
};

struct fields fields_common(void)
{
	return LIST(common);
}

struct fields fields_of(enum event_kind kind)
{
	switch (kind) {
	case EVENT_START:
		return LIST(start);
	case EVENT_STEP:
		return LIST(step);
	case EVENT_LAUNCH:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_SIGNAL:
		return LIST(process);
	case EVENT_CALL:
		return LIST(entered);
	case EVENT_RETURN:
		return LIST(returned);
	case EVENT_SETBACK:
		return LIST(setback);
	case EVENT_VARIED:
		return LIST(varied);
	case EVENT_CONNECTION:
		return LIST(ends);
	case EVENT_SEGMENT:
		return LIST(segment);
	case EVENT_STATE:
		return LIST(state);
	case EVENT_PEER:
		return LIST(peer);
	case EVENT_OUTPUT:
		return LIST(output);
	case EVENT_COUNT:
		return LIST(count);
	case EVENT_BLOCKED:
		return LIST(blocked);
	case EVENT_QUIET:
		return LIST(quiet);
	case EVENT_SPIN:
		return LIST(spin);
	case EVENT_LIMIT:
		return LIST(limit);
	case EVENT_DROPPED:
		return LIST(dropped);
	case EVENT_SOURCE:
		return LIST(source);
	case EVENT_END:
		return LIST(end);
	}
	return (struct fields){NULL, 0};
}

size_t field_size(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOLEAN:
	case FIELD_FLAGS:
		return 1;
	case FIELD_INT16:
	case FIELD_UINT16:
		return 2;
	case FIELD_INT32:
	case FIELD_UINT32:
	case FIELD_WORD:
		return 4;
	case FIELD_INT64:
	case FIELD_UINT64:
		return 8;
	case FIELD_ADDRESS:
		return sizeof(struct address);
	}
	return 0;
}

static const void *field_at(const struct field *field, const struct event *event)
{
	return (const uint8_t *)event + field->offset;
}

#define READ(type)                                                                                                     \
	do {                                                                                                               \
		type number;                                                                                                   \
		memcpy(&number, field_at(field, event), sizeof(number));                                                       \
		return (int64_t)number;                                                                                        \
	} while (0)

int64_t field_value(const struct field *field, const struct event *event)
{
	switch (field->type) {
	case FIELD_BOOLEAN:
	case FIELD_FLAGS:
		READ(uint8_t);
	case FIELD_INT16:
		READ(int16_t);
	case FIELD_UINT16:
		READ(uint16_t);
	case FIELD_INT32:
		READ(int32_t);
	case FIELD_UINT32:
	case FIELD_WORD:
		READ(uint32_t);
	case FIELD_INT64:
		READ(int64_t);
	case FIELD_UINT64:
		READ(uint64_t);
	case FIELD_ADDRESS:
		break;
	}
	return 0;
}

static bool word_known(const char *const *words, int64_t value)
{
	for (int64_t i = 0; words[i] != NULL; i++)
		if (i == value)
			return true;
	return false;
}

/* Little-endian: the low bytes of the number come first. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "field_set copies the low bytes");
_Static_assert(sizeof(enum event_kind) == 4 && sizeof(enum end) == 4 && sizeof(bool) == 1, "field_size");

bool field_set(const struct field *field, struct event *event, int64_t value)
{
	if (field->type == FIELD_ADDRESS)
		return false;
	memcpy((uint8_t *)event + field->offset, &value, field_size(field));
	return field_value(field, event) == value && field_valid(field, event);
}

const struct address *field_address(const struct field *field, const struct event *event)
{
	return field->type == FIELD_ADDRESS ? field_at(field, event) : NULL;
}

bool field_valid(const struct field *field, const struct event *event)
{
	if (field->type == FIELD_BOOLEAN)
		return field_value(field, event) <= 1;
	if (field->type == FIELD_WORD)
		return word_known(field->words, field_value(field, event));
	if (field->type == FIELD_ADDRESS) {
		uint8_t family = field_address(field, event)->family;
		return family == 0 || family == AF_INET || family == AF_INET6;
	}
	return true;
}
