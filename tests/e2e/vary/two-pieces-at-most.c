/* A line that is not complete is put together with the next read, and then it has to be. */
#include "frame.h"

static void answer(int client)
{
	char line[512];
	ssize_t count, more;
	while ((count = read(client, line, sizeof(line))) > 0) {
		if (line[count - 1] != '\n') {
			more = read(client, line + count, sizeof(line) - (size_t)count);
			count += more > 0 ? more : 0;
		}
		if (line[count - 1] == '\n')
			write(client, line, (size_t)count);
	}
}
