/* What a traced process runs: the files that are mapped into it as code, and where. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { IMAGES_MOST = 256, IMAGE_FILES_MOST = 128, IMAGE_PARTS_MOST = 64 };

/* A mapped file; open as long as the images are. */
struct image_file {
	dev_t device;
	ino_t inode;
	int descriptor; /* -1: it could not be opened again as the same file */
};

/* A mapping with execute permission. */
struct image_part {
	uint64_t start, end, offset; /* addresses; place in the file */
	unsigned file; /* index */
};

struct image {
	bool known; /* its parts have been read */
	struct image_part *parts; /* owned; by address */
	size_t part_count;
	unsigned program; /* index of the file that execve(2) started */
	bool sanitized; /* its calls go through deep frames: it has a shadow of its memory, which takes terabytes */
};

struct images {
	struct image list[IMAGES_MOST];
	size_t count;
	struct image_file files[IMAGE_FILES_MOST];
	size_t file_count;
};

void images_release(struct images *);
/* The number, from 1 on, of what a process runs from now on; 0 past IMAGES_MOST.  Its mappings are not read yet: that
 * takes as long as several of its calls. */
uint32_t images_add(struct images *, pid_t tid);
/* Reads the mappings of a thread whose process has that image, unless they are known. */
void images_read(struct images *, uint32_t number, pid_t tid);
/* NULL for 0. */
const struct image *images_at(const struct images *, uint32_t number);
/* The mapping that holds the address; NULL: none. */
const struct image_part *image_part_at(const struct image *, uint64_t address);
/* The last part of the path of what execve(2) started, at most `size` - 1 bytes; "" when it cannot be known. */
void image_name(pid_t pid, char *into, size_t size);
