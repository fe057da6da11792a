/* Private to gradebook/: what is large is kept compressed (RFC 1950), which also guards it with a checksum. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;
struct packer;

/* A packer compresses one thing after another: its tables cost more than most of them. */
struct packer *packer_create(void);
/* NULL is allowed. */
void packer_destroy(struct packer *);
void packed_add(struct packer *, struct text *, const void *bytes, size_t length_bytes);
/* False when the bytes are damaged, or not `length_bytes` when unpacked. */
bool unpacked_add(struct text *, const void *packed, size_t packed_length, size_t length_bytes);
