/* Where a student's program runs: namespaces, a root of its own, limits, another user.
 *
 * Theory of operation.  The grader forks one *keeper* for each submission.  As another user than root the keeper first
 * makes a user namespace.  Once, in a mount namespace that is nobody's place to be, it assembles a small root (tmpfs;
 * /usr, /lib* and toolchains read-only, a few files of /etc; /dev with null, zero, full, random, urandom; the built
 * submission).  For each job (tests one after the other) it forks a *runner*, which calls box_enter: new network, pid,
 * ipc and uts namespaces, `lo` up.  The runner's first child is the *shim*, pid 1 of the pid namespace: it makes the
 * job's own copy of that mount namespace (fresh /tmp, /dev/shm, /proc and a writable layer over the submission), then
 * only reaps.  Programs are forked by the runner itself into those namespaces, so their real parent and tracer is the
 * runner, and they are never pid 1.  Killing the shim ends everything that ever ran in the box.
 *
 * To make and to end all that costs more than most tests, so the next test of the job gets the same box when it can be
 * shown that the last one left nothing in it: the shim has killed every process of the namespace, and the kernel finds
 * none; no file is there that was not there at first; no socket is left in the network, nothing in sysvipc(7).  A box
 * with a file left is thrown away with its runner, a network or an IPC namespace with something left for a new one.
 *
 * Programs run as a user of their own: as root one of a pool (user.h), else the only one of a user namespace that each
 * program has for itself, so that the kernel counts processes for one program.  Whatever is not set up ends in an error
 * of the harness; a program that is not shut in is never run.
 *
 * On hosts without namespaces (rungs B to D as ARCHITECTURE.md names them) there is no shim and no root of its own:
 * user, limits, the seccomp filter and Landlock remain, a child subreaper collects orphans, and box_end kills every
 * process that descends from the runner.
 *
 * The keeper belongs to no terminal and ends with its control socket: it then kills what is left, and removes cgroups
 * and folders.  Runner, shim and program die with their parents (prctl(2) PR_SET_PDEATHSIG), the shim also with its
 * socket.  Mounts and interfaces exist in namespaces only and go with the last process in them. */
#pragma once

#include "model/assignment.h"
#include "model/plan.h"
#include "sandbox/host.h"

#include <sys/types.h>

struct diags;
struct text;

/* The submission's files: a folder that box programs see as their working directory /box. */
struct box_place {
	/* Host path of the (built) submission copy; read only for tests, written by the build.  As root its files change
	 * their group and get the owner's rights for it, and when the grader is killed the keeper removes it: never the
	 * student's own folder. */
	const char *folder;
};

struct keeper;

/* What the keeper's child does with one test; runs in the runner process, perhaps once more for the next test: it leaves
 * nothing open.  `details` are the bytes that keeper_run was given (NULL: none).  `report`, which it closes, is the
 * write end of the pipe that keeper_run returned the read end of.  The first time every signal has its default action
 * but SIGPIPE, which is ignored; the only descriptors besides 0, 1, 2 are `report` and the sandbox's own. */
typedef void (*runner_body)(void *context, size_t index, const void *details, int cpu, int report);

/* Forks the keeper.  `context` and everything it points to is inherited by fork.  NULL with `diags`. */
struct keeper *keeper_start(const struct host *, const struct box_place *, runner_body, void *context, struct diags *);
/* A test to be played.  Of a job only one is played at a time, the next when the pipe of the one before has read end of
 * file: which it does when all is said, or the runner has died. */
struct keeper_test {
	unsigned job;
	size_t index;
	int cpu; /* the processor; -1: any */
	const struct limits *limits;
	const void *details; /* `length` bytes for the runner, at most KEEPER_DETAILS; NULL: none */
	size_t length;
};
enum { KEEPER_DETAILS = 32 * 1024 };
/* The read end of the test's report pipe (close-on-exec, non-blocking), or -1 with `diags`. */
int keeper_run(struct keeper *, const struct keeper_test *, struct diags *);
/* Runs a command in the box of the submission with write access to its folder (the build): no network but lo, limits
 * held, output (both streams, at most `limits.output_bytes`) kept.  False with `diags` when the harness failed;
 * otherwise *status is its wait status and *reached is the limit that ended it, or -1. */
bool keeper_build(struct keeper *, const struct command *, const struct limits *, struct text *output, int *status,
                  int *reached, struct diags *);
/* Ends the keeper and every runner under it, and waits until they are gone.  NULL is allowed. */
void keeper_stop(struct keeper *);

struct box;

/* Called in a runner: makes the test's namespaces, network and shim, or takes those of the test before.  NULL with
 * `diags`. */
struct box *box_enter(const struct plan_test *, struct diags *);
/* Counts the networks that this runner has had: what is bound to one is of no use in the next. */
unsigned box_network(const struct box *);
/* The submission's folder as programs name it, and on the host, where its build left it. */
const char *box_folder(const struct box *);
const char *box_sources(const struct box *);
/* The host rung the keeper was started with. */
const struct host *box_host(const struct box *);

struct box_program {
	pid_t pid; /* as the runner sees it */
	int input, output, errors; /* the runner's ends of its standard streams: non-blocking, close-on-exec */
	int gate; /* box_open writes to it */
	void *stack; /* until execve(2) it is in the runner's memory, and here; NULL: it has its own */
};

/* Forks a program that stands before execve(2) until box_open, so that it can be seized first.  It has then: a session
 * of its own, its streams, its limits, its user, no capabilities, no_new_privs, a clean environment, no other
 * descriptor, and the seccomp filter for `watch`.  False with `diags`. */
bool box_fork(struct box *, const char *const *arguments, enum watch_level, struct box_program *, struct diags *);
/* Lets it exec; one that is traced has done so, and stands still, when this returns.  When execve fails the program
 * exits with 127 and prints why to its standard error. */
void box_open(struct box *, struct box_program *);
/* Its process is no more: closes its streams. */
void box_program_end(struct box_program *);

/* The test's second address ("the host's other address") as text: "192.0.2.1" in a network namespace of its own;
 * elsewhere the first non-loopback address of the host, or NULL when there is none. */
const char *box_outside(const struct box *);
/* The limit of the whole box that was reached so far, or -1: LIMIT_MEMORY or LIMIT_PROCESSES (a fork or a thread was
 * refused).  Where cgroups(7) can be used the kernel has held it already and ended a process for memory; elsewhere the
 * memory of all processes is added up now (a millisecond), nobody has been ended, and LIMIT_PROCESSES is not known.  LIMIT_FILES only where the box has no
 * file system of its own: its folder holds more than folder_fits allows. */
int box_reached(const struct box *);
/* Kills and reaps everything that ran in the box, which is the keeper's again.  NULL is allowed. */
void box_end(struct box *);
