/* What the living processes hold. */
#include "watch/descriptors.h"
#include "watch/following.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Descriptors that are counted in all; a box's limit of processes and descriptors is far below. */
enum { SOCKETS_COUNTED = 65536 };

struct tally {
	pid_t tid;
	bool datagrams;
	uint64_t *inodes;
	size_t inode_count, capacity;
	int64_t descriptors;
};

static bool is_counted(const struct tally *tally, int descriptor)
{
	char protocol[PROTOCOL_LENGTH];
	if (!descriptor_protocol(tally->tid, descriptor, protocol))
		return false;
	if (tally->datagrams)
		return strcmp(protocol, "UDP") == 0 || strcmp(protocol, "UDPv6") == 0;
	return strcmp(protocol, "TCP") == 0 || strcmp(protocol, "TCPv6") == 0 || strcmp(protocol, "MPTCP") == 0 ||
	       strcmp(protocol, "MPTCPv6") == 0;
}

static bool add_descriptor(void *context, int descriptor, uint64_t socket)
{
	struct tally *tally = context;
	if (descriptor > 2)
		tally->descriptors++;
	if (socket == 0)
		return true;
	for (size_t i = 0; i < tally->inode_count; i++)
		if (tally->inodes[i] == socket)
			return true;
	if (!is_counted(tally, descriptor) || tally->inode_count >= SOCKETS_COUNTED)
		return true;
	if (tally->inode_count == tally->capacity) {
		tally->capacity = tally->capacity == 0 ? 64 : tally->capacity * 2;
		uint64_t *grown = realloc(tally->inodes, tally->capacity * sizeof(*grown));
		if (grown == NULL)
			abort();
		tally->inodes = grown;
	}
	tally->inodes[tally->inode_count++] = socket;
	return true;
}

static bool belongs(const struct process *process, int actor)
{
	return actor == ACTOR_NONE || process->actor == actor;
}

/* A socket that several processes share counts once.  Of the descriptors it is the most that one process has: each
 * process has a table of its own, and how many processes there are is another question. */
static void count_open(const struct tracer *tracer, int actor, int64_t counts[static COUNTS])
{
	struct tally tally = {.datagrams = tracer->datagrams};
	int64_t most = 0;
	bool known = true;
	for (size_t i = 0; i < tracer->tree.process_count; i++) {
		const struct process *process = tracer->tree.processes[i];
		if (!belongs(process, actor))
			continue;
		const struct thread *thread = tree_any_thread(&tracer->tree, process);
		tally.tid = thread != NULL ? thread->tid : process->pid;
		tally.descriptors = 0;
		/* A process that has just ended holds nothing. */
		if (!descriptors_each(tally.tid, add_descriptor, &tally) && task_state(tally.tid) != 0 &&
		    task_state(tally.tid) != 'Z')
			known = false;
		if (tally.descriptors > most)
			most = tally.descriptors;
	}
	counts[COUNT_SOCKETS] = known ? (int64_t)tally.inode_count : -1;
	counts[COUNT_DESCRIPTORS] = known ? most : -1;
	free(tally.inodes);
}

struct search {
	uint64_t socket;
	bool found;
};

static bool same_socket(void *context, int descriptor, uint64_t socket)
{
	struct search *search = context;
	(void)descriptor;
	search->found = socket == search->socket;
	return !search->found;
}

bool tracer_holds(const struct tracer *tracer, uint64_t socket)
{
	struct search search = {.socket = socket};
	for (size_t i = 0; i < tracer->tree.process_count && !search.found; i++) {
		const struct process *process = tracer->tree.processes[i];
		const struct thread *thread = tree_any_thread(&tracer->tree, process);
		descriptors_each(thread != NULL ? thread->tid : process->pid, same_socket, &search);
	}
	return search.found;
}

/* Children of a task that are dead and not waited for; -1 when the kernel does not list children. */
static int64_t count_dead_children(pid_t pid, pid_t tid)
{
	char path[64];
	int child;
	int64_t count = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)tid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return task_state(tid) == 0 ? 0 : -1;
	while (fscanf(file, "%d", &child) == 1)
		count += task_state(child) == 'Z';
	fclose(file);
	return count;
}

static int64_t count_zombies(const struct tracer *tracer, int actor)
{
	int64_t count = 0;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		const struct thread *thread = tracer->tree.threads[i];
		if (thread->process == NULL || !belongs(thread->process, actor))
			continue;
		int64_t more = count_dead_children(thread->process->pid, thread->tid);
		if (more < 0)
			return -1;
		count += more;
	}
	return count;
}

/* Java's executors make a thread for each task until they have their number, though others have nothing to do; its own
 * names say so. */
static bool of_pool(pid_t tid)
{
	static const char *const names[] = {"pool-", "ForkJoinPool"};
	char path[64], name[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) == NULL)
		name[0] = '\0';
	fclose(file);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Where calls are not seen, no thread is known to have been started for a client. */
static int64_t count_late_threads(const struct tracer *tracer, int actor)
{
	int64_t count = 0;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		const struct thread *thread = tracer->tree.threads[i];
		if (thread->late && thread->process != NULL && belongs(thread->process, actor) &&
		    task_state(thread->tid) != 0 && !of_pool(thread->tid))
			count++;
	}
	return count;
}

void tracer_count(const struct tracer *tracer, int actor, int64_t counts[static COUNTS])
{
	count_open(tracer, actor, counts);
	counts[COUNT_ZOMBIES] = count_zombies(tracer, actor);
	counts[COUNT_PROCESSES] = (int64_t)tracer_alive(tracer, actor);
	counts[COUNT_THREADS] = count_late_threads(tracer, actor);
}

void tracer_count_datagrams(struct tracer *tracer, bool datagrams)
{
	tracer->datagrams = datagrams;
}
