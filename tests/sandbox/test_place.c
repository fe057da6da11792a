/* What a box holds: files, network, and the limits on both. */
#include "stage.h"

#include "sandbox/cgroup.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void the_root_holds_what_programs_need_and_no_more(void **state)
{
	(void)state;
	if (host_has_namespaces())
		shell_expect("ls -d /home /srv /opt /mnt /media /var/run /work /boot 2>/dev/null; ls /dev | tr '\\n' ' '",
		             "fd full null random shm stderr stdin stdout urandom zero ");
}

static void system_folders_cannot_be_written(void **state)
{
	(void)state;
	if (host_has_namespaces())
		shell_expect("for f in / /usr /etc /dev /usr/bin /run; do touch $f/x 2>/dev/null && echo $f; done; :", "");
}

static void only_its_own_processes_are_in_proc(void **state)
{
	(void)state;
	if (host_has_namespaces())
		shell_expect("cd /proc; for p in [0-9]*; do [ $p = $$ ] || echo $p; done; ls -d net sys 2>/dev/null; :", "");
}

static void a_test_writes_to_a_layer_of_its_own(void **state)
{
	(void)state;
	struct stage stage;
	struct scene scene = {.watch = WATCH_NOTHING,
	                      .command =
	                          "cat old; ls; echo changed >old; rm gone; mkdir d && echo new >d/new; chmod 700 d; "
	                          "ls"};
	stage_open_at(&stage, RUNG_A, &scene);
	stage_file(&stage, "old", "old\n", 0644);
	stage_file(&stage, "gone", "", 0644);
	stage_start(&stage);
	const char *first = stage_play(&stage);
	assert_string_equal(first, "old\ngone\nold\nd\nold\n");
	assert_string_equal(stage_play(&stage), first);
	stage_close(&stage);
}

static void nothing_is_left_in_tmp_for_the_next_test(void **state)
{
	(void)state;
	struct stage stage;
	struct scene scene = {.watch = WATCH_NOTHING,
	                      .command = "ls -A \"$TMPDIR\" /dev/shm | grep left; echo x >\"$TMPDIR/left\"; "
	                                 "[ ! -w /dev/shm ] || echo x >/dev/shm/left; echo done"};
	if (!host_has_namespaces())
		return;
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	assert_string_equal(stage_play(&stage), "done\n");
	assert_string_equal(stage_play(&stage), "done\n");
	stage_close(&stage);
}

static void files_are_bounded_in_all_and_each(void **state)
{
	(void)state;
	struct scene scene = {.watch = WATCH_NOTHING,
	                      .limits = {.file_bytes = 8 << 20},
	                      .command =
	                          "trap '' XFSZ; head -c 9M /dev/zero 2>/dev/null >one; stat -c %s one; "
	                          "i=0; while [ $i -lt 40 ] && head -c 8M /dev/zero >f$i 2>/dev/null; do i=$((i+1)); "
	                          "done; [ $i -lt 10 ] && echo full; rm -f one f*; "
	                          "i=0; while [ $i -lt 9000 ] && true 2>/dev/null >e$i; do i=$((i+1)); done; "
	                          "[ $i -lt 8500 ] && echo 'no more files'"};
	if (host_has_namespaces())
		scene_expect_at(RUNG_A, &scene, "8388608\nfull\nno more files\n");
}

static void descriptors_are_bounded(void **state)
{
	(void)state;
	struct scene scene = {.watch = WATCH_NOTHING, .limits = {.descriptors = 77}, .command = "ulimit -Sn; ulimit -Hn"};
	scene_expect_at(RUNG_A, &scene, "77\n77\n");
}

static void processes_are_bounded(void **state)
{
	(void)state;
	struct scene scene = {
		.watch = WATCH_NOTHING,
		.limits = {.processes = 12},
		.command =
			"i=0; while [ $i -lt 30 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i+1)); done 2>/dev/null; echo unbounded"};
	struct stage stage;
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	/* The shell gives up when it cannot fork. */
	assert_null(strstr(stage_play(&stage), "unbounded"));
	stage_close(&stage);
}

