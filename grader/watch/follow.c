/* The followed calls: what is told of their entry and return, and what is learnt from them. */
#include "watch/calls.h"
#include "watch/connections.h"
#include "watch/deadlines.h"
#include "watch/descriptors.h"
#include "watch/following.h"
#include "watch/memory.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* sendmmsg(2) and recvmmsg(2) move no more at once. */
enum { MESSAGES_TOLD = 1024 };

enum { SOCKET_TYPES = 0xf /* SOCK_CLOEXEC and SOCK_NONBLOCK lie above */ };

int socket_connection(const struct tracer *tracer, uint64_t inode)
{
	if (inode == 0 || tracer->connections == NULL)
		return CONNECTION_NONE;
	const struct connection *connection = connections_by_socket(tracer->connections, inode, NULL);
	return connection != NULL ? connection->number : CONNECTION_NONE;
}

void tracer_emit(struct tracer *tracer, struct event *event)
{
	tracer->hooks.emit(tracer->hooks.context, event);
}

struct event thread_event(const struct tracer *tracer, const struct thread *thread, enum event_kind kind)
{
	(void)tracer;
	return (struct event){
		.kind = kind,
		.time_ns = clock_now(),
		.actor = (int16_t)(thread->process != NULL ? thread->process->actor : ACTOR_NONE),
		.connection = CONNECTION_NONE,
		.pid = thread->process != NULL ? thread->process->pid : thread->tid,
		.tid = thread->tid,
	};
}

static struct event call_event(const struct tracer *tracer, const struct thread *thread, enum event_kind kind)
{
	const struct entry *entry = &thread->entry;
	struct event event = thread_event(tracer, thread, kind);
	event.connection = (int16_t)socket_connection(tracer, entry->socket);
	event.site = entry->site;
	event.call.call = entry->call;
	event.call.descriptor = entry->descriptor;
	event.call.socket = entry->socket;
	event.call.argument = entry->argument;
	event.call.value = entry->value;
	event.call.address = entry->address;
	event.call.listening = entry->listening;
	event.call.datagrams = entry->datagrams;
	return event;
}

void call_tell_entry(struct tracer *tracer, struct thread *thread)
{
	if (thread->entry.site == 0)
		thread->entry.site = stacks_keep(&tracer->stacks, thread, &thread->entry.registers, false);
	/* Not before the first client can come: until then a server makes none of these. */
	if (thread->waits || call_writes(thread->entry.call))
		images_read(&tracer->stacks.images, thread->process->image, thread->tid);
	struct event event = call_event(tracer, thread, EVENT_CALL);
	event.data = thread->entry.data;
	event.data_length = thread->entry.data_length;
	thread->withheld = false;
	tracer_emit(tracer, &event);
}

struct range {
	struct tracer *tracer;
	pid_t tid;
	uint32_t first, last;
	bool found;
};

static bool range_look(void *context, int descriptor, uint64_t socket)
{
	struct range *range = context;
	if (socket != 0 && (uint32_t)descriptor >= range->first && (uint32_t)descriptor <= range->last)
		range->found = sockets_at(&range->tracer->sockets, socket, range->tid, descriptor)->internet;
	return !range->found;
}

static void socket_forget(struct tracer *tracer, int32_t descriptor)
{
	size_t at = (uint32_t)descriptor % THREAD_SOCKETS;
	for (size_t i = 0; i < tracer->tree.thread_count; i++)
		if (tracer->tree.threads[i]->sockets.list[at].descriptor == descriptor)
			tracer->tree.threads[i]->sockets.list[at].inode = 0;
}

/* What the call takes away, when it begins and when it returns.  A number that comes anew was taken away before. */
static void descriptors_taken(struct tracer *tracer, const struct entry *entry)
{
	if (entry->call == CALL_CLOSE)
		socket_forget(tracer, (int32_t)(uint32_t)entry->arguments[0]);
	else if (entry->call == CALL_DUP2 || entry->call == CALL_DUP3)
		socket_forget(tracer, (int32_t)(uint32_t)entry->arguments[1]);
	else if (entry->call == CALL_CLOSE_RANGE)
		tracer->tables++;
}

static void socket_remember(const struct tracer *tracer, struct thread *thread, int32_t descriptor, uint64_t inode)
{
	struct thread_sockets *known = &thread->sockets;
	size_t at = (uint32_t)descriptor % THREAD_SOCKETS;
	if (known->tables != tracer->tables)
		*known = (struct thread_sockets){.tables = tracer->tables};
	known->list[at].descriptor = descriptor;
	known->list[at].inode = inode;
}

