#include "intake/entries.h"
#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64];
	const char *archive, *into;
	struct arena *arena;
	struct diags diags;
	struct archive *writer;
};

static int setup(void **state)
{
	/* The archives' writer converts names from the locale's encoding. */
	setlocale(LC_CTYPE, "C.UTF-8");
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->folder, "/tmp/grader-unpack-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	f->arena = arena_create();
	diags_init(&f->diags, f->arena);
	f->archive = arena_printf(f->arena, "%s/in", f->folder);
	f->into = arena_printf(f->arena, "%s/into", f->folder);
	mkdir(f->into, 0755);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	folder_remove(f->folder);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

enum form { TAR_GZ, ZIP, TAR_XZ };

static void begin(struct fixture *f, enum form form)
{
	f->writer = archive_write_new();
	if (form == ZIP)
		archive_write_set_format_zip(f->writer);
	else
		archive_write_set_format_pax_restricted(f->writer);
	if (form == TAR_GZ)
		archive_write_add_filter_gzip(f->writer);
	if (form == TAR_XZ)
		archive_write_add_filter_xz(f->writer);
	archive_write_set_options(f->writer, form == ZIP ? "hdrcharset=UTF-8" : "");
	assert_int_equal(archive_write_open_filename(f->writer, f->archive), ARCHIVE_OK);
}

static void add(struct fixture *f, const char *path, mode_t type, const char *link, const void *bytes, size_t length)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 04755);
	archive_entry_set_size(entry, (la_int64_t)length);
	if (link != NULL && type == S_IFLNK)
		archive_entry_set_symlink(entry, link);
	else if (link != NULL)
		archive_entry_set_hardlink(entry, link);
	assert_int_equal(archive_write_header(f->writer, entry), ARCHIVE_OK);
	if (length > 0)
		assert_int_equal(archive_write_data(f->writer, bytes, length), length);
	archive_entry_free(entry);
}

static void end(struct fixture *f)
{
	assert_int_equal(archive_write_close(f->writer), ARCHIVE_OK);
	archive_write_free(f->writer);
}

