#!/usr/bin/env python3
"""killed.py GRADER: `kill -9` of batch and of regrade at random moments; resumed, the gradebook is that of an undisturbed run.

SEED=N in the environment chooses other moments, KILLS=N how many of each."""
import contextlib, os, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time

GRADER = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "grader")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SEED, KILLS = int(os.environ.get('SEED', 1)), int(os.environ.get('KILLS', 30))
FAULTY = ('eof-ignored', 'never-closed', 'crashed', 'bind-missing')


def read(*parts):
    with open(os.path.join(ROOT, *parts)) as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)


def lab(folder):
    """A copy of echo-server with its spec beside it, so that the spec can be changed."""
    shutil.copytree(os.path.join(ROOT, 'assignments/echo-server'), folder)
    assignment = read('assignments/echo-server/assignment.yaml').splitlines()
    write(folder + '/assignment.yaml', '\n'.join('spec: echo.yaml' if l.startswith('spec:') else l for l in assignment) + '\n')
    shutil.copy(os.path.join(ROOT, 'specs/echo.yaml'), folder)


def students(folder):
    """Six that differ, one that does not build, one that is refused."""
    right = read('reference/solutions/echo-server/server.c')
    for name in ('ada', 'bert'):
        write(f'{folder}/{name}/server.c', right + f'/* {name} */\n')
    for number, name in enumerate(FAULTY):
        write(f'{folder}/c{number}/server.c', read('assignments/echo-server/faulty', name, 'server.c'))
    write(folder + '/fay/server.c', 'int main(void) { return x; }\n')
    os.makedirs(folder + '/gus')
    os.symlink('/etc/hostname', folder + '/gus/server.c')


def start(*arguments):
    return subprocess.Popen([GRADER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(statuses, *arguments):
    done = start(*arguments)
    said = done.communicate()[0]
    assert done.returncode in statuses, f'exit status {done.returncode}:\n{said[-1500:]}'
    return said


def verdicts(comment):
    """Without what was seen: in which call a program waits at the end may differ from run to run."""
    return [line.split('; seen:')[0] for line in (comment or '').splitlines()]


def book(path):
    """Everything but times, ids and UUIDs: they are of the run and not of the class."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
        return {
            'results': db.execute(
                'SELECT r.student, r.folder, r.late, r.failure, r.review, n.submission, n.spec, n.points, n.max_points,'
                ' (SELECT count(*) FROM recordings c WHERE c.run = n.id)'
                ' FROM results r LEFT JOIN runs n ON n.id = r.run ORDER BY r.student, r.id').fetchall(),
            'runs': db.execute('SELECT submission, spec, points FROM runs ORDER BY 1, 2').fetchall(),
            'files': db.execute('SELECT submission, path, length FROM submission_files ORDER BY 1, 2').fetchall(),
            'outbox': [(*row, verdicts(comment)) for *row, comment in db.execute('SELECT student, "column", version, points, max_points, state, comment FROM outbox'
                                                                                 ' ORDER BY 1, 2, 3')],
            'audit': db.execute('SELECT action, student, before, after FROM audit ORDER BY student, id').fetchall(),
        }


def same(title, got, wanted):
    for table in wanted:
        assert got[table] == wanted[table], f'{title}: {table} differs:\n{got[table]}\nnot\n{wanted[table]}'


def copy_book(from_path, to_path):
    with contextlib.closing(sqlite3.connect(from_path)) as a, contextlib.closing(sqlite3.connect(to_path)) as b:
        a.backup(b)


def killed(title, prepare, begin, resume, wanted, seconds, chance, statuses):
    """Runs it again and again, each time killed at a random moment, until it is through; then the next; KILLS in all."""
    kills = rounds = 0
    while kills < KILLS:
        path = prepare(rounds)
        rounds += 1
        arguments = begin(path)
        while True:
            process = start(*arguments)
            at = chance.uniform(0, seconds) if kills < KILLS else None
            try:
                said = process.communicate(timeout=at)[0]
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
                arguments = resume(path)
                continue
            if process.returncode == 2 and 'is unfinished' in said:
                arguments = begin(path)
                continue
            assert process.returncode in statuses, f'{title}: exit status {process.returncode}:\n{said[-1500:]}'
            break
        same(f'{title}, round {rounds}', book(path), wanted)
        left = [n for n in os.listdir(os.path.dirname(path)) if n.startswith(os.path.basename(path) + '.') and
                not n.endswith('.lock')]
        assert not left, f'{title}: left behind: {left}'
    print(f'ok - {title}: killed {kills} times in {rounds} rounds, each as if undisturbed', flush=True)


def main():
    chance = random.Random(SEED)
    work = tempfile.mkdtemp(prefix='grader-killed-')
    os.chmod(work, 0o755)
    try:
        lab(work + '/lab')
        students(work + '/class')
        source = work + '/class'
        began = time.monotonic()
        finish((3,), 'batch', work + '/lab', source, '--book', work + '/calm.db')
        seconds = time.monotonic() - began
        calm = book(work + '/calm.db')
        batch = lambda path: ('batch', work + '/lab', source, '--book', path)
        killed('batch', lambda n: f'{work}/batch{n}.db', batch, lambda path: (*batch(path), '--resume'), calm,
               seconds, chance, (3,))

        # Other points everywhere, and another action in one test: students are judged again, and some tests are played.
        spec = work + '/lab/echo.yaml'
        text = open(spec).read()
        changed = text.replace('points: 20', 'points: 21').replace('{send: "no newline"}', '{send: "without newline"}')
        assert changed != text
        write(spec, changed)
        copy_book(work + '/calm.db', work + '/regraded.db')
        began = time.monotonic()
        finish((3,), 'regrade', work + '/lab', '--book', work + '/regraded.db', '--yes')
        seconds = time.monotonic() - began
        regraded = book(work + '/regraded.db')
        assert regraded['results'] != calm['results']

        def prepare(number):
            copy_book(work + '/calm.db', f'{work}/regrade{number}.db')
            return f'{work}/regrade{number}.db'
        regrade = lambda path: ('regrade', work + '/lab', '--book', path, '--yes')
        killed('regrade', prepare, regrade, regrade, regraded, seconds, chance, (3,))
        # What was started for a batch that is gone has gone with it.
        for pid in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError), open(f'/proc/{pid}/cmdline', 'rb') as file:
                words = file.read().decode(errors='replace').split('\0')
                assert words[0] != GRADER or not any(w.startswith(work) for w in words), f'still there: {pid} {words}'
    finally:
        shutil.rmtree(work)


if __name__ == '__main__':
    main()
