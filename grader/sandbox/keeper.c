#include "sandbox/box.h"

#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "sandbox/build.h"
#include "sandbox/handover.h"
#include "sandbox/keeping.h"
#include "sandbox/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The keeper as its parent sees it. */
struct keeper {
	pid_t pid;
	int control;
	char scratch[SCRATCH_PATH];
};

static bool keeper_fork(struct keeper *keeper, struct keeping *keeping, struct mishap *mishap)
{
	int pair[2];
	if (!handover_pair(pair))
		return mishap_errno(mishap, "socketpair");
	fflush(NULL);
	malloc_trim(0); /* every fork of a test would copy what was freed */
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(pair[0]);
		keeping->control = pair[1];
		keeping_main(keeping);
	}
	close(pair[1]);
	keeper->control = pair[0];
	if (keeper->pid < 0)
		return mishap_errno(mishap, "fork");
	return handover_wait(keeper->control, "the keeper", NULL, mishap);
}

struct keeper *keeper_start(const struct host *host, const struct box_place *place, runner_body body, void *context,
                            struct diags *diags)
{
	struct mishap mishap = {0};
	char folder[PATH_MAX];
	struct keeper *keeper = calloc(1, sizeof(*keeper));
	struct keeping *keeping = calloc(1, sizeof(*keeping));
	if (keeper == NULL || keeping == NULL)
		abort();
	keeper->control = -1;
	keeping->site = (struct site){.host = *host, .folder = folder, .proc = -1, .view = -1, .grader = getpid()};
	keeping->body = body;
	keeping->context = context;
	bool good = realpath(place->folder, folder) != NULL;
	if (!good)
		mishap_errno(&mishap, "the submission's folder %.120s", place->folder);
	good = good && (host->namespaces || scratch_make(keeper->scratch, &mishap));
	memcpy(keeping->site.scratch, keeper->scratch, sizeof(keeper->scratch));
	good = good && keeper_fork(keeper, keeping, &mishap);
	free(keeping);
	if (good)
		return keeper;
	mishap_tell(&mishap, "the sandbox could not be set up", diags);
	keeper_stop(keeper);
	return NULL;
}

/* Sends a request with the write end of a new pipe and returns the read end, or -1 with the mishap. */
static int request_send(struct keeper *keeper, const void *message, size_t length, struct mishap *mishap)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0) {
		mishap_errno(mishap, "pipe2");
		return -1;
	}
	bool good = handover_send(keeper->control, message, length, report[1]);
	if (!good)
		mishap_errno(mishap, "asking the keeper");
	close(report[1]);
	if (good && handover_wait(keeper->control, "the keeper", NULL, mishap))
		return report[0];
	close(report[0]);
	return -1;
}

int keeper_run(struct keeper *keeper, const struct keeper_test *test, struct diags *diags)
{
	struct mishap mishap = {0};
	struct request request = {
		.build = false, .job = test->job, .index = test->index, .cpu = test->cpu, .limits = *test->limits};
	TEXT_AUTO message = {0};
	text_add(&message, &request, sizeof(request));
	text_add(&message, test->details, test->length <= KEEPER_DETAILS ? test->length : 0);
	int report = request_send(keeper, message.bytes, message.length, &mishap);
	if (report >= 0 && fcntl(report, F_SETFL, O_NONBLOCK) == 0)
		return report;
	if (report >= 0)
		mishap_errno(&mishap, "fcntl(O_NONBLOCK)");
	fd_close(&report);
	mishap_tell(&mishap, "a test could not be started", diags);
	return -1;
}

bool keeper_build(struct keeper *keeper, const struct command *command, const struct limits *limits,
                  struct text *output, int *status, int *reached, struct diags *diags)
{
	struct mishap mishap = {0};
	struct request request = {.build = true, .cpu = -1, .limits = *limits};
	TEXT_AUTO message = {0};
	size_t count = 0;
	text_add(&message, &request, sizeof(request));
	for (; command->arguments != NULL && command->arguments[count] != NULL; count++)
		text_add(&message, command->arguments[count], strlen(command->arguments[count]) + 1);
	if (count == 0 || count > BUILD_ARGUMENTS || message.length > sizeof(request) + BUILD_STRINGS)
		return diags_error(diags, "the build command must have 1 to %d words and at most %d bytes", BUILD_ARGUMENTS,
		                   BUILD_STRINGS);
	FD_AUTO report = request_send(keeper, message.bytes, message.length, &mishap);
	if (report < 0 || !build_receive(report, output, status, reached, &mishap))
		return mishap_tell(&mishap, "the build could not be run", diags);
	return true;
}

void keeper_stop(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	fd_close(&keeper->control);
	if (keeper->pid > 0)
		while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	if (keeper->scratch[0] != '\0') /* the keeper removes it unless it was killed */
		folder_remove(keeper->scratch);
	free(keeper);
}