static size_t names_in(const char *path)
{
	size_t count = 0;
	DIR *folder = opendir(path);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

/* The archive is refused, with this in the reason, and nothing of it was written. */
static void assert_refused(struct fixture *f, const char *why)
{
	assert_false(unpack(f->archive, f->into, &unpack_student, NULL, &f->diags));
	assert_true(f->diags.count > 0);
	if (strstr(f->diags.list[0].message, why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, f->diags.list[0].message);
	assert_int_equal(names_in(f->into), 0);
}

static void good_in(void **state, enum form form)
{
	struct fixture *f = *state;
	TEXT_AUTO content = {0};
	struct stat info;
	begin(f, form);
	add(f, "lab/", S_IFDIR, NULL, NULL, 0);
	add(f, "./lab/server.c", S_IFREG, NULL, "int main;", 9);
	add(f, "lab/.git/config", S_IFREG, NULL, "x", 1);
	add(f, "__MACOSX/lab/._server.c", S_IFREG, NULL, "x", 1);
	add(f, "lab/Übung.txt", S_IFREG, NULL, "y", 1);
	end(f);
	struct unpack_told told = {0};
	if (!unpack(f->archive, f->into, &unpack_student, &told, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
	assert_true(told.macos);
	const char *path = arena_printf(f->arena, "%s/lab/server.c", f->into);
	assert_true(file_read(path, 100, &content));
	assert_string_equal(text_string(&content), "int main;");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0755);
	assert_int_equal(access(arena_printf(f->arena, "%s/lab/Übung.txt", f->into), F_OK), 0);
	assert_int_equal(access(arena_printf(f->arena, "%s/lab/.git", f->into), F_OK), -1);
	assert_int_equal(names_in(f->into), 1);
}

static void a_tar_gz_is_unpacked_without_litter_and_set_user_bits(void **state)
{
	good_in(state, TAR_GZ);
}

static void a_tar_xz_is_unpacked(void **state)
{
	good_in(state, TAR_XZ);
}

static void a_zip_is_unpacked(void **state)
{
	good_in(state, ZIP);
}

#define REFUSES(name, form, path, type, link, why)                                                                     \
	static void name(void **state)                                                                                     \
	{                                                                                                                  \
		struct fixture *f = *state;                                                                                    \
		begin(f, form);                                                                                                \
		add(f, "first.c", S_IFREG, NULL, "x", 1);                                                                      \
		add(f, path, type, link, type == S_IFREG && link == NULL ? "x" : NULL, type == S_IFREG && link == NULL);       \
		end(f);                                                                                                        \
		assert_refused(f, why);                                                                                        \
	}

REFUSES(a_path_that_climbs_is_refused, TAR_GZ, "../x", S_IFREG, NULL, "leads out of its folder")
REFUSES(a_path_that_climbs_later_is_refused, ZIP, "a/../../x", S_IFREG, NULL, "leads out of its folder")
REFUSES(a_path_that_climbs_by_backslash_is_refused, TAR_GZ, "..\\x", S_IFREG, NULL, "backslash")
REFUSES(an_absolute_path_is_refused, TAR_GZ, "/tmp/x", S_IFREG, NULL, "absolute path")
REFUSES(a_symbolic_link_is_refused, TAR_GZ, "main.c", S_IFLNK, "/etc/passwd", "is a link")
REFUSES(a_hard_link_is_refused, TAR_GZ, "main.c", S_IFREG, "/etc/passwd", "is a link")
REFUSES(a_fifo_is_refused, TAR_GZ, "Makefile", S_IFIFO, NULL, "neither a file nor a folder")
REFUSES(a_device_is_refused, TAR_GZ, "disk", S_IFBLK, NULL, "neither a file nor a folder")
REFUSES(a_name_that_differs_in_case_only_is_refused, TAR_GZ, "First.c", S_IFREG, NULL, "differ only in capital letters")
REFUSES(a_name_that_is_there_twice_is_refused, TAR_GZ, "first.c", S_IFREG, NULL, "is there twice")
REFUSES(a_folder_in_a_file_is_refused, TAR_GZ, "first.c/x", S_IFREG, NULL, "is there twice")
REFUSES(a_name_that_steers_the_terminal_is_refused, TAR_GZ, "a\033[2Jb", S_IFREG, NULL, "cannot be printed")
REFUSES(a_name_that_reorders_text_is_refused, TAR_GZ,
        "a\xe2\x80\xae"
        "c.exe",
        S_IFREG, NULL, "cannot be printed")

/* Writes over the first place in the archive that says `from`, of the same length. */
static void patch(struct fixture *f, const char *from, const char *to)
{
	TEXT_AUTO bytes = {0};
	assert_true(file_read(f->archive, 1 << 20, &bytes));
	char *at = memmem(bytes.bytes, bytes.length, from, strlen(from));
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	assert_true(file_write_atomically(f->archive, bytes.bytes, bytes.length, 0600));
}

static void a_zip_that_names_a_file_in_two_ways_is_refused_by_both(void **state)
{
	struct fixture *f = *state;
	begin(f, ZIP);
	add(f, "first.c", S_IFREG, NULL, "x", 1);
	add(f, "server.c", S_IFREG, NULL, "x", 1);
	end(f);
	patch(f, "server.c", "hidden.c");
	assert_refused(f, "it calls a file \"server.c\" in its list and \"hidden.c\" where the file lies");
}

static void names_that_differ_in_how_accents_are_written_are_one(void **state)
{
	struct fixture *f = *state;
	struct entries names = {.arena = f->arena};
	assert_true(entries_add(&names, "src/\xc3\xa9t\xc3\xa9.c", false, &f->diags));
	assert_false(entries_add(&names, "src/e\xcc\x81te\xcc\x81.c", false, &f->diags));
	assert_non_null(strstr(f->diags.list[0].message, "how accents are written"));
	begin(f, TAR_GZ);
	add(f, "src/\xc3\xa9t\xc3\xa9.c", S_IFREG, NULL, "x", 1);
	add(f, "src/e\xcc\x81te\xcc\x81.c", S_IFREG, NULL, "x", 1);
	end(f);
	assert_false(unpack(f->archive, f->into, &unpack_student, NULL, &f->diags));
	assert_int_equal(names_in(f->into), 0);
}

static void names_with_and_without_accents_are_two_names(void **state)
{
	struct fixture *f = *state;
	begin(f, TAR_GZ);
	add(f, "r\xc3\xa9sum\xc3\xa9", S_IFREG, NULL, "x", 1);
	add(f, "resume", S_IFREG, NULL, "x", 1);
	end(f);
	assert_true(unpack(f->archive, f->into, &unpack_student, NULL, &f->diags));
	assert_int_equal(names_in(f->into), 2);
}

static void a_bomb_is_refused_before_it_is_written(void **state)
{
	struct fixture *f = *state;
	static char zeros[1 << 20];
	begin(f, TAR_GZ);
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, "zeros");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, 64 * (la_int64_t)sizeof(zeros));
	assert_int_equal(archive_write_header(f->writer, entry), ARCHIVE_OK);
	for (int i = 0; i < 64; i++)
		archive_write_data(f->writer, zeros, sizeof(zeros));
	archive_entry_free(entry);
	end(f);
	assert_refused(f, "times its own size");
}

static void a_file_of_holes_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *holes = arena_printf(f->arena, "%s/holes", f->folder);
	/* GNU tar's sparse form: a few bytes that would become a terabyte. */
	if (!file_write_atomically(holes, "", 0, 0644) || truncate(holes, (off_t)1 << 40) < 0 ||
	    system(arena_printf(f->arena, "tar -C %s -cSf %s holes", f->folder, f->archive)) != 0)
		skip();
	assert_refused(f, "unpacks to more than");
}

