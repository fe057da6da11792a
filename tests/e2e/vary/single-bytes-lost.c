/* A read of one byte is taken for an empty line. */
#include "frame.h"

static void answer(int client)
{
	char bytes[512];
	ssize_t count;
	while ((count = read(client, bytes, sizeof(bytes))) > 0) {
		if (count > 1)
			write(client, bytes, (size_t)count);
	}
}
