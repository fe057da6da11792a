#include "intake/intake.h"
#include "intake/roster.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64];
	const char *root;
	struct arena *arena;
	struct diags diags;
	struct intake intake;
	struct intake_notes notes;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->folder, "/tmp/grader-layout-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	f->arena = arena_create();
	diags_init(&f->diags, f->arena);
	f->root = arena_printf(f->arena, "%s/class", f->folder);
	mkdir(f->root, 0755);
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

static void file(struct fixture *f, const char *name, const char *content)
{
	char *path = arena_printf(f->arena, "%s/%s", f->root, name);
	for (char *slash = strchr(path + strlen(f->root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	assert_true(file_write_atomically(path, content, strlen(content), 0644));
}

static void open_class(struct fixture *f, enum layout expected)
{
	if (!intake_open(&f->intake, f->root, NULL, f->arena, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
	assert_string_equal(layout_word(f->intake.layout), layout_word(expected));
}

static const struct intake_submission *find(struct fixture *f, const char *key)
{
	for (size_t i = 0; i < f->intake.count; i++) {
		if (strcmp(f->intake.submissions[i].key, key) == 0)
			return &f->intake.submissions[i];
	}
	fail_msg("there is no submission %s", key);
	return NULL;
}

static bool left_out(struct fixture *f, const char *words)
{
	for (size_t i = 0; i < f->intake.ignored_count; i++) {
		if (strstr(f->intake.ignored[i], words) != NULL)
			return true;
	}
	return false;
}

/* The content of a file of the submission as it is to be graded; NULL: it is not there. */
static const char *prepared(struct fixture *f, const char *key, const char *name)
{
	const char *into = arena_printf(f->arena, "%s/out-%s", f->folder, key);
	TEXT_AUTO content = {0};
	if (mkdir(into, 0755) == 0 && !intake_prepare(&f->intake, find(f, key), into, &f->notes, f->arena, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
	if (!file_read(arena_printf(f->arena, "%s/%s", into, name), 10000, &content))
		return NULL;
	return arena_string(f->arena, text_string(&content));
}

static void canvas_names_are_taken_apart(void **state)
{
	struct fixture *f = *state;
	file(f, "doejane_LATE_4711_815_server.c", "one");
	file(f, "doejane_LATE_4711_816_my_notes.txt", "two");
	file(f, "roebob_4712_817_server.c", "three");
	file(f, "anon_x7Yz_818_server.c", "four");
	file(f, "late_anon_k2_819_server.c", "five");
	file(f, "poejim_4713_text.html", "typed");
	open_class(f, LAYOUT_CANVAS);
	assert_int_equal(f->intake.count, 4);
	assert_true(find(f, "4711")->late);
	assert_string_equal(find(f, "4711")->name, "doejane");
	assert_false(find(f, "4712")->late);
	assert_true(find(f, "anon_k2")->late);
	assert_int_equal(f->intake.ignored_count, 1);
	assert_string_equal(prepared(f, "4711", "my_notes.txt"), "two");
	assert_string_equal(prepared(f, "4711", "server.c"), "one");
}

static void a_file_laid_beside_a_canvas_download_is_nobody(void **state)
{
	struct fixture *f = *state;
	file(f, "doejane_4711_815_server.c", "one");
	file(f, "roebob_4712_817_server.c", "three");
	file(f, "grades.csv", "x");
	open_class(f, LAYOUT_CANVAS);
	assert_int_equal(f->intake.count, 2);
	assert_int_equal(f->intake.ignored_count, 1);
}

static void an_archive_and_a_link_that_leads_nowhere_are_people_of_their_own(void **state)
{
	struct fixture *f = *state;
	file(f, "ada.target.zip", "x");
	file(f, "bob/server.c", "x");
	assert_int_equal(symlink("/nowhere", arena_printf(f->arena, "%s/cleo", f->root)), 0);
	open_class(f, LAYOUT_FOLDERS);
	assert_int_equal(f->intake.count, 3);
	find(f, "ada.target");
	find(f, "cleo");
}

static void the_number_that_canvas_adds_is_taken_off(void **state)
{
	struct fixture *f = *state;
	file(f, "doejane_1_2_server-3.c", "main");
	open_class(f, LAYOUT_CANVAS);
	assert_string_equal(prepared(f, "1", "server.c"), "main");
}

static void a_number_that_the_student_chose_stays(void **state)
{
	struct fixture *f = *state;
	file(f, "doejane_1_2_lab-1.c", "main");
	file(f, "doejane_1_3_Makefile", "server: lab-1.c\n");
	open_class(f, LAYOUT_CANVAS);
	assert_string_equal(prepared(f, "1", "lab-1.c"), "main");
}

static void moodle_folders_are_taken_apart(void **state)
{
	struct fixture *f = *state;
	file(f, "Jane Doe_815_assignsubmission_file_/src/server.c", "one");
	file(f, "Jane Doe_815_assignsubmission_onlinetext_/onlinetext.html", "typed");
	file(f, "Participant_77_assignsubmission_file_/server.c", "two");
	open_class(f, LAYOUT_MOODLE);
	assert_int_equal(f->intake.count, 2);
	assert_string_equal(find(f, "Jane Doe_815")->name, "Jane Doe");
	assert_string_equal(find(f, "Participant_77")->name, "Participant 77");
	assert_string_equal(prepared(f, "Jane Doe_815", "server.c"), "one");
}

static void moodle_without_folders_is_taken_apart(void **state)
{
	struct fixture *f = *state;
	file(f, "Jane Doe_815_assignsubmission_file_server.c", "one");
	file(f, "Jane Doe_815_assignsubmission_file_my_list.h", "two");
	open_class(f, LAYOUT_MOODLE);
	assert_int_equal(f->intake.count, 1);
	assert_string_equal(prepared(f, "Jane Doe_815", "my_list.h"), "two");
}

static void gradescope_metadata_names_everybody_of_a_group(void **state)
{
	struct fixture *f = *state;
	file(f, "submission_1/server.c", "one");
	file(f, "submission_2/server.c", "two");
	file(
		f, "submission_metadata.yml",
		"---\nsubmission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0815'\n    :email: jane@example.org\n"
		"  - :name: \"Bob \\\"B\\\" Roe\"\n    :email: bob@example.org\n  :created_at: 2024-01-01 00:00:00 Z\n"
		"  :results:\n    tests:\n    - name: x\n      :name: trap\nsubmission_2:\n  :submitters:\n"
		"    - :name: Ann\n      :sid: \n      :email: ann@example.org\nsubmission_9:\n  :submitters:\n  - :name: Gone\n");
	open_class(f, LAYOUT_GRADESCOPE);
	assert_int_equal(f->intake.count, 3);
	assert_string_equal(find(f, "submission_1")->email, "jane@example.org");
	assert_string_equal(find(f, "submission_1")->id, "0815");
	assert_string_equal(find(f, "submission_1+1")->name, "Bob \"B\" Roe");
	assert_string_equal(find(f, "submission_2")->email, "ann@example.org");
	assert_null(find(f, "submission_2")->id);
	assert_string_equal(prepared(f, "submission_1+1", "server.c"), "one");
	assert_int_equal(f->intake.ignored_count, 1);
	assert_non_null(strstr(f->intake.ignored[0], "submission_9: submission_metadata.yml names it"));
}

static void github_repositories_are_known_by_their_slug(void **state)
{
	struct fixture *f = *state;
	f->root = arena_printf(f->arena, "%s/lab-1-submissions", f->folder);
	mkdir(f->root, 0755);
	file(f, "lab-1-octo-cat/server.c", "one");
	file(f, "lab-1-hubot/server.c", "two");
	open_class(f, LAYOUT_GITHUB);
	assert_string_equal(find(f, "octo-cat")->login, "octo-cat");
	assert_string_equal(prepared(f, "hubot", "server.c"), "two");
}

static void classroom50_repositories_are_known_by_their_marker(void **state)
{
	struct fixture *f = *state;
	file(f, "cs1-lab1-ann/.classroom50.yaml", "x: 1\n");
	file(f, "cs1-lab1-ann/server.c", "one");
	file(f, "cs1-lab1-bob/.classroom50.yaml", "x: 1\n");
	file(f, "cs1-lab1-bob/server.c", "two");
	open_class(f, LAYOUT_CLASSROOM50);
	assert_string_equal(prepared(f, "bob", "server.c"), "two");
}

static void autolab_counts_the_last_version(void **state)
{
	struct fixture *f = *state;
	file(f, "jane@x.edu_9_server.c", "ninth");
	file(f, "jane@x.edu_10_server.c", "tenth");
	file(f, "jane@x.edu_10_lab_autograde.txt", "feedback");
	file(f, "bob_roe@x.edu_1_server.c", "bob");
	open_class(f, LAYOUT_AUTOLAB);
	assert_int_equal(f->intake.count, 2);
	assert_string_equal(prepared(f, "jane@x.edu", "server.c"), "tenth");
	assert_string_equal(f->notes.list[0], "of several versions the last one, 10, was taken");
	assert_string_equal(prepared(f, "bob_roe@x.edu", "server.c"), "bob");
	assert_true(left_out(f, "jane@x.edu_9_server.c"));
	assert_true(left_out(f, "autograde.txt"));
}

static void autolab_puts_the_address_into_a_name_with_underscores(void **state)
{
	struct fixture *f = *state;
	file(f, "3_my_jane@x.edu_echo_server.c", "jane");
	file(f, "1_my_bob_roe@x.edu_echo_server.c", "bob");
	open_class(f, LAYOUT_AUTOLAB);
	assert_string_equal(prepared(f, "bob_roe@x.edu", "my_echo_server.c"), "bob");
	assert_string_equal(prepared(f, "jane@x.edu", "my_echo_server.c"), "jane");
}

static void autolab_keeps_a_folder_for_each_address(void **state)
{
	struct fixture *f = *state;
	file(f, "jane@x.edu/1_server.c", "first");
	file(f, "jane@x.edu/2_server.c", "second");
	file(f, "jane@x.edu/2_autograde.txt", "feedback");
	file(f, "jane@x.edu/annotated_2_server.c", "notes");
	file(f, "bob@x.edu/1_server.c", "bob");
	open_class(f, LAYOUT_AUTOLAB);
	assert_int_equal(f->intake.count, 2);
	assert_string_equal(prepared(f, "jane@x.edu", "server.c"), "second");
}

static void submitty_counts_the_version_that_the_student_chose(void **state)
{
	struct fixture *f = *state;
	file(f, "submissions/jane/1/server.c", "first");
	file(f, "submissions/jane/2/server.c", "second");
	file(f, "submissions/jane/user_assignment_settings.json", "{\n  \"active_version\": 1,\n  \"history\": []}");
	file(f, "submissions/bob/1/server.c", "bob");
	file(f, "submissions/bob/user_assignment_settings.json", "{\"active_version\": 0}");
	file(f, "submissions/cy/2/server.c", "cy");
	file(f, "submissions/cy/10/server.c", "cy, later");
	file(f, "results/jane/1/results.json", "{}");
	open_class(f, LAYOUT_SUBMITTY);
	assert_int_equal(f->intake.count, 2);
	assert_string_equal(prepared(f, "jane", "server.c"), "first");
	assert_string_equal(f->notes.list[0], "of 2 versions 1 was taken, which the student chose");
	assert_string_equal(prepared(f, "cy", "server.c"), "cy, later");
	assert_true(left_out(f, "the student has cancelled it"));
	assert_true(left_out(f, "results"));
}

static void submitty_downloads_only_what_counts(void **state)
{
	struct fixture *f = *state;
	file(f, "jane/server.c", "jane");
	file(f, "jane/.submit.timestamp", "2026-01-01");
	file(f, "bob/server.c", "bob");
	file(f, "bob/.submit.timestamp", "2026-01-01");
	open_class(f, LAYOUT_SUBMITTY);
	assert_string_equal(prepared(f, "jane", "server.c"), "jane");
}

static void submitty_keeps_repositories_apart(void **state)
{
	struct fixture *f = *state;
	file(f, "submissions/jane/1/.submit.timestamp", "2026-01-01");
	file(f, "submissions/jane/1/.submit.VCS_CHECKOUT", "");
	file(f, "checkout/jane/1/server.c", "jane");
	open_class(f, LAYOUT_SUBMITTY);
	assert_string_equal(prepared(f, "jane", "server.c"), "jane");
}

static void afs_folders_end_with_the_project(void **state)
{
	struct fixture *f = *state;
	file(f, "ada-15-441-project-1/server.c", "ada");
	file(f, "bob-15-441-project-1/server.c", "bob");
	file(f, "README", "x");
	open_class(f, LAYOUT_AFS);
	assert_int_equal(f->intake.count, 2);
	assert_string_equal(find(f, "ada")->login, "ada");
	assert_string_equal(prepared(f, "bob", "server.c"), "bob");
}

static void logins_with_a_hyphen_are_no_project(void **state)
{
	struct fixture *f = *state;
	file(f, "mary-ann/server.c", "x");
	file(f, "jo-ann/server.c", "x");
	open_class(f, LAYOUT_FOLDERS);
	assert_string_equal(find(f, "mary-ann")->login, "mary-ann");
}

static void scripts_are_repaired_and_sources_keep_their_bytes(void **state)
{
	struct fixture *f = *state;
	struct stat info;
	file(f, "ada/Makefile", "all:\r\n\tcc\r\n");
	file(f, "ada/run", "#!/bin/sh\r\necho\r\n");
	file(f, "ada/server.c", "int main;\r\n");
	file(f, "bob/server.c", "x");
	open_class(f, LAYOUT_FOLDERS);
	assert_string_equal(prepared(f, "ada", "Makefile"), "all:\n\tcc\n");
	assert_string_equal(prepared(f, "ada", "run"), "#!/bin/sh\necho\n");
	assert_string_equal(prepared(f, "ada", "server.c"), "int main;\r\n");
	assert_int_equal(stat(arena_printf(f->arena, "%s/out-ada/run", f->folder), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0755);
	assert_int_equal(f->notes.count, 3);
}

static void a_link_in_a_folder_is_refused(void **state)
{
	struct fixture *f = *state;
	file(f, "ada/server.c", "x");
	assert_int_equal(symlink("/etc/passwd", arena_printf(f->arena, "%s/ada/secret", f->root)), 0);
	open_class(f, LAYOUT_FOLDERS);
	const char *into = arena_printf(f->arena, "%s/out", f->folder);
	mkdir(into, 0755);
	assert_false(intake_prepare(&f->intake, find(f, "ada"), into, &f->notes, f->arena, &f->diags));
	assert_non_null(strstr(f->diags.list[0].message, "\"secret\" is a link"));
}

static void people(struct fixture *f, struct roster *roster, const char *csv)
{
	if (!roster_read(roster, "roster.csv", csv, strlen(csv), f->arena, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
}

static void a_roster_joins_by_id_and_by_name(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	const char *why = NULL;
	people(
		f, &roster,
		"\xef\xbb\xbfname;login;lms_user_id\r\n\"Doe, Jane\";jdoe;4711\r\nBob van Roe;broe;\r\nJos\xc3\xa9 Ruiz;jruiz;9\r\n");
	assert_int_equal(roster.count, 3);
	file(f, "somebodyelse_4711_1_server.c", "x");
	file(f, "roebobvan_99_2_server.c", "x");
	file(f, "ruizjose\xcc\x81_98_3_server.c", "x");
	file(f, "stranger_97_4_server.c", "x");
	open_class(f, LAYOUT_CANVAS);
	assert_string_equal(roster_find(&roster, &f->intake, find(f, "4711"), &why, f->arena)->login, "jdoe");
	assert_string_equal(roster_find(&roster, &f->intake, find(f, "99"), &why, f->arena)->login, "broe");
	assert_string_equal(roster_find(&roster, &f->intake, find(f, "98"), &why, f->arena)->login, "jruiz");
	assert_null(roster_find(&roster, &f->intake, find(f, "97"), &why, f->arena));
	assert_string_equal(why, "nobody in the roster fits");
}

static void two_people_of_one_name_are_not_guessed(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	const char *why = NULL;
	people(f, &roster, "login,name\na1,Jane Doe\na2,Jane Doe\n");
	file(f, "doejane_1_1_server.c", "x");
	open_class(f, LAYOUT_CANVAS);
	assert_null(roster_find(&roster, &f->intake, find(f, "1"), &why, f->arena));
	assert_string_equal(why, "both a1 and a2 fit");
}

static void rosters_are_read_as_spreadsheets_write_them(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	people(f, &roster, "\xef\xbb\xbflogin,lms_user_id,email\r\nada,7,\"a,b\"\"c@x\"\r\nbob,,none\r\ncy,9");
	assert_int_equal(roster.count, 3);
	assert_string_equal(roster.people[0].email, "a,b\"c@x");
	assert_null(roster.people[1].id);
	assert_string_equal(roster.people[2].id, "9");
	people(f, &roster, "Login;LMS_user\nada;7\n");
	assert_string_equal(roster.people[0].id, "7");
}

/* What a roster is refused for. */
static const char *people_refused(struct fixture *f, const char *csv)
{
	struct roster roster;
	diags_init(&f->diags, f->arena);
	assert_false(roster_read(&roster, "roster.csv", csv, strlen(csv), f->arena, &f->diags));
	return f->diags.list[0].message;
}

static void rosters_are_read_in_every_encoding(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	static const char utf16[] = "\xff\xfel\0o\0g\0i\0n\0\t\0n\0a\0m\0e\0\n\0a\0\t\0\xd6\0l\0";
	assert_true(roster_read(&roster, "r", utf16, sizeof(utf16) - 1, f->arena, &f->diags));
	assert_string_equal(roster.people[0].name, "Öl");
	people(f, &roster, "sep=;\r\nVorname;Nachname;Benutzername;E-Mail-Adresse\r\nJ\xf6rg;M\xfcller;jm;j@x\r\n");
	assert_string_equal(roster.people[0].name, "Müller, Jörg");
	assert_string_equal(roster.people[0].login, "jm");
}

static void a_row_said_twice_is_one_person(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	people(f, &roster, "login,name,section\nada,A,1\nada,A,2\n");
	assert_int_equal(roster.count, 1);
	assert_string_equal(people_refused(f, "login,email\nada,a\nada,b\n"), "the login ada is there twice");
	assert_string_equal(people_refused(f, "login,lms_user_id\nada,1\nbob,1\n"), "the lms_user_id 1 is there twice");
}

static void a_roster_whose_cells_cannot_be_told_apart_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(people_refused(f, "login,name,email\nada,Lovelace, Ada,a@x\n"),
	                    "4 cells, and the first row names 3 columns: a cell with the separator in it has to stand in "
	                    "quotes");
	assert_string_equal(people_refused(f, "login,name\nada,\"Ada\nbob,Bob\n"),
	                    "a quote that opens a cell here is never closed");
	assert_string_equal(people_refused(f, "login,name\n"), "it names nobody");
}

static void a_grading_worksheet_knows_moodles_numbers(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	const char *why;
	people(f, &roster, "Identifier,Full name,Email address\nParticipant 7,A B,one@x\nParticipant 8,A B,two@x\n");
	file(f, "A B_8_assignsubmission_file_/server.c", "x");
	open_class(f, LAYOUT_MOODLE);
	assert_string_equal(roster_find(&roster, &f->intake, &f->intake.submissions[0], &why, f->arena)->email, "two@x");
}

static void a_person_of_two_sections_is_one(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	people(f, &roster, "login,name,section\nada,Ada,1\nbob,Bob,1\nAda,ada,2\n,nobody,1\n");
	assert_int_equal(roster.count, 2);
	assert_string_equal(roster.people[0].section, "1");
	people(f, &roster, "name,email\nAda,a@x\nAda,a@x\nAda,b@x\n");
	assert_int_equal(roster.count, 2);
}

static void a_roster_without_a_key_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct roster roster;
	static const char csv[] = "colour,size\nred,2\n";
	assert_false(roster_read(&roster, "roster.csv", csv, strlen(csv), f->arena, &f->diags));
	static const char twice[] = "login,name\nada,Ada\nADA,Adam\n";
	diags_init(&f->diags, f->arena);
	assert_false(roster_read(&roster, "roster.csv", twice, strlen(twice), f->arena, &f->diags));
	assert_int_equal(f->diags.list[0].line, 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(canvas_names_are_taken_apart),
		TEST(a_file_laid_beside_a_canvas_download_is_nobody),
		TEST(an_archive_and_a_link_that_leads_nowhere_are_people_of_their_own),
		TEST(the_number_that_canvas_adds_is_taken_off),
		TEST(a_number_that_the_student_chose_stays),
		TEST(moodle_folders_are_taken_apart),
		TEST(moodle_without_folders_is_taken_apart),
		TEST(gradescope_metadata_names_everybody_of_a_group),
		TEST(github_repositories_are_known_by_their_slug),
		TEST(classroom50_repositories_are_known_by_their_marker),
		TEST(autolab_counts_the_last_version),
		TEST(autolab_puts_the_address_into_a_name_with_underscores),
		TEST(autolab_keeps_a_folder_for_each_address),
		TEST(submitty_counts_the_version_that_the_student_chose),
		TEST(submitty_downloads_only_what_counts),
		TEST(submitty_keeps_repositories_apart),
		TEST(afs_folders_end_with_the_project),
		TEST(logins_with_a_hyphen_are_no_project),
		TEST(scripts_are_repaired_and_sources_keep_their_bytes),
		TEST(a_link_in_a_folder_is_refused),
		TEST(a_roster_joins_by_id_and_by_name),
		TEST(two_people_of_one_name_are_not_guessed),
		TEST(rosters_are_read_as_spreadsheets_write_them),
		TEST(rosters_are_read_in_every_encoding),
		TEST(a_row_said_twice_is_one_person),
		TEST(a_roster_whose_cells_cannot_be_told_apart_is_refused),
		TEST(a_grading_worksheet_knows_moodles_numbers),
		TEST(a_person_of_two_sections_is_one),
		TEST(a_roster_without_a_key_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
