#include "watch/connections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { PORT = 8080, CLIENT_PORT = 40000, EVENTS_MOST = 128 };

struct witness {
	struct connections *connections;
	struct event events[EVENTS_MOST];
	size_t count;
	const struct captured *queued; /* handed in from within the first emission */
	bool assigns; /* gives the roles 1 and 0 from within the emission of a new connection */
};

static void witness_emit(void *context, struct event *event)
{
	struct witness *witness = context;
	assert_true(witness->count < EVENTS_MOST);
	witness->events[witness->count++] = *event;
	const struct captured *queued = witness->queued;
	witness->queued = NULL;
	if (queued != NULL)
		connections_segment(witness->connections, queued);
	if (event->kind != EVENT_CONNECTION || !witness->assigns)
		return;
	struct connection *connection = connections_at(witness->connections, event->connection);
	if (connection->actor[END_CLIENT] == ACTOR_NONE)
		connections_assign(witness->connections, connection, END_CLIENT, 1);
	if (connection->actor[END_SERVER] == ACTOR_NONE)
		connections_assign(witness->connections, connection, END_SERVER, 0);
}

static int open_witness(void **state)
{
	struct witness *witness = calloc(1, sizeof(*witness));
	if (witness == NULL)
		return -1;
	witness->connections = connections_create(PORT, witness_emit, witness);
	*state = witness;
	return 0;
}

static int close_witness(void **state)
{
	struct witness *witness = *state;
	connections_destroy(witness->connections);
	free(witness);
	return 0;
}

static struct address ipv4(uint8_t last, uint16_t port)
{
	return (struct address){.family = AF_INET, .port = port, .bytes = {127, 0, 0, last}};
}

static struct address mapped(uint8_t last, uint16_t port)
{
	return (struct address){.family = AF_INET6, .port = port, .bytes = {[10] = 0xff, 0xff, 127, 0, 0, last}};
}

static struct captured from_client(uint8_t flags, uint32_t sequence, uint32_t acknowledgment, uint32_t length)
{
	return (struct captured){
		.from = ipv4(1, CLIENT_PORT),
		.to = ipv4(1, PORT),
		.flags = flags,
		.sequence = sequence,
		.acknowledgment = acknowledgment,
		.length = length,
		.time_ns = 7000 + sequence,
	};
}

static struct captured from_server(uint8_t flags, uint32_t sequence, uint32_t acknowledgment, uint32_t length)
{
	struct captured captured = from_client(flags, sequence, acknowledgment, length);
	captured.from = ipv4(1, PORT);
	captured.to = ipv4(1, CLIENT_PORT);
	return captured;
}

static void pass(struct witness *witness, struct captured captured)
{
	connections_segment(witness->connections, &captured);
}

enum { FIN = SEGMENT_FIN, SYN = SEGMENT_SYN, RST = SEGMENT_RST, ACK = SEGMENT_ACK };

static void handshake(struct witness *witness, uint32_t client_initial)
{
	pass(witness, from_client(SYN, client_initial, 0, 0));
	pass(witness, from_server(SYN | ACK, 900, client_initial + 1, 0));
	pass(witness, from_client(ACK, client_initial + 1, 901, 0));
}

/* "connection segment state …" of everything emitted. */
static const char *kinds(const struct witness *witness, char into[static 1024])
{
	size_t length = 0;
	into[0] = '\0';
	for (size_t i = 0; i < witness->count && length < 1000; i++) {
		const struct event *event = &witness->events[i];
		length += (size_t)snprintf(into + length, 1024 - length, "%s%d:%s", i > 0 ? " " : "", event->connection,
		                           event->kind == EVENT_STATE ? tcp_state_word(event->state.state)
		                                                      : event_kind_word(event->kind));
	}
	return into;
}

static void a_handshake_is_a_connection_three_segments_and_its_states(void **state)
{
	struct witness *witness = *state;
	char line[1024];
	handshake(witness, 100);
	assert_string_equal(kinds(witness, line),
	                    "0:connection 0:segment 0:SYN_SENT 0:segment 0:SYN_RECEIVED 0:ESTABLISHED "
	                    "0:segment 0:ESTABLISHED");
	const struct event *reply = &witness->events[3];
	assert_int_equal(reply->segment.sender, END_SERVER);
	assert_int_equal(reply->segment.flags, SYN | ACK);
	assert_int_equal(reply->segment.sequence, 0);
	assert_int_equal(reply->segment.acknowledgment, 1);
	assert_int_equal(reply->segment.source_port, PORT);
	assert_int_equal(reply->segment.destination_port, CLIENT_PORT);
	assert_int_equal(reply->time_ns, 7900);
	assert_int_equal(witness->events[4].state.end, END_SERVER);
	assert_int_equal(witness->events[5].state.end, END_CLIENT);
	assert_int_equal(witness->events[5].time_ns, 7900);
	assert_false(witness->events[5].state.confirmed);
}

