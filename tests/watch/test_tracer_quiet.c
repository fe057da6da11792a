#include "base/fd.h"
#include "tracer_programs.h"
#include "tracer_stage.h"

#include <poll.h>
#include <sched.h>

static struct stage stage;
static struct activity activity;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static int open_untraced(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_NOTHING);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

static void launch_untraced(const char *program)
{
	char name[64], port[16], self[] = "/proc/self/exe";
	snprintf(name, sizeof(name), "%s", program);
	snprintf(port, sizeof(port), "%d", stage.port);
	char *arguments[] = {self, name, port, NULL};
	assert_true(stage_start(&stage, false, arguments));
}

static void settle_in(enum call call)
{
	do
		stage_settle_on(&stage, call);
	while (tracer_look(stage.tracer, INT64_MAX, &activity), activity.kind == ACTIVITY_RUNNING);
}

static void a_server_that_waits_is_quiet_for_ever(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_true(activity.until_ns == -1);
	assert_int_equal(activity.blocked_count, 1);
	const struct blocked *blocked = &activity.blocked[0];
	assert_int_equal(blocked->call, CALL_ACCEPT);
	assert_int_equal(blocked->descriptor, 3);
	assert_true(blocked->listening && !blocked->held && blocked->until_ns == -1);
	assert_true(blocked->socket == stage_find(&stage, EVENT_CALL, CALL_BIND)->call.socket);
	assert_int_equal(blocked->actor, STAGE_ACTOR);
	assert_int_equal(blocked->pid, stage.pid);
}

static void who_waits_for_its_child_of_vfork_is_quiet(void **state)
{
	(void)state;
	stage_launch(&stage, "lends");
	stage_until(&stage, "accept");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 2);
	close(stage_connect(&stage));
	stage_end(&stage);
}

static void an_untraced_program_that_has_stopped_itself_is_quiet(void **state)
{
	(void)state;
	launch_untraced("stops");
	do
		stage_settle(&stage, &activity);
	while (activity.kind == ACTIVITY_RUNNING);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	kill(stage.pid, SIGCONT);
	stage_end(&stage);
}

static void a_fingerprint_is_of_where_threads_are(void **state)
{
	(void)state;
	struct activity again;
	stage_launch(&stage, "echo");
	stage_settle(&stage, &activity);
	stage_settle(&stage, &again);
	assert_true(activity.fingerprint == again.fingerprint);
	assert_true(activity.stops == again.stops && activity.stops > 0);
	int fd = stage_connect(&stage);
	stage_until(&stage, "read");
	stage_settle(&stage, &again);
	assert_true(activity.fingerprint != again.fingerprint);
	close(fd);
}

static void an_ended_program_is_gone(void **state)
{
	(void)state;
	stage_launch(&stage, "client");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_GONE);
	assert_int_equal(activity.blocked_count, 0);
}

static void a_program_that_computes_runs(void **state)
{
	(void)state;
	stage_launch(&stage, "computes");
	stage_until(&stage, "exec");
	int64_t start = stage_now();
	do {
		tracer_reap(stage.tracer, 100);
		tracer_look(stage.tracer, INT64_MAX, &activity);
		assert_int_equal(activity.kind, ACTIVITY_RUNNING);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	} while (activity.cpu_ns < 20000000);
}

/* Launches a program that sets a deadline some `seconds` ahead and is then quiet. */
static void assert_sleeps_for(const char *program, enum call call, int64_t seconds)
{
	int64_t before = stage_now();
	stage_launch(&stage, program);
	stage_settle(&stage, &activity);
	int64_t after = stage_now(), second = 1000000000;
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked[0].call, call);
	assert_in_range(activity.until_ns, before + seconds * second - second / 10, after + seconds * second);
	/* Behind the horizon it is as good as never. */
	stage_settle_before(&stage, &activity, after + (seconds - 1) * second);
	assert_true(activity.kind == ACTIVITY_QUIET && activity.until_ns == -1);
}