/* Inode of the internet socket behind a descriptor that the thread uses; 0 when it is none.  It is looked up once: a
 * number means the same socket until a call that is seen changes that, in any process, for descriptors may be shared.
 * (What is no socket is always looked up: it is let go of without a stop.) */
static uint64_t socket_used(struct tracer *tracer, struct thread *thread, int32_t descriptor)
{
	const struct thread_sockets *known = &thread->sockets;
	size_t at = (uint32_t)descriptor % THREAD_SOCKETS;
	if (!tracer->networked)
		return 0;
	if (known->tables == tracer->tables && known->list[at].inode != 0 && known->list[at].descriptor == descriptor)
		return known->list[at].inode;
	uint64_t inode = descriptor_socket(thread->tid, descriptor);
	if (inode == 0 || !sockets_at(&tracer->sockets, inode, thread->tid, descriptor)->internet)
		return 0;
	socket_remember(tracer, thread, descriptor, inode);
	return inode;
}

enum follow {
	FOLLOW_NOT,
	FOLLOW_SILENTLY, /* its result matters to the row, but it is no socket's */
	FOLLOW_ALOUD,
};

static enum follow follow_descriptor(struct tracer *tracer, struct thread *thread)
{
	struct entry *entry = &thread->entry;
	int32_t descriptors[2];
	size_t count = entry_descriptors(entry, descriptors);
	entry->descriptor = descriptors[0];
	for (size_t i = 0; i < count; i++) {
		entry->socket = socket_used(tracer, thread, descriptors[i]);
		if (entry->socket == 0)
			continue;
		const struct socket_facts *facts = sockets_at(&tracer->sockets, entry->socket, thread->tid, descriptors[i]);
		entry->listening = facts->listening;
		entry->datagrams = facts->datagrams;
		if (entry->call == CALL_SPLICE || entry->call == CALL_SENDFILE)
			entry->descriptor = descriptors[i];
		return FOLLOW_ALOUD;
	}
	/* What was closed before: that fails again and again, and would else be seen as mere CPU time. */
	if ((entry->call == CALL_ACCEPT || entry->call == CALL_ACCEPT4) && tracer->networked &&
	    descriptor_socket(thread->tid, entry->descriptor) == 0)
		return FOLLOW_ALOUD;
	if (entry->call == CALL_CLOSE)
		timers_drop(&thread->process->timers, CALL_TIMERFD_SETTIME, entry->descriptor);
	/* What goes to standard output and error is no progress: a spinning program may well print that it spins. */
	bool moves = call_reads(entry->call) || (call_writes(entry->call) && entry->descriptor > 2);
	return moves && thread->row.longest >= ROW_TOLD ? FOLLOW_SILENTLY : FOLLOW_NOT;
}

static enum follow follow_how(struct tracer *tracer, struct thread *thread)
{
	struct entry *entry = &thread->entry;
	enum call call = entry->call;
	const uint64_t *a = entry->arguments;
	entry->descriptor = DESCRIPTOR_NONE;
	if (call == CALL_TIMERFD_SETTIME)
		entry->descriptor = (int32_t)(uint32_t)a[0];
	if (call_polls(call) || call_sleeps(call) || call_arms(call) || call == CALL_WAIT4 || call == CALL_WAITID ||
	    call == CALL_KILL)
		return FOLLOW_ALOUD;
	if (call == CALL_SOCKET) {
		bool internet = (uint32_t)a[0] == AF_INET || (uint32_t)a[0] == AF_INET6;
		tracer->networked = tracer->networked || internet;
		return internet ? FOLLOW_ALOUD : FOLLOW_NOT;
	}
	if (call == CALL_SOCKETPAIR || call == CALL_FUTEX || call == CALL_OTHER)
		return FOLLOW_NOT;
	if (call != CALL_CLOSE_RANGE)
		return follow_descriptor(tracer, thread);
	struct range range = {tracer, thread->tid, (uint32_t)a[0], (uint32_t)a[1], false};
	entry->descriptor = (int32_t)(uint32_t)a[0];
	return descriptors_each(thread->tid, range_look, &range) && range.found ? FOLLOW_ALOUD : FOLLOW_NOT;
}

