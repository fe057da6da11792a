#include "model/verbs.h"

NAMES_DEFINE(verb_group, VERB_GROUPS)
NAMES_DEFINE(argument, ARGUMENTS)
NAMES_DEFINE(need, NEEDS)

#define SHAPES_NOTHING "nothing: only what the reference plays can do that"
#define NO_SEGMENTS "a datagram is one packet, and nothing numbers or repeats it"

enum {
	SERVERS_ONLY = 1u << SIDE_SERVER,
	CLIENTS_ONLY = 1u << SIDE_CLIENT,
	BOTH_SIDES = SERVERS_ONLY | CLIENTS_ONLY,
	TCP_ONLY = 1u << TRANSPORT_TCP,
	UDP_ONLY = 1u << TRANSPORT_UDP,
	ANY_TRANSPORT = TCP_ONLY | UDP_ONLY,
	BY_CALLS = 1u << NEED_CALLS,
	BY_SEGMENTS = 1u << NEED_SEGMENTS,
	BY_STATES = 1u << NEED_STATES,
	BY_PEER = 1u << NEED_PEER,
	BY_PROCESS = 1u << NEED_PROCESS,
	BY_OUTPUT = 1u << NEED_OUTPUT,
	BY_COUNTS = 1u << NEED_COUNTS,
};

