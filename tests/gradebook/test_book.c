#include "gradebook/book.h"
#include "gradebook/outbox.h"
#include "gradebook/people.h"
#include "gradebook/results.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "timeline/timeline.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64];
	const char *path;
	struct arena *arena;
	struct diags diags;
	struct book *book;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->folder, "/tmp/grader-book-XXXXXX");
	if (f == NULL || mkdtemp(f->folder) == NULL)
		return -1;
	f->arena = arena_create();
	f->path = arena_printf(f->arena, "%s/course.db", f->folder);
	diags_init(&f->diags, f->arena);
	f->book = book_open(f->path, BOOK_CREATE, "tester", &f->diags);
	struct student ada = {.key = "ada", .name = "Ada Lovelace", .email = "ada@example.org", .lms_user = "7"};
	struct student bob = {.key = "bob"};
	if (f->book == NULL || !book_student_put(f->book, &ada, &f->diags) || !book_student_put(f->book, &bob, &f->diags) ||
	    !book_assignment_put(f->book, "echo", "Echo", &f->diags))
		return -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	book_close(f->book);
	folder_remove(f->folder);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

/* A result of a new run with these points; `digest` tells submissions apart. */
static bool grade(struct fixture *f, const char *student, const char *digest, double points, const char *review,
                  int64_t at_ms)
{
	char object[] = "{}", line[] = "line\n";
	const struct text json = {.bytes = object, .length = 2}, lines = {.bytes = line, .length = 5};
	struct event output = {.kind = EVENT_OUTPUT, .data = (const uint8_t *)"hello", .data_length = 5};
	struct timeline *timeline = timeline_create();
	timeline_append(timeline, &output);
	const struct recording recording = {.test = "close", .actions = "a", .lines = "l", .timeline = timeline};
	const struct submission_file file = {"src/server.c", true, &lines};
	struct run_record run = {.key = {"echo", digest, "s1", "d1", "1.0", "A", 1},
	                         .points = points,
	                         .max_points = 10,
	                         .result = &json,
	                         .recordings = &recording,
	                         .recording_count = 1,
	                         .files = &file,
	                         .file_count = 1};
	struct result_record record = {.student = student,
	                               .assignment = "echo",
	                               .folder = student,
	                               .record = &run,
	                               .column = "lab1",
	                               .comment = "well done",
	                               .review = review};
	bool good = book_result_add(f->book, &record, at_ms, &f->diags);
	timeline_destroy(timeline);
	return good;
}

static struct outbox_entry *scores(struct fixture *f, const char *student, size_t *count)
{
	struct outbox_filter filter = {.student = student, .target = "canvas"};
	struct outbox_entry *list;
	assert_true(outbox_list(f->book, &filter, &list, count, f->arena, &f->diags));
	return list;
}

static void a_result_and_its_score_enter_together(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct stored_result *results;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	assert_true(book_results(f->book, "echo", "ada", true, &results, &count, f->arena, &f->diags));
	assert_int_equal(count, 1);
	assert_true(results[0].points > 6.9 && results[0].points < 7.1);
	struct outbox_entry *list = scores(f, "ada", &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].state, OUTBOX_QUEUED);
	assert_int_equal(list[0].version, 1);
	assert_int_equal(list[0].run, results[0].run);
	assert_string_equal(list[0].lms_user, "7");
	assert_string_equal(list[0].comment, "well done");
}

static void a_result_that_cannot_be_whole_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct stored_result *results;
	assert_false(grade(f, "nobody", "x", 7, NULL, 5000));
	assert_true(book_results(f->book, NULL, NULL, false, &results, &count, f->arena, &f->diags));
	assert_int_equal(count, 0);
	int64_t run;
	struct run_key key = {"echo", "x", "s1", "d1", "1.0", "A", 1};
	assert_int_equal(book_run_find(f->book, &key, &run, &f->diags), 0);
}

static void the_same_run_again_adds_nothing(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000) && grade(f, "ada", "x", 7, NULL, 9000));
	scores(f, "ada", &count);
	assert_int_equal(count, 1);
}

