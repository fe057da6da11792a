#!/usr/bin/env python3
"""make_book.py SCHEMA.C BOOK STUDENTS: a gradebook with scores in the outbox, as `grader batch` leaves it, without grading.

The tables are those in the project's own source; student i (from 3) is s<i>, with 50 + i % 50 of 100 points and a comment."""
import re, sqlite3, sys, time, uuid


def schema(path):
    text = re.sub(r'/\*.*?\*/', '', open(path).read(), flags=re.S)
    body = text[text.index('first[]'):text.index('const char *const migrations')]
    return ''.join(re.sub(r'\\(.)', r'\1', part) for part in re.findall(r'"((?:[^"\\]|\\.)*)"', body))


def migrations(path):
    return re.search(r'migrations\[\] = \{(.*?)\}', open(path).read(), re.S)[1].split(',')


def make(source, path, students):
    book = sqlite3.connect(path)
    book.executescript(schema(source))
    book.execute('PRAGMA journal_mode = WAL')
    book.execute('PRAGMA application_id = 0x67726462')
    book.execute('PRAGMA user_version = %d' % len(migrations(source)))
    book.execute("INSERT INTO assignments(id, course, name) VALUES(1, 1, 'echo')")
    book.execute("INSERT INTO submissions(digest, at_ms) VALUES('d', 0)")
    book.execute("INSERT INTO runs(id, assignment, submission, spec, definition, version, seed, rung, at_ms, points, max_points,"
                 " result, length) VALUES(1, 1, 'd', 's', 'f', 'v', '1', 'A', 0, 1, 1, x'', 0)")
    for i in range(3, 3 + students):
        book.execute('INSERT INTO students(key, name, login) VALUES(?,?,?)', (f's{i}', f'Student {i}', f's{i}'))
        add(book, i, 50 + i % 50, f'comment {i}')
    book.commit()
    book.close()


def add(book, i, points, comment, ago=60):
    version = book.execute("SELECT coalesce(max(version), 0) + 1, coalesce(max(graded_at_ms), 0) FROM outbox"
                           " WHERE student = ?", (f's{i}',)).fetchone()
    book.execute("UPDATE outbox SET state = 'superseded' WHERE student = ? AND state IN ('queued','blocked','dead')", (f's{i}',))
    stamp = max(int(time.time() * 1000) - ago * 1000, version[1] + 1000)
    book.execute('INSERT INTO outbox(student, "column", version, run, points, max_points, comment, state, graded_at_ms, uuid)'
                 " VALUES(?, 'echo', ?, 1, ?, 100, ?, 'queued', ?, ?)",
                 (f's{i}', version[0], points, comment, stamp, str(uuid.uuid4())))


if __name__ == '__main__':
    make(sys.argv[1], sys.argv[2], int(sys.argv[3]))
