/* The programs that the tests of the tracer watch.  Each is what a student might write. */
#pragma once

#include "programs/buffers.h"
#include "programs/calls.h"
#include "programs/families.h"
#include "programs/setbacks.h"
#include "programs/signals.h"
#include "programs/sleeps.h"
#include "programs/spins.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(int port);
} programs[] = {
	{"echo", program_echo},
	{"client", program_client},
	{"datagrams", program_datagrams},
	{"vectors", program_vectors},
	{"messages", program_messages},
	{"pipes", program_pipes},
	{"copies", program_copies},
	{"numbers", program_numbers},
	{"passes", program_passes},
	{"forks", program_forks},
	{"daemon", program_daemon},
	{"threads", program_threads},
	{"leaderless", program_leaderless},
	{"thread_exec", program_thread_exec},
	{"vfork_exec", program_vfork_exec},
	{"waits", program_waits},
	{"nonblocking", program_nonblocking},
	{"spin_accept", program_spin_accept},
	{"spin_helper", program_spin_helper},
	{"spin_eof", program_spin_eof},
	{"spin_stdin", program_spin_stdin},
	{"polls_sleeping", program_polls_sleeping},
	{"pipe_busy", program_pipe_busy},
	{"interrupted", program_interrupted},
	{"restarted", program_restarted},
	{"tries_again", program_tries_again},
	{"jumps", program_jumps},
	{"handler_calls", program_handler_calls},
	{"fork_storm", program_fork_storm},
	{"exec_storm", program_exec_storm},
	{"epoll_child", program_epoll_child},
	{"poll_child", program_poll_child},
	{"lends", program_lends},
	{"epoll_signal", program_epoll_signal},
	{"naps", program_naps},
	{"sleeps", program_sleeps},
	{"alarm", program_alarm},
	{"receive_timeout", program_receive_timeout},
	{"timer_descriptor", program_timer_descriptor},
	{"condition", program_condition},
	{"computes", program_computes},
	{"stops", program_stops},
	{"crashes", program_crashes},
	{"zombies", program_zombies},
	{"holds", program_holds},
	{"small_buffers", program_small_buffers},
	{"keeps_its_registers", program_keeps_its_registers},
	{"sockets_under_signals", program_sockets_under_signals},
	{"ring", program_ring},
	{"messages_only", program_messages_only},
	{"edges", program_edges},
	{"keeps_arguments", program_keeps_arguments},
};

/* Runs the program named by the arguments, and does not return; does nothing when they name none. */
static inline void programs_run(int count, char **arguments)
{
	for (size_t i = 0; count == 3 && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(arguments[1], programs[i].name) == 0)
			_exit(programs[i].run((int)strtol(arguments[2], NULL, 10)));
}
