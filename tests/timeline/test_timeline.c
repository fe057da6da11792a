#include "timeline/timeline.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "timeline/compact.h"
#include "timeline/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* xorshift64: the same events in every run. */
static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void address_random(struct address *address, uint64_t *seed)
{
	static const uint8_t families[] = {0, AF_INET, AF_INET6};
	*address = (struct address){.family = families[next(seed) % 3], .port = (uint16_t)next(seed)};
	size_t length = address->family == AF_INET ? 4 : address->family == AF_INET6 ? 16 : 0;
	for (size_t i = 0; i < length; i++)
		address->bytes[i] = next(seed) % 3 == 0 ? 0 : (uint8_t)next(seed);
}

static void fields_random(struct fields fields, struct event *event, uint64_t *seed)
{
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		if (field->type == FIELD_ADDRESS) {
			struct address address;
			address_random(&address, seed);
			memcpy((uint8_t *)event + field->offset, &address, sizeof(address));
			continue;
		}
		int64_t value = next(seed) % 3 == 0 ? field->usual : (int64_t)next(seed) >> next(seed) % 64;
		while (!field_set(field, event, value))
			value = (int64_t)(next(seed) % 64) >> next(seed) % 8;
	}
}

static void event_random(struct event *event, enum event_kind kind, uint8_t data[64], uint64_t *seed)
{
	*event = (struct event){.kind = kind};
	fields_random(fields_common(), event, seed);
	fields_random(fields_of(kind), event, seed);
	if (next(seed) % 2 == 0)
		return;
	bool text = next(seed) % 2 == 0;
	event->data_length = 1 + (uint32_t)(next(seed) % 64);
	event->data = data;
	for (size_t i = 0; i < 64; i++)
		data[i] = (uint8_t)(text ? next(seed) % 128 : next(seed));
}

static bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void fields_assert_equal(struct fields fields, const struct event *a, const struct event *b)
{
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		if (field->type == FIELD_ADDRESS)
			assert_true(address_equal(field_address(field, a), field_address(field, b)));
		else
			assert_int_equal(field_value(field, a), field_value(field, b));
	}
}

static void fields_assert_valid(struct fields fields, const struct event *event)
{
	for (size_t i = 0; i < fields.count; i++)
		assert_true(field_valid(&fields.list[i], event));
}

static void event_assert_equal(const struct event *a, const struct event *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->number, b->number);
	fields_assert_equal(fields_common(), a, b);
	fields_assert_equal(fields_of(a->kind), a, b);
	assert_int_equal(a->data_length, b->data_length);
	if (a->data_length > 0)
		assert_memory_equal(a->data, b->data, a->data_length);
	else
		assert_null(b->data);
}

static struct timeline *timeline_random(size_t count)
{
	uint64_t seed = 88172645463325252U;
	struct timeline *timeline = timeline_create();
	for (size_t i = 0; i < count; i++) {
		struct event event;
		uint8_t data[64];
		event_random(&event, (enum event_kind)(i % (EVENT_END + 1)), data, &seed);
		assert_non_null(timeline_append(timeline, &event));
	}
	return timeline;
}

static struct timeline *load(const char *bytes, size_t length, struct diags *diags, struct arena *arena)
{
	diags_init(diags, arena);
	return timeline_load(bytes, length, "timeline.jsonl", diags);
}

static void every_field_survives_saving_and_loading(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_random(8000);
	TEXT_AUTO saved = {0}, again = {0};
	timeline_save(timeline, &saved);
	struct arena *arena = arena_create();
	struct diags diags;
	struct timeline *loaded = load(saved.bytes, saved.length, &diags, arena);
	for (size_t i = 0; i < diags.count; i++)
		print_error("line %u: %s\n", diags.list[i].line, diags.list[i].message);
	assert_non_null(loaded);
	assert_int_equal(loaded->count, timeline->count);
	for (size_t i = 0; i < timeline->count; i++)
		event_assert_equal(&timeline->events[i], &loaded->events[i]);
	timeline_save(loaded, &again);
	assert_int_equal(saved.length, again.length);
	assert_memory_equal(saved.bytes, again.bytes, saved.length);
	arena_destroy(arena);
	timeline_destroy(loaded);
	timeline_destroy(timeline);
}