static void equal_bytes_of_two_students_share_a_run(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000) && grade(f, "bob", "x", 7, NULL, 5000));
	int64_t run = scores(f, "ada", &count)[0].run;
	assert_int_equal(scores(f, "bob", &count)[0].run, run);
}

static void recordings_and_files_come_back_byte_for_byte(void **state)
{
	struct fixture *f = *state;
	struct recording recording;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	assert_int_equal(book_recording(f->book, 1, "close", &recording, &f->diags), 1);
	assert_string_equal(recording.actions, "a");
	assert_int_equal(book_recording(f->book, 1, "open", &recording, &f->diags), 0);
	assert_null(book_timeline(f->book, 1, "open", &f->diags));
	struct timeline *timeline = book_timeline(f->book, 1, "close", &f->diags);
	assert_non_null(timeline);
	assert_int_equal(timeline->count, 1);
	assert_int_equal(timeline->events[0].kind, EVENT_OUTPUT);
	assert_memory_equal(timeline->events[0].data, "hello", 5);
	timeline_destroy(timeline);
	const char *folder = arena_printf(f->arena, "%s/out", f->folder);
	struct stat info;
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_true(book_submission_write(f->book, "x", folder, &f->diags));
	assert_int_equal(stat(arena_printf(f->arena, "%s/src/server.c", folder), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0755);
	assert_int_equal(info.st_size, 5);
}

static void a_newer_score_supersedes_one_that_was_not_sent(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000) && grade(f, "ada", "y", 9, NULL, 5001));
	struct outbox_entry *list = scores(f, "ada", &count);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].state, OUTBOX_SUPERSEDED);
	assert_int_equal(list[1].state, OUTBOX_QUEUED);
	assert_true(list[1].newest && !list[0].newest);
	assert_true(list[1].graded_at_ms >= list[0].graded_at_ms + OUTBOX_STAMP_STEP_MS);
	assert_string_not_equal(list[0].uuid, list[1].uuid);
}

static void a_score_is_claimed_once(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	int64_t id = scores(f, "ada", &count)[0].id;
	struct outbox_value empty = {.known = true};
	assert_int_equal(outbox_claim(f->book, id, "canvas", &empty, false, 6000, &f->diags), 1);
	assert_int_equal(outbox_claim(f->book, id, "canvas", &empty, false, 6000, &f->diags), 0);
	struct outbox_entry entry;
	assert_int_equal(outbox_get(f->book, id, "canvas", &entry, f->arena, &f->diags), 1);
	assert_int_equal(entry.state, OUTBOX_SENDING);
	assert_int_equal(entry.attempts, 1);
	assert_int_equal(entry.first_sent_ms, 6000);
	assert_true(entry.before.known && !entry.before.there);
}

static void one_version_of_a_key_is_in_flight(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct outbox_entry entry;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	int64_t first = scores(f, "ada", &count)[0].id;
	assert_int_equal(outbox_claim(f->book, first, "canvas", NULL, false, 6000, &f->diags), 1);
	assert_true(grade(f, "ada", "y", 9, NULL, 7000));
	int64_t second = scores(f, "ada", &count)[1].id;
	assert_int_equal(outbox_claim(f->book, second, "canvas", NULL, false, 8000, &f->diags), 0);
	/* What a dead poster left comes first. */
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 9000, &entry, f->arena, &f->diags), 1);
	assert_int_equal(entry.id, first);
	struct outbox_change change = {.state = OUTBOX_SUPERSEDED, .target = "canvas"};
	assert_true(outbox_change(f->book, first, &change, 9000, &f->diags));
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 9000, &entry, f->arena, &f->diags), 1);
	assert_int_equal(entry.id, second);
	assert_int_equal(outbox_claim(f->book, second, "canvas", NULL, false, 9000, &f->diags), 1);
}

