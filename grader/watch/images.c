#include "watch/images.h"

#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A line that does not fit into a piece ends the reading. */
enum { MAPS_BYTES = 1 << 20, PIECE_BYTES = 16384 };

/* A process that large has the shadow memory of a sanitizer. */
#define SHADOW_BYTES (1ULL << 40)

void images_release(struct images *images)
{
	for (size_t i = 0; i < images->count; i++)
		free(images->list[i].parts);
	for (size_t i = 0; i < images->file_count; i++)
		fd_close(&images->files[i].descriptor);
	images->count = images->file_count = 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

void image_name(pid_t pid, char *into, size_t size)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	snprintf(into, size, "%s", last_part(path));
}

/* The student can put another file in the place of the mapped one: what is opened has to be the same.  An overlay file
 * system shows another device and inode in maps(5) than stat(2) does; the folders of the system cannot be changed. */
static int file_open(pid_t pid, const char *path, dev_t device, ino_t inode)
{
	char whole[PATH_MAX + 64];
	struct stat info;
	bool system = strncmp(path, "/usr/", 5) == 0 || strncmp(path, "/lib", 4) == 0;
	snprintf(whole, sizeof(whole), "/proc/%d/root%s", (int)pid, path);
	FD_AUTO file = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode) ||
	    !(system || (info.st_dev == device && info.st_ino == inode)))
		return -1;
	int kept = file;
	file = -1;
	return kept;
}

static int program_open(pid_t pid)
{
	char link[64];
	struct stat info;
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	FD_AUTO file = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
		return -1;
	int kept = file;
	file = -1;
	return kept;
}

/* IMAGE_FILES_MOST when there is no room. */
static unsigned file_number(struct images *images, pid_t pid, const char *path, const char *program, dev_t device,
                            ino_t inode)
{
	for (unsigned i = 0; i < images->file_count; i++)
		if (images->files[i].device == device && images->files[i].inode == inode)
			return i;
	if (images->file_count == IMAGE_FILES_MOST)
		return IMAGE_FILES_MOST;
	bool main = strcmp(path, program) == 0;
	images->files[images->file_count] =
		(struct image_file){device, inode, main ? program_open(pid) : file_open(pid, path, device, inode)};
	return (unsigned)images->file_count++;
}

/* The next field of a line: a number in the given base, up to and with the character that ends it. */
static uint64_t number_take(const char **at, unsigned base, char end)
{
	char *rest;
	uint64_t number = strtoull(*at, &rest, (int)base);
	*at = *rest == end ? rest + 1 : "";
	return number;
}

/* One line of proc_pid_maps(5): start-end rights offset major:minor inode path. */
static void line_read(struct images *images, pid_t pid, const char *at, const char *program, struct image *image)
{
	enum { RIGHTS_LENGTH = 5, EXECUTE_AT = 2 };
	uint64_t start = number_take(&at, 16, '-'), end = number_take(&at, 16, ' ');
	if (strlen(at) < RIGHTS_LENGTH || at[EXECUTE_AT] != 'x' || image->part_count == IMAGE_PARTS_MOST)
		return;
	at += RIGHTS_LENGTH;
	uint64_t offset = number_take(&at, 16, ' ');
	unsigned major_number = (unsigned)number_take(&at, 16, ':'), minor_number = (unsigned)number_take(&at, 16, ' ');
	uint64_t inode = number_take(&at, 10, ' ');
	const char *path = at + strspn(at, " ");
	if (inode == 0 || *path != '/')
		return;
	unsigned file = file_number(images, pid, path, program, makedev(major_number, minor_number), (ino_t)inode);
	if (file == IMAGE_FILES_MOST)
		return;
	if (strcmp(path, program) == 0)
		image->program = file;
	image->parts[image->part_count++] = (struct image_part){start, end, offset, file};
}

/* Of a few kilobytes as a rule; a program can make it as long as it likes. */
static void maps_read(struct images *images, pid_t pid, const char *program, struct image *image)
{
	char path[64], text[PIECE_BYTES + 1];
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FD_AUTO file = open(path, O_RDONLY | O_CLOEXEC);
	size_t kept = 0, total = 0;
	ssize_t count = 0;
	while (file >= 0 && total < MAPS_BYTES && (count = read(file, text + kept, PIECE_BYTES - kept)) > 0) {
		total += (size_t)count;
		kept += (size_t)count;
		text[kept] = '\0';
		char *line = text;
		for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			*end = '\0';
			line_read(images, pid, line, program, image);
		}
		kept -= (size_t)(line - text);
		memmove(text, line, kept);
	}
}

/* All its memory, mapped or only kept free, in bytes; 0 when it cannot be known. */
static uint64_t memory_size(pid_t tid)
{
	char text[96];
	snprintf(text, sizeof(text), "/proc/%d/statm", (int)tid);
	FD_AUTO file = open(text, O_RDONLY | O_CLOEXEC);
	ssize_t count = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
	text[count > 0 ? count : 0] = '\0';
	return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint32_t images_add(struct images *images, pid_t tid)
{
	if (images->count == IMAGES_MOST)
		return 0;
	struct image *image = &images->list[images->count++];
	*image = (struct image){.program = IMAGE_FILES_MOST};
	image->sanitized = memory_size(tid) >= SHADOW_BYTES;
	return (uint32_t)images->count;
}

void images_read(struct images *images, uint32_t number, pid_t tid)
{
	char link[64], program[PATH_MAX] = "";
	struct image *image = number > 0 && number <= images->count ? &images->list[number - 1] : NULL;
	if (image == NULL || image->known)
		return;
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)tid);
	ssize_t length = readlink(link, program, sizeof(program) - 1);
	program[length > 0 ? length : 0] = '\0';
	image->parts = calloc(IMAGE_PARTS_MOST, sizeof(*image->parts));
	if (image->parts == NULL)
		abort();
	image->known = true;
	maps_read(images, tid, program, image);
}

const struct image *images_at(const struct images *images, uint32_t number)
{
	return number > 0 && number <= images->count ? &images->list[number - 1] : NULL;
}

const struct image_part *image_part_at(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->part_count; i++)
		if (address >= image->parts[i].start && address < image->parts[i].end)
			return &image->parts[i];
	return NULL;
}