static void play_memory(struct box *box, struct scene *scene, struct text *seen)
{
	(void)scene;
	box_shell(box, "exec perl -e '$x = \"x\" x (300 << 20); print length $x'", WATCH_NOTHING, seen);
	text_printf(seen, " %s", box_reached(box) == LIMIT_MEMORY ? "memory" : "no limit");
}

static void memory_of_the_whole_box_is_bounded(void **state)
{
	(void)state;
	struct scene scene = {.play = play_memory, .limits = {.memory_bytes = 64 << 20}};
	struct stage stage;
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	const char *seen = stage_play(&stage);
	if (strstr(seen, "no limit") != NULL && !stage.host.root)
		print_message("passed over: no cgroup can be made here\n");
	else
		assert_string_equal(seen, "[0x9] memory");
	stage_close(&stage);
}

static void play_counted_memory(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	/* Forked children share what they do not write: it counts once. */
	const char *const arguments[] = {"perl", "-e",
	                                 "$x = \"x\" x (20 << 20); fork; fork; if ($ARGV[0]) { $y = \"y\" x (20 << 20) } "
	                                 "$| = 1; print \"r\"; <STDIN>",
	                                 scene->value > 0 ? "1" : "0", NULL};
	struct arena *arena = arena_create();
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		char bytes[4];
		size_t count = 0;
		box_open(box, &program);
		struct pollfd ready = {program.output, POLLIN, 0};
		while (count < 4 && poll(&ready, 1, -1) >= 0) {
			ssize_t got = read(program.output, bytes, sizeof(bytes));
			if (got == 0)
				break;
			count += got > 0 ? (size_t)got : 0;
		}
		text_printf(seen, "%s", box_reached(box) == LIMIT_MEMORY ? "memory" : "no limit");
	}
	arena_destroy(arena);
}

static void without_cgroups_memory_is_added_up(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct scene scene = {.play = play_counted_memory, .limits = {.memory_bytes = 120 << 20}, .value = more};
		struct stage stage;
		struct cgroups cgroups;
		cgroups_find(&cgroups);
		if (cgroups.version != 0) {
			print_message("passed over: the kernel holds the limit here\n");
			return;
		}
		stage_open_at(&stage, RUNG_A, &scene);
		stage_start(&stage);
		assert_string_equal(stage_play(&stage), more ? "memory" : "no limit");
		stage_close(&stage);
	}
}

static int port_open(struct sockaddr_in *address, const char *text, uint16_t port)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	inet_pton(AF_INET, text, &address->sin_addr);
	if (bind(listener, (struct sockaddr *)address, sizeof(*address)) < 0 || listen(listener, 5) < 0)
		return -1;
	return listener;
}

static void play_network(struct box *box, struct scene *scene, struct text *seen)
{
	static const char *const addresses[] = {"127.0.0.1", "192.0.2.1", "127.9.9.9"};
	(void)scene;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct sockaddr_in address;
		struct tcp_info info;
		socklen_t length = sizeof(info);
		int listener = port_open(&address, addresses[i], 8080), to = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(to, (struct sockaddr *)&address, sizeof(address)) < 0)
			text_printf(seen, "connect %s: %s\n", addresses[i], strerror(errno));
		/* Acknowledged on return: the ACK is not delayed. */
		send(to, "x", 1, 0);
		send(to, "y", 1, 0);
		getsockopt(to, IPPROTO_TCP, TCP_INFO, &info, &length);
		text_printf(seen, "%s mss %u unacknowledged %u\n", addresses[i], info.tcpi_snd_mss, info.tcpi_unacked);
		close(listener);
		close(to);
	}
	text_printf(seen, "outside %s\n", box_outside(box));
	struct sockaddr_in away = {.sin_family = AF_INET, .sin_port = htons(53)};
	inet_pton(AF_INET, "198.51.100.1", &away.sin_addr);
	int datagram = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(datagram, (struct sockaddr *)&away, sizeof(away)) < 0)
		text_printf(seen, "away: %s\n", strerror(errno));
}