static void a_state_is_told_only_when_it_changes(void **state)
{
	struct witness *witness = *state;
	handshake(witness, 100);
	size_t before = witness->count;
	pass(witness, from_client(ACK, 101, 901, 5));
	pass(witness, from_server(ACK, 901, 106, 0));
	assert_int_equal(witness->count, before + 2);
}

static void a_refused_connection_has_a_number_and_is_closed(void **state)
{
	struct witness *witness = *state;
	char line[1024];
	pass(witness, from_client(SYN, 100, 0, 0));
	pass(witness, from_server(RST | ACK, 0, 101, 0));
	assert_string_equal(kinds(witness, line), "0:connection 0:segment 0:SYN_SENT 0:segment 0:CLOSED");
	assert_true(connections_at(witness->connections, 0)->reset[END_SERVER]);
	assert_false(connections_at(witness->connections, 0)->reset[END_CLIENT]);
}

static void segments_of_other_ports_are_passed_over(void **state)
{
	struct witness *witness = *state;
	struct captured other = from_client(SYN, 1, 0, 0);
	other.to.port = PORT + 1;
	pass(witness, other);
	assert_int_equal(witness->count, 0);
	assert_int_equal(connections_count(witness->connections), 0);
	assert_null(connections_find(witness->connections, &other.from, &other.to));
}

static void a_reset_of_no_known_connection_is_passed_over(void **state)
{
	struct witness *witness = *state;
	pass(witness, from_server(RST, 5, 0, 0));
	assert_int_equal(witness->count, 0);
}

static void a_port_used_again_is_another_connection(void **state)
{
	struct witness *witness = *state;
	handshake(witness, 100);
	pass(witness, from_client(FIN | ACK, 101, 901, 0));
	pass(witness, from_server(FIN | ACK, 901, 102, 0));
	pass(witness, from_client(ACK, 102, 902, 0));
	assert_int_equal(connections_at(witness->connections, 0)->state[END_CLIENT], STATE_TIME_WAIT);
	handshake(witness, 5000);
	assert_int_equal(connections_count(witness->connections), 2);
	const struct connection *first = connections_at(witness->connections, 0),
							*second = connections_at(witness->connections, 1);
	assert_int_equal(first->state[END_CLIENT], STATE_TIME_WAIT);
	assert_true(first->fin[END_CLIENT] && first->fin[END_SERVER]);
	assert_int_equal(second->state[END_CLIENT], STATE_ESTABLISHED);
	assert_false(second->fin[END_CLIENT]);
	struct address client = ipv4(1, CLIENT_PORT), server = ipv4(1, PORT);
	assert_ptr_equal(connections_find(witness->connections, &client, &server), second);
}

static void ipv4_mapped_addresses_are_those_of_ipv4(void **state)
{
	struct witness *witness = *state;
	struct address client = mapped(1, CLIENT_PORT), server = mapped(1, PORT);
	struct connection *connection = connections_find(witness->connections, &client, &server);
	assert_non_null(connection);
	assert_int_equal(connection->address[END_SERVER].family, AF_INET);
	handshake(witness, 100);
	assert_int_equal(connections_count(witness->connections), 1);
	assert_int_equal(connection->state[END_SERVER], STATE_ESTABLISHED);
}

static void both_ports_may_be_the_tests(void **state)
{
	struct witness *witness = *state;
	struct captured syn = from_client(SYN, 100, 0, 0), reply = from_server(SYN | ACK, 900, 101, 0);
	syn.from = reply.to = ipv4(9, PORT);
	pass(witness, syn);
	pass(witness, reply);
	assert_int_equal(connections_count(witness->connections), 1);
	assert_int_equal(witness->events[1].segment.sender, END_CLIENT);
	assert_int_equal(witness->events[3].segment.sender, END_SERVER);
}

