#include "gradebook/schema.h"

/* A step is never edited once it was released: books in the field went through it.  Bytes that may be large are
 * compressed (RFC 1950), whose own checksum finds damage when they are read. */
static const char first[] =
	"CREATE TABLE courses(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
	"INSERT INTO courses(id, name) VALUES(1, 'course');"
	"CREATE TABLE students("
	"  key TEXT PRIMARY KEY, name TEXT, login TEXT, email TEXT, sis_id TEXT, section TEXT, lms_user TEXT"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE identities("
	"  target TEXT NOT NULL, student TEXT NOT NULL REFERENCES students(key), lms_user TEXT NOT NULL,"
	"  source TEXT, at_ms INTEGER NOT NULL,"
	"  PRIMARY KEY(target, student), UNIQUE(target, lms_user)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE assignments("
	"  id INTEGER PRIMARY KEY, course INTEGER NOT NULL REFERENCES courses(id), name TEXT NOT NULL, title TEXT,"
	"  UNIQUE(course, name)"
	") STRICT;"
	/* Specs and assignments by their digest; `name` is '' for the file itself, else a file that a spec's data name. */
	"CREATE TABLE definitions("
	"  digest TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, length INTEGER NOT NULL,"
	"  PRIMARY KEY(digest, name)"
	") STRICT;"
	"CREATE TABLE submissions(digest TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE submission_files("
	"  submission TEXT NOT NULL REFERENCES submissions(digest), path TEXT NOT NULL, executable INTEGER NOT NULL,"
	"  bytes BLOB NOT NULL, length INTEGER NOT NULL,"
	"  PRIMARY KEY(submission, path)"
	") STRICT;"
	/* A run is what some bytes did under some spec, whoever handed them in.  `recorded` is the run whose recordings it was
	 * judged from: itself, or an earlier one. */
	"CREATE TABLE runs("
	"  id INTEGER PRIMARY KEY, assignment INTEGER NOT NULL REFERENCES assignments(id),"
	"  submission TEXT NOT NULL REFERENCES submissions(digest), spec TEXT NOT NULL, definition TEXT NOT NULL,"
	"  version TEXT NOT NULL, seed TEXT NOT NULL, rung TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	"  points REAL NOT NULL, max_points REAL NOT NULL, result BLOB NOT NULL, length INTEGER NOT NULL,"
	"  recorded INTEGER REFERENCES runs(id),"
	"  UNIQUE(assignment, submission, spec, definition, version, seed, rung)"
	") STRICT;"
	"CREATE TABLE recordings("
	"  run INTEGER NOT NULL REFERENCES runs(id), test TEXT NOT NULL, actions TEXT NOT NULL, lines TEXT NOT NULL,"
	"  bytes BLOB NOT NULL, length INTEGER NOT NULL, quick BLOB, quick_length INTEGER, quick_form TEXT,"
	"  PRIMARY KEY(run, test)"
	") STRICT;"
	/* What a student got; the newest of (student, assignment) counts.  Without a run the grader could not grade. */
	"CREATE TABLE results("
	"  id INTEGER PRIMARY KEY, student TEXT NOT NULL REFERENCES students(key),"
	"  assignment INTEGER NOT NULL REFERENCES assignments(id), run INTEGER REFERENCES runs(id),"
	"  folder TEXT NOT NULL, late INTEGER NOT NULL, failure TEXT, review TEXT, at_ms INTEGER NOT NULL,"
	"  CHECK((run IS NULL) = (failure IS NOT NULL))"
	") STRICT;"
	"CREATE INDEX results_of ON results(assignment, student, id);"
	"CREATE TABLE batches("
	"  id INTEGER PRIMARY KEY, assignment INTEGER NOT NULL REFERENCES assignments(id), source TEXT NOT NULL,"
	"  spec TEXT NOT NULL, at_ms INTEGER NOT NULL, finished_ms INTEGER"
	") STRICT;"
	"CREATE TABLE outbox("
	"  id INTEGER PRIMARY KEY, student TEXT NOT NULL REFERENCES students(key), \"column\" TEXT NOT NULL,"
	"  version INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES runs(id),"
	"  points REAL NOT NULL, max_points REAL NOT NULL, comment TEXT, state TEXT NOT NULL,"
	"  review INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, next_at_ms INTEGER NOT NULL DEFAULT 0,"
	"  graded_at_ms INTEGER NOT NULL, first_sent_ms INTEGER NOT NULL DEFAULT 0, uuid TEXT NOT NULL UNIQUE,"
	"  target TEXT, last_status INTEGER NOT NULL DEFAULT 0, last_error TEXT,"
	"  before_state INTEGER NOT NULL DEFAULT 0, before_points REAL, after_state INTEGER NOT NULL DEFAULT 0, after_points REAL,"
	"  verified_at_ms INTEGER NOT NULL DEFAULT 0,"
	"  UNIQUE(student, \"column\", version),"
	"  CHECK(state IN ('queued','sending','unknown','sent','verified','blocked','dead','superseded'))"
	") STRICT;"
	/* The database itself holds what must never be: two versions of a key in flight. */
	"CREATE UNIQUE INDEX outbox_in_flight ON outbox(student, \"column\") WHERE state IN ('sending','unknown','sent');"
	"CREATE TABLE audit("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, who TEXT, action TEXT NOT NULL, student TEXT,"
	"  target TEXT, \"column\" TEXT, before TEXT, after TEXT, detail TEXT, forced INTEGER NOT NULL, uuid TEXT"
	") STRICT;"
	"CREATE INDEX audit_of ON audit(student, id);"
	"CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;"
	"CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;";

/* What is posted next is the first of an index, however many scores wait.  What was repaired in a submission is told. */
static const char second[] =
	"ALTER TABLE results ADD COLUMN notes TEXT;"
	"CREATE INDEX outbox_waiting ON outbox(\"column\", next_at_ms, student, id) WHERE state = 'queued';";

/* Recordings are kept in the compact form that their row names; without one they are JSON lines, as they all were, and
 * beside them was a form that only the grader that wrote it could read. */
static const char third[] =
	"CREATE TABLE forms(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE, length INTEGER NOT NULL) STRICT;"
	"CREATE TABLE recordings_of("
	"  run INTEGER NOT NULL REFERENCES runs(id), test TEXT NOT NULL, actions TEXT NOT NULL, lines TEXT NOT NULL,"
	"  bytes BLOB NOT NULL, length INTEGER NOT NULL, form INTEGER REFERENCES forms(id),"
	"  PRIMARY KEY(run, test)"
	") STRICT;"
	"INSERT INTO recordings_of(run, test, actions, lines, bytes, length)"
	" SELECT run, test, actions, lines, bytes, length FROM recordings;"
	"DROP TABLE recordings;"
	"ALTER TABLE recordings_of RENAME TO recordings;"
	/* What a batch was begun with, as it would be typed. */
	"ALTER TABLE batches ADD COLUMN options TEXT;"
	"CREATE INDEX students_of ON students(lms_user);";

const char *const migrations[] = {first, second, third};
