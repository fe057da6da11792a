#include "report/pcapng.h"

#include "base/text.h"
#include "recordings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEADERS_BYTES = 40 };

/* Headers as captured on lo: the checksum of TCP is not what it should be. */
static void headers(uint8_t into[HEADERS_BYTES], enum end sender, uint8_t flags, uint32_t sequence,
                    uint32_t acknowledgment, uint32_t length)
{
	static const uint8_t ip[20] = {0x45, 0, 0, 0, 0, 7, 0x40, 0, 64, 6, 0xde, 0xad, 127, 0, 0, 1, 127, 0, 0, 1};
	const uint16_t ports[2] = {40001, 8080};
	const uint32_t initial[2] = {0xfffffff0, 1000};
	memset(into, 0, HEADERS_BYTES);
	memcpy(into, ip, sizeof(ip));
	into[2] = (uint8_t)((HEADERS_BYTES + length) >> 8);
	into[3] = (uint8_t)(HEADERS_BYTES + length);
	into[20] = (uint8_t)(ports[sender] >> 8);
	into[21] = (uint8_t)ports[sender];
	into[22] = (uint8_t)(ports[!sender] >> 8);
	into[23] = (uint8_t)ports[!sender];
	uint32_t numbers[2] = {__builtin_bswap32(sequence + initial[sender]),
	                       flags & SEGMENT_ACK ? __builtin_bswap32(acknowledgment + initial[!sender]) : 0};
	memcpy(into + 24, numbers, sizeof(numbers));
	into[32] = 0x50;
	into[33] = flags;
	into[34] = 0xff;
	into[36] = 0xfe;
	into[37] = 0x28;
}

static void captured(struct recording *recording, enum end sender, uint8_t flags, uint32_t sequence,
                     uint32_t acknowledgment, uint32_t length)
{
	uint8_t bytes[HEADERS_BYTES];
	headers(bytes, sender, flags, sequence, acknowledgment, length);
	struct event event = {.kind = EVENT_SEGMENT, .actor = ACTOR_NONE, .connection = 0};
	event.segment.sender = sender;
	event.segment.flags = flags;
	event.segment.sequence = sequence;
	event.segment.acknowledgment = acknowledgment;
	event.segment.length = length;
	event.data = bytes;
	event.data_length = sizeof(bytes);
	record(recording, event);
}

static void connected(struct recording *recording)
{
	struct event event = {.kind = EVENT_CONNECTION, .actor = ACTOR_NONE, .connection = 0};
	event.ends.client = CLIENT;
	event.ends.server = SERVER;
	event.ends.from = (struct address){AF_INET, 40001, {127, 0, 0, 1}};
	event.ends.to = (struct address){AF_INET, 8080, {127, 0, 0, 1}};
	record(recording, event);
}

enum { SYN = SEGMENT_SYN, ACK = SEGMENT_ACK, PSH = SEGMENT_PSH, FIN = SEGMENT_FIN };

/* Handshake, an echo of "hello\n" and a close, the student's server on the one side. */
static struct timeline *echo_once(void)
{
	struct recording recording = recording_begin();
	record_start_up(&recording);
	connected(&recording);
	captured(&recording, END_CLIENT, SYN, 0, 0, 0);
	captured(&recording, END_SERVER, SYN | ACK, 0, 1, 0);
	captured(&recording, END_CLIENT, ACK, 1, 1, 0);
	call_leave(&recording, CALL_ACCEPT, 3, 4, NULL);
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	captured(&recording, END_CLIENT, PSH | ACK, 1, 1, 6);
	captured(&recording, END_SERVER, ACK, 1, 7, 0);
	peer(&recording, CLIENT, PEER_WRITE, 6, "hello\n");
	call_leave(&recording, CALL_READ, 4, 6, "hello\n");
	call_enter(&recording, CALL_WRITE, 4, 6, "hello\n");
	captured(&recording, END_SERVER, PSH | ACK, 1, 7, 6);
	captured(&recording, END_CLIENT, ACK, 7, 7, 0);
	call_leave(&recording, CALL_WRITE, 4, 6, NULL);
	peer(&recording, CLIENT, PEER_READ, 6, "hello\n");
	captured(&recording, END_CLIENT, FIN | ACK, 7, 7, 0);
	captured(&recording, END_SERVER, ACK, 7, 8, 0);
	call_enter(&recording, CALL_CLOSE, 4, 0, NULL);
	captured(&recording, END_SERVER, FIN | ACK, 7, 8, 0);
	captured(&recording, END_CLIENT, ACK, 8, 8, 0);
	call_leave(&recording, CALL_CLOSE, 4, 0, NULL);
	output(&recording, "bye\n");
	program(&recording, EVENT_EXIT, 0);
	return recording.timeline;
}

