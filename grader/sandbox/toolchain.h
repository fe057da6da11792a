/* Compilers and interpreters that are installed outside /usr (pyenv, rustup, nvm, /opt): found through PATH, so that
 * the programs of a box find the same ones. */
#pragma once

#include <stddef.h>

enum { TOOLCHAINS_MOST = 16, TOOLCHAIN_PATH = 512, SEARCH_PATH = 4096 };

struct toolchains {
	char roots[TOOLCHAINS_MOST][TOOLCHAIN_PATH]; /* installation folders, no links in them */
	size_t count;
	char path[SEARCH_PATH]; /* PATH for the box */
};

/* `path` is the caller's PATH and `home` its home folder; both may be NULL.  A folder counts only when it looks like
 * the installation of a tool that is known here: nothing else outside /usr is ever shown to a program. */
void toolchains_find(struct toolchains *, const char *path, const char *home);