static void a_verified_value_is_remembered_for_its_target(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	int64_t id = scores(f, "ada", &count)[0].id;
	assert_int_equal(outbox_claim(f->book, id, "canvas", NULL, false, 6000, &f->diags), 1);
	struct outbox_change change = {
		.state = OUTBOX_VERIFIED, .target = "canvas", .status = 200, .after = {true, true, 70}};
	assert_true(outbox_change(f->book, id, &change, 6500, &f->diags));
	assert_true(grade(f, "ada", "y", 9, NULL, 7000));
	struct outbox_entry *list = scores(f, "ada", &count);
	assert_int_equal(list[0].state, OUTBOX_VERIFIED);
	assert_true(list[1].verified.there && list[1].verified.points > 69.9 && list[1].verified.points < 70.1);
	struct outbox_entry other;
	assert_int_equal(outbox_get(f->book, list[1].id, "moodle", &other, f->arena, &f->diags), 1);
	assert_false(other.verified.known);
}

static void a_transition_that_makes_no_sense_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000) && grade(f, "ada", "y", 9, NULL, 5001));
	struct outbox_entry *list = scores(f, "ada", &count);
	struct outbox_change change = {.state = OUTBOX_SENDING};
	assert_false(outbox_change(f->book, list[1].id, &change, 6000, &f->diags));
	change.state = OUTBOX_QUEUED;
	assert_false(outbox_change(f->book, list[0].id, &change, 6000, &f->diags));
}

static void a_retry_waits_until_it_is_due_and_keeps_its_uuid(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct outbox_entry entry;
	int64_t due = 0;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	struct outbox_entry before = scores(f, "ada", &count)[0];
	assert_int_equal(outbox_claim(f->book, before.id, "canvas", NULL, false, 6000, &f->diags), 1);
	struct outbox_change change = {
		.state = OUTBOX_QUEUED, .status = 503, .error = "Service\nUnavailable", .next_at_ms = 9000};
	assert_true(outbox_change(f->book, before.id, &change, 6000, &f->diags));
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 8999, &entry, f->arena, &f->diags), 0);
	assert_int_equal(outbox_due(f->book, "lab1", &due, &f->diags), 1);
	assert_int_equal(due, 9000);
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 9000, &entry, f->arena, &f->diags), 1);
	assert_string_equal(entry.uuid, before.uuid);
	assert_string_equal(entry.last_error, "Service\\nUnavailable");
	change = (struct outbox_change){.state = OUTBOX_QUEUED, .graded_at_ms = 20000};
	assert_true(outbox_change(f->book, before.id, &change, 9000, &f->diags));
	assert_int_equal(outbox_get(f->book, before.id, NULL, &entry, f->arena, &f->diags), 1);
	assert_string_not_equal(entry.uuid, before.uuid);
	assert_int_equal(entry.graded_at_ms, 20000);
	assert_false(outbox_change(f->book, before.id, &change, 9000, &f->diags));
}

static void a_score_that_needs_review_goes_only_when_its_student_is_named(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct outbox_entry entry;
	assert_true(grade(f, "ada", "x", 7, "needs review: close", 5000));
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 6000, &entry, f->arena, &f->diags), 0);
	assert_true(outbox_retry(f->book, "lab1", NULL, 6000, &count, &f->diags));
	assert_int_equal(count, 0);
	assert_true(outbox_retry(f->book, "lab1", "ada", 6000, &count, &f->diags));
	assert_int_equal(count, 1);
	assert_int_equal(outbox_next(f->book, "canvas", "lab1", 6000, &entry, f->arena, &f->diags), 1);
}

static void an_id_belongs_to_one_student(void **state)
{
	struct fixture *f = *state;
	const char *id;
	assert_true(identity_put(f->book, "canvas", "ada", "11", "roster", 1000, &f->diags));
	assert_false(identity_put(f->book, "canvas", "bob", "11", "roster", 1000, &f->diags));
	assert_false(identity_put(f->book, "canvas", "nobody", "12", "roster", 1000, &f->diags));
	assert_int_equal(identity_of(f->book, "canvas", "ada", &id, f->arena, &f->diags), 1);
	assert_string_equal(id, "11");
	assert_int_equal(identity_of(f->book, "canvas", "bob", &id, f->arena, &f->diags), 0);
}