static bool tshark_there(void)
{
	return system("command -v tshark > /dev/null 2>&1") == 0;
}

/* What tshark prints for the timeline's capture. */
static void tshark(const struct timeline *timeline, const char *options, struct text *printed)
{
	char path[] = "/tmp/test_pcapng.XXXXXX", command[512];
	TEXT_AUTO capture = {0};
	pcapng_write(timeline, &capture);
	int descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, capture.bytes, capture.length), capture.length);
	close(descriptor);
	snprintf(command, sizeof(command), "tshark -n -r %s %s 2>&1 | grep -v 'Running as user'", path, options);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	char bytes[4096];
	for (size_t count; (count = fread(bytes, 1, sizeof(bytes), pipe)) > 0;)
		text_add(printed, bytes, count);
	pclose(pipe);
	unlink(path);
}

/* Each string behind the one before it. */
static void assert_in_order(const char *text, const char *const *strings)
{
	const char *at = text;
	for (; *strings != NULL; strings++) {
		const char *found = strstr(at, *strings);
		if (found == NULL)
			fail_msg("\"%s\" is not (there) in:\n%s", *strings, text);
		else
			at = found + strlen(*strings);
	}
}

static void wireshark_shows_segments_and_calls_in_order(void **state)
{
	(void)state;
	if (!tshark_there())
		skip();
	struct timeline *timeline = echo_once();
	TEXT_AUTO printed = {0};
	tshark(timeline, "", &printed);
	const char *const lines[] = {"server[4242]: listen(3, 16) = 0",
	                             "[SYN]",
	                             "[SYN, ACK]",
	                             "[ACK]",
	                             "server[4242]: accept(3) = 4",
	                             "[PSH, ACK]",
	                             "Len=6",
	                             "[ACK]",
	                             "reference client: write = 6 \"hello\\n\"",
	                             "server[4242]: read(4) = 6 \"hello\\n\"",
	                             "server[4242]: write(4, \"hello\\n\") = 6  [120 us]",
	                             "[PSH, ACK]",
	                             "[ACK]",
	                             "reference client: read = 6 \"hello\\n\"",
	                             "[FIN, ACK]",
	                             "[ACK]",
	                             "server[4242]: close(4) = 0",
	                             "[FIN, ACK]",
	                             "[ACK]",
	                             "stdout \"bye\\n\"",
	                             "exited with status 0",
	                             NULL};
	assert_in_order(text_string(&printed), lines);
	assert_null(strstr(text_string(&printed), "alformed"));
	timeline_destroy(timeline);
}

static void wireshark_has_nothing_to_complain_about(void **state)
{
	(void)state;
	if (!tshark_there())
		skip();
	struct timeline *timeline = echo_once();
	TEXT_AUTO printed = {0};
	tshark(timeline,
	       "-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -Y '_ws.expert || _ws.malformed' "
	       "-T fields -e frame.number -e _ws.expert.message",
	       &printed);
	const char *at = text_string(&printed);
	/* What is left are notes that a connection begins and ends. */
	assert_null(strstr(at, "hecksum"));
	assert_null(strstr(at, "alformed"));
	assert_null(strstr(at, "etransmission"));
	assert_null(strstr(at, "not captured"));
	timeline_destroy(timeline);
}

static void wireshark_follows_the_stream(void **state)
{
	(void)state;
	if (!tshark_there())
		skip();
	struct timeline *timeline = echo_once();
	TEXT_AUTO printed = {0};
	tshark(timeline, "-q -z follow,tcp,ascii,0", &printed);
	const char *const lines[] = {"127.0.0.1:40001", "127.0.0.1:8080", "6\nhello\n", "6\nhello\n", NULL};
	assert_in_order(text_string(&printed), lines);
	timeline_destroy(timeline);
}

