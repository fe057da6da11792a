/* Calls on UDP sockets: with whom?  The address says it, or the socket's own addresses do. */
#include "run/runner_state.h"

#include "watch/udp_table.h"

/* The newest conversation that the server's program has with this client. */
static struct connection *conversation_with(const struct runner *runner, const struct address *client)
{
	for (int i = (int)connections_count(runner->connections) - 1; i >= 0; i--) {
		struct connection *connection = connections_at(runner->connections, i);
		if (address_equal(&connection->address[END_CLIENT], client))
			return connection;
	}
	return NULL;
}

/* The newest of a client's socket.  Its host may be open (0.0.0.0), its port is not. */
static struct connection *conversation_from(const struct runner *runner, uint16_t port, const struct address *server)
{
	for (int i = (int)connections_count(runner->connections) - 1; i >= 0; i--) {
		struct connection *connection = connections_at(runner->connections, i);
		if (connection->address[END_CLIENT].port == port &&
		    (server->port == 0 || server->port == connection->address[END_SERVER].port))
			return connection;
	}
	return NULL;
}

/* One socket of a client is one end; a server's socket has as many as it has clients. */
void datagram_resolve(struct runner *runner, struct event *event)
{
	struct udp_socket socket = {0};
	struct address other = address_canonical(&event->call.address);
	bool server = runner->test->test->actors[event->actor].side == SIDE_SERVER;
	if (event->call.call == CALL_BIND || event->call.call == CALL_SOCKET || event->call.call == CALL_SETSOCKOPT)
		return;
	if ((!server || other.family == 0) && !udp_table_find(event->call.socket, &socket))
		return;
	if (other.family == 0)
		other = socket.remote;
	struct connection *connection = NULL;
	if (server && other.port != 0)
		connection = conversation_with(runner, &other);
	else if (!server && socket.local.port != 0)
		connection = conversation_from(runner, socket.local.port, &other);
	if (connection == NULL)
		return;
	enum end end = server ? END_SERVER : END_CLIENT;
	if (!server && connection->socket[end] == 0)
		connections_socket(runner->connections, connection, end, event->call.socket);
	if (connection->actor[end] == ACTOR_NONE)
		connections_assign(runner->connections, connection, end, event->actor);
	event->connection = (int16_t)connection->number;
}