static void every_field_survives_the_pipe(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_random(8000);
	TEXT_AUTO packed = {0};
	for (size_t i = 0; i < timeline->count; i++)
		event_pack(&timeline->events[i], &packed);
	size_t at = 0;
	for (size_t i = 0; i < timeline->count; i++) {
		struct event event;
		ptrdiff_t used = event_unpack(packed.bytes + at, packed.length - at, &event);
		assert_true(used > 0);
		event_assert_equal(&timeline->events[i], &event);
		at += (size_t)used;
	}
	assert_int_equal(at, packed.length);
	timeline_destroy(timeline);
}

static void a_record_cut_short_asks_for_more(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_random(EVENT_END + 1);
	for (size_t i = 0; i < timeline->count; i++) {
		TEXT_AUTO packed = {0};
		struct event event;
		event_pack(&timeline->events[i], &packed);
		for (size_t length = 0; length < packed.length; length++)
			assert_int_equal(event_unpack(packed.bytes, length, &event), 0);
		assert_int_equal(event_unpack(packed.bytes, packed.length, &event), packed.length);
	}
	timeline_destroy(timeline);
}

static void damaged_records_are_refused_or_valid(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_random(EVENT_END + 1);
	for (size_t i = 0; i < timeline->count; i++) {
		TEXT_AUTO packed = {0};
		event_pack(&timeline->events[i], &packed);
		for (size_t at = 0; at < packed.length; at++) {
			struct event event;
			packed.bytes[at] = (char)(packed.bytes[at] ^ 0x5a);
			ptrdiff_t used = event_unpack(packed.bytes, packed.length, &event);
			assert_true(used == -1 || used == 0 || used == (ptrdiff_t)packed.length);
			if (used > 0)
				fields_assert_valid(fields_of(event.kind), &event);
			packed.bytes[at] = (char)(packed.bytes[at] ^ 0x5a);
		}
	}
	timeline_destroy(timeline);
}

static void a_record_of_an_unknown_kind_or_word_is_refused(void **state)
{
	(void)state;
	struct event event = {.kind = EVENT_QUIET, .quiet.reason = (enum quiet_reason)77}, back;
	TEXT_AUTO packed = {0};
	event_pack(&event, &packed);
	assert_int_equal(event_unpack(packed.bytes, packed.length, &back), -1);
	static const char garbage[64] = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
	assert_int_equal(event_unpack(garbage, sizeof(garbage), &back), -1);
}

static struct compact_form *form_of(const struct text *description, struct arena *arena)
{
	struct diags diags;
	diags_init(&diags, arena);
	return compact_form_read(text_string(description), description->length, arena, &diags);
}

static void the_compact_form_keeps_every_field(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	TEXT_AUTO description = {0};
	TEXT_AUTO packed = {0};
	compact_describe(&description);
	struct compact_form *form = form_of(&description, arena);
	assert_non_null(form);
	struct timeline *timeline = timeline_random(5000);
	timeline->truncated = true;
	compact_save(timeline, &packed);
	struct timeline *loaded = compact_load(form, packed.bytes, packed.length);
	assert_non_null(loaded);
	assert_int_equal(loaded->count, timeline->count);
	assert_true(loaded->truncated);
	for (size_t i = 0; i < timeline->count; i++)
		event_assert_equal(&timeline->events[i], &loaded->events[i]);
	timeline_destroy(loaded);
	timeline_destroy(timeline);
	arena_destroy(arena);
}

static void what_is_no_compact_form_is_refused(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	TEXT_AUTO description = {0};
	TEXT_AUTO packed = {0};
	compact_describe(&description);
	struct compact_form *form = form_of(&description, arena);
	struct timeline *timeline = timeline_random(200);
	compact_save(timeline, &packed);
	/* Cut between two events it is a shorter timeline; whatever else is changed, nothing but valid events comes of it. */
	for (size_t length = 0; length < packed.length; length++) {
		struct timeline *loaded = compact_load(form, packed.bytes, length);
		assert_true(loaded == NULL || loaded->count < timeline->count);
		timeline_destroy(loaded);
	}
	for (size_t at = 0; at < packed.length; at++) {
		packed.bytes[at] = (char)(packed.bytes[at] ^ (1 << at % 8));
		struct timeline *loaded = compact_load(form, packed.bytes, packed.length);
		for (size_t i = 0; loaded != NULL && i < loaded->count; i++)
			fields_assert_valid(fields_of(loaded->events[i].kind), &loaded->events[i]);
		timeline_destroy(loaded);
		packed.bytes[at] = (char)(packed.bytes[at] ^ (1 << at % 8));
	}
	timeline_destroy(timeline);
	static const char *const others[] = {"", "{}", "[1]", "{\"compact\": 2, \"fields\": [], \"kinds\": []}",
	                                     "{\"compact\": 1, \"fields\": [{}], \"kinds\": []}"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct diags diags;
		diags_init(&diags, arena);
		assert_null(compact_form_read(others[i], strlen(others[i]), arena, &diags));
		assert_int_equal(diags.count, 1);
	}
	arena_destroy(arena);
}

