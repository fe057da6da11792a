/* What a program in a box is given, and what it is not. */
#include "stage.h"

#include <fcntl.h>
#include <signal.h>

static void its_streams_are_the_runners(void **state)
{
	(void)state;
	shell_expect("echo out; echo err >&2; exit 3", "out\nerr\n[0x300]");
}

static void play_input(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	const char *const arguments[] = {"cat", NULL};
	(void)scene;
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		box_open(box, &program);
		fd_write_all(program.input, "hello\n", 6);
		fd_close(&program.input);
		program_listen(&program, seen);
	}
	arena_destroy(arena);
}

static void its_input_is_what_is_written(void **state)
{
	(void)state;
	struct scene scene = {.play = play_input};
	scene_expect_at(RUNG_A, &scene, "hello\n");
}

static void name_of(pid_t pid, char name[static 256])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, name, 255);
	name[length > 0 ? length : 0] = '\0';
	close(fd);
}

static void play_gate(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	const char *const arguments[] = {"/bin/cat", NULL};
	char name[256];
	(void)scene;
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		name_of(program.pid, name);
		text_printf(seen, "%s\n", strcmp(name, "/bin/cat") == 0 ? "runs at once" : "stands before execve");
		box_open(box, &program);
		fd_write_all(program.input, "x", 1);
		struct pollfd ready = {program.output, POLLIN, 0};
		poll(&ready, 1, -1);
		name_of(program.pid, name);
		text_printf(seen, "%s\n", name);
	}
	arena_destroy(arena);
}

static void it_stands_before_execve_until_it_is_let_go(void **state)
{
	(void)state;
	struct scene scene = {.play = play_gate};
	scene_expect_at(RUNG_A, &scene, "stands before execve\n/bin/cat\n");
}

static void play_never_opened(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	const char *const arguments[] = {"/bin/echo", "ran", NULL};
	(void)scene;
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		fd_close(&program.gate);
		program_listen(&program, seen);
		text_puts(seen, "ended unrun");
	}
	arena_destroy(arena);
}

static void it_never_runs_when_the_gate_is_closed(void **state)
{
	(void)state;
	struct scene scene = {.play = play_never_opened};
	scene_expect_at(RUNG_A, &scene, "ended unrun");
}

static void play_missing(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	const char *const arguments[] = {"./server", NULL};
	int status;
	(void)scene;
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		box_open(box, &program);
		program_listen(&program, seen);
		waitpid(program.pid, &status, 0);
		text_printf(seen, "%d", WEXITSTATUS(status));
	}
	arena_destroy(arena);
}

static void one_that_is_missing_is_named_and_ends_with_127(void **state)
{
	(void)state;
	struct scene scene = {.play = play_missing};
	scene_expect_at(RUNG_A, &scene, "cannot start ./server: no such file; is it what the build makes?\n127");
}

static void it_has_no_privileges(void **state)
{
	(void)state;
	shell_expect("grep -E 'Cap|NoNewPrivs|Seccomp:|^Groups|SigBlk|SigIgn' /proc/self/status | tr -d '\\t '",
	             "Groups:\nSigBlk:0000000000000000\nSigIgn:0000000000000000\nCapInh:0000000000000000\n"
	             "CapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:0000000000000000\n"
	             "CapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
}

static void it_has_three_descriptors(void **state)
{
	(void)state;
	shell_expect("i=0; while [ $i -lt 200 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i + 1)); done; :", "0\n1\n2\n");
}

static void it_inherits_no_environment(void **state)
{
	(void)state;
	setenv("GRADER_TOKEN", "secret", 1);
	setenv("LD_PRELOAD_CHECK", "secret", 1);
	shell_expect("env | grep -c secret; env | cut -d= -f1 | sort | tr '\\n' ' '",
	             "0\nASAN_OPTIONS CARGO_NET_OFFLINE GOPROXY GOTOOLCHAIN HOME LANG LOGNAME LSAN_OPTIONS PATH PWD TMPDIR "
	             "USER ");
	unsetenv("GRADER_TOKEN");
	unsetenv("LD_PRELOAD_CHECK");
}

static void it_leads_a_session_of_its_own(void **state)
{
	(void)state;
	shell_expect("read -r pid name stat parent group session rest </proc/self/stat; "
	             "[ $session = $$ ] && [ $group = $$ ] && [ $$ -ne 1 ] && echo own",
	             "own\n");
}

static void it_knows_its_own_name_and_host(void **state)
{
	(void)state;
	if (host_has_namespaces())
		shell_expect("id -un | cut -c1-7; hostname; getent hosts localhost | wc -l; "
		             "getent hosts example.com || echo none",
		             "student\nbox\n1\nnone\n");
}

static void its_umask_is_022(void **state)
{
	(void)state;
	shell_expect("umask", "0022\n");
}

static void ignored_signals_are_as_usual(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	shell_expect("kill -PIPE $$; echo survived", "[0xd]");
	signal(SIGPIPE, SIG_DFL);
}

static void play_no_command(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	const char *const none[] = {NULL};
	(void)scene;
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	text_puts(seen, box_fork(box, none, WATCH_NOTHING, &program, &diags) ? "forked" : diags.list[0].message);
	arena_destroy(arena);
}

static void no_command_is_an_error(void **state)
{
	(void)state;
	struct scene scene = {.play = play_no_command};
	scene_expect_at(RUNG_A, &scene, "the program could not be prepared: there is no command to run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_streams_are_the_runners),
		cmocka_unit_test(its_input_is_what_is_written),
		cmocka_unit_test(it_stands_before_execve_until_it_is_let_go),
		cmocka_unit_test(it_never_runs_when_the_gate_is_closed),
		cmocka_unit_test(one_that_is_missing_is_named_and_ends_with_127),
		cmocka_unit_test(it_has_no_privileges),
		cmocka_unit_test(it_has_three_descriptors),
		cmocka_unit_test(it_inherits_no_environment),
		cmocka_unit_test(it_leads_a_session_of_its_own),
		cmocka_unit_test(it_knows_its_own_name_and_host),
		cmocka_unit_test(its_umask_is_022),
		cmocka_unit_test(ignored_signals_are_as_usual),
		cmocka_unit_test(no_command_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
