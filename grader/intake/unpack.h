/* Archives of unknown origin into a folder.
 *
 * A child process reads the archive with libarchive and does nothing else: after fork it allows itself read, lseek, write
 * to one pipe, and memory (seccomp), with ceilings on memory and processor time.  It opens no file.  What it finds in
 * the archive comes through the pipe as records, and this process decides: first in a pass that only looks, then in one that
 * writes plain files and folders.  Links, devices and file modes never leave the archive; the first violation refuses
 * all of it, by the name of the entry, but where the archive holds many people's files (struct unpack_told). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diags;

struct unpack_limits {
	size_t entries;
	uint64_t bytes; /* of all files */
	uint64_t ratio; /* bytes unpacked for each byte packed, above UNPACK_FREE_BYTES */
	unsigned depth; /* folders within folders */
	uint64_t one; /* bytes of one file */
};

#define UNPACK_FREE_BYTES ((uint64_t)8 << 20)
/* One student's archive, and a whole class's. */
extern const struct unpack_limits unpack_student, unpack_class;

/* What happened beside the unpacking. */
struct unpack_told {
	bool macos; /* macOS's litter was left out */
	/* Set: an entry that cannot be taken (a link, a name that is not plain, an encrypted or damaged file, …) is left out
	 * and listed here, and the others are taken: one student's must not cost the class theirs. */
	struct arena *arena;
	struct unpack_refused {
		const char *path, *why; /* as the archive calls it; a sentence that names it */
	} * refused;
	size_t count, capacity;
	/* Of such an archive, when it is cut off: why reading came to an end, else NULL; and the paths in the order in which
	 * they stand in it, the last of them not whole. */
	const char *cut;
	const char **order;
	size_t order_count, order_capacity;
};

/* True for a name that ends as an archive's does: .zip, .tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.bz2, .tbz2,
 * .tar.zst, .tzst. */
bool unpack_is_archive(const char *name);
/* The archive's name without the ending by which unpack_is_archive knows it: its length, or 0. */
size_t unpack_stem(const char *name);
/* What a file holds that is not read here, or not under its name. */
enum unpack_foreign {
	FOREIGN_MANY /* an archive of many files */,
	FOREIGN_ONE /* one file made smaller */,
	FOREIGN_NONE
};
/* What the file is, by its first bytes ("a RAR archive"), or NULL when that is not known. */
const char *unpack_foreign(const char *path, enum unpack_foreign *);
/* Unpacks into the folder `into`, which exists; files that are there already are violations as well.  What students hand
 * in by accident (macOS litter, version control folders) is left out.  `told` may be NULL.  False with `diags` when the
 * archive is refused or damaged; what was written until then stays for the caller to remove. */
bool unpack(const char *archive, const char *into, const struct unpack_limits *, struct unpack_told *told,
            struct diags *);
