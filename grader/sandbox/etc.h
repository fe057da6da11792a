/* The /etc of a box: a few files of the host that compilers and runtimes read, and some of our own. */
#pragma once

#include "sandbox/mishap.h"

struct site;

/* In the tree of tree.h. */
bool etc_make(const struct site *, struct mishap *);
