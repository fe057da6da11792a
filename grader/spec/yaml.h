/* A YAML file as a tree in which every node knows its line and column.  Built from libyaml's events; only this room
 * sees libyaml.
 *
 * The subset is what a spec needs and an editor checks: one document of maps with words as keys, lists and scalars.
 * Anchors, aliases, tags, several documents, duplicate keys, more than YAML_BYTES, YAML_DEPTH or YAML_KEYS (verbs.h)
 * are errors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diags;

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain; /* a scalar without quotes and not a block */
	bool broken; /* an error about it was told: say nothing more */
	unsigned line, column; /* from 1; columns are characters */
	const char *text; /* scalar: NUL behind it, and maybe within */
	size_t length; /* of text, bytes */
	struct node **keys; /* map: scalars */
	struct node **values; /* map: one for each key; list: the items */
	size_t count, capacity;
};

/* The tree, or NULL when `bytes` are not YAML at all.  Every error is added to `diags` under `path`; a tree may come
 * with errors (duplicate keys, tags), so that what follows can be checked too. */
struct node *yaml_parse(const char *path, const void *bytes, size_t length_bytes, struct arena *, struct diags *);

/* True for a scalar without quotes that is empty, "~" or "null". */
bool node_is_null(const struct node *);
/* True for a scalar of this text. */
bool node_is(const struct node *, const char *text);