static void its_network_is_a_wire_that_acknowledges_at_once(void **state)
{
	(void)state;
	struct scene scene = {.play = play_network};
	if (host_has_namespaces())
		scene_expect_at(RUNG_A, &scene,
		                "127.0.0.1 mss 1448 unacknowledged 0\n192.0.2.1 mss 1448 unacknowledged 0\n"
		                "127.9.9.9 mss 1448 unacknowledged 0\noutside 192.0.2.1\naway: Network is unreachable\n");
}

static void play_network_6(struct box *box, struct scene *scene, struct text *seen)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(8080), .sin6_addr = in6addr_loopback};
	struct tcp_info info;
	socklen_t length = sizeof(info);
	(void)box;
	(void)scene;
	int listener = socket(AF_INET6, SOCK_STREAM, 0), to = socket(AF_INET6, SOCK_STREAM, 0);
	if (listener < 0) {
		text_puts(seen, "no IPv6");
		return;
	}
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 5) < 0 ||
	    connect(to, (struct sockaddr *)&address, sizeof(address)) < 0)
		text_printf(seen, "%s\n", strerror(errno));
	send(to, "x", 1, 0);
	send(to, "y", 1, 0);
	getsockopt(to, IPPROTO_TCP, TCP_INFO, &info, &length);
	text_printf(seen, "mss %u unacknowledged %u", info.tcpi_snd_mss, info.tcpi_unacked);
}

static void ipv6_loopback_is_the_same_wire(void **state)
{
	(void)state;
	struct scene scene = {.play = play_network_6};
	struct stage stage;
	if (!host_has_namespaces())
		return;
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	const char *seen = stage_play(&stage);
	if (strcmp(seen, "no IPv6") != 0)
		assert_string_equal(seen, "mss 1428 unacknowledged 0");
	stage_close(&stage);
}

static void low_ports_may_be_bound(void **state)
{
	(void)state;
	if (host_has_namespaces())
		shell_expect("perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); "
		             "print bind(S, pack_sockaddr_in(80, INADDR_LOOPBACK)) ? \"bound\" : $!'",
		             "bound");
}

static void two_tests_have_the_same_port_at_a_time(void **state)
{
	(void)state;
	struct scene scene = {.watch = WATCH_NOTHING,
	                      .command = "perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); "
	                                 "bind(S, pack_sockaddr_in(8080, INADDR_ANY)) or die $!; listen(S, 5); "
	                                 "print \"bound\"'"};
	struct stage stage;
	if (!host_has_namespaces())
		return;
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	int reports[8];
	for (size_t i = 0; i < 8; i++)
		assert_true((reports[i] = stage_run(&stage, (unsigned)i, -1)) >= 0);
	for (size_t i = 0; i < 8; i++) {
		TEXT_AUTO seen = {0};
		report_read(reports[i], &seen);
		assert_string_equal(text_string(&seen), "bound");
	}
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_holds_what_programs_need_and_no_more),
		cmocka_unit_test(system_folders_cannot_be_written),
		cmocka_unit_test(only_its_own_processes_are_in_proc),
		cmocka_unit_test(a_test_writes_to_a_layer_of_its_own),
		cmocka_unit_test(nothing_is_left_in_tmp_for_the_next_test),
		cmocka_unit_test(files_are_bounded_in_all_and_each),
		cmocka_unit_test(descriptors_are_bounded),
		cmocka_unit_test(processes_are_bounded),
		cmocka_unit_test(memory_of_the_whole_box_is_bounded),
		cmocka_unit_test(without_cgroups_memory_is_added_up),
		cmocka_unit_test(its_network_is_a_wire_that_acknowledges_at_once),
		cmocka_unit_test(ipv6_loopback_is_the_same_wire),
		cmocka_unit_test(low_ports_may_be_bound),
		cmocka_unit_test(two_tests_have_the_same_port_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
