/* The first four bytes of what a client sends are expected in one read. */
#include "frame.h"

static void answer(int client)
{
	char bytes[512];
	ssize_t count = read(client, bytes, 4);
	if (count != 4)
		return;
	do
		write(client, bytes, (size_t)count);
	while ((count = read(client, bytes, sizeof(bytes))) > 0);
}
