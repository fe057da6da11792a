#include "cli/cli.h"

const struct cli_command *const commands[] = {
	&command_run,     &command_check,   &command_prove,  &command_judge,     &command_show,
	&command_new,     &command_explain, &command_doctor, &command_reference, &command_batch,
	&command_regrade, &command_book,    &command_post,   &command_lms,       NULL,
};