static const struct verb_row rows[] = {
	[VERB_LISTEN] = {VERB_LISTEN, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_NONE, SERVERS_ONLY, ANY_TRANSPORT, NULL,
                     BY_CALLS | BY_STATES, "The server takes its port and waits for clients.",
                     "socket, bind, listen; over UDP socket, bind",
                     "listen(2) returned 0 on the test's port; over UDP bind(2) did", "server: listen"},
	[VERB_CONNECT] =
		{VERB_CONNECT, GROUP_ROLE, ARGUMENT_ADDRESS, true, OTHER_TO, CLIENTS_ONLY, ANY_TRANSPORT, NULL,
         BY_CALLS | BY_SEGMENTS | BY_STATES | BY_PEER,
         "The client sets up a connection; `outside` goes to the host's other address. "
         "`server: {connect: simultaneous}` lets the server's SYN cross the client's (network: raw). Over UDP it may be "
         "left out, and sends nothing: connect(2) only fixes with whom the socket speaks.",
         "connect(2) to 127.0.0.1, or to the host's other address",
         "connect(2), and a finished handshake; over UDP connect(2), or a datagram", "client: {connect: outside}"},
	[VERB_ACCEPT] = {VERB_ACCEPT, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_FROM, SERVERS_ONLY, TCP_ONLY,
                     "UDP has no connections to fetch", BY_CALLS, "The server fetches the connection.", "accept(2)",
                     "accept(2) returned this connection", "server: accept"},
	[VERB_SEND] = {VERB_SEND, GROUP_ROLE, ARGUMENT_DATA, false, OTHER_TO, BOTH_SIDES, ANY_TRANSPORT, NULL,
                   BY_PEER | BY_SEGMENTS | BY_CALLS,
                   "Bytes go to the other end; `segments: [3, 1]` cuts them, and each piece waits until the last "
                   "was taken. Over UDP: one datagram.",
                   "writes all of it", "exactly these bytes come next at the peer", "server: {send: \"bye\\n\"}"},
	[VERB_RECEIVE] = {VERB_RECEIVE, GROUP_ROLE, ARGUMENT_DATA_OR_SIZE, false, OTHER_FROM, BOTH_SIDES, ANY_TRANSPORT,
                      NULL, BY_CALLS | BY_STATES, "Bytes are taken from the connection; over UDP: one datagram.",
                      "reads that much, and compares it", "its reads have taken that many bytes",
                      "server: {receive: 4KiB}"},
	[VERB_DROP] =
		{VERB_DROP, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_FROM, BOTH_SIDES, UDP_ONLY,
         "TCP repairs what is lost before a program could see it", 0,
         "The next datagram that comes to the role is lost: whoever the reference plays takes it and ignores it. "
         "The line stands behind the `send` that is lost.",
         "takes the next datagram and does nothing with it",
         "nothing: only what the reference plays can ignore a datagram", "server: drop"},
	[VERB_SHUTDOWN] = {VERB_SHUTDOWN, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_EITHER, BOTH_SIDES, TCP_ONLY,
                       "UDP has no FIN: nothing tells the other end that no more will come",
                       BY_CALLS | BY_SEGMENTS | BY_PEER, "It sends no more, and goes on reading: a half-close.",
                       "shutdown(SHUT_WR)", "its FIN, with the socket still open for reading", "client: shutdown"},
	[VERB_EOF] = {VERB_EOF, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_FROM, BOTH_SIDES, TCP_ONLY,
                  "UDP has no end of a stream: an empty datagram is data like any other", BY_CALLS,
                  "It reads the end of the stream.", "read(2) must return 0", "its read(2) returned 0", "server: eof"},
	[VERB_CLOSE] = {VERB_CLOSE, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_EITHER, BOTH_SIDES, ANY_TRANSPORT, NULL,
                    BY_CALLS | BY_SEGMENTS | BY_STATES | BY_PEER, "It closes the connection.", "close(2)",
                    "the last descriptor of the connection is closed, with FIN and not RST", "server: close"},
	[VERB_RESET] = {VERB_RESET, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_EITHER, BOTH_SIDES, TCP_ONLY, "UDP has no RST",
                    BY_SEGMENTS | BY_PEER, "It ends the connection with RST.", "close(2) with SO_LINGER 0",
                    "its end sent RST", "client: reset"},
	[VERB_LOSE] = {VERB_LOSE, GROUP_ROLE, ARGUMENT_SEGMENT, false, OTHER_NONE, BOTH_SIDES, TCP_ONLY, NO_SEGMENTS, 0,
                   "The next such segment that the role sends never arrives; with `from:` the next that comes to it.",
                   "does not send it, or ignores it", SHAPES_NOTHING, "server: {lose: SYN-ACK}"},
	[VERB_DUPLICATE] = {VERB_DUPLICATE, GROUP_ROLE, ARGUMENT_SEGMENT, false, OTHER_NONE, BOTH_SIDES, TCP_ONLY,
                        NO_SEGMENTS, 0, "The next such segment arrives twice.", "sends it twice, or takes it twice",
                        SHAPES_NOTHING, "client: {duplicate: DATA 3}"},
	[VERB_REORDER] = {VERB_REORDER, GROUP_ROLE, ARGUMENT_ORDER, false, OTHER_NONE, BOTH_SIDES, TCP_ONLY, NO_SEGMENTS, 0,
                      "The next segments with data or FIN arrive in another order: [2, 1] lets the second come first.",
                      "keeps them back until all are there, or nothing more comes", SHAPES_NOTHING,
                      "client: {reorder: [2, 1, 3]}"},
	[VERB_DELAY] = {VERB_DELAY, GROUP_ROLE, ARGUMENT_DELAY, false, OTHER_NONE, BOTH_SIDES, TCP_ONLY, NO_SEGMENTS, 0,
                    "The next such segment arrives late.", "keeps it back for so long", SHAPES_NOTHING,
                    "server: {delay: {ACK: 40ms}}"},
	[VERB_WINDOW] = {VERB_WINDOW, GROUP_ROLE, ARGUMENT_WINDOW, false, OTHER_NONE, BOTH_SIDES, TCP_ONLY, NO_SEGMENTS, 0,
                     "From now on the role offers so many bytes at most: 0 closes its receive window, `open` opens it.",
                     "tells the other end at once", SHAPES_NOTHING, "client: {window: 0}"},
	[VERB_SILENT] =
		{VERB_SILENT, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_EITHER, BOTH_SIDES, ANY_TRANSPORT, NULL,
         BY_PEER | BY_SEGMENTS,
         "It sends nothing more, for now. As the last line of a test with `time: virtual`: not by any timer either, as "
         "long as the test may take.",
         NULL, "sends nothing more", "server: silent"},
	[VERB_IDLE] = {VERB_IDLE, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL, BY_PROCESS,
                   "It waits without burning CPU.", NULL, "blocked, and burns no CPU", "server: idle"},
	[VERB_ALIVE] = {VERB_ALIVE, GROUP_ROLE, ARGUMENT_NONE, true, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL,
                    BY_PROCESS, "The process that was launched still runs.", NULL, "still running", "server: alive"},
	[VERB_EXIT] = {VERB_EXIT, GROUP_ROLE, ARGUMENT_STATUS, false, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL,
                   BY_PROCESS,
                   "The process that was launched ends so: a status, `nonzero`, `any` status, or a signal's name.",
                   NULL, "ended with that status", "client: {exit: 0}"},
	[VERB_STDIN] = {VERB_STDIN, GROUP_ROLE, ARGUMENT_INPUT, false, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL, 0,
                    "The grader writes it to the program's standard input; `eof` closes that.", NULL,
                    "is given that on standard input", "client: {stdin: \"hello\\n\"}"},
	[VERB_STDOUT] = {VERB_STDOUT, GROUP_ROLE, ARGUMENT_INPUT, false, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL,
                     BY_OUTPUT, "It prints that on standard output; `eof`: nothing more.", NULL, "printed that",
                     "client: {stdout: \"hello\\n\"}"},
	[VERB_STDERR] = {VERB_STDERR, GROUP_ROLE, ARGUMENT_INPUT, false, OTHER_NONE, BOTH_SIDES, ANY_TRANSPORT, NULL,
                     BY_OUTPUT, "It prints that on standard error; `eof`: nothing more.", NULL, "printed that",
                     "server: {stderr: {match: \"in use\"}}"},
	[VERB_WIRE] =
		{VERB_WIRE, GROUP_SEEN, ARGUMENT_WIRE, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, BY_SEGMENTS,
         "Segments in order, each by the role that sent it; one segment may meet several lines of its sender.", NULL,
         NULL, "wire: [client: SYN, server: SYN-ACK, client: ACK]"},
	[VERB_STATE] = {VERB_STATE, GROUP_SEEN, ARGUMENT_STATES, false, OTHER_NONE, 0, TCP_ONLY,
                    "a UDP socket has no states", BY_STATES | BY_SEGMENTS,
                    "The kernel's TCP state of each role's end, by the names of RFC 9293.", NULL, NULL,
                    "state: {client: TIME_WAIT, server: CLOSED}"},
	[VERB_SOCKETS] = {VERB_SOCKETS, GROUP_SEEN, ARGUMENT_COUNTS, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, BY_COUNTS,
                      "How many sockets of the test's transport the role holds open.", NULL, NULL,
                      "sockets: {server: 1}"},
	[VERB_DESCRIPTORS] =
		{VERB_DESCRIPTORS, GROUP_SEEN, ARGUMENT_COUNTS, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, BY_COUNTS,
         "How many descriptors the role holds open, past 2; with several processes, the most that one has.", NULL, NULL,
         "descriptors: {server: \"<= 6\"}"},
	[VERB_ZOMBIES] = {VERB_ZOMBIES, GROUP_SEEN, ARGUMENT_COUNTS, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, BY_COUNTS,
                      "How many ended children the role has not waited for.", NULL, NULL, "zombies: {server: 0}"},
	[VERB_PROCESSES] = {VERB_PROCESSES, GROUP_SEEN, ARGUMENT_COUNTS, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL,
                        BY_COUNTS, "How many processes the role has, zombies not counted.", NULL, NULL,
                        "processes: {server: \"< 3\"}"},
	[VERB_THREADS] =
		{VERB_THREADS, GROUP_SEEN, ARGUMENT_COUNTS, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, BY_COUNTS,
         "How many threads that the role has started since its first accept() are still there; not those of Java's pools, which may be growing.",
         NULL, NULL, "threads: {server: \"<= 10\"}"},
	[VERB_LAUNCH] = {VERB_LAUNCH, GROUP_GRADER, ARGUMENT_ROLE, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                     "Starts the role's program; without it the first line that names the role does.", NULL, NULL,
                     "launch: server"},
	[VERB_KILL] = {VERB_KILL, GROUP_GRADER, ARGUMENT_ROLE, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                   "SIGKILL to the process that was launched; its children go on.", NULL, NULL, "kill: server"},
	[VERB_SIGNAL] = {VERB_SIGNAL, GROUP_GRADER, ARGUMENT_SIGNAL, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                     "A signal to the process that was launched.", NULL, NULL, "signal: {server: SIGINT}"},
	[VERB_HOLD] =
		{VERB_HOLD, GROUP_GRADER, ARGUMENT_ROLE, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
         "The role stands still at the end of a call, so that what happens meanwhile meets it all at once. A role "
         "of the reference stops reading: its window fills, and who writes to it is blocked.",
         NULL, NULL, "hold: server"},
	[VERB_RELEASE] = {VERB_RELEASE, GROUP_GRADER, ARGUMENT_ROLE, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                      "Lets a held role go on.", NULL, NULL, "release: server"},
	[VERB_WAIT] =
		{VERB_WAIT, GROUP_GRADER, ARGUMENT_DURATION, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
         "Lets time pass: a last resort, since no evidence decides it. With `time: virtual` it costs nothing, and "
         "passes to the nanosecond.",
         NULL, NULL, "wait: 100ms"},
	[VERB_TOGETHER] = {VERB_TOGETHER, GROUP_GRADER, ARGUMENT_BRANCHES, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                       "Several lists of steps at the same time; it ends when all have.", NULL, NULL,
                       "together: [[client: {send: \"a\"}], [server: {send: \"b\"}]]"},
	[VERB_REPEAT] = {VERB_REPEAT, GROUP_GRADER, ARGUMENT_REPEAT, false, OTHER_NONE, 0, ANY_TRANSPORT, NULL, 0,
                     "The same steps several times, one after the other.", NULL, NULL,
                     "repeat: {times: 3, steps: [client: {send: \"a\"}, server: {send: \"a\"}]}"},
};

const struct verb_row *verb_row(enum verb verb)
{
	return &rows[verb];
}

bool verb_shapes(enum verb verb)
{
	return verb >= VERB_LOSE && verb <= VERB_WINDOW;
}

bool verb_has_other(enum verb verb)
{
	return rows[verb].other != OTHER_NONE;
}
