/* A box as its runner sees it. */
#pragma once

#include "sandbox/filter.h"
#include "sandbox/network.h"
#include "sandbox/shim.h"
#include "sandbox/site.h"

#include <limits.h>
#include <netinet/in.h>

enum { BOX_VARIABLES = 16, BOX_VARIABLE = SEARCH_PATH + 16, BOX_PATH = SCRATCH_PATH + 64 };

struct box {
	const struct post *post;
	struct box_order order;
	bool enclosed; /* namespaces of its own, and a shim */
	bool lasts; /* kept for the next test if nothing is left in it */
	unsigned networks; /* made so far */
	struct box_network network;
	struct shim shim;
	char scratch[BOX_PATH]; /* not enclosed: the test's folder on the host; "" */
	char folder[BOX_PATH], home[BOX_PATH]; /* as programs name them */
	char outside[INET6_ADDRSTRLEN]; /* "": none */
	struct filter *filters; /* not enclosed: of its own, by watch level; else NULL */
	char *variables[BOX_VARIABLES]; /* the environment; NULL-terminated */
	void *stack; /* for the next program, until its execve(2); or NULL */
};

/* The filter for a level in this box. */
const struct filter *box_filter(const struct box *, enum watch_level);
