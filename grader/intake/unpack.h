/* Archives of unknown origin into a folder.
 *
 * A child process reads the archive with libarchive and does nothing else: after fork it allows itself read, lseek, write
 * to one pipe, and memory (seccomp), with ceilings on memory and processor time.  It opens no file.  What it finds in
 * the archive comes through the pipe as records, and this process decides: first in a pass that only looks, then in one that
 * writes plain files and folders.  Links, devices and file modes never leave the archive; the first violation refuses
 * all of it, by the name of the entry. */
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
};

#define UNPACK_FREE_BYTES ((uint64_t)8 << 20)
/* One student's archive, and a whole class's. */
extern const struct unpack_limits unpack_student, unpack_class;

/* True for a name that ends as an archive's does: .zip, .tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.bz2, .tbz2. */
bool unpack_is_archive(const char *name);
/* Unpacks into the folder `into`, which exists; files that are there already are violations as well.  What students hand
 * in by accident (macOS litter, version control folders) is left out; `macos`, where it is not NULL, becomes true
 * when macOS's was.  False with `diags` when the archive is refused or damaged; what was written until then stays for the caller to remove. */
bool unpack(const char *archive, const char *into, const struct unpack_limits *, bool *macos, struct diags *);
