/* Segments as bytes: checksums, options, damage. */
#include "tcp/segment.h"
#include "tcp/sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_checksum_is_that_of_rfc_1071(void **state)
{
	(void)state;
	/* The example of its section 3. */
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	assert_int_equal(checksum_end(checksum_add(0, bytes, sizeof(bytes))), 0x220d);
}

static void an_odd_byte_counts_as_if_a_zero_followed(void **state)
{
	(void)state;
	static const uint8_t odd[] = {0x12, 0x34, 0x56}, even[] = {0x12, 0x34, 0x56, 0x00};
	assert_int_equal(checksum_end(checksum_add(0, odd, 3)), checksum_end(checksum_add(0, even, 4)));
}

/* A SYN as a Linux kernel sent it over Ethernet, with all its options and a checksum that was really computed. */
static void a_kernels_syn_is_read(void **state)
{
	(void)state;
	static const uint8_t packet[] = {
		0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0x9d, 0x47, 0xac, 0x10, 0x00,
		0x02, 0xac, 0x10, 0x00, 0x01, 0xc0, 0x0c, 0x1f, 0x90, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
		0x00, 0x00, 0xa0, 0x02, 0xfa, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04,
		0x02, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07,
	};
	struct segment segment;
	assert_int_not_equal(segment_decode(packet, sizeof(packet), &segment), SEGMENT_DAMAGED);
	assert_int_equal(segment.from, 0xac100002);
	assert_int_equal(segment.to_port, 8080);
	assert_int_equal(segment.sequence, 4096);
	assert_int_equal(segment.flags, SEGMENT_SYN);
	assert_int_equal(segment.window, 64240);
	assert_int_equal(segment.maximum, 1460);
	assert_int_equal(segment.length, 0);
}

static struct segment sample(const char *text)
{
	return (struct segment){.from = 0x7f000001,
	                        .to = 0xc0000201,
	                        .from_port = 40000,
	                        .to_port = 8080,
	                        .sequence = 0xfffffffe,
	                        .acknowledgment = 77,
	                        .flags = SEGMENT_ACK | SEGMENT_PSH | SEGMENT_FIN,
	                        .window = 1234,
	                        .data = (const uint8_t *)text,
	                        .length = (uint32_t)strlen(text)};
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	uint8_t packet[128];
	struct segment out = sample("hello"), in;
	out.maximum = 1460;
	size_t length = segment_encode(&out, packet, sizeof(packet));
	assert_int_equal(length, 20 + 24 + 5);
	assert_int_equal(segment_decode(packet, length, &in), SEGMENT_GOOD);
	assert_int_equal(in.from, out.from);
	assert_int_equal(in.to, out.to);
	assert_int_equal(in.from_port, out.from_port);
	assert_int_equal(in.sequence, out.sequence);
	assert_int_equal(in.acknowledgment, out.acknowledgment);
	assert_int_equal(in.flags, out.flags);
	assert_int_equal(in.window, out.window);
	assert_int_equal(in.maximum, 1460);
	assert_int_equal(in.length, 5);
	assert_memory_equal(in.data, "hello", 5);
	assert_int_equal(segment_space(&in), 6);
}

static void every_changed_byte_is_noticed(void **state)
{
	(void)state;
	uint8_t packet[128];
	struct segment out = sample("hello"), in;
	size_t length = segment_encode(&out, packet, sizeof(packet));
	for (size_t i = 0; i < length; i++) {
		packet[i] ^= 0x10;
		assert_int_not_equal(segment_decode(packet, length, &in), SEGMENT_GOOD);
		packet[i] ^= 0x10;
	}
}

static void every_length_that_is_too_short_is_refused(void **state)
{
	(void)state;
	uint8_t packet[128];
	struct segment out = sample("hello"), in;
	size_t length = segment_encode(&out, packet, sizeof(packet));
	for (size_t i = 0; i < length; i++) {
		uint8_t *exact = malloc(i + 1);
		memcpy(exact, packet, i);
		assert_int_equal(segment_decode(exact, i, &in), SEGMENT_DAMAGED);
		free(exact);
		assert_int_equal(segment_encode(&out, packet, i), 0);
	}
}

static void options_without_end_are_not_followed(void **state)
{
	(void)state;
	static const uint8_t hostile[][4] = {{2, 0, 5, 180}, {2, 1, 5, 180}, {8, 200, 0, 0}, {1, 1, 1, 2}, {1, 1, 2, 4}};
	uint8_t packet[128];
	struct segment out = sample(""), in;
	out.maximum = 1460;
	size_t length = segment_encode(&out, packet, sizeof(packet));
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		memcpy(packet + 40, hostile[i], 4);
		assert_int_not_equal(segment_decode(packet, length, &in), SEGMENT_DAMAGED);
		assert_int_equal(in.maximum, 0);
	}
}

static void a_fragment_is_no_segment(void **state)
{
	(void)state;
	uint8_t packet[128];
	struct segment out = sample("hello"), in;
	size_t length = segment_encode(&out, packet, sizeof(packet));
	packet[6] = 0x20;
	assert_int_equal(segment_decode(packet, length, &in), SEGMENT_DAMAGED);
}

static void numbers_are_compared_over_zero(void **state)
{
	(void)state;
	assert_true(sequence_before(0xfffffff0, 5));
	assert_false(sequence_before(5, 0xfffffff0));
	assert_true(sequence_at_most(7, 7));
	assert_true(sequence_within(2, 0xfffffffe, 3));
	assert_false(sequence_within(3, 0xfffffffe, 3));
	assert_int_equal(sequence_later(0xffffffff, 1), 1);
	assert_int_equal(sequence_earlier(0xffffffff, 1), 0xffffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checksum_is_that_of_rfc_1071),
		cmocka_unit_test(an_odd_byte_counts_as_if_a_zero_followed),
		cmocka_unit_test(a_kernels_syn_is_read),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(every_length_that_is_too_short_is_refused),
		cmocka_unit_test(options_without_end_are_not_followed),
		cmocka_unit_test(a_fragment_is_no_segment),
		cmocka_unit_test(numbers_are_compared_over_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
