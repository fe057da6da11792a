#include "sandbox/program.h"

#include "base/fd.h"
#include "sandbox/box_state.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's descriptors.  Once the filter is in force and before a tracer is there, a followed call would fail; so the
 * child says that it is ready, and waits, by tee(2), which is not followed and which no container refuses: from the
 * sink, where the word lies ready, to the status, and from the gate to the sink. */
enum { HAND_INPUT, HAND_OUTPUT, HAND_ERRORS, HAND_STATUS, HAND_GATE, HAND_SINK_READ, HAND_SINK, HANDS };
/* Above all hands, so that none is lost while they are sorted. */
enum { HANDS_ASIDE = 32 };
enum { STACK_BYTES = 256 * 1024 };
/* On the status: a zero byte says that the child is ready, any other one that a mishap follows. */
enum { READY_BYTES = 1, NOT_READY = 1 };

struct pipes {
	int input[2], output[2], errors[2], status[2], gate[2], sink[2];
};

struct start {
	const struct box *box;
	bool joined; /* it is in the box's cgroup already */
	const char *const *arguments;
	const struct filter *filter;
	int hands[HANDS];
};

/* What the runner has changed; the rest is as the keeper left it (keeping.c). */
static bool signals_reset(struct mishap *mishap)
{
	sigset_t none;
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR)
		return mishap_errno(mishap, "signal(SIGPIPE)");
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return mishap_errno(mishap, "sigprocmask");
	return true;
}

static bool place_enter(const struct box *box, struct mishap *mishap)
{
	if (box->enclosed && setns(box->shim.view, CLONE_NEWNS) < 0)
		return mishap_errno(mishap, "setns to the box's mounts");
	if (chdir(box->folder) < 0)
		return mishap_errno(mishap, "chdir %s", box->folder);
	umask(022);
	return true;
}

static bool user_enter(const struct post *post, bool enclosed, struct mishap *mishap)
{
	if (post->switches_user)
		return user_drop_to(post->user, post->group, mishap);
	/* A user namespace for each program: RLIMIT_NPROC is counted within it. */
	return !enclosed || user_namespace_enter(post->site->proc, mishap);
}

/* `hands` is right at any moment.  Goes before the limits: a test may leave fewer descriptors than HANDS_ASIDE. */
static bool hands_sort(int hands[static HANDS], struct mishap *mishap)
{
	for (int i = 0; i < HANDS; i++) {
		int aside = fcntl(hands[i], F_DUPFD_CLOEXEC, HANDS_ASIDE);
		if (aside < 0)
			return mishap_errno(mishap, "fcntl(F_DUPFD_CLOEXEC)");
		hands[i] = aside;
	}
	for (int i = 0; i < HANDS; i++) {
		if (dup3(hands[i], i, i <= HAND_ERRORS ? 0 : O_CLOEXEC) < 0)
			return mishap_errno(mishap, "dup3");
		hands[i] = i;
	}
	if (close_range(HANDS, ~0u, 0) < 0)
		return mishap_errno(mishap, "close_range");
	return true;
}

/* What another program of the test, with the same user, could look into must not be the grader's memory: where the
 * tracer is privileged the child stays undumpable until execve. */
static bool traceable_become(const struct post *post, struct mishap *mishap)
{
	int dumpable = post->switches_user && !post->shares_user ? 0 : 1;
	if (prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_DUMPABLE)");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_PDEATHSIG)");
	return true;
}

/* The gate can be waited at: there is nothing in it yet.  And the word that the child is ready is laid down. */
static bool gate_try(struct mishap *mishap)
{
	if (tee(HAND_GATE, HAND_SINK, 1, SPLICE_F_NONBLOCK) >= 0 || errno != EAGAIN)
		return mishap_errno(mishap, "tee");
	return fd_write_all(HAND_SINK, "", READY_BYTES) || mishap_errno(mishap, "writing to a pipe");
}

static bool program_prepare(struct start *start, struct mishap *mishap)
{
	const struct box *box = start->box;
	const struct post *post = box->post;
	struct limits limits = box->order.limits;
	if (post->cgroup != NULL) /* it counts the processes of the box; RLIMIT_NPROC those of a user, on all of the host */
		limits.processes = 0;
	if (setsid() < 0)
		return mishap_errno(mishap, "setsid");
	return (start->joined || post->cgroup == NULL || cgroup_join(post->cgroup, mishap)) &&
	       limits_offer(post->site->proc, mishap) && place_enter(box, mishap) &&
	       user_enter(post, box->enclosed, mishap) && hands_sort(start->hands, mishap) &&
	       limits_apply(&limits, mishap) && privileges_drop(mishap) && traceable_become(post, mishap) &&
	       (box->enclosed || landlock_restrict(box, mishap)) && signals_reset(mishap) && gate_try(mishap) &&
	       filter_install(start->filter, mishap);
}

