#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t over;
static void term(int s)
{
	(void)s;
	over = 1;
}
int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = term};
	sigaction(SIGTERM, &sa, 0);
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	(void)one;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 8)) {
		perror("bind");
		return 1;
	}
	while (!over) {
		int c = accept(s, 0, 0);
		if (c < 0)
			continue;
		FILE *in = fdopen(c, "r");
		char l[300], k[100], v[100];
		while (!over && fgets(l, sizeof l, in)) {
			if (sscanf(l, "SET %99s %99s", k, v) == 2) {
				FILE *f = fopen("store", "a");
				fprintf(f, "%s %s\n", k, v);
				fclose(f);
				dprintf(c, "OK\n");
			} else if (sscanf(l, "GET %99s", k) == 1) {
				FILE *f = fopen("store", "r");
				char kk[100], vv[100], found[100] = "NONE";
				while (f && fscanf(f, "%99s %99s", kk, vv) == 2)
					if (!strcmp(k, kk))
						strcpy(found, vv);
				if (f)
					fclose(f);
				dprintf(c, "%s\n", found);
			}
		}
		fclose(in);
	}
	return 0;
}
