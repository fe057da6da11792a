/* Private to intake/: the process that reads an archive, and the records that it sends.  Its code is the module
 * grader-unpack, which that process alone loads (base/module.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum unpack_record_kind {
	UNPACK_ENTRY = 'E', /* followed by `length` bytes of its path */
	UNPACK_DATA = 'D', /* of the last entry: `length` bytes at `offset` */
	UNPACK_DOUBLE =
		'N', /* a zip that names a file twice, differently: `length` bytes: both names, a NUL between them */
	UNPACK_BROKEN = 'B', /* the last entry's data are damaged, what follows can be read: `length` bytes of text */
	UNPACK_TROUBLE =
		'X', /* the archive is damaged or cut off, `type`: enum unpack_place; `length` bytes of text; the last record */
	UNPACK_END = 'Z',
};

/* Where reading came to its end. */
enum unpack_place { UNPACK_BETWEEN, UNPACK_WITHIN /* the last entry */ };
enum unpack_type { UNPACK_FILE, UNPACK_FOLDER, UNPACK_LINK, UNPACK_OTHER };

struct unpack_record {
	uint32_t kind, length;
	int64_t offset, size; /* size: as the archive says; -1 when it does not */
	uint32_t type; /* enum unpack_type, or enum unpack_place */
	uint32_t encrypted, executable, zip; /* zip: the archive is one */
};

struct unpack_child {
	/* Reads the archive and writes records to `pipe`; never returns. */
	void (*main)(int archive, int pipe);
};

extern const struct unpack_child unpack_child;