/* execvp(3) says "permission denied" of a name that is nowhere when it could not look into some folder of the path. */
static int start_error(const char *name, const char *path, int error)
{
	if (error != EACCES || strchr(name, '/') != NULL)
		return error;
	for (const char *at = path; *at != '\0';) {
		char file[PATH_MAX];
		size_t length = strcspn(at, ":");
		int size = snprintf(file, sizeof(file), "%.*s/%s", (int)length, at, name);
		if (size < (int)sizeof(file) && access(file, F_OK) == 0)
			return error;
		at += length + (at[length] == ':');
	}
	return ENOENT;
}

static bool first_line(const char *name, char *line, size_t size)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t count = file >= 0 ? read(file, line, size - 1) : -1;
	if (file >= 0)
		close(file);
	line[count > 0 ? count : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return count > 0;
}

/* What execve(2) says in one word for several mistakes. */
static const char *start_reason(const char *name, int error, char *room, size_t size)
{
	char line[256];
	bool there = strchr(name, '/') != NULL && access(name, F_OK) == 0;
	if (error == ENOENT && there && first_line(name, line, sizeof(line)) && strncmp(line, "#!", 2) == 0) {
		snprintf(room, size, "its first line asks for %s: not found", line + 2 + strspn(line + 2, " "));
		return room;
	}
	if (error == ENOENT && there)
		return "the loader or an interpreter that it names is not there";
	if (error == ENOENT && strchr(name, '/') != NULL)
		return "no such file; is it what the build makes?";
	if (error == EACCES && there)
		return "it is not executable (chmod +x)";
	if (error == ENOEXEC)
		return "neither a binary nor a script with #! in its first line";
	return strerror(error);
}

static int program_main(void *context)
{
	struct start *start = context;
	struct mishap mishap = {0};
	char reason[1024];
	if (!program_prepare(start, &mishap)) {
		if (mishap.step[0] == '\0')
			mishap_text(&mishap, "an unnamed step failed");
		char word = NOT_READY;
		if (fd_write_all(start->hands[HAND_STATUS], &word, sizeof(word)))
			fd_write_all(start->hands[HAND_STATUS], &mishap, sizeof(mishap));
		return 1;
	}
	if (tee(HAND_SINK_READ, HAND_STATUS, READY_BYTES, 0) != READY_BYTES || tee(HAND_GATE, HAND_SINK, 1, 0) <= 0)
		return 1;
	const char *name = start->arguments[0];
	char **arguments = (char **)(size_t)start->arguments;
	execvpe(name, arguments, start->box->variables);
	int error = start_error(name, start->box->post->site->toolchains.path, errno);
	char room[400];
	int length = snprintf(reason, sizeof(reason), "cannot start %.600s: %s\n", name,
	                      start_reason(name, error, room, sizeof(room)));
	fd_write_all(2, reason, (size_t)length); /* the tracer is there by now */
	return 127;
}

static void pipes_close(struct pipes *pipes)
{
	int *all[] = {pipes->input, pipes->output, pipes->errors, pipes->status, pipes->gate, pipes->sink};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fd_close(&all[i][0]);
		fd_close(&all[i][1]);
	}
}

static bool pipes_open(struct pipes *pipes, bool merged, struct mishap *mishap)
{
	*pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	if (pipe2(pipes->input, O_CLOEXEC) == 0 && pipe2(pipes->output, O_CLOEXEC) == 0 &&
	    (merged || pipe2(pipes->errors, O_CLOEXEC) == 0) && pipe2(pipes->status, O_CLOEXEC) == 0 &&
	    pipe2(pipes->gate, O_CLOEXEC) == 0 && pipe2(pipes->sink, O_CLOEXEC) == 0 &&
	    fcntl(pipes->input[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) == 0 &&
	    (merged || fcntl(pipes->errors[0], F_SETFL, O_NONBLOCK) == 0))
		return true;
	mishap_errno(mishap, "pipe2");
	pipes_close(pipes);
	return false;
}

/* Into the version 2 cgroup at once: to move a process there later takes milliseconds. */
static pid_t group_fork(const struct cgroup *cgroup, struct start *start)
{
	const struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)cgroup->folder};
	pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	start->joined = child == 0;
	return child >= 0 ? child : fork();
}

