#include "watch/images.h"

#include "base/fd.h"
#include "model/language.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MAPS_BYTES = 1 << 20 };

/* A mapping that large is the shadow memory of a sanitizer. */
#define SHADOW_BYTES (1ULL << 40)

void images_release(struct images *images)
{
	for (size_t i = 0; i < images->count; i++)
		free(images->list[i].parts);
	for (size_t i = 0; i < images->file_count; i++)
		fd_close(&images->files[i].descriptor);
	images->count = images->file_count = 0;
}

void image_name(pid_t pid, char *into, size_t size)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	const char *slash = strrchr(path, '/');
	snprintf(into, size, "%s", slash != NULL ? slash + 1 : path);
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

/* One line of proc_pid_maps(5). */
static bool line_read(struct images *images, pid_t pid, const char *line, const char *program, struct image *image)
{
	unsigned long long start, end, offset, inode;
	unsigned major_number, minor_number;
	char rights[8];
	int path_at = 0;
	int fields = sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, rights, &offset, &major_number,
	                    &minor_number, &inode, &path_at);
	image->sanitized = image->sanitized || (fields >= 3 && end - start >= SHADOW_BYTES);
	if (fields < 7 || rights[2] != 'x' || inode == 0 || line[path_at] != '/' || image->part_count == IMAGE_PARTS_MOST)
		return false;
	const char *path = line + path_at;
	unsigned file = file_number(images, pid, path, program, makedev(major_number, minor_number), (ino_t)inode);
	if (file == IMAGE_FILES_MOST)
		return false;
	if (strcmp(path, program) == 0)
		image->program = file;
	image->parts[image->part_count++] = (struct image_part){start, end, offset, file};
	return true;
}

static bool image_equal(const struct image *a, const struct image *b)
{
	if (a->part_count != b->part_count || a->program != b->program)
		return false;
	for (size_t i = 0; i < a->part_count; i++) {
		const struct image_part *left = &a->parts[i], *right = &b->parts[i];
		if (left->start != right->start || left->end != right->end || left->file != right->file)
			return false;
	}
	return true;
}

static char *maps_read(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FD_AUTO file = open(path, O_RDONLY | O_CLOEXEC);
	char *text = file >= 0 ? malloc(MAPS_BYTES) : NULL;
	size_t length = 0;
	while (text != NULL && length < MAPS_BYTES - 1) {
		ssize_t count = read(file, text + length, MAPS_BYTES - 1 - length);
		if (count <= 0)
			break;
		length += (size_t)count;
	}
	if (text != NULL)
		text[length] = '\0';
	return text;
}

uint32_t images_read(struct images *images, pid_t pid)
{
	char link[64], program[PATH_MAX] = "", name[64];
	if (images->count == IMAGES_MOST)
		return 0;
	struct image *image = &images->list[images->count];
	*image = (struct image){.program = IMAGE_FILES_MOST};
	image_name(pid, name, sizeof(name));
	image->interpreted = language_of(name, strlen(name))->programs != NULL;
	char *maps = image->interpreted ? NULL : maps_read(pid);
	if (maps == NULL && !image->interpreted)
		return 0;
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, program, sizeof(program) - 1);
	program[length > 0 ? length : 0] = '\0';
	image->parts = calloc(IMAGE_PARTS_MOST, sizeof(*image->parts));
	if (image->parts == NULL)
		abort();
	char *rest = maps;
	for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;)
		line_read(images, pid, line, program, image);
	free(maps);
	for (size_t i = 0; i < images->count; i++) {
		if (images->list[i].interpreted != image->interpreted || !image_equal(&images->list[i], image))
			continue;
		free(image->parts);
		return (uint32_t)i + 1;
	}
	return (uint32_t)++images->count;
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
