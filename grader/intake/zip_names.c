#include "intake/zip_names.h"

#include "base/fd.h"

#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Sizes and signatures of APPNOTE.TXT 4.3.7, 4.3.12, 4.3.14 to 4.3.16. */
enum { LOCAL = 30, LISTED = 46, END = 22, LOCATOR = 20, END_64 = 56, COMMENT = 65535, EXTRA_64 = 1 };
#define LOCAL_SIGN 0x04034b50u
#define LISTED_SIGN 0x02014b50u
#define END_SIGN 0x06054b50u
#define LOCATOR_SIGN 0x07064b50u
#define END_64_SIGN 0x06064b50u

static uint64_t number(const unsigned char *at, unsigned bytes)
{
	uint64_t value = 0;
	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static bool read_at(int fd, uint64_t at, void *into, size_t length)
{
	return at <= INT64_MAX && lseek(fd, (off_t)at, SEEK_SET) >= 0 && fd_read_all(fd, into, length);
}

struct list {
	uint64_t at, shift; /* shift: what stands before the archive in the file, which its offsets do not count */
	uint64_t count;
};

/* The list's place, by the record at the end of the file. */
static bool list_find(int fd, struct list *list)
{
	unsigned char tail[END + COMMENT], end[END_64];
	off_t size = lseek(fd, 0, SEEK_END);
	size_t length = size < (off_t)sizeof(tail) ? (size_t)(size < 0 ? 0 : size) : sizeof(tail);
	if (length < END || !read_at(fd, (uint64_t)size - length, tail, length))
		return false;
	size_t at = length - END;
	while (at > 0 && number(tail + at, 4) != END_SIGN)
		at--;
	if (number(tail + at, 4) != END_SIGN)
		return false;
	uint64_t place = (uint64_t)size - length + at, bytes = number(tail + at + 12, 4),
			 offset = number(tail + at + 16, 4);
	list->count = number(tail + at + 10, 2);
	if (place >= LOCATOR && read_at(fd, place - LOCATOR, end, LOCATOR) && number(end, 4) == LOCATOR_SIGN &&
	    read_at(fd, number(end + 8, 8), end, END_64) && number(end, 4) == END_64_SIGN) {
		list->count = number(end + 32, 8);
		list->at = number(end + 48, 8);
		list->shift = 0;
		return true;
	}
	if (place < bytes || place - bytes < offset)
		return false;
	list->at = place - bytes;
	list->shift = list->at - offset;
	return true;
}

/* Where the file lies: in the entry, or in its extra field when that is too far for 32 bits (4.5.3). */
static uint64_t offset_of(const unsigned char *entry, const unsigned char *extra, size_t length)
{
	uint64_t offset = number(entry + 42, 4);
	if (offset != UINT32_MAX)
		return offset;
	for (size_t at = 0; at + 4 <= length;) {
		size_t size = number(extra + at + 2, 2), skip = 0;
		if (number(extra + at, 2) == EXTRA_64) {
			skip = 8 * (size_t)((number(entry + 24, 4) == UINT32_MAX) + (number(entry + 20, 4) == UINT32_MAX));
			return skip + 8 <= size && at + 4 + skip + 8 <= length ? number(extra + at + 4 + skip, 8) : UINT64_MAX;
		}
		at += 4 + size;
	}
	return UINT64_MAX;
}

static bool names_differ(int fd, struct zip_difference *difference)
{
	struct list list;
	unsigned char entry[LISTED], local[LOCAL], extra[UINT16_MAX];
	if (!list_find(fd, &list))
		return false;
	for (uint64_t i = 0; i < list.count; i++) {
		if (!read_at(fd, list.at, entry, LISTED) || number(entry, 4) != LISTED_SIGN)
			return false;
		difference->listed_length = number(entry + 28, 2);
		size_t extra_length = number(entry + 30, 2);
		if (!fd_read_all(fd, difference->listed, difference->listed_length) || !fd_read_all(fd, extra, extra_length))
			return false;
		uint64_t offset = offset_of(entry, extra, extra_length);
		if (offset > INT64_MAX || !read_at(fd, offset + list.shift, local, LOCAL) || number(local, 4) != LOCAL_SIGN)
			return false;
		difference->there_length = number(local + 26, 2);
		if (!fd_read_all(fd, difference->there, difference->there_length))
			return false;
		if (difference->listed_length != difference->there_length ||
		    memcmp(difference->listed, difference->there, difference->there_length) != 0)
			return true;
		list.at += LISTED + difference->listed_length + extra_length + number(entry + 32, 2);
	}
	return false;
}

bool zip_names_differ(int fd, struct zip_difference *difference)
{
	off_t before = lseek(fd, 0, SEEK_CUR);
	bool differ = names_differ(fd, difference);
	lseek(fd, before, SEEK_SET);
	return differ;
}