static bool waits_as_a_rule(enum call call)
{
	return call_reads(call) || call_polls(call) || call_sleeps(call) || call == CALL_ACCEPT || call == CALL_ACCEPT4 ||
	       call == CALL_CONNECT || call == CALL_WAIT4 || call == CALL_WAITID;
}

/* Run-time systems have a thread that looks round every 20 microseconds: that is no news after a few times. */
static bool naps(const struct entry *entry)
{
	return call_sleeps(entry->call) && entry->value > 0 && entry->value <= NAP_NS;
}

void call_entered(struct tracer *tracer, struct thread *thread)
{
	if (thread->row.used > 0)
		tracer_before(tracer);
	row_time(tracer, thread, thread->entry.time_ns);
	descriptors_taken(tracer, &thread->entry);
	enum follow follow = follow_how(tracer, thread);
	thread->waits = waits_as_a_rule(thread->entry.call);
	if (follow == FOLLOW_NOT)
		return;
	if (thread->row.used == 0)
		tracer_before(tracer);
	thread->inside = true;
	thread->silent = follow == FOLLOW_SILENTLY;
	if (thread->silent)
		return;
	entry_decode(&thread->entry, thread->tid);
	thread->withheld = row_expects(&thread->row, &thread->entry) || (naps(&thread->entry) && thread->naps >= ROW_TOLD);
	if (!thread->withheld)
		call_tell_entry(tracer, thread);
}

bool call_returns_anew(const struct thread *thread, int64_t result)
{
	enum outcome outcome = entry_outcome(&thread->entry, result);
	if (outcome == OUTCOME_SLEPT && naps(&thread->entry))
		return thread->naps < ROW_TOLD;
	return outcome != OUTCOME_BARREN || !row_repeats(&thread->row, &thread->entry, result);
}

static void learn_accepted(struct tracer *tracer, struct thread *thread, int64_t result, struct event *event)
{
	const struct entry *entry = &thread->entry;
	thread->process->accepted = true;
	int64_t receive_timeout = 0, send_timeout = 0;
	const struct socket_facts *listener = sockets_find(&tracer->sockets, entry->socket);
	if (listener != NULL) {
		receive_timeout = listener->receive_timeout_ns;
		send_timeout = listener->send_timeout_ns;
	}
	event->call.socket = descriptor_socket(thread->tid, (int)result);
	event->call.listening = false;
	event->connection = (int16_t)socket_connection(tracer, event->call.socket);
	entry_returned_address(entry, thread->tid, &event->call.address);
	if (event->call.socket == 0)
		return;
	struct socket_facts *facts = sockets_add(&tracer->sockets, event->call.socket, true, false);
	facts->receive_timeout_ns = receive_timeout;
	facts->send_timeout_ns = send_timeout;
	socket_remember(tracer, thread, (int32_t)result, event->call.socket);
}

static void learn_created(struct tracer *tracer, struct thread *thread, int64_t result, struct event *event)
{
	event->call.socket = descriptor_socket(thread->tid, (int)result);
	if (event->call.socket == 0)
		return;
	const struct entry *entry = &thread->entry;
	uint32_t type = (uint32_t)entry->argument & SOCKET_TYPES;
	event->call.datagrams = type == SOCK_DGRAM && (entry->value == 0 || entry->value == IPPROTO_UDP);
	sockets_add(&tracer->sockets, event->call.socket, true, event->call.datagrams);
	socket_remember(tracer, thread, (int32_t)result, event->call.socket);
}

