#include "report/event_text.h"

#include "base/text.h"
#include "model/event.h"

#include <inttypes.h>
#include <string.h>

/* The numbers that Linux gives them on the machines a timeline comes from (asm-generic/socket.h, tcp(7), ipv6(7)). */
static const struct option {
	uint32_t level, name;
	const char *word;
} options[] = {
	{1, 2, "SO_REUSEADDR"},      {1, 15, "SO_REUSEPORT"}, {1, 9, "SO_KEEPALIVE"}, {1, 13, "SO_LINGER"},
	{1, 20, "SO_RCVTIMEO"},      {1, 21, "SO_SNDTIMEO"},  {1, 8, "SO_RCVBUF"},    {1, 7, "SO_SNDBUF"},
	{1, 6, "SO_BROADCAST"},      {6, 1, "TCP_NODELAY"},   {6, 3, "TCP_CORK"},     {6, 12, "TCP_QUICKACK"},
	{6, 4, "TCP_KEEPIDLE"},      {6, 5, "TCP_KEEPINTVL"}, {6, 6, "TCP_KEEPCNT"},  {6, 9, "TCP_DEFER_ACCEPT"},
	{6, 18, "TCP_USER_TIMEOUT"}, {41, 26, "IPV6_V6ONLY"},
};

void error_name(struct text *out, int number)
{
	const char *name = strerrorname_np(number);
	if (name != NULL)
		text_puts(out, name);
	else
		text_printf(out, "error %d", number);
}

static void add_option(struct text *out, const struct event *call)
{
	uint32_t level = (uint32_t)((uint64_t)call->call.argument >> 32), name = (uint32_t)call->call.argument;
	const char *word = NULL;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].level == level && options[i].name == name)
			word = options[i].word;
	if (word != NULL)
		text_printf(out, ", %s", word);
	else
		text_printf(out, ", option %" PRIu32 "/%" PRIu32, level, name);
	text_puts(out, ", ");
	if (word != NULL && strstr(word, "TIMEO") != NULL && strcmp(word, "TCP_USER_TIMEOUT") != 0)
		elapsed_text(out, call->call.value);
	else
		text_printf(out, "%" PRId64, call->call.value);
}

static void add_bytes(struct text *out, const struct event *event, size_t whole, size_t peek)
{
	size_t shown = event->data_length < peek ? event->data_length : peek;
	text_escaped(out, event->data, shown, shown, true);
	if (shown < whole)
		text_puts(out, "…");
}

static void add_address(struct text *out, const struct address *address)
{
	char into[ADDRESS_LENGTH];
	if (address->family != 0)
		text_printf(out, ", %s", address_text(address, into));
}

static void add_how(struct text *out, int64_t how)
{
	static const char *const hows[] = {"SHUT_RD", "SHUT_WR", "SHUT_RDWR"};
	if (how >= 0 && how <= 2)
		text_printf(out, ", %s", hows[how]);
	else
		text_printf(out, ", %" PRId64, how);
}

/* The bytes given and how many were meant to go, unless the bytes say so themselves. */
static void add_written(struct text *out, const struct event *call, size_t peek)
{
	size_t whole = call->call.argument > 0 ? (size_t)call->call.argument : 0;
	if (call->data_length > 0 && peek > 0) {
		text_puts(out, ", ");
		add_bytes(out, call, whole, peek);
	} else if (whole > 0) {
		text_puts(out, ", …");
	}
	if (whole > peek || whole > call->data_length || whole == 0)
		text_printf(out, ", %zu", whole);
}

/* What stands between the descriptor and the closing bracket. */
static void add_arguments(struct text *out, const struct event *call, size_t peek)
{
	if (call_writes(call->call.call)) {
		add_written(out, call, peek);
		return;
	}
	enum call which = call->call.call;
	if (which == CALL_BIND || which == CALL_CONNECT)
		add_address(out, &call->call.address);
	else if (which == CALL_LISTEN || which == CALL_DUP2 || which == CALL_DUP3)
		text_printf(out, ", %" PRId64, call->call.argument);
	else if (which == CALL_SHUTDOWN)
		add_how(out, call->call.argument);
	else if (which == CALL_SETSOCKOPT)
		add_option(out, call);
}