static void a_role_becomes_known_once(void **state)
{
	struct witness *witness = *state;
	struct address client = ipv4(1, CLIENT_PORT), server = ipv4(1, PORT);
	struct connection *connection = connections_find(witness->connections, &client, &server);
	connections_assign(witness->connections, connection, END_CLIENT, 3);
	connections_assign(witness->connections, connection, END_CLIENT, 3);
	assert_int_equal(witness->count, 2);
	assert_int_equal(witness->events[0].ends.client, ACTOR_NONE);
	assert_int_equal(witness->events[1].ends.client, 3);
	assert_int_equal(witness->events[1].ends.server, ACTOR_NONE);
	assert_int_equal(witness->events[1].ends.to.port, PORT);
}

static void segments_and_states_name_the_actor_of_their_end(void **state)
{
	struct witness *witness = *state;
	char line[1024];
	witness->assigns = true;
	handshake(witness, 100);
	assert_string_equal(kinds(witness, line), "0:connection 0:connection 0:connection 0:segment 0:SYN_SENT 0:segment "
	                                          "0:SYN_RECEIVED 0:ESTABLISHED 0:segment 0:ESTABLISHED");
	assert_int_equal(witness->events[3].actor, 1); /* assigned while the segment waited */
	assert_int_equal(witness->events[4].actor, 1);
	assert_int_equal(witness->events[5].actor, 0);
	assert_int_equal(witness->events[7].actor, 1);
}

static void segments_taken_from_within_an_emission_come_behind(void **state)
{
	struct witness *witness = *state;
	char line[1024];
	struct captured reply = from_server(SYN | ACK, 900, 101, 0);
	witness->queued = &reply;
	pass(witness, from_client(SYN, 100, 0, 0));
	assert_string_equal(kinds(witness, line),
	                    "0:connection 0:segment 0:SYN_SENT 0:segment 0:SYN_RECEIVED 0:ESTABLISHED");
}

static void a_socket_leads_to_its_connection_and_end(void **state)
{
	struct witness *witness = *state;
	struct address client = ipv4(1, CLIENT_PORT), server = ipv4(1, PORT);
	struct connection *connection = connections_find(witness->connections, &client, &server);
	enum end end = END_CLIENT;
	assert_null(connections_by_socket(witness->connections, 0, NULL));
	assert_null(connections_by_socket(witness->connections, 77, NULL));
	connections_socket(witness->connections, connection, END_SERVER, 77);
	assert_ptr_equal(connections_by_socket(witness->connections, 77, &end), connection);
	assert_int_equal(end, END_SERVER);
}

static void numbers_outside_the_list_are_no_connection(void **state)
{
	struct witness *witness = *state;
	assert_null(connections_at(witness->connections, -1));
	assert_null(connections_at(witness->connections, 0));
}

static void quiet_emit(void *context, struct event *event)
{
	(void)event;
	++*(size_t *)context;
}

static void connections_past_the_ceiling_are_not_followed(void **state)
{
	(void)state;
	size_t emitted = 0;
	struct connections *connections = connections_create(PORT, quiet_emit, &emitted);
	struct captured syn = from_client(SYN, 1, 0, 0);
	for (unsigned i = 0; i < CONNECTIONS_MOST + 10; i++) {
		syn.from.bytes[2] = (uint8_t)(i >> 8);
		syn.from.bytes[3] = (uint8_t)i;
		connections_segment(connections, &syn);
	}
	assert_int_equal(connections_count(connections), CONNECTIONS_MOST);
	assert_int_equal(emitted, 3 * CONNECTIONS_MOST);
	assert_null(connections_find(connections, &syn.from, &syn.to));
	connections_destroy(connections);
}

#define WITNESSED(test) cmocka_unit_test_setup_teardown(test, open_witness, close_witness)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITNESSED(a_handshake_is_a_connection_three_segments_and_its_states),
		WITNESSED(a_state_is_told_only_when_it_changes),
		WITNESSED(a_refused_connection_has_a_number_and_is_closed),
		WITNESSED(segments_of_other_ports_are_passed_over),
		WITNESSED(a_reset_of_no_known_connection_is_passed_over),
		WITNESSED(a_port_used_again_is_another_connection),
		WITNESSED(ipv4_mapped_addresses_are_those_of_ipv4),
		WITNESSED(both_ports_may_be_the_tests),
		WITNESSED(a_role_becomes_known_once),
		WITNESSED(segments_and_states_name_the_actor_of_their_end),
		WITNESSED(segments_taken_from_within_an_emission_come_behind),
		WITNESSED(a_socket_leads_to_its_connection_and_end),
		WITNESSED(numbers_outside_the_list_are_no_connection),
		cmocka_unit_test(connections_past_the_ceiling_are_not_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
