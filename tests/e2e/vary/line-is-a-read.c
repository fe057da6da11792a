/* One read is believed to be one line. */
#include "frame.h"

static void answer(int client)
{
	char line[512];
	ssize_t count;
	while ((count = read(client, line, sizeof(line) - 2)) > 0) {
		if (line[count - 1] != '\n') {
			memcpy(line + count, "\r\n", 2);
			count += 2;
		}
		write(client, line, (size_t)count);
	}
}
