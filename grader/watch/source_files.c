#include "watch/source.h"

#include "base/fd.h"
#include "base/utf8.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MOST = 8, ENTRIES_MOST = 20000 };

static bool is_source(const char *name)
{
	static const char *const endings[] = {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".rs", ".go", ".C", ".inl"};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* Names are shown to people as they are. */
static bool is_plain(const char *name)
{
	size_t length = strlen(name);
	for (size_t at = 0; at < length;) {
		size_t bytes = utf8_valid((const uint8_t *)name + at, length - at);
		if (bytes == 0 || (unsigned char)name[at] <= ' ' || name[at] == 0x7f)
			return false;
		at += bytes;
	}
	return length > 0;
}

/* NULL when it cannot be read or is too large. */
static char *file_text(int folder, const char *name)
{
	struct stat info;
	FD_AUTO file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > SOURCE_BYTES_MOST)
		return NULL;
	char *text = calloc(1, (size_t)info.st_size + 1);
	if (text == NULL)
		abort();
	if (fd_read_all(file, text, (size_t)info.st_size))
		return text;
	free(text);
	return NULL;
}

/* A last line without a newline counts. */
static uint32_t lines_count(const char *text)
{
	uint32_t lines = 0;
	for (const char *at = text; *at != '\0'; lines++) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return lines;
}

static void folder_read(struct source_files *files, int folder, const char *path, unsigned depth, unsigned *entries)
{
	int copy = fcntl(folder, F_DUPFD_CLOEXEC, 3);
	DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
	if (listing == NULL) {
		fd_close(&copy);
		return;
	}
	for (struct dirent *entry; (entry = readdir(listing)) != NULL && ++*entries < ENTRIES_MOST;) {
		char name[SOURCE_NAME];
		if (entry->d_name[0] == '.' || !is_plain(entry->d_name) || files->count == SOURCE_FILES_MOST ||
		    snprintf(name, sizeof(name), "%s%s%s", path, path[0] != '\0' ? "/" : "", entry->d_name) >=
		        (int)sizeof(name))
			continue;
		FD_AUTO inside =
			depth < DEPTH_MOST ? openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
		if (inside >= 0) {
			folder_read(files, inside, name, depth + 1, entries);
		} else if (is_source(name)) {
			char *text = file_text(folder, entry->d_name);
			if (text == NULL)
				continue;
			memcpy(files->list[files->count].name, name, sizeof(name));
			files->list[files->count].text = text;
			files->list[files->count++].lines = lines_count(text);
		}
	}
	closedir(listing);
}

void source_files_read(struct source_files *files, const char *folder)
{
	unsigned entries = 0;
	files->count = 0;
	FD_AUTO top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0)
		folder_read(files, top, "", 0, &entries);
}

void source_files_release(struct source_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->list[i].text);
	files->count = 0;
}
