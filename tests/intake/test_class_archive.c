#include "intake/intake.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
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

/* A class that comes as one archive: what one student put in it costs nobody else anything. */
struct fixture {
	char folder[64];
	struct arena *arena;
	struct diags diags;
	struct archive *writer;
	struct intake intake;
	struct intake_notes notes;
};

static int setup(void **state)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->folder, "/tmp/grader-class-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	f->arena = arena_create();
	diags_init(&f->diags, f->arena);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	intake_close(&f->intake);
	folder_remove(f->folder);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

static const char *begin(struct fixture *f, const char *name)
{
	const char *path = arena_printf(f->arena, "%s/%s", f->folder, name);
	f->writer = archive_write_new();
	if (strstr(name, ".zip") != NULL)
		archive_write_set_format_zip(f->writer);
	else
		archive_write_set_format_pax_restricted(f->writer);
	assert_int_equal(archive_write_open_filename(f->writer, path), ARCHIVE_OK);
	return path;
}

static void add(struct fixture *f, const char *path, const char *link, const void *bytes, size_t length)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, link != NULL ? S_IFLNK : S_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)length);
	if (link != NULL)
		archive_entry_set_symlink(entry, link);
	assert_int_equal(archive_write_header(f->writer, entry), ARCHIVE_OK);
	if (length > 0)
		assert_int_equal(archive_write_data(f->writer, bytes, length), length);
	archive_entry_free(entry);
}

static void file(struct fixture *f, const char *path, const char *content)
{
	add(f, path, NULL, content, strlen(content));
}

static void end(struct fixture *f)
{
	assert_int_equal(archive_write_close(f->writer), ARCHIVE_OK);
	archive_write_free(f->writer);
}