/* Another grader's: kinds, fields and words in another order, one field less and one more. */
static const char foreign[] =
	"{\"compact\": 1, \"fields\": [{\"name\": \"actor\", \"type\": \"integer\", \"usual\": -1},"
	" {\"name\": \"time_ns\", \"type\": \"integer\"}], \"kinds\": ["
	"{\"kind\": \"marvel\", \"fields\": []},"
	"{\"kind\": \"quiet\", \"fields\": [{\"name\": \"mood\", \"type\": \"integer\", \"usual\": 5},"
	" {\"name\": \"reason\", \"type\": \"word\", \"words\": [\"bored\", \"@\"]}]}]}";

static void a_form_of_another_grader_is_read_by_names(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	TEXT_AUTO description = {0};
	const char *word = strchr(foreign, '@');
	text_add(&description, foreign, (size_t)(word - foreign));
	text_puts(&description, quiet_reason_words[1]);
	text_puts(&description, word + 1);
	struct compact_form *form = form_of(&description, arena);
	assert_non_null(form);
	/* kind 1; actor 2 (from -1), time 20, mood as usual, the second word */
	static const uint8_t good[] = {1, 0x16, 6, 40, 2};
	struct timeline *timeline = compact_load(form, good, sizeof(good));
	assert_non_null(timeline);
	assert_int_equal(timeline->events[0].kind, EVENT_QUIET);
	assert_int_equal(timeline->events[0].actor, 2);
	assert_int_equal(timeline->events[0].time_ns, 20);
	assert_int_equal(timeline->events[0].connection, CONNECTION_NONE);
	assert_int_equal(timeline->events[0].quiet.reason, 1);
	timeline_destroy(timeline);
	static const uint8_t mood[] = {1, 0x1e, 6, 40, 2, 2}, bored[] = {1, 0x06, 6, 40}, marvel[] = {0, 0x02, 6};
	assert_null(compact_load(form, mood, sizeof(mood)));
	assert_null(compact_load(form, bored, sizeof(bored)));
	assert_null(compact_load(form, marvel, sizeof(marvel)));
	arena_destroy(arena);
}

static void usual_values_are_left_out(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_create();
	timeline_append(
		timeline,
		&(struct event){
			.kind = EVENT_RETURN,
			.time_ns = 1500,
			.actor = 0,
			.connection = CONNECTION_NONE,
			.pid = 41,
			.tid = 41,
			.call = {.call = CALL_READ, .descriptor = 4, .socket = 9, .argument = 1024, .result = 3, .repeat = 1},
			.data = (const uint8_t *)"a\"\n",
			.data_length = 3,
		});
	timeline_append(timeline, &(struct event){
								  .kind = EVENT_SEGMENT,
								  .time_ns = 1600,
								  .actor = ACTOR_NONE,
								  .connection = 0,
								  .segment = {.sender = END_SERVER, .flags = SEGMENT_FIN | SEGMENT_ACK, .window = 512},
								  .data = (const uint8_t *)"\xff\x00",
								  .data_length = 2,
							  });
	timeline_append(timeline, &(struct event){.kind = EVENT_START,
	                                          .actor = ACTOR_NONE,
	                                          .connection = CONNECTION_NONE,
	                                          .start = {.port = 8080, .seed = UINT64_MAX}});
	timeline->truncated = true;
	TEXT_AUTO saved = {0};
	timeline_save(timeline, &saved);
	assert_string_equal(
		text_string(&saved),
		"{\"number\": 0, \"kind\": \"return\", \"time_ns\": 1500, \"actor\": 0, \"pid\": 41, \"tid\": 41, "
		"\"call\": \"read\", "
		"\"descriptor\": 4, \"socket\": 9, \"argument\": 1024, \"result\": 3, \"text\": \"a\\\"\\n\"}\n"
		"{\"number\": 1, \"kind\": \"segment\", \"time_ns\": 1600, \"connection\": 0, \"sender\": \"server\", "
		"\"flags\": \"FIN ACK\", \"sequence\": 0, \"acknowledgment\": 0, \"window\": 512, \"data\": \"/wA=\"}\n"
		"{\"number\": 2, \"kind\": \"start\", \"time_ns\": 0, \"rung\": \"A\", \"watch\": \"calls\", \"port\": "
		"8080, "
		"\"seed\": \"18446744073709551615\"}\n"
		"{\"truncated\": true}\n");
	struct arena *arena = arena_create();
	struct diags diags;
	struct timeline *loaded = load(saved.bytes, saved.length, &diags, arena);
	assert_non_null(loaded);
	assert_true(loaded->truncated);
	assert_true(loaded->events[2].start.seed == UINT64_MAX);
	timeline_destroy(loaded);
	arena_destroy(arena);
	timeline_destroy(timeline);
}