static void a_sleeper_is_quiet_until_it_wakes(void **state)
{
	(void)state;
	assert_sleeps_for("sleeps", CALL_CLOCK_NANOSLEEP, 1000);
}

static void an_alarm_is_a_deadline(void **state)
{
	(void)state;
	assert_sleeps_for("alarm", CALL_ACCEPT, 500);
}

static void a_socket_timeout_is_a_deadline(void **state)
{
	(void)state;
	assert_sleeps_for("receive_timeout", CALL_ACCEPT, 700);
}

static void a_timer_descriptor_is_a_deadline(void **state)
{
	(void)state;
	assert_sleeps_for("timer_descriptor", CALL_READ, 600);
}

static void a_condition_with_a_time_is_a_deadline(void **state)
{
	(void)state;
	assert_sleeps_for("condition", CALL_FUTEX, 400);
}

static void a_short_sleep_ends_when_it_was_said_to(void **state)
{
	(void)state;
	stage_launch(&stage, "naps");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	int64_t until = activity.until_ns;
	stage_until(&stage, "exit:0");
	const struct event *returned = stage_find(&stage, EVENT_RETURN, CALL_CLOCK_NANOSLEEP);
	assert_in_range(returned->time_ns, until, until + 300000000);
}

/* A condition that holds only when the bytes that were sent have been answered. */
static void assert_answered(int fd, int round)
{
	char byte;
	if (recv(fd, &byte, 1, MSG_DONTWAIT) != 1)
		fail_msg("round %d: quiet, and the answer had not been sent", round);
}

static void race(int fd, int rounds)
{
	settle_in(CALL_READ);
	for (int i = 0; i < rounds; i++) {
		assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
		for (;;) {
			tracer_reap(stage.tracer, 100);
			tracer_look(stage.tracer, INT64_MAX, &activity);
			if (activity.kind != ACTIVITY_RUNNING)
				break;
			sched_yield();
		}
		assert_answered(fd, i);
	}
}

static void a_woken_thread_is_never_taken_for_asleep(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	race(fd, 2000);
	close(fd);
}

static void a_woken_thread_is_never_taken_for_asleep_untraced(void **state)
{
	(void)state;
	launch_untraced("echo");
	settle_in(CALL_ACCEPT);
	int fd = stage_connect(&stage);
	race(fd, 2000);
	close(fd);
}

/* Woken on the processor that this test keeps busy, it cannot have run yet. */
static void a_thread_that_was_woken_and_has_not_run_runs(void **state)
{
	(void)state;
	cpu_set_t old, one;
	assert_int_equal(sched_getaffinity(0, sizeof(old), &old), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	race(fd, 500);
	close(fd);
	sched_setaffinity(0, sizeof(old), &old);
}

static void threads_that_wake_each_other_are_never_quiet(void **state)
{
	(void)state;
	launch_untraced("ring");
	int64_t start = stage_now();
	do {
		tracer_look(stage.tracer, INT64_MAX, &activity);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	} while (activity.cpu_ns < 30000000); /* past the start-up */
	for (int i = 0; i < 10000; i++) {
		tracer_look(stage.tracer, INT64_MAX, &activity);
		assert_int_equal(activity.kind, ACTIVITY_RUNNING);
	}
}

static void an_untraced_server_is_quiet_too(void **state)
{
	(void)state;
	launch_untraced("forks");
	settle_in(CALL_ACCEPT);
	assert_true(activity.until_ns == -1);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_SOCKETS), 1);
	int one = stage_connect(&stage), two = stage_connect(&stage);
	settle_in(CALL_WAIT4);
	assert_int_equal(activity.blocked_count, 3);
	assert_int_equal(tracer_alive(stage.tracer, STAGE_ACTOR), 3);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), stage.pid);
	close(one);
	settle_in(CALL_PAUSE);
	kill(stage.pid, SIGKILL);
	stage_until(&stage, "kill:9");
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), 0);
	close(two);
	int64_t start = stage_now();
	while (tracer_alive(stage.tracer, STAGE_ACTOR) > 0) {
		stage_settle(&stage, &activity);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	}
}