static void open_class(struct fixture *f, const char *path, size_t count)
{
	if (!intake_open(&f->intake, path, NULL, f->arena, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
	assert_int_equal(f->intake.count, count);
}

/* Prepares the submission of that key; "" or why it is refused. */
static const char *prepared(struct fixture *f, const char *key)
{
	const char *into = arena_printf(f->arena, "%s/out-%s", f->folder, key);
	folder_remove(into);
	for (size_t i = 0; i < f->intake.count; i++) {
		if (strcmp(f->intake.submissions[i].key, key) != 0)
			continue;
		assert_int_equal(mkdir(into, 0755), 0);
		diags_init(&f->diags, f->arena);
		return intake_prepare(&f->intake, &f->intake.submissions[i], into, &f->notes, f->arena, &f->diags)
		           ? ""
		           : f->diags.list[0].message;
	}
	fail_msg("there is no submission %s", key);
	return NULL;
}

static bool has(struct fixture *f, const char *key, const char *name)
{
	return access(arena_printf(f->arena, "%s/out-%s/%s", f->folder, key, name), F_OK) == 0;
}

static bool left_out(struct fixture *f, const char *words)
{
	for (size_t i = 0; i < f->intake.ignored_count; i++) {
		if (strstr(f->intake.ignored[i], words) != NULL)
			return true;
	}
	return false;
}

static void a_link_of_one_student_refuses_that_student_only(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.tar");
	file(f, "lab/ada/server.c", "x");
	file(f, "lab/bob/server.c", "x");
	add(f, "lab/bob/notes", "/etc/passwd", NULL, 0);
	add(f, "lab/cleo", "/etc", NULL, 0);
	end(f);
	open_class(f, path, 3);
	assert_string_equal(prepared(f, "ada"), "");
	assert_true(has(f, "ada", "server.c"));
	assert_non_null(strstr(prepared(f, "bob"), "\"lab/bob/notes\" is a link"));
	assert_non_null(strstr(prepared(f, "cleo"), "\"lab/cleo\" is a link"));
}

static void names_alike_are_two_students_and_not_two_files_of_one(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	file(f, "ada/server.c", "x");
	file(f, "Ada/server.c", "x");
	file(f, "bob/server.c", "x");
	file(f, "bob/Server.c", "x");
	end(f);
	open_class(f, path, 3);
	assert_string_equal(prepared(f, "ada"), "");
	assert_string_equal(prepared(f, "Ada"), "");
	assert_non_null(strstr(prepared(f, "bob"), "differ only in capital letters"));
}

static void a_path_that_leaves_the_class_is_told_and_not_taken(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.tar");
	file(f, "ada/server.c", "x");
	file(f, "bob/server.c", "x");
	file(f, "../out-eve/server.c", "x");
	end(f);
	open_class(f, path, 2);
	assert_true(left_out(f, "leads out of its folder"));
	assert_false(has(f, "eve", "server.c"));
}

static void what_macos_added_beside_the_students_is_told(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	file(f, "ada/server.c", "x");
	file(f, "__MACOSX/ada/._server.c", "x");
	end(f);
	open_class(f, path, 1);
	assert_true(left_out(f, "macOS"));
}

static void a_few_files_beside_many_folders_are_a_class_still(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	for (char name = 'a'; name < 'f'; name++)
		file(f, arena_printf(f->arena, "lab/%c/server.c", name), "x");
	file(f, "lab/README.md", "x");
	end(f);
	open_class(f, path, 6);
}

static void names_of_old_zips_are_read_as_code_page_437(void **state)
{
	struct fixture *f = *state;
	TEXT_AUTO bytes = {0};
	const char *path = begin(f, "class.zip");
	file(f, "J@rg/server.c", "x");
	end(f);
	assert_true(file_read(path, 10000, &bytes));
	for (size_t i = 0; i < bytes.length; i++) {
		if (bytes.bytes[i] == '@')
			bytes.bytes[i] = (char)0x94;
	}
	assert_true(file_write_atomically(path, text_string(&bytes), bytes.length, 0644));
	open_class(f, path, 1);
	assert_string_equal(f->intake.submissions[0].key, "Jörg");
}

static void an_archive_in_an_archive_is_unpacked(void **state)
{
	struct fixture *f = *state;
	TEXT_AUTO inner = {0}, outer = {0};
	const char *path = begin(f, "inner.zip");
	file(f, "lab/server.c", "x");
	end(f);
	assert_true(file_read(path, 10000, &inner));
	path = begin(f, "outer.tar");
	add(f, "again.zip", NULL, text_string(&inner), inner.length);
	end(f);
	assert_true(file_read(path, 100000, &outer));
	path = begin(f, "class.zip");
	add(f, "ada.tar", NULL, text_string(&outer), outer.length);
	end(f);
	open_class(f, path, 1);
	assert_string_equal(prepared(f, "ada"), "");
	assert_true(has(f, "ada", "server.c"));
}

static void archives_that_are_not_read_are_refused_by_their_kind(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	file(f, "ada/lab.rar", "Rar!\x1a\x07\x01");
	file(f, "bob/lab.zip", "7z\xbc\xaf\x27\x1c");
	file(f, "cleo/data.gz", "\x1f\x8b\x08");
	file(f, "cleo/server.c", "x");
	end(f);
	open_class(f, path, 3);
	assert_non_null(strstr(prepared(f, "ada"), "lab.rar is a RAR archive"));
	prepared(f, "bob");
	assert_non_null(strstr(f->diags.list[1].message, "in truth it is a 7z archive"));
	assert_string_equal(prepared(f, "cleo"), "");
}

/* What cannot be made smaller. */
static void noise_make(char *noise, size_t length)
{
	uint32_t state = 1;
	for (size_t i = 0; i < length; i++) {
		state = state * 1664525 + 1013904223;
		noise[i] = (char)(state >> 24);
	}
}

/* Six students with two files each, in order or scattered; the archive ends when so many hundredths of the files' bytes are
 * in it. */
static const char *cut_class(struct fixture *f, const char *name, bool scattered, int percent)
{
	static char noise[3000];
	noise_make(noise, sizeof(noise));
	const char *path = begin(f, name);
	for (int i = 0; i < 12; i++) {
		int student = scattered ? i % 6 : i / 2, which = scattered ? i / 6 : i % 2;
		add(f, arena_printf(f->arena, "lab/s%d/%d.c", student, which), NULL, noise, sizeof(noise));
	}
	end(f);
	assert_int_equal(truncate(path, 12L * (long)sizeof(noise) * percent / 100), 0);
	return path;
}

static void of_an_archive_that_is_cut_off_those_are_taken_who_came_whole(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"cut.zip", "cut.tar"};
	for (size_t i = 0; i < 2; i++) {
		open_class(f, cut_class(f, names[i], false, 65), 4);
		assert_non_null(strstr(f->intake.cut, "who would come behind it is not known"));
		assert_string_equal(prepared(f, "s1"), "");
		assert_non_null(strstr(prepared(f, "s3"), "is cut off in s3"));
		intake_close(&f->intake);
	}
}

static void an_archive_cut_off_between_two_files_is_noticed(void **state)
{
	struct fixture *f = *state;
	const char *path = cut_class(f, "even.tar", false, 90);
	assert_int_equal(truncate(path, 6L * (512 + 3072)), 0);
	open_class(f, path, 3);
	assert_non_null(strstr(prepared(f, "s2"), "is cut off in s2"));
}

static void an_archive_that_is_cut_off_and_in_no_order_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_false(intake_open(&f->intake, cut_class(f, "cut.zip", true, 80), NULL, f->arena, &f->diags));
	assert_non_null(strstr(f->diags.list[0].message, "do not stand together"));
	diags_init(&f->diags, f->arena);
	assert_false(intake_open(&f->intake, cut_class(f, "short.tar", false, 5), NULL, f->arena, &f->diags));
	assert_non_null(strstr(f->diags.list[0].message, "before any submission is whole"));
}

