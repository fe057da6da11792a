#!/usr/bin/env python3
"""hidden.py GRADER: nothing that a student is given holds a byte of a hidden test: no name, title, points, expectation, hint."""
import os, re, shutil, sqlite3, subprocess, sys, tempfile
from killed import lab, read, write

GRADER = os.path.abspath(sys.argv[1])
HIDDEN = '''
  - name: wombat-probe
    title: Quagga manners
    hidden: true
    points: 107.25
    requires: [handshake]
    hint: marmalade everywhere
    cite: the tamarin book
    steps:
      - server: listen
      - client: connect
      - client: {send: "zyzzyva\\n"}
      - server: {send: "zyzzyva\\n"}
      - client: close
      - wire: [client: FIN, server: ACK]
      - server: close

  - name: behind
    title: What needs a hidden test
    points: 2
    requires: [wombat-probe]
    steps:
      - server: listen
      - client: connect

  - name: verdict-only
    title: Only the verdict is shown
    points: 1
    show: verdict
    hint: kumquat everywhere
    steps:
      - server: listen
      - client: connect
      - client: {send: "oryx-words\\n"}
      - server: {send: "oryx-words\\n"}
      - client: close
      - server: close
'''
WORDS = [b'wombat', b'quagga', b'zyzzyva', b'marmalade', b'tamarin', b'kumquat', b'oryx-words', 'zyzzyva'.encode().hex().encode(),
         'zyzzyva'.encode('utf-16-le')]
# No time in milliseconds is written with three digits and two more behind the point.
POINTS = re.compile(rb'(?<![0-9.])107\.250*(?![0-9])')
# Read by platforms that keep hidden tests from students themselves, or by the instructor.
FOR_STAFF = ('json', 'gradescope')
checked = 0


def clean(title, content):
    global checked
    checked += 1
    low = content.lower()
    for word in WORDS:
        assert word not in low, f'{title} holds {word}:\n{content[max(0, low.find(word) - 200):][:400]}'
    assert not POINTS.search(content), f'{title} holds the points'


def run(*arguments, statuses=(0, 1)):
    done = subprocess.run([GRADER, *arguments], capture_output=True)
    assert done.returncode in statuses, f'{arguments}: exit status {done.returncode}\n{done.stderr.decode()}'
    return done.stdout + done.stderr


def tree(folder):
    for above, folders, files in os.walk(folder):
        for name in folders + files:
            yield os.path.join(above, name)


def main():
    work = tempfile.mkdtemp(prefix='grader-hidden-')
    os.chmod(work, 0o755)
    try:
        lab(work + '/lab')
        with open(work + '/lab/echo.yaml', 'a') as spec:
            spec.write(HIDDEN)
        right = read('reference/solutions/echo-server/server.c')
        write(work + '/class/right/server.c', right)
        # It repeats what it was sent on its own streams, too.
        write(work + '/class/chatty/server.c', right.replace('int main(', 'static void say(const void *b, size_t n) { '
              '(void)!write(1, b, n); (void)!write(2, b, n); }\nint main(').replace('#include', '#include <unistd.h>\n#include', 1))
        for name in ('eof-ignored', 'crashed', 'never-closed'):
            write(f'{work}/class/{name}/server.c', read('assignments/echo-server/faulty', name, 'server.c'))
        write(work + '/class/unbuilt/server.c', 'int main(void) { return x; }\n')
        formats = re.search(rb'the names are: (.*)', run('run', work + '/lab', work + '/class/right', '--format', 'none=', statuses=(2,)))
        names = [n.strip() for n in formats[1].decode().split(',')]
        assert len(names) >= 16, names
        failed = 0
        for student in sorted(os.listdir(work + '/class')):
            source, out = f'{work}/class/{student}', f'{work}/{student}'
            os.mkdir(out)
            asked = [f'--format={n}={out}/as.{n}' for n in names]
            clean(f'{student}: terminal', run('run', work + '/lab', source, '--as', 'student', '--keep', out + '/kept', *asked))
            for name in names:
                clean(f'{student}: {name} --as student', open(f'{out}/as.{name}', 'rb').read())
            for path in tree(out + '/kept'):
                clean(f'{student}: kept: name of a file', path.encode())
                if os.path.isfile(path):
                    clean(f'{student}: kept: {path}', open(path, 'rb').read())
            asked = [f'--format={n}={out}/default.{n}' for n in names if n not in FOR_STAFF]
            clean(f'{student}: terminal', run('run', work + '/lab', source, '--keep', out + '/whole', *asked))
            for name in names:
                if name not in FOR_STAFF:
                    clean(f'{student}: {name}', open(f'{out}/default.{name}', 'rb').read())
            clean(f'{student}: judge', run('judge', out + '/whole'))
            clean(f'{student}: quiet', run('run', work + '/lab', source, '--quiet'))
            if student != 'unbuilt':
                clean(f'{student}: show', run('show', out + '/whole', statuses=(0, 1, 2)))
                assert run('show', out + '/whole', 'wombat-probe', statuses=(2,)).count(b'wombat-probe') == 1
                assert b'Quagga' in run('show', out + '/whole', 'wombat-probe', '--as', 'instructor')
            clean(f'{student}: a mistyped test', run('run', work + '/lab', source, '--test', 'wambat-probe', statuses=(2,)))
            staff = open(f'{out}/whole/result.json', 'rb').read()
            assert b'wombat-probe' in staff
            failed += re.search(rb'"name": "wombat-probe".*?"verdict": "(\w+)"', staff, re.S)[1] == b'fail'
        assert failed >= 2, 'the hidden test has to fail for some'

        run('batch', work + '/lab', work + '/class', '--book', work + '/course.db', '--format', f'moodle-csv={work}/m.csv',
            '--format', f'canvas-csv={work}/c.csv')
        clean('moodle-csv of the class', open(work + '/m.csv', 'rb').read())
        book = sqlite3.connect(work + '/course.db')
        for student, comment in book.execute('SELECT student, comment FROM outbox').fetchall():
            clean(f'comment for {student}', comment.encode())
    finally:
        shutil.rmtree(work)
    print(f'ok - {checked} outputs hold nothing of a hidden test')


if __name__ == '__main__':
    main()
