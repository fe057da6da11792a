/* The keeper process's own view: its runners, and what the grader asks of it. */
#pragma once

#include "sandbox/box.h"
#include "sandbox/site.h"

enum { RUNNERS_MOST = 256, BUILD_ARGUMENTS = 256, BUILD_STRINGS = 64 * 1024 };

/* One message on the control socket; the write end of the report pipe comes with it.  Behind a build's lie the strings
 * of its command, behind a test's the details for its runner.  The answer is handover_done or handover_failed. */
struct request {
	bool build;
	unsigned job; /* whose runner plays the test */
	size_t index;
	int cpu;
	struct limits limits;
};

/* Room for one runner. */
struct slot {
	pid_t runner; /* 0: free */
	int socket; /* by which it takes more tests of its job; -1: it takes none */
	unsigned job;
	uint64_t file_bytes; /* the limit that its box was made with */
	int lock; /* holds the user; -1 */
	bool grouped;
	struct cgroup cgroup; /* kept from one test to the next */
	struct post post;
};

struct keeping {
	struct site site;
	runner_body body;
	void *context;
	int control; /* to the grader; its end ends everything */
	int ended; /* signalfd(2) of SIGCHLD */
	int user_lock; /* of the user that a demoted root has become */
	unsigned next_user, groups_made;
	struct slot slots[RUNNERS_MOST];
	struct cgroup lost[RUNNERS_MOST]; /* of runners that were killed: removed when all is over */
	size_t lost_count;
};

/* The keeper's life: prepares the site, says so, serves requests, and in the end kills and removes all that is its own.
 * `site`'s host, folder, scratch and grader, `body`, `context` and `control` are set. */
_Noreturn void keeping_main(struct keeping *);