static void too_many_entries_are_refused(void **state)
{
	struct fixture *f = *state;
	begin(f, TAR_GZ);
	for (int i = 0; i < 5001; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%d", i);
		add(f, name, S_IFREG, NULL, NULL, 0);
	}
	end(f);
	assert_refused(f, "more than 5000 entries");
}

static void a_path_of_many_folders_is_refused(void **state)
{
	struct fixture *f = *state;
	TEXT_AUTO path = {0};
	for (int i = 0; i < 40; i++)
		text_puts(&path, "a/");
	text_puts(&path, "x");
	begin(f, TAR_GZ);
	add(f, text_string(&path), S_IFREG, NULL, "x", 1);
	end(f);
	assert_refused(f, "too deep");
}

static void an_encrypted_zip_is_refused(void **state)
{
	struct fixture *f = *state;
	f->writer = archive_write_new();
	archive_write_set_format_zip(f->writer);
	if (archive_write_set_options(f->writer, "zip:encryption=traditional") != ARCHIVE_OK ||
	    archive_write_set_passphrase(f->writer, "secret") != ARCHIVE_OK) {
		archive_write_free(f->writer);
		skip();
	}
	assert_int_equal(archive_write_open_filename(f->writer, f->archive), ARCHIVE_OK);
	add(f, "server.c", S_IFREG, NULL, "int main;", 9);
	end(f);
	assert_refused(f, "is encrypted");
}

static void what_is_no_archive_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_true(file_write_atomically(f->archive, "not an archive at all", 21, 0644));
	assert_refused(f, "cannot be read");
}

static void an_archive_that_is_cut_off_is_refused(void **state)
{
	struct fixture *f = *state;
	static char noise[200000];
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 2654435761u >> 13);
	begin(f, TAR_GZ);
	add(f, "noise", S_IFREG, NULL, noise, sizeof(noise));
	end(f);
	struct stat info;
	assert_int_equal(stat(f->archive, &info), 0);
	assert_int_equal(truncate(f->archive, info.st_size / 2), 0);
	assert_refused(f, "cannot be read");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_tar_gz_is_unpacked_without_litter_and_set_user_bits),
		TEST(a_tar_xz_is_unpacked),
		TEST(a_zip_is_unpacked),
		TEST(a_path_that_climbs_is_refused),
		TEST(a_path_that_climbs_later_is_refused),
		TEST(a_path_that_climbs_by_backslash_is_refused),
		TEST(an_absolute_path_is_refused),
		TEST(a_symbolic_link_is_refused),
		TEST(a_hard_link_is_refused),
		TEST(a_fifo_is_refused),
		TEST(a_device_is_refused),
		TEST(a_name_that_differs_in_case_only_is_refused),
		TEST(a_name_that_is_there_twice_is_refused),
		TEST(a_folder_in_a_file_is_refused),
		TEST(a_name_that_steers_the_terminal_is_refused),
		TEST(a_name_that_reorders_text_is_refused),
		TEST(a_zip_that_names_a_file_in_two_ways_is_refused_by_both),
		TEST(names_that_differ_in_how_accents_are_written_are_one),
		TEST(names_with_and_without_accents_are_two_names),
		TEST(a_bomb_is_refused_before_it_is_written),
		TEST(a_file_of_holes_is_refused),
		TEST(too_many_entries_are_refused),
		TEST(a_path_of_many_folders_is_refused),
		TEST(an_encrypted_zip_is_refused),
		TEST(what_is_no_archive_is_refused),
		TEST(an_archive_that_is_cut_off_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