/* To copy the runner's memory, only for execve(2) to give it back, costs more than all the rest of a start: where that is
 * safe the child is in the runner's own.  One of them runs at a time: the runner waits until the child stands at its gate
 * (ready_wait), and lets it through only to wait for its execve (program_moved), which a tracer sees.  A user namespace
 * cannot be made by one who shares memory (unshare(2)), and dumpable is the memory's property, not the process's.  The
 * address sanitizer would know nothing of the stack. */
static bool memory_lent(const struct box *box, enum watch_level level)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)box;
	(void)level;
	return false;
#else
	const struct post *post = box->post;
	return level != WATCH_NOTHING && post->site->host.tracing && post->switches_user && !post->shares_user;
#endif
}

/* The one that the program before had, if it has given it back.  At the low end lies what the child is told. */
static void *stack_take(struct box *box, const struct start *start)
{
	void *stack = box->stack;
	box->stack = NULL;
	if (stack == NULL)
		stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return NULL;
	memcpy(stack, start, sizeof(*start));
	return stack;
}

static pid_t child_start(struct box *box, struct start *start, enum watch_level level, void **stack)
{
	const struct cgroup *cgroup = box->post->cgroup;
	if (cgroup == NULL || cgroup->folder < 0) {
		*stack = memory_lent(box, level) ? stack_take(box, start) : NULL;
		if (*stack != NULL)
			return clone(program_main, (char *)*stack + STACK_BYTES, CLONE_VM | SIGCHLD, *stack);
	}
	pid_t child = cgroup != NULL && cgroup->folder >= 0 ? group_fork(cgroup, start) : fork();
	if (child == 0)
		_exit(program_main(start));
	return child;
}

static void stack_free(void **stack)
{
	if (*stack != NULL)
		munmap(*stack, STACK_BYTES);
	*stack = NULL;
}

void program_release(struct box *box)
{
	stack_free(&box->stack);
}

void program_moved(struct box *box, struct box_program *program)
{
	siginfo_t what = {0};
	while (program->stack != NULL &&
	       waitid(P_PID, (id_t)program->pid, &what, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0 && errno == EINTR)
		continue;
	/* Where execve(2) failed the child stands at a call by which it says so: all else it has done by then. */
	if (what.si_code == CLD_TRAPPED && what.si_status >> 8 != PTRACE_EVENT_EXEC)
		return;
	if (box->stack != NULL) {
		stack_free(&program->stack);
		return;
	}
	box->stack = program->stack;
	program->stack = NULL;
}

void box_program_end(struct box_program *program)
{
	fd_close(&program->input);
	fd_close(&program->output);
	fd_close(&program->errors);
	fd_close(&program->gate);
	stack_free(&program->stack);
}

static bool ready_wait(pid_t child, int status, struct mishap *mishap)
{
	struct mishap told = {0};
	char word = NOT_READY;
	bool read = fd_read_all(status, &word, sizeof(word));
	if (read && word != NOT_READY)
		return true;
	read = read && fd_read_all(status, &told, sizeof(told));
	told.step[sizeof(told.step) - 1] = '\0';
	if (read)
		*mishap = told;
	else
		mishap_text(mishap, "it ended before it was ready");
	kill(child, SIGKILL);
	while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	return false;
}

bool program_fork(struct box *box, const char *const *arguments, enum watch_level level, bool merged,
                  struct box_program *program, struct mishap *mishap)
{
	struct pipes pipes;
	void *stack = NULL;
	if (arguments == NULL || arguments[0] == NULL)
		return mishap_text(mishap, "there is no command to run");
	if (!pipes_open(&pipes, merged, mishap))
		return false;
	int errors = merged ? pipes.output[1] : pipes.errors[1];
	struct start start = {
		box,
		false,
		arguments,
		box_filter(box, level),
		{pipes.input[0], pipes.output[1], errors, pipes.status[1], pipes.gate[0], pipes.sink[0], pipes.sink[1]}};
	pid_t child = child_start(box, &start, level, &stack);
	if (child < 0)
		mishap_errno(mishap, "fork");
	fd_close(&pipes.status[1]);
	if (child < 0 || !ready_wait(child, pipes.status[0], mishap)) {
		stack_free(&stack);
		pipes_close(&pipes);
		return false;
	}
	*program = (struct box_program){child, pipes.input[1], pipes.output[0], pipes.errors[0], pipes.gate[1], stack};
	pipes.input[1] = pipes.output[0] = pipes.errors[0] = pipes.gate[1] = -1;
	pipes_close(&pipes);
	return true;
}
