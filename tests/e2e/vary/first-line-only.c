/* Of what a read brought only the first line is answered. */
#include "frame.h"

static void answer(int client)
{
	char bytes[512];
	size_t have = 0;
	ssize_t count;
	while ((count = read(client, bytes + have, sizeof(bytes) - have)) > 0) {
		have += (size_t)count;
		char *end = memchr(bytes, '\n', have);
		if (end == NULL)
			continue;
		write(client, bytes, (size_t)(end + 1 - bytes));
		have = 0;
	}
}
