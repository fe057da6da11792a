/* Private to intake/: a zip names each file twice, in its list at the end (the central directory) and where the file lies
 * (the local header).  Programs differ in which they believe, so an archive in which they differ is not one archive. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ZIP_NAME = 65535 };

struct zip_difference {
	char listed[ZIP_NAME + 1], there[ZIP_NAME + 1];
	size_t listed_length, there_length;
};

/* Reads with read and lseek alone, and leaves the offset where it was.  True when some name differs; false when none
 * does, and for what has no list that can be followed: that is for the archive's reader to say (APPNOTE.TXT 4.3). */
bool zip_names_differ(int fd, struct zip_difference *);