static void rows_have_the_ends_of_their_connection(void **state)
{
	(void)state;
	if (!tshark_there())
		skip();
	struct timeline *timeline = echo_once();
	TEXT_AUTO printed = {0};
	tshark(timeline,
	       "-Y 'syslog contains \"read(4)\"' -T fields -e _ws.col.Source -e _ws.col.Protocol -e frame.time_epoch",
	       &printed);
	assert_non_null(strstr(text_string(&printed), "127.0.0.1\tSyslog\t0.00"));
	timeline_destroy(timeline);
}

static void segments_without_headers_get_some(void **state)
{
	(void)state;
	if (!tshark_there())
		skip();
	struct evidence evidence;
	struct timeline *timeline = record_eof_ignored(&evidence);
	TEXT_AUTO printed = {0};
	tshark(timeline, "", &printed);
	const char *const lines[] = {"40000 \xe2\x86\x92 8080 [SYN]",
	                             "8080 \xe2\x86\x92 40000 [SYN, ACK]",
	                             "[FIN, ACK]",
	                             "read(4) = 0",
	                             "[48211 times]",
	                             NULL};
	assert_in_order(text_string(&printed), lines);
	assert_null(strstr(text_string(&printed), "alformed"));
	timeline_destroy(timeline);
}

static uint32_t word_at(const struct text *capture, size_t at)
{
	uint32_t word;
	assert_true(at + 4 <= capture->length);
	memcpy(&word, capture->bytes + at, 4);
	return word;
}

/* Walks the blocks: lengths agree at both ends and fill the file. */
static size_t blocks_of(const struct text *capture, uint32_t type)
{
	size_t count = 0;
	for (size_t at = 0; at < capture->length;) {
		uint32_t length = word_at(capture, at + 4);
		assert_true(length >= 12 && length % 4 == 0 && at + length <= capture->length);
		assert_int_equal(word_at(capture, at + length - 4), length);
		if (word_at(capture, at) == type)
			count++;
		if (word_at(capture, at) == 6)
			assert_true(word_at(capture, at + 20) <= word_at(capture, at + 24));
		at += length;
	}
	return count;
}

static void blocks_are_well_formed(void **state)
{
	(void)state;
	struct timeline *timeline = echo_once(), *empty = timeline_create();
	TEXT_AUTO capture = {0}, nothing = {0}, again = {0};
	pcapng_write(timeline, &capture);
	pcapng_write(timeline, &again);
	assert_int_equal(capture.length, again.length);
	assert_memory_equal(capture.bytes, again.bytes, capture.length);
	assert_int_equal(blocks_of(&capture, 0x0a0d0d0a), 1);
	assert_int_equal(blocks_of(&capture, 1), 2);
	assert_true(blocks_of(&capture, 6) > 20);
	pcapng_write(empty, &nothing);
	assert_int_equal(blocks_of(&nothing, 6), 0);
	timeline_destroy(timeline);
	timeline_destroy(empty);
}

/* A stored timeline is a file that anybody may have changed. */
static void headers_that_lie_are_not_believed(void **state)
{
	(void)state;
	uint8_t bytes[HEADERS_BYTES];
	for (unsigned value = 0; value < 256; value += 5) {
		for (uint32_t length = 0; length <= HEADERS_BYTES; length++) {
			struct recording recording = recording_begin();
			headers(bytes, END_CLIENT, ACK, 1, 1, 100000);
			bytes[value % 2 == 0 ? 0 : 32] = (uint8_t)value;
			uint8_t *exact = malloc(length > 0 ? length : 1);
			memcpy(exact, bytes, length);
			struct event event = {.kind = EVENT_SEGMENT, .connection = (int16_t)(value - 3)};
			event.segment.length = 100000;
			event.segment.sequence = value;
			event.data = exact;
			event.data_length = length;
			record(&recording, event);
			free(exact);
			TEXT_AUTO capture = {0};
			pcapng_write(recording.timeline, &capture);
			assert_int_equal(blocks_of(&capture, 6), 1);
			timeline_destroy(recording.timeline);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wireshark_shows_segments_and_calls_in_order),
		cmocka_unit_test(wireshark_has_nothing_to_complain_about),
		cmocka_unit_test(wireshark_follows_the_stream),
		cmocka_unit_test(rows_have_the_ends_of_their_connection),
		cmocka_unit_test(segments_without_headers_get_some),
		cmocka_unit_test(blocks_are_well_formed),
		cmocka_unit_test(headers_that_lie_are_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
