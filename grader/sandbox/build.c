#include "sandbox/build.h"

#include "base/fd.h"
#include "base/text.h"
#include "model/event.h"
#include "sandbox/box.h"
#include "sandbox/folder.h"
#include "sandbox/site.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SPACE_EVERY_MS = 500 };
#define OUTPUT_MOST ((uint64_t)16 << 20) /* where the limits name none */

/* Ahead of the output. */
struct build_report {
	struct mishap mishap; /* the harness failed */
	int status, reached;
	size_t length;
};

struct build {
	struct box *box;
	struct box_program program;
	struct text output;
	uint64_t output_most;
	int64_t deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX: none */
	struct build_report report;
};

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Takes what is there now; false at its end. */
static bool output_take(struct build *build)
{
	char bytes[16384];
	for (;;) {
		ssize_t count = read(build->program.output, bytes, sizeof(bytes));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 && errno == EAGAIN;
		uint64_t room = build->output_most - build->output.length;
		text_add(&build->output, bytes, (uint64_t)count < room ? (size_t)count : (size_t)room);
		if ((uint64_t)count > room) {
			build->report.reached = LIMIT_OUTPUT;
			return true;
		}
	}
}

/* What the kernel does not bound for a build: the folder lies on the host's disk, and without cgroups memory is only
 * added up. */
static void space_check(struct build *build, const struct post *post)
{
	if (!folder_fits(post->site->folder))
		build->report.reached = LIMIT_FILES;
	else if (post->cgroup == NULL && box_reached(build->box) == LIMIT_MEMORY)
		build->report.reached = LIMIT_MEMORY;
}

/* The command ends it, not the end of its output: what it left in the background may hold the pipe for ever. */
static bool command_wait(struct build *build, const struct post *post, struct mishap *mishap)
{
	int64_t checked_ns = now_ns();
	FD_AUTO process = (int)syscall(SYS_pidfd_open, build->program.pid, 0);
	if (process < 0)
		return mishap_errno(mishap, "pidfd_open");
	struct pollfd watched[2] = {{process, POLLIN, 0}, {build->program.output, POLLIN, 0}};
	while (watched[0].revents == 0 && build->report.reached < 0) {
		int64_t left = build->deadline_ns - now_ns();
		if (left <= 0) {
			build->report.reached = LIMIT_TIME;
			break;
		}
		int64_t wait_ms = left / 1000000 + 1;
		int ready = poll(watched, 2, wait_ms > SPACE_EVERY_MS ? SPACE_EVERY_MS : (int)wait_ms);
		if (ready < 0 && errno != EINTR)
			return mishap_errno(mishap, "poll");
		if (ready > 0 && watched[1].revents != 0 && !output_take(build))
			watched[1].fd = -1;
		if (watched[0].revents == 0 && now_ns() - checked_ns > (int64_t)SPACE_EVERY_MS * 1000000) {
			space_check(build, post);
			checked_ns = now_ns();
		}
	}
	if (build->report.reached >= 0)
		kill(build->program.pid, SIGKILL);
	while (waitpid(build->program.pid, &build->report.status, __WALL) < 0)
		if (errno != EINTR)
			return mishap_errno(mishap, "waitpid");
	return true;
}

static void limit_find(struct build *build)
{
	struct build_report *report = &build->report;
	bool failed = !WIFEXITED(report->status) || WEXITSTATUS(report->status) != 0;
	if (report->reached >= 0 || !failed)
		return;
	report->reached = box_reached(build->box);
	if (report->reached < 0 && WIFSIGNALED(report->status) && WTERMSIG(report->status) == SIGXFSZ)
		report->reached = LIMIT_FILES;
}

static bool command_run(struct build *build, const struct post *post, const struct box_order *order,
                        const char *const *arguments, struct mishap *mishap)
{
	build->box = box_make(post, order, mishap);
	if (build->box == NULL || !box_fork_merged(build->box, arguments, &build->program, mishap))
		return false;
	fd_close(&build->program.input);
	if (order->limits.time_ns > 0)
		build->deadline_ns = now_ns() + order->limits.time_ns;
	box_open(build->box, &build->program);
	if (!command_wait(build, post, mishap))
		return false;
	limit_find(build);
	return true;
}

/* The folder lies on the host's disk, which others fill too: a build that failed for want of room says nothing of the
 * submission. */
#define ROOM_LEAST ((uint64_t)1 << 20)

static bool room_left(const struct build *build, const char *folder, struct mishap *mishap)
{
	struct statvfs disk;
	bool failed = !WIFEXITED(build->report.status) || WEXITSTATUS(build->report.status) != 0;
	if (!failed || build->report.reached >= 0 || statvfs(folder, &disk) < 0)
		return true;
	if ((uint64_t)disk.f_bavail * disk.f_frsize >= ROOM_LEAST && (disk.f_files == 0 || disk.f_favail > 0))
		return true;
	return mishap_text(mishap, "the disk that holds %.150s is full", folder);
}

static bool report_send(struct build *build, int report)
{
	build->report.length = build->output.length;
	return fd_write_all(report, &build->report, sizeof(build->report)) &&
	       fd_write_all(report, text_string(&build->output), build->output.length);
}

int build_main(const struct post *post, const struct limits *limits, const char *const *arguments, int report)
{
	struct build build = {.program = {0, -1, -1, -1, -1},
	                      .output_most = limits->output_bytes > 0 ? limits->output_bytes : OUTPUT_MOST,
	                      .deadline_ns = INT64_MAX,
	                      .report = {.reached = -1}};
	struct box_order order = {.limits = *limits, .writable = true};
	struct mishap *mishap = &build.report.mishap;
	const char *folder = post->site->folder;
	bool good = !post->switches_user || folder_share(folder, post->user, post->group, mishap);
	good = good && command_run(&build, post, &order, arguments, mishap);
	box_end(build.box);
	if (good && build.report.reached < 0 && build.program.output >= 0)
		output_take(&build);
	if (good && build.report.reached < 0 && !folder_fits(folder))
		build.report.reached = LIMIT_FILES;
	good = good && room_left(&build, folder, mishap);
	if (good && build.report.reached < 0 && post->switches_user)
		good = folder_share(folder, post->user, post->group, mishap);
	fd_close(&build.program.output);
	bool sent = report_send(&build, report);
	text_release(&build.output);
	return good && sent ? 0 : 1;
}

bool build_receive(int report, struct text *output, int *status, int *reached, struct mishap *mishap)
{
	struct build_report head;
	if (!fd_read_all(report, &head, sizeof(head)))
		return mishap_text(mishap, "the process that builds ended before it was done");
	head.mishap.step[sizeof(head.mishap.step) - 1] = '\0';
	if (head.mishap.step[0] != '\0') {
		*mishap = head.mishap;
		return false;
	}
	for (size_t left = head.length; left > 0;) {
		char bytes[16384];
		size_t part = left < sizeof(bytes) ? left : sizeof(bytes);
		if (!fd_read_all(report, bytes, part))
			return mishap_text(mishap, "the process that builds ended before it was done");
		text_add(output, bytes, part);
		left -= part;
	}
	*status = head.status;
	*reached = head.reached;
	return true;
}
