#!/usr/bin/env python3
"""post_killed.py GRADER: `kill -9` of `grader post` at random moments, with each backend, without faults and among them.
Resumed each time, the book is that of an undisturbed run, and the server applied every score exactly once.

SEED=N in the environment chooses other moments, KILLS=N how many."""
import os, random, signal, subprocess, sys, time
from rig import Rig, expect, run_all
from post_scenarios import ALL, applied_once, done

SEED, KILLS = int(os.environ.get('SEED', 7)), int(os.environ.get('KILLS', 30))
STUDENTS = 20
FAULTS = ({'on': 'write', 'kind': '504-applied', 'times': 4}, {'on': 'write', 'kind': 'silent-close', 'times': 3},
          {'on': 'write', 'kind': '502', 'times': 2})


def outcome(rig):
    return [(r['student'], r['version'], r['points'], r['state'], r['after']) for r in rig.rows()]


def until_through(rig, chance, left):
    """Killed and started again until it is through; how often it was killed, at most `left` times."""
    kills = 0
    while True:
        post = subprocess.Popen(rig.arguments('--yes'), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if kills < left:
            # After so many requests rather than after so much time: a loaded machine kills at the same moments.
            stop_at = len(rig.control()['requests']) + chance.randint(1, 6 if rig.backend == 'webhook' else 16)
            while post.poll() is None and len(rig.control()['requests']) < stop_at:
                time.sleep(chance.uniform(0, 0.004))
            if post.poll() is None:
                post.send_signal(signal.SIGKILL)
                kills += 1
        out, error = post.communicate()
        if post.returncode == 0:
            return kills
        # Faults enough in a row make it give up until the next run.
        expect(post.returncode in (-9, 3), post.returncode, out.decode()[-800:], error.decode()[-800:])


def killed(shop, backend, faults, seed):
    chance = random.Random(seed)
    with Rig(shop, backend, students=STUDENTS) as calm:
        done(calm.post('--yes'), 0)
        wanted = outcome(calm)
    kills = 0
    while kills < KILLS:
        with Rig(shop, backend, students=STUDENTS) as rig:
            rig.control(faults=[dict(fault) for fault in faults])
            kills += until_through(rig, chance, KILLS - kills)
            got = outcome(rig)
            expect(got == wanted, [pair for pair in zip(got, wanted) if pair[0] != pair[1]])
            applied_once(rig, range(3, 3 + STUDENTS))
            for i in range(3, 3 + STUDENTS) if backend == 'canvas' else ():
                expect(rig.control()['grades'][str(i)]['comments'] == [f'comment {i}'], 'comments of', i)


if __name__ == '__main__':
    scenarios = []
    for name in ALL:
        scenarios.append((f'{name}: killed {KILLS} times', lambda shop, b=name: killed(shop, b, (), SEED)))
        scenarios.append((f'{name}: killed {KILLS} times among faults', lambda shop, b=name: killed(shop, b, FAULTS, SEED + 4)))
    sys.exit(run_all(scenarios, sys.argv[1]))