/* Of a call that succeeded. */
static void learn(struct tracer *tracer, struct thread *thread, int64_t result, struct event *event)
{
	const struct entry *entry = &thread->entry;
	struct socket_facts *facts = entry->socket != 0 ? sockets_find(&tracer->sockets, entry->socket) : NULL;
	if (entry->call == CALL_ACCEPT || entry->call == CALL_ACCEPT4) {
		learn_accepted(tracer, thread, result, event);
	} else if (entry->call == CALL_SOCKET) {
		learn_created(tracer, thread, result, event);
	} else if (entry->call == CALL_RECVFROM || (entry->call == CALL_RECVMSG && entry->datagrams)) {
		entry_returned_address(entry, thread->tid, &event->call.address);
	} else if (entry->call == CALL_SENDMMSG) {
		event->call.result = entry_message_bytes(entry, thread->tid, result);
	} else if (call_arms(entry->call)) {
		timers_set(&thread->process->timers, entry, tracer_now(tracer));
		thread->process->alarms_given =
			entry->call == CALL_ALARM || entry->call == CALL_SETITIMER ? 0 : thread->process->alarms_given;
	} else if (entry->call == CALL_EPOLL_CTL && facts != NULL) {
		uint32_t events = 0;
		if (entry->argument != EPOLL_CTL_DEL && memory_read(thread->tid, entry->arguments[3], &events, sizeof(events)))
			facts->edge = (events & EPOLLET) != 0;
	} else if (entry->call == CALL_LISTEN && facts != NULL) {
		facts->listening = true;
		event->call.listening = true;
	} else if (entry->call == CALL_SETSOCKOPT && facts != NULL && entry->argument >> 32 == SOL_SOCKET) {
		int name = (int)(uint32_t)entry->argument;
		if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
			facts->receive_timeout_ns = entry->value;
		if (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW)
			facts->send_timeout_ns = entry->value;
	}
}

static void thread_moves(struct tracer *tracer, struct thread *thread)
{
	row_end(tracer, thread);
	thread->moved_ns = tracer_now(tracer);
}

static void returned_silently(struct tracer *tracer, struct thread *thread, int64_t result)
{
	if (result > 0) {
		thread_moves(tracer, thread);
		return;
	}
	struct turn *turn = row_count(&thread->row, &thread->entry, result);
	if (turn != NULL)
		turn->told = turn->count;
}

/* A return for each datagram that the call moved; of a stream, for each piece that it took: the last may be the end. */
static void messages_emit(struct tracer *tracer, struct thread *thread, int64_t messages, struct event *event)
{
	uint8_t data[EVENT_PEEK];
	event->data = data;
	for (unsigned i = 0; (int64_t)i < messages && i < MESSAGES_TOLD; i++) {
		event->call.result =
			entry_returned_message(&thread->entry, thread->tid, i, &event->call.address, data, &event->data_length);
		if (thread->entry.datagrams)
			event->connection = CONNECTION_NONE;
		if (event->call.result < 0)
			return;
		tracer_emit(tracer, event);
	}
}

void call_returned(struct tracer *tracer, struct thread *thread, int64_t result)
{
	const struct entry *entry = &thread->entry;
	thread->inside = false;
	descriptors_taken(tracer, entry);
	row_time(tracer, thread, tracer_now(tracer));
	if (thread->silent) {
		returned_silently(tracer, thread, result);
		return;
	}
	struct turn *turn = NULL;
	enum outcome outcome = entry_outcome(entry, result);
	/* What the grader made of a call is no sign of a spin. */
	if (thread->injection.returned)
		row_end(tracer, thread);
	else if (outcome == OUTCOME_BARREN)
		turn = row_count(&thread->row, entry, result);
	else
		thread_moves(tracer, thread);
	if (tracer->level == WATCH_CONTROL)
		thread->row.in_hand = ROW_IN_HAND;
	else if (outcome == OUTCOME_PROGRESS)
		row_moves(&thread->row, entry->call, result);
	bool nap = outcome == OUTCOME_SLEPT && naps(entry);
	thread->naps = nap ? thread->naps + 1 : 0;
	if (thread->withheld && (nap || (turn != NULL && turn->count > ROW_TOLD))) {
		thread->withheld = false;
		return;
	}
	if (thread->withheld)
		call_tell_entry(tracer, thread);
	struct event event = call_event(tracer, thread, EVENT_RETURN);
	event.call.result = result;
	event.call.repeat = 1;
	if (result > 0 && (entry->call == CALL_RECVMMSG || (entry->datagrams && entry->call == CALL_SENDMMSG))) {
		messages_emit(tracer, thread, result, &event);
		return;
	}
	if (result >= 0)
		learn(tracer, thread, result, &event);
	uint8_t data[EVENT_PEEK];
	if (call_reads(entry->call) && event.call.result > 0) {
		event.data_length = entry_returned_data(entry, thread->tid, event.call.result, data);
		event.data = data;
	} else if (call_writes(entry->call) && event.call.result > 0) {
		event.data_length = event.call.result < entry->data_length ? (uint32_t)event.call.result : entry->data_length;
		event.data = entry->data;
	}
	if (turn != NULL && turn->told + 1 == turn->count)
		turn->told++;
	tracer_emit(tracer, &event);
}