static void the_audit_log_only_grows(void **state)
{
	struct fixture *f = *state;
	struct audit_entry *entries;
	size_t count;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	assert_true(book_audit_list(f->book, "ada", &entries, &count, f->arena, &f->diags));
	assert_int_equal(count, 2);
	assert_string_equal(entries[0].action, "graded");
	assert_string_equal(entries[1].action, "queued");
	assert_string_equal(entries[0].who, "tester");
	book_close(f->book);
	f->book = NULL;
	/* Whoever opens the file with another program is refused by the file's own triggers. */
	const char *command = arena_printf(f->arena,
	                                   "python3 -c \"import sqlite3,sys\n"
	                                   "d=sqlite3.connect('%s')\n"
	                                   "for s in ('UPDATE audit SET who=1','DELETE FROM audit'):\n"
	                                   "  try: d.execute(s); sys.exit(1)\n"
	                                   "  except sqlite3.IntegrityError: pass\"",
	                                   f->path);
	if (system("python3 -c 'import sqlite3' 2>/dev/null") != 0)
		skip();
	assert_int_equal(system(command), 0);
}

/* Format 2 kept JSON lines, and beside them what only its own grader could read. */
static void recordings_of_an_older_book_are_read(void **state)
{
	struct fixture *f = *state;
	assert_true(grade(f, "ada", "x", 7, NULL, 5000));
	book_close(f->book);
	sqlite3 *database;
	assert_int_equal(sqlite3_open(f->path, &database), SQLITE_OK);
	/* As zlib's compress() makes them of the line {"number": 0, "kind": "output", "time_ns": 9, "descriptor": 2, "text": "old"} */
	static const char sql[] =
		"DROP TABLE recordings; DROP TABLE forms; DROP INDEX students_of; ALTER TABLE batches DROP COLUMN options;"
		"CREATE TABLE recordings(run INTEGER NOT NULL REFERENCES runs(id), test TEXT NOT NULL, actions TEXT NOT NULL,"
		" lines TEXT NOT NULL, bytes BLOB NOT NULL, length INTEGER NOT NULL, quick BLOB, quick_length INTEGER,"
		" quick_form TEXT, PRIMARY KEY(run, test)) STRICT;"
		"INSERT INTO recordings VALUES(1, 'close', 'a', 'l', x'789cab56ca2bcd4d4a2d52b25230d05150cacecc4b013295f24b4b0a4a4b9480222599b9a9f179c540414b202f25b538b928b3a0241fa4c108249d5a5102d69093a254cb0500aff2177e', 78, x'00', 1, 'f');"
		"PRAGMA user_version = 2";
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
	f->book = book_open(f->path, BOOK_WRITE, "tester", &f->diags);
	assert_non_null(f->book);
	struct timeline *timeline = book_timeline(f->book, 1, "close", &f->diags);
	assert_non_null(timeline);
	assert_int_equal(timeline->count, 1);
	assert_int_equal(timeline->events[0].time_ns, 9);
	assert_memory_equal(timeline->events[0].data, "old", 3);
	timeline_destroy(timeline);
	assert_true(grade(f, "bob", "y", 7, NULL, 6000));
	timeline = book_timeline(f->book, 2, "close", &f->diags);
	assert_non_null(timeline);
	timeline_destroy(timeline);
}

static void a_person_of_whom_more_is_known_stays_one(void **state)
{
	struct fixture *f = *state;
	struct student bare = {.key = "4711", .lms_user = "4711"},
				   full = {.key = "cleo", .login = "cleo", .lms_user = "4711"};
	assert_true(book_student_put(f->book, &bare, &f->diags));
	assert_string_equal(book_student_key(f->book, &full, f->arena, &f->diags), "4711");
	full.key = "4711";
	assert_true(book_student_put(f->book, &full, &f->diags));
	/* The number of somebody else by another login is a mistake in one of two rosters. */
	struct student other = {.key = "dora", .login = "dora", .lms_user = "4711"},
				   ada = {.key = "ada", .lms_user = "4711"};
	assert_string_equal(book_student_key(f->book, &other, f->arena, &f->diags), "dora");
	assert_string_equal(book_student_key(f->book, &ada, f->arena, &f->diags), "ada");
	struct student unknown = {.key = "emil"};
	assert_string_equal(book_student_key(f->book, &unknown, f->arena, &f->diags), "emil");
}

