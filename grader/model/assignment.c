#include "model/assignment.h"

const struct limits limits_default = {
	.time_ns = INT64_C(10) * 1000000000,
	.memory_bytes = UINT64_C(1) << 30,
	.processes = 256,
	.output_bytes = 1 << 20,
	.descriptors = 1024,
	.file_bytes = 64 << 20,
};

struct limits limits_over(struct limits base, struct limits over)
{
	if (over.time_ns != 0)
		base.time_ns = over.time_ns;
	if (over.memory_bytes != 0)
		base.memory_bytes = over.memory_bytes;
	if (over.processes != 0)
		base.processes = over.processes;
	if (over.output_bytes != 0)
		base.output_bytes = over.output_bytes;
	if (over.descriptors != 0)
		base.descriptors = over.descriptors;
	if (over.file_bytes != 0)
		base.file_bytes = over.file_bytes;
	return base;
}
