/* Private to gradebook/: how the recordings in a book are to be read (timeline/compact.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book;
struct compact_form;
struct diags;
struct text;

/* The number of a form by its packed description, added when it is new; in a transaction. */
bool form_put(struct book *, const struct text *packed, size_t length_bytes, int64_t *number, struct diags *);
/* Lives until the next one is asked for; NULL with `diags`. */
const struct compact_form *form_get(struct book *, int64_t number, struct diags *);