/* The file's bytes before and after somebody tried to open it. */
static void assert_untouched(struct fixture *f, const char *path, const char *expected)
{
	struct diags diags;
	TEXT_AUTO before = {0};
	TEXT_AUTO after = {0};
	diags_init(&diags, f->arena);
	assert_true(file_read(path, (size_t)64 << 20, &before));
	assert_null(book_open(path, BOOK_CREATE, "tester", &diags));
	assert_non_null(strstr(diags.list[0].message, expected));
	assert_true(file_read(path, (size_t)64 << 20, &after));
	assert_int_equal(before.length, after.length);
	assert_memory_equal(text_string(&before), text_string(&after), before.length);
}

static void what_is_no_gradebook_is_left_alone(void **state)
{
	struct fixture *f = *state;
	const char *path = arena_printf(f->arena, "%s/other", f->folder);
	assert_true(file_write_atomically(path, "hello", 5, 0644));
	assert_untouched(f, path, "is not a gradebook");
}

static void patch(struct fixture *f, off_t at, const char *bytes, size_t length)
{
	book_close(f->book);
	f->book = NULL;
	FD_AUTO fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, at), length);
}

static void a_newer_book_is_left_alone(void **state)
{
	struct fixture *f = *state;
	patch(f, 60, "\0\0\0\x63", 4);
	assert_untouched(f, f->path, "newer grader (format 99");
}

static void a_damaged_book_is_left_alone(void **state)
{
	struct fixture *f = *state;
	char garbage[60000];
	memset(garbage, 0x5a, sizeof(garbage));
	patch(f, 8192, garbage, sizeof(garbage));
	assert_untouched(f, f->path, "damaged");
}

static void a_writer_that_dies_leaves_whole_results(void **state)
{
	struct fixture *f = *state;
	size_t count;
	struct stored_result *results;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct fixture own = *f;
		own.book = book_open(f->path, BOOK_AGAIN, "child", &own.diags);
		for (int i = 0; own.book != NULL; i++) {
			char digest[16];
			snprintf(digest, sizeof(digest), "c%d", i);
			if (!grade(&own, i % 2 == 0 ? "ada" : "bob", digest, i, NULL, 5000 + i) || write(ends[1], "x", 1) != 1)
				break;
		}
		_exit(1);
	}
	char seen[5];
	assert_true(fd_read_all(ends[0], seen, sizeof(seen)));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(book_results(f->book, NULL, NULL, false, &results, &count, f->arena, &f->diags));
	assert_true(count >= sizeof(seen));
	size_t scored;
	struct outbox_filter all = {0};
	struct outbox_entry *list;
	assert_true(outbox_list(f->book, &all, &list, &scored, f->arena, &f->diags));
	assert_int_equal(scored, count);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_result_and_its_score_enter_together),
		TEST(a_result_that_cannot_be_whole_leaves_nothing),
		TEST(the_same_run_again_adds_nothing),
		TEST(equal_bytes_of_two_students_share_a_run),
		TEST(recordings_and_files_come_back_byte_for_byte),
		TEST(a_newer_score_supersedes_one_that_was_not_sent),
		TEST(a_score_is_claimed_once),
		TEST(one_version_of_a_key_is_in_flight),
		TEST(a_verified_value_is_remembered_for_its_target),
		TEST(a_transition_that_makes_no_sense_is_refused),
		TEST(a_retry_waits_until_it_is_due_and_keeps_its_uuid),
		TEST(a_score_that_needs_review_goes_only_when_its_student_is_named),
		TEST(an_id_belongs_to_one_student),
		TEST(the_audit_log_only_grows),
		TEST(a_person_of_whom_more_is_known_stays_one),
		TEST(recordings_of_an_older_book_are_read),
		TEST(what_is_no_gradebook_is_left_alone),
		TEST(a_newer_book_is_left_alone),
		TEST(a_damaged_book_is_left_alone),
		TEST(a_writer_that_dies_leaves_whole_results),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
