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
	struct image_part *parts; /* owned; by address */
	size_t part_count;
	unsigned program; /* index of the file that execve(2) started */
	bool sanitized; /* its calls go through deep frames: it has a shadow of its memory, which takes terabytes */
	bool interpreted; /* a run-time system that runs source or bytecode: its calls stand in no line of C */
};

struct images {
	struct image list[IMAGES_MOST];
	size_t count;
	struct image_file files[IMAGE_FILES_MOST];
	size_t file_count;
};

void images_release(struct images *);
/* Reads /proc/PID/maps of a process that stands at a stop.  The number of its image from 1 on; the same for equal ones;
 * 0 past IMAGES_MOST or when it cannot be read. */
uint32_t images_read(struct images *, pid_t pid);
/* NULL for 0. */
const struct image *images_at(const struct images *, uint32_t number);
/* The mapping that holds the address; NULL: none. */
const struct image_part *image_part_at(const struct image *, uint64_t address);
/* The last part of the path of what execve(2) started, at most `size` - 1 bytes; "" when it cannot be known. */
void image_name(pid_t pid, char *into, size_t size);