#define QUIET_LINE "{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5, \"reason\": \"gone\"}\n"

static void lines_that_are_no_events_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *content;
		unsigned line;
		const char *part;
	} cases[] = {
		{QUIET_LINE "oops\n", 2, "not JSON"},
		{QUIET_LINE "[]\n", 2, "kind"},
		{QUIET_LINE QUIET_LINE, 2, "`number` must be 1"},
		{"{\"number\": 0, \"kind\": \"quite\", \"time_ns\": 5}\n", 1, "kind"},
		{"{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5}\n", 1, "`reason` is missing"},
		{"{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5, \"reason\": \"tired\"}\n", 1, "`reason`"},
		{"{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5, \"reason\": \"gone\", \"actor\": 70000}\n", 1,
	     "`actor`"},
		{"{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5, \"reason\": \"gone\", \"cause\": 1}\n", 1, "member"},
		{"{\"number\": 0, \"kind\": \"quiet\", \"time_ns\": 5, \"reason\": \"gone\", \"data\": \"%%%\"}\n", 1,
	     "`data`"},
		{"{\"truncated\": true}\n" QUIET_LINE, 2, "truncated"},
		{"\n", 1, "not JSON"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_create();
		struct diags diags;
		assert_null(load(cases[i].content, strlen(cases[i].content), &diags, arena));
		assert_int_equal(diags.errors, 1);
		assert_int_equal(diags.list[0].line, cases[i].line);
		if (strstr(diags.list[0].message, cases[i].part) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", diags.list[0].message, cases[i].part);
		arena_destroy(arena);
	}
}

static void a_flooded_timeline_still_takes_what_a_verdict_needs(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_create();
	struct event event = {.kind = EVENT_SIGNAL};
	for (size_t i = 0; i < TIMELINE_EVENTS; i++)
		assert_non_null(timeline_append(timeline, &event));
	assert_null(timeline_append(timeline, &event));
	assert_true(timeline->truncated);
	event.kind = EVENT_EXIT;
	for (size_t i = 0; i < TIMELINE_EVENTS; i++)
		assert_non_null(timeline_append(timeline, &event));
	assert_null(timeline_append(timeline, &event));
	event.kind = EVENT_END;
	const struct event *end = timeline_append(timeline, &event);
	assert_non_null(end);
	assert_int_equal(end->number, 2 * TIMELINE_EVENTS);
	timeline_destroy(timeline);
}

static void data_past_the_ceiling_are_not_kept(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_create();
	static uint8_t piece[1 << 20];
	struct event event = {.kind = EVENT_OUTPUT, .data = piece, .data_length = sizeof(piece)};
	for (size_t i = 0; i < TIMELINE_DATA / sizeof(piece); i++)
		assert_non_null(timeline_append(timeline, &event));
	assert_null(timeline_append(timeline, &event));
	event.data_length = 0;
	assert_non_null(timeline_append(timeline, &event));
	timeline_destroy(timeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_survives_saving_and_loading),
		cmocka_unit_test(every_field_survives_the_pipe),
		cmocka_unit_test(a_record_cut_short_asks_for_more),
		cmocka_unit_test(damaged_records_are_refused_or_valid),
		cmocka_unit_test(a_record_of_an_unknown_kind_or_word_is_refused),
		cmocka_unit_test(the_compact_form_keeps_every_field),
		cmocka_unit_test(what_is_no_compact_form_is_refused),
		cmocka_unit_test(a_form_of_another_grader_is_read_by_names),
		cmocka_unit_test(usual_values_are_left_out),
		cmocka_unit_test(lines_that_are_no_events_are_named),
		cmocka_unit_test(a_flooded_timeline_still_takes_what_a_verdict_needs),
		cmocka_unit_test(data_past_the_ceiling_are_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
