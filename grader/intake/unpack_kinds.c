#include "intake/unpack.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t unpack_stem(const char *name)
{
	static const char *const ends[] = {".zip", ".tar",     ".tar.gz", ".tgz",     ".tar.xz",
	                                   ".txz", ".tar.bz2", ".tbz2",   ".tar.zst", ".tzst"};
	size_t length = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);
		if (length > end && strcasecmp(name + length - end, ends[i]) == 0)
			return length - end;
	}
	return 0;
}

bool unpack_is_archive(const char *name)
{
	return unpack_stem(name) > 0;
}

/* The first bytes, as each format's own description has them. */
static const struct {
	const char *bytes;
	const char *what;
	enum unpack_foreign foreign;
} kinds[] = {
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", FOREIGN_MANY},
	{"Rar!\x1a\x07", "a RAR archive", FOREIGN_MANY},
	{"\x1f\x8b", "a gzip file", FOREIGN_ONE},
	{"\x1f\x9d", "a compress (.Z) file", FOREIGN_ONE},
	{"BZh", "a bzip2 file", FOREIGN_ONE},
	{"\xfd"
     "7zXZ",
     "an xz file", FOREIGN_ONE},
	{"\x28\xb5\x2f\xfd", "a zstd file", FOREIGN_ONE},
	{"LZIP", "an lzip file", FOREIGN_ONE},
	{"%PDF", "a PDF document", FOREIGN_NONE},
	{"<!DOCT", "a web page", FOREIGN_NONE},
	{"<!doct", "a web page", FOREIGN_NONE},
	{"<html", "a web page", FOREIGN_NONE},
};

const char *unpack_foreign(const char *path, enum unpack_foreign *foreign)
{
	char first[8] = "";
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t length = fd >= 0 ? read(fd, first, sizeof(first)) : -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t size = strlen(kinds[i].bytes);
		if (length < (ssize_t)size || memcmp(first, kinds[i].bytes, size) != 0)
			continue;
		*foreign = kinds[i].foreign;
		return kinds[i].what;
	}
	return NULL;
}