static void an_untraced_sleeper_is_quiet_until_it_wakes(void **state)
{
	(void)state;
	int64_t before = stage_now(), second = 1000000000;
	launch_untraced("sleeps");
	settle_in(CALL_CLOCK_NANOSLEEP);
	int64_t after = stage_now();
	assert_in_range(activity.until_ns, before + 1000 * second, after + 1000 * second);
	stage_settle_before(&stage, &activity, after + 900 * second);
	assert_true(activity.kind == ACTIVITY_QUIET && activity.until_ns == -1);
}

static void with_control_calls_alone_a_reader_is_quiet(void **state)
{
	(void)state;
	stage.control = true;
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	settle_in(CALL_READ);
	assert_true(activity.until_ns == -1);
	assert_int_equal(activity.blocked[0].descriptor, 4);
	assert_true(activity.blocked[0].socket == stage_find(&stage, EVENT_RETURN, CALL_ACCEPT)->call.socket);
	race(fd, 500);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_SOCKETS), 2);
	close(fd);
	stage_until(&stage, "close=0");
	assert_null(strstr(text_string(&stage.words), "read"));
}

static void untraced_threads_are_found(void **state)
{
	(void)state;
	launch_untraced("threads");
	settle_in(CALL_FUTEX);
	while (activity.blocked_count < 4)
		stage_settle(&stage, &activity);
	assert_int_equal(activity.blocked[1].call, CALL_ACCEPT);
	int fds[3];
	for (int i = 0; i < 3; i++)
		fds[i] = stage_connect(&stage);
	stage_until(&stage, "exit:3");
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

/* Says how long it takes from listen(2) to the first quiet moment. */
static void assert_quiet(char *const *arguments)
{
	if (!stage_command(&stage, arguments)) {
		print_message("%s is not installed\n", arguments[0]);
		skip();
	}
	stage_until(&stage, "listen=0");
	int64_t start = stage_now(), horizon = start + STAGE_PATIENCE_NS / 2;
	stage_settle_before(&stage, &activity, horizon);
	print_message("%s: %.2f ms from listen() to quiet, %zu threads, next timer %s\n", arguments[0],
	              (double)(stage_now() - start) / 1e6, activity.blocked_count,
	              activity.until_ns < 0 ? "never" : "soon");
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	int fd = stage_connect(&stage);
	stage_until(&stage, "close=0");
	close(fd);
}

static char server_python[] = "import socket,sys\n"
							  "s=socket.socket();s.bind(('127.0.0.1',int(sys.argv[1])));s.listen()\n"
							  "c,_=s.accept();c.close();s.accept()\n";
static char server_perl[] = "use Socket;socket(S,PF_INET,SOCK_STREAM,0);bind(S,sockaddr_in($ARGV[0],INADDR_LOOPBACK));"
							"listen(S,5);accept(C,S);close(C);accept(C,S);";
static char server_node[] = "require('net').createServer(c=>c.destroy()).listen(+process.argv[1],'127.0.0.1')";

static char server_java[] = "import java.net.*;public class Server{public static void main(String[] a)throws Exception{"
							"ServerSocket s=new ServerSocket(Integer.parseInt(a[0]));s.accept().close();s.accept();}}";
static char server_go[] = "package main\nimport (\"net\";\"os\")\nfunc main(){l,_:=net.Listen(\"tcp\","
						  "\"127.0.0.1:\"+os.Args[1]);c,_:=l.Accept();c.Close();l.Accept()}\n";

/* Writes a source file and compiles it; skips when that cannot be done here. */
static void compile(const char *folder, const char *file, const char *source, const char *command)
{
	char text[256];
	snprintf(text, sizeof(text), "%s/%s", folder, file);
	FILE *out = fopen(text, "w");
	assert_non_null(out);
	assert_true(fputs(source, out) >= 0);
	fclose(out);
	snprintf(text, sizeof(text), "cd %s && (%s) >/dev/null 2>&1", folder, command);
	if (system(text) == 0)
		return;
	print_message("no compiler for %s here\n", file);
	folder_remove(folder);
	skip();
}

static void java_is_quiet(void **state)
{
	(void)state;
	char folder[] = "/tmp/test_tracer_XXXXXX";
	assert_non_null(mkdtemp(folder));
	compile(folder, "Server.java", server_java, "javac Server.java");
	char port[16], *arguments[] = {(char[]){"java"}, (char[]){"-cp"}, folder, (char[]){"Server"}, port, NULL};
	snprintf(port, sizeof(port), "%d", stage.port);
	assert_quiet(arguments);
	folder_remove(folder);
}

static void go_is_quiet(void **state)
{
	(void)state;
	char folder[] = "/tmp/test_tracer_XXXXXX", program[64], port[16];
	assert_non_null(mkdtemp(folder));
	compile(folder, "server.go", server_go, "go build -o server server.go");
	snprintf(program, sizeof(program), "%s/server", folder);
	snprintf(port, sizeof(port), "%d", stage.port);
	char *arguments[] = {program, port, NULL};
	assert_quiet(arguments);
	folder_remove(folder);
}

static void python_is_quiet(void **state)
{
	(void)state;
	char port[16], *arguments[] = {(char[]){"python3"}, (char[]){"-c"}, server_python, port, NULL};
	snprintf(port, sizeof(port), "%d", stage.port);
	assert_quiet(arguments);
}

static void perl_is_quiet(void **state)
{
	(void)state;
	char port[16], *arguments[] = {(char[]){"perl"}, (char[]){"-e"}, server_perl, port, NULL};
	snprintf(port, sizeof(port), "%d", stage.port);
	assert_quiet(arguments);
}

static void node_is_quiet(void **state)
{
	(void)state;
	char port[16], *arguments[] = {(char[]){"node"}, (char[]){"-e"}, server_node, port, NULL};
	snprintf(port, sizeof(port), "%d", stage.port);
	assert_quiet(arguments);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
#define UNTRACED(name) cmocka_unit_test_setup_teardown(name, open_untraced, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(a_server_that_waits_is_quiet_for_ever),
		TEST(who_waits_for_its_child_of_vfork_is_quiet),
		TEST(a_fingerprint_is_of_where_threads_are),
		TEST(an_ended_program_is_gone),
		TEST(a_program_that_computes_runs),
		TEST(a_sleeper_is_quiet_until_it_wakes),
		TEST(an_alarm_is_a_deadline),
		TEST(a_socket_timeout_is_a_deadline),
		TEST(a_timer_descriptor_is_a_deadline),
		TEST(a_condition_with_a_time_is_a_deadline),
		TEST(a_short_sleep_ends_when_it_was_said_to),
		TEST(a_woken_thread_is_never_taken_for_asleep),
		TEST(a_thread_that_was_woken_and_has_not_run_runs),
		TEST(with_control_calls_alone_a_reader_is_quiet),
		TEST(python_is_quiet),
		TEST(perl_is_quiet),
		TEST(node_is_quiet),
		TEST(java_is_quiet),
		TEST(go_is_quiet),
		UNTRACED(an_untraced_server_is_quiet_too),
		UNTRACED(an_untraced_program_that_has_stopped_itself_is_quiet),
		UNTRACED(an_untraced_sleeper_is_quiet_until_it_wakes),
		UNTRACED(untraced_threads_are_found),
		UNTRACED(threads_that_wake_each_other_are_never_quiet),
		UNTRACED(a_woken_thread_is_never_taken_for_asleep_untraced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