static void a_damaged_file_refuses_that_student_only(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	static char noise[5000];
	noise_make(noise, sizeof(noise));
	add(f, "ada/server.c", NULL, noise, sizeof(noise));
	add(f, "bob/server.c", NULL, noise, sizeof(noise));
	file(f, "cy/server.c", "x");
	end(f);
	TEXT_AUTO bytes = {0};
	assert_true(file_read(path, 100000, &bytes));
	char *at = memmem(bytes.bytes, bytes.length, "bob/server.c", 12);
	assert_non_null(at);
	memset(at + 400, 'z', 8);
	assert_true(file_write_atomically(path, bytes.bytes, bytes.length, 0644));
	text_release(&bytes);
	open_class(f, path, 3);
	assert_null(f->intake.cut);
	assert_string_equal(prepared(f, "ada"), "");
	assert_non_null(strstr(prepared(f, "bob"), "is damaged"));
	assert_string_equal(prepared(f, "cy"), "");
}

static void a_bomb_refuses_that_student_only(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	enum { ZEROS = 48 << 20 };
	char *zeros = calloc(1, ZEROS);
	file(f, "ada/server.c", "x");
	add(f, "bob/zeros", NULL, zeros, ZEROS);
	file(f, "cy/server.c", "x");
	end(f);
	free(zeros);
	open_class(f, path, 3);
	assert_string_equal(prepared(f, "ada"), "");
	assert_non_null(strstr(prepared(f, "bob"), "this is no homework"));
	assert_string_equal(prepared(f, "cy"), "");
}

static void whose_only_file_is_refused_is_not_forgotten(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.tar");
	file(f, "ada/server.c", "x");
	add(f, "bob/server.c", "/etc/hostname", "", 0);
	file(f, "../out", "x");
	end(f);
	open_class(f, path, 2);
	assert_non_null(strstr(prepared(f, "bob"), "is a link"));
	assert_int_equal(f->intake.orphans, 1);
}

static void wrapping_folders_give_way_to_the_students(void **state)
{
	struct fixture *f = *state;
	const char *path = begin(f, "class.zip");
	file(f, "Export/Submissions/ada/server.c", "x");
	file(f, "Export/Submissions/bob/server.c", "x");
	end(f);
	open_class(f, path, 2);
	assert_string_equal(prepared(f, "bob"), "");
	intake_close(&f->intake);
	path = begin(f, "one.zip");
	file(f, "Export/ada/client/client.c", "x");
	file(f, "Export/ada/server/server.c", "x");
	end(f);
	open_class(f, path, 1);
	assert_string_equal(f->intake.submissions[0].key, "ada");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_link_of_one_student_refuses_that_student_only),
		TEST(names_alike_are_two_students_and_not_two_files_of_one),
		TEST(a_path_that_leaves_the_class_is_told_and_not_taken),
		TEST(what_macos_added_beside_the_students_is_told),
		TEST(a_few_files_beside_many_folders_are_a_class_still),
		TEST(names_of_old_zips_are_read_as_code_page_437),
		TEST(an_archive_in_an_archive_is_unpacked),
		TEST(of_an_archive_that_is_cut_off_those_are_taken_who_came_whole),
		TEST(an_archive_cut_off_between_two_files_is_noticed),
		TEST(an_archive_that_is_cut_off_and_in_no_order_is_refused),
		TEST(a_damaged_file_refuses_that_student_only),
		TEST(a_bomb_refuses_that_student_only),
		TEST(whose_only_file_is_refused_is_not_forgotten),
		TEST(wrapping_folders_give_way_to_the_students),
		TEST(archives_that_are_not_read_are_refused_by_their_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
