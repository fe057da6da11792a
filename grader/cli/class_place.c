#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *lock_path(const struct class_batch *batch, struct arena *arena)
{
	return arena_printf(arena, "%s.lock", batch->work);
}

/* A lock of fcntl(2) is one process's; that of flock(2) is its workers' too.  Where the first is free and the second is
 * not, a grader was killed, and its workers are about to end. */
static bool lock_take(int file)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(file, F_SETLK, &whole) < 0)
		return false;
	while (flock(file, LOCK_EX) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

/* The one before may have removed the file between its opening here and its lock: then it holds nobody off. */
static int lock_open(const char *path)
{
	for (;;) {
		struct stat held, there;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 || !lock_take(fd)) {
			fd_close(&fd);
			return -1;
		}
		if (fstat(fd, &held) == 0 && lstat(path, &there) == 0 && held.st_ino == there.st_ino &&
		    held.st_dev == there.st_dev)
			return fd;
		fd_close(&fd);
	}
}

int class_work_folder(struct class_batch *batch)
{
	struct arena *arena = batch->invocation->arena;
	char *path = realpath(batch->book, NULL);
	batch->work = arena_printf(arena, "%s.work", path != NULL ? path : batch->book);
	const char *lock = lock_path(batch, arena);
	free(path);
	int fd = lock_open(lock);
	if (fd < 0) {
		bool taken = errno == EAGAIN;
		print_error(taken ? "another grader is at work on %s; it has to end first" : "%s cannot be locked",
		            taken ? batch->book : lock);
		return -1;
	}
	if ((folder_remove(batch->work) || errno == ENOENT) && mkdir(batch->work, 0711) == 0)
		return fd;
	print_error("%s: %s", batch->work, strerror(errno));
	class_work_end(batch, &fd);
	return -1;
}

void class_work_end(const struct class_batch *batch, int *lock)
{
	if (*lock < 0)
		return;
	folder_remove(batch->work);
	unlink(lock_path(batch, batch->invocation->arena));
	fd_close(lock);
}

bool class_definitions_put(const struct class_batch *batch, struct book *book, struct diags *diags)
{
	const struct loaded *loaded = &batch->loaded;
	char spec[SHA256_HEX], assignment[SHA256_HEX];
	sha256_hex(loaded->spec->digest, spec);
	sha256_hex(loaded->assignment->digest, assignment);
	bool good = book_assignment_put(book, loaded->assignment->name, loaded->assignment->title, diags) &&
	            book_definition_put(book, spec, "", &loaded->spec_text, diags) &&
	            book_definition_put(book, assignment, "", &loaded->assignment_text, diags);
	for (size_t i = 0; good && i < loaded->file_count; i++)
		good = book_definition_put(book, spec, loaded->files[i].name, loaded->files[i].bytes, diags);
	return good;
}
