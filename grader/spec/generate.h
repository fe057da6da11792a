/* The bytes of DATA that are not written out: decoded, read from a file, or made. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct data;
struct node;
struct scene;

/* Counts the bytes against the ceilings DATA_MOST and SPEC_DATA_MOST; false after an error at the node. */
bool generate_allow(struct scene *, const struct node *, uint64_t bytes);

/* Each takes the node of its key and fills `data`; false after telling why not. */
bool generate_hex(struct scene *, const struct node *, struct data *);
bool generate_base64(struct scene *, const struct node *, struct data *);
bool generate_file(struct scene *, const struct node *, struct data *);
/* `seed` NULL: of the scene. */
bool generate_random(struct scene *, const struct node *, const struct node *seed, struct data *);
bool generate_repeated(struct scene *, const struct node *, struct data *);
bool generate_lines(struct scene *, const struct node *, struct data *);
/* DATA_ANY of a size. */
bool generate_any(struct scene *, const struct node *, struct data *);
/* What the reference sends in the place of a DATA_PATTERN or DATA_ANY; none where no text was found that matches. */
bool generate_example(struct scene *, const struct node *, struct data *);
