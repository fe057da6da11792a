/* What watches the network of a test. */
#include "run/runner_state.h"

#include "base/diag.h"

static void close_all(struct instruments *instruments)
{
	capture_close(instruments->capture);
	kernel_close(instruments->kernel);
	*instruments = (struct instruments){0};
}

bool instruments_take(struct runner *runner, struct instruments *instruments, struct diags *diags)
{
	const struct host *host = box_host(runner->box);
	enum transport transport = runner->test->test->transport;
	uint16_t port = host->rung == RUNG_A ? 0 : runner->test->port;
	if (instruments->network != box_network(runner->box))
		close_all(instruments);
	instruments->network = box_network(runner->box);
	if (instruments->capture != NULL && !capture_turn(instruments->capture, transport, port))
		return diags_errno(diags, "the segments on lo cannot be captured");
	if (instruments->capture == NULL && host->capture && host->rung <= RUNG_B) {
		instruments->capture = capture_open(transport, port);
		if (instruments->capture == NULL)
			return diags_errno(diags, "the segments on lo cannot be captured");
	}
	if (instruments->kernel == NULL && host->diagnosis)
		instruments->kernel = kernel_open();
	runner->capture = instruments->capture;
	runner->kernel = instruments->kernel;
	return true;
}

void instruments_give(struct runner *runner, struct instruments *instruments)
{
	bool again = runner->capture != NULL && runner->kernel != NULL && instruments->network != 0;
	for (size_t i = 0; again && i < connections_count(runner->connections); i++) {
		const struct connection *connection = connections_at(runner->connections, (int)i);
		for (enum end at = END_CLIENT; at <= END_SERVER; at++)
			kernel_destroy(runner->kernel, &connection->address[at], &connection->address[!at]);
	}
	runner->capture = NULL;
	runner->kernel = NULL;
	if (!again)
		close_all(instruments);
}
