#include "cli/class.h"

#include "cli/cli.h"
#include "cli/locate.h"
#include "cli/slots.h"

#include "base/arena.h"
#include "base/diag.h"

bool class_open(struct class_batch *batch, unsigned *jobs, struct diags *diags)
{
	const struct invocation *invocation = batch->invocation;
	unsigned long many, repeat;
	uint64_t seed;
	if (!option_number(invocation, "jobs", SLOTS_MOST, slots_usual(), &many) ||
	    !option_number(invocation, "repeat", CLASS_REPEATS, 1, &repeat) || !option_seed(invocation, &seed))
		return false;
	*jobs = (unsigned)many;
	batch->repeat = (unsigned)repeat;
	const char *assignment = locate_assignment_or_say(invocation->positional[0], invocation->arena);
	if (assignment == NULL)
		return false;
	bool good =
		load_assignment(&batch->loaded, assignment, option_value(invocation, "role"), seed, invocation->arena, diags);
	diags_sort(diags);
	print_diags(diags);
	diags_init(diags, invocation->arena);
	if (!good)
		return false;
	batch->who = operator_name(invocation->arena);
	batch->column = option_value(invocation, "column");
	if (batch->column == NULL)
		batch->column = batch->loaded.assignment->name;
	host_probe(&batch->host, RUNG_A, invocation->arena);
	interrupts_catch();
	return true;
}
