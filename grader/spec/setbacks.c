#include "spec/setbacks.h"

#include "base/arena.h"
#include "spec/reader.h"
#include "spec/units.h"

static bool read_bytes(const struct reader *reader, const struct node *node, uint64_t *bytes)
{
	if (node->kind == NODE_SCALAR && size_parse(node->text, bytes) == UNIT_GOOD && *bytes > 0)
		return true;
	return read_count(reader, node, "\"count\"", 1, DATA_MOST, bytes);
}

/* Which of the calls. */
static bool read_when(const struct reader *reader, const struct node *node, const struct node *const *fields,
                      struct setback *setback)
{
	const struct node *nth = fields[SETBACK_NTH], *every = fields[SETBACK_EVERY];
	uint64_t number = 0;
	if ((nth == NULL) == (every == NULL))
		return reader_error(reader, node, "a fault has one of \"nth\" and \"every\"%s",
		                    nth == NULL ? ": which of the calls does it meet?" : ", not both");
	if (!read_count(reader, nth != NULL ? nth : every, nth != NULL ? "\"nth\"" : "\"every\"", 1, SETBACK_NTH_MOST,
	                &number))
		return false;
	*(nth != NULL ? &setback->nth : &setback->every) = (uint32_t)number;
	return true;
}

static bool read_error(const struct reader *reader, const struct node *node, enum transport transport,
                       struct setback *setback)
{
	size_t error = 0;
	if (!read_choice(reader, node, "\"error\"", setback_error_words, &error))
		return false;
	if ((setback_errors(setback->call) & 1u << error) == 0)
		return reader_error(reader, node, "%s() does not fail with %s by bad luck; `grader explain faults` says more",
		                    setback_call_word(setback->call), setback_error_words[error]);
	/* Linux sends a stream later instead, and whoever closes the connection is not wrong: send(2). */
	if (setback->call == SETBACK_WRITE && error == SETBACK_ENOBUFS && transport == TRANSPORT_TCP)
		return reader_error(reader, node,
		                    "write() fails with ENOBUFS over transport: udp only, where a datagram is lost by it");
	if (setback->every == 1)
		return reader_error(reader, node, "with \"every: 1\" %s() would never succeed: no program can help that",
		                    setback_call_word(setback->call));
	setback->error = setback_errno((enum setback_error)error);
	return true;
}

static bool read_shorter(const struct reader *reader, const struct node *node, enum transport transport,
                         struct setback *setback)
{
	if (setback->call != SETBACK_READ && setback->call != SETBACK_WRITE)
		return reader_error(reader, node, "\"count\" is for read and write; %s moves no bytes",
		                    setback_call_word(setback->call));
	if (transport == TRANSPORT_UDP)
		return reader_error(reader, node,
		                    "\"count\" is for streams: a datagram is sent and received whole, or it is another one");
	setback->kind = SETBACK_SHORT;
	return read_bytes(reader, node, &setback->count);
}

static bool read_one(const struct reader *reader, const struct node *node, enum transport transport,
                     struct setback *setback)
{
	const struct node *fields[SETBACK_KEYS];
	if (!read_fields(reader, node, "a fault", setback_keys, SETBACK_KEYS, fields) || fields[SETBACK_CALL] == NULL)
		return false;
	size_t call = 0;
	if (!read_choice(reader, fields[SETBACK_CALL], "\"call\"", setback_keys[SETBACK_CALL].choices, &call))
		return false;
	*setback = (struct setback){.call = (enum setback_call)call, .kind = SETBACK_FAILS};
	if (!read_when(reader, node, fields, setback))
		return false;
	const struct node *count = fields[SETBACK_COUNT], *error = fields[SETBACK_ERROR];
	if ((count == NULL) == (error == NULL))
		return reader_error(reader, node, "a fault has one of \"count\" and \"error\"%s",
		                    count == NULL ? ": what becomes of the call?" : ", not both");
	return error != NULL ? read_error(reader, error, transport, setback)
	                     : read_shorter(reader, count, transport, setback);
}

void setbacks_read(const struct reader *reader, const struct node *node, enum transport transport, struct test *test)
{
	size_t count = items_count(node);
	if (count == 0 || count > SETBACKS_MOST) {
		reader_error(reader, node, "\"faults\" is a list of 1 to %d faults, not %s", SETBACKS_MOST,
		             count == 0 ? "an empty one" : "more");
		return;
	}
	struct setback *list = arena_array(reader->arena, count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		test->setback_count += read_one(reader, items_at(node, i), transport, &list[test->setback_count]);
	test->setbacks = list;
	test->robustness = true;
}

void vary_read(const struct reader *reader, const struct node *node, enum transport transport, struct test *test)
{
	const struct node *fields[VARY_KEYS];
	uint64_t segments = 0, shorts = 0;
	if (!read_fields(reader, node, "\"vary\"", vary_keys, VARY_KEYS, fields))
		return;
	if (fields[VARY_SEGMENTS] == NULL && fields[VARY_SHORT] == NULL && node->count == 0)
		reader_error(reader, node, "\"vary\" says how many runs: {segments: 50}, {short: 20}, or both");
	if (fields[VARY_SEGMENTS] != NULL && transport == TRANSPORT_UDP)
		reader_error(reader, fields[VARY_SEGMENTS], "\"segments\" is for streams: a datagram is never cut");
	else if (fields[VARY_SEGMENTS] != NULL)
		read_count(reader, fields[VARY_SEGMENTS], "\"segments\"", 2, VARY_MOST, &segments);
	if (fields[VARY_SHORT] != NULL && read_count(reader, fields[VARY_SHORT], "\"short\"", 1, VARY_MOST, &shorts))
		test->robustness = true;
	test->vary_segments = (unsigned)segments;
	test->vary_shorts = (unsigned)shorts;
}