void event_call_text(struct text *out, const struct event *call, const struct event *returned, size_t peek)
{
	text_printf(out, "%s(", call_word(call->call.call));
	if (call->call.descriptor != DESCRIPTOR_NONE)
		text_printf(out, "%" PRId32, call->call.descriptor);
	add_arguments(out, call, peek);
	text_puts(out, ")");
	if (returned == NULL)
		return;
	int64_t result = returned->call.result;
	if (result < 0) {
		text_puts(out, " = -1 ");
		error_name(out, (int)-result);
	} else {
		text_printf(out, " = %" PRId64, result);
	}
	if (call_reads(call->call.call) && result > 0 && returned->data_length > 0 && peek > 0) {
		text_puts(out, " ");
		add_bytes(out, returned, (size_t)result, peek);
	}
}

/* What the reference's own TCP did to a segment on purpose: "DATA 3 is lost". */
static bool shaped_text(struct text *out, const struct event *event)
{
	const char *what = NULL;
	switch (event->peer.call) {
	case PEER_LOSE:
		what = "is lost";
		break;
	case PEER_DUPLICATE:
		what = "arrives twice";
		break;
	case PEER_REORDER:
		what = "is reordered";
		break;
	case PEER_DELAY:
		what = "is delayed";
		break;
	case PEER_WINDOW:
		if (event->peer.result == 0 || event->peer.result == UINT32_MAX)
			text_puts(out, event->peer.result == 0 ? "closes its window" : "opens its window");
		else
			text_printf(out, "offers a window of %" PRId64 " at most", event->peer.result);
		return true;
	case PEER_LISTEN:
	case PEER_CONNECT:
	case PEER_ACCEPT:
	case PEER_WRITE:
	case PEER_READ:
	case PEER_SHUTDOWN:
	case PEER_CLOSE:
	case PEER_RESET:
		return false;
	}
	text_escaped(out, event->data, event->data_length, event->data_length, false);
	text_printf(out, " %s", what);
	return true;
}

void event_peer_text(struct text *out, const struct event *event, size_t peek)
{
	int64_t result = event->peer.result;
	bool moves = event->peer.call == PEER_READ || event->peer.call == PEER_WRITE;
	if (shaped_text(out, event))
		return;
	text_puts(out, peer_call_word(event->peer.call));
	if (result < 0) {
		text_puts(out, " = -1 ");
		error_name(out, (int)-result);
	} else if (moves) {
		text_printf(out, " = %" PRId64, result);
	}
	if (moves && result > 0 && event->data_length > 0 && peek > 0) {
		text_puts(out, " ");
		add_bytes(out, event, (size_t)result, peek);
	}
}

void event_segment_text(struct text *out, const struct event *event)
{
	static const struct {
		uint8_t flag;
		const char *word;
	} flags[] = {{SEGMENT_SYN, "SYN"}, {SEGMENT_FIN, "FIN"}, {SEGMENT_RST, "RST"}};
	bool ack = event->segment.flags & SEGMENT_ACK, data = event->segment.length > 0;
	size_t before = out->length;
	if (event->segment.flags == SEGMENT_UNREACHABLE) {
		text_puts(out, "ICMP unreachable");
		return;
	}
	if (data || event->segment.flags == 0) /* a datagram has none */
		text_printf(out, "DATA %" PRIu32, event->segment.length);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (event->segment.flags & flags[i].flag)
			text_printf(out, "%s%s%s", out->length > before ? " " : "", flags[i].word, ack && !data ? "-ACK" : "");
	if (out->length == before)
		text_puts(out, ack ? "ACK" : "no known flag");
	if (event->segment.repeated)
		text_puts(out, " again");
}
