#include <stdio.h>

int main(int count, char **arguments)
{
	if (count != 2) {
		fprintf(stderr, "usage: %s PORT\n", arguments[0]);
		return 1;
	}
	/* Make a socket, bind it to the port, listen.  For each client: accept, answer until read() returns 0, close. */
	return 0;
}
