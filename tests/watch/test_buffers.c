/* Socket buffers that the tracer makes small. */
#include "tracer_programs.h"
#include "tracer_stage.h"

static struct stage stage;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

/* The program checks by itself: it ends with 0. */
static void play(const char *program, unsigned bytes)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", bytes);
	setenv("STAGE_BUFFERS", text, 1);
	tracer_limit_buffers(stage.tracer, bytes);
	stage_launch(&stage, program);
	stage_end(&stage);
	if (strstr(text_string(&stage.words), "exit:0") == NULL)
		fail_msg("buffers of %u bytes: %s", bytes, text_string(&stage.words));
}

static void buffers_bound_what_a_writer_gets_rid_of(void **state)
{
	(void)state;
	static const unsigned sizes[] = {4096, 16384, 65536};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (i > 0)
			open_stage(NULL);
		play("small_buffers", sizes[i]);
		/* The program's own call, and none of the tracer's. */
		assert_int_equal(stage_count(&stage, EVENT_CALL, CALL_SETSOCKOPT), 2);
		if (i + 1 < sizeof(sizes) / sizeof(sizes[0]))
			close_stage(NULL);
	}
}

static void the_program_finds_its_registers_unchanged(void **state)
{
	(void)state;
	play("keeps_its_registers", 16384);
}

static void signals_wait_until_the_buffers_are_set(void **state)
{
	(void)state;
	play("sockets_under_signals", 16384);
}

static void sockets_are_limited_where_bulk_data_is_not_followed(void **state)
{
	(void)state;
	stage_close(&stage);
	stage_open(&stage, WATCH_CONTROL);
	stage.control = true;
	play("small_buffers", 8192);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		STAGED(buffers_bound_what_a_writer_gets_rid_of),
		STAGED(the_program_finds_its_registers_unchanged),
		STAGED(signals_wait_until_the_buffers_are_set),
		STAGED(sockets_are_limited_where_bulk_data_is_not_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
