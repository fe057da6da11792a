#!/usr/bin/env python3
"""post_scenarios.py GRADER: `grader post` against lms_server.py over TLS: each line of the table of faults, each backend."""
import base64, glob, json, os, sqlite3, subprocess, sys, time
from rig import Rig, expect, run, run_all
import lms_server

READING = ('ags', 'moodle', 'canvas')
ALL = READING + ('webhook',)
scenarios = []


def scenario(*backends):
    def keep(function):
        name = function.__name__.replace('_', ' ')
        for backend in backends or (None,):
            if backend is None:
                scenarios.append((name, function))
            else:
                scenarios.append((f'{backend}: {name}', lambda shop, b=backend: function(shop, b)))
        return function
    return keep


def applied_once(rig, users):
    state = rig.control()
    for i in users:
        user = str(i) if rig.backend != 'webhook' else f's{i}'
        expect(state['applied'].get(user) == 1, f'user {user} applied {state["applied"].get(user)} times')
        expect(abs(state['grades'][user]['points'] - (50 + i)) < 1e-4, state['grades'][user])


def done(out, status, *words):
    text = out.stdout + out.stderr
    expect(out.returncode == status, f'exit status {out.returncode}, not {status}:', text[-1500:])
    for word in words:
        expect(word in text, f'"{word}" is not in:', text[-1500:])
    expect(lms_server.TOKEN not in text, 'the token is in the output')


@scenario(*ALL)
def every_score_is_posted_verified_and_applied_once(shop, backend):
    with Rig(shop, backend, students=20) as rig:
        done(rig.post('--yes'), 0, '20 verified')
        applied_once(rig, range(3, 23))
        writes = sum(rig.control()['writes'].values())
        done(rig.post(), 0, '20 verified')
        expect(sum(rig.control()['writes'].values()) == writes, 'a second run writes again')


@scenario(*READING)
def dry_run_writes_nothing(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'points': 12.0, 'grader': 'person', 'stamp': 5}})
        before = rig.rows()
        out = rig.post('--dry-run')
        done(out, 0, 'Student 4', '12')
        expect(rig.rows() == before, 'the book was changed')
        expect(not rig.control()['writes'], 'something was written')


@scenario(*READING)
def a_persons_grade_is_not_touched_unless_forced(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'points': 12.0, 'grader': 'person', 'stamp': 5}})
        done(rig.post(), 1, '--force-manual')
        expect(rig.control()['grades']['4']['points'] == 12, 'it was replaced')
        expect(rig.row('s4')['state'] == 'blocked')
        done(rig.post('--force-manual'), 0)
        expect(rig.control()['grades']['4']['points'] == 54)
        book = sqlite3.connect(rig.book)
        forced = book.execute("SELECT count(*) FROM audit WHERE student = 's4' AND forced = 1").fetchone()[0]
        others = book.execute("SELECT count(*) FROM audit WHERE student <> 's4' AND forced = 1").fetchone()[0]
        expect(forced > 0 and others == 0, 'the audit log does not say which was forced', forced, others)


@scenario(*ALL)
def a_grade_is_not_lowered_unless_forced(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.add(5, 20, 'less')
        done(rig.post(), 1, '--force-lower')
        user = '5' if backend != 'webhook' else 's5'
        expect(round(rig.control()['grades'][user]['points'], 5) == 55, rig.control()['grades'][user])
        done(rig.post('--force-lower'), 0)
        expect(round(rig.control()['grades'][user]['points'], 5) == 20, rig.control()['grades'][user])


@scenario(*READING)
def a_higher_score_replaces_our_own(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.add(5, 80, 'better')
        done(rig.post(), 0)
        expect(rig.control()['grades']['5']['points'] == 80)


@scenario(*READING)
def what_somebody_changed_after_us_is_a_conflict(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.control(set={'5': {'points': 60.0, 'grader': 'person'}})
        rig.add(5, 80, 'better')
        done(rig.post(), 1, 'force-manual')
        expect(rig.control()['grades']['5']['points'] == 60)


@scenario(*READING)
def ok_200_that_stores_nothing_is_not_success(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'ignore', 'user': '4', 'times': 9}])
        done(rig.post(), 1, 'keeps nothing')
        expect(rig.row('s4')['state'] == 'blocked')
        rig.control(faults=[])
        done(rig.post('--retry'), 0)
        applied_once(rig, range(3, 9))


def survives(kind, times=1):
    """A fault that ends by itself: everything is applied once all the same."""
    def test(shop, backend):
        with Rig(shop, backend, **({'timeout_ms': 1500} if kind == 'hang' else {})) as rig:
            rig.control(faults=[{'on': 'write', 'kind': kind, 'times': times}])
            done(rig.post(), 0)
            applied_once(rig, range(3, 9))
    return test


for kind, what in (('504-applied', '504 after applying'), ('504', '504 without applying'), ('502', '502'),
                   ('silent-close', 'a connection closed after applying'), ('close', 'a connection closed before'),
                   ('500', 'one 500'), ('429', '429 with Retry-After in seconds'), ('503', '503 with Retry-After as a date'),
                   ('html', 'a page with status 200'), ('hang', 'no answer in time'), ('500-applied', '500 after applying')):
    for backend in ALL:
        scenarios.append((f'{backend}: {what} is survived', lambda shop, b=backend, k=kind: survives(k)(shop, b)))
for kind in ('504-applied', 'silent-close'):
    for backend in ALL:
        scenarios.append((f'{backend}: {kind} five times is survived', lambda shop, b=backend, k=kind: survives(k, 5)(shop, b)))
scenarios.append(('canvas: 403 of the throttle is survived', lambda shop: survives('throttle')(shop, 'canvas')))
scenarios.append(('moodle: an exception that says try again is survived', lambda shop: survives('exception')(shop, 'moodle')))
scenarios.append(('ags: 202 and applied is survived', lambda shop: survives('202-applied')(shop, 'ags')))


@scenario(*ALL)
def a_redirect_of_a_write_is_not_followed(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'redirect', 'times': 99}])
        done(rig.post(), 2, 'redirects (303) to https://lms.example.edu/')
        expect(not rig.control()['applied'], 'something was applied')
        rig.control(faults=[])
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))


@scenario(*ALL)
def a_long_retry_after_defers(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '429-long', 'times': 1}])
        # Two hours: that this comes back at all says that it did not wait.
        done(rig.post(), 3, 'asks to wait')


@scenario(*READING)
def a_page_instead_of_grades_stops_the_run(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'read', 'kind': 'html', 'times': 99}])
        done(rig.post(), 2, 'page for people')
        expect(not rig.control()['writes'])


@scenario('ags')
def a_locked_grade_is_dead_with_a_hint(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'locked': True}})
        done(rig.post(), 1, 'locked?')
        expect(rig.row('s4')['state'] == 'dead')
        expect(rig.control()['writes']['4'] == 3, 'tried', rig.control()['writes']['4'], 'times')


@scenario('moodle')
def a_locked_or_overridden_grade_is_left_alone(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'locked': True}, '5': {'overridden': True, 'points': 99.0, 'grader': 'person'}})
        done(rig.post('--force-manual', '--force-lower'), 1, 'locked or overridden')
        expect(not {'4', '5'} & set(rig.control()['writes']), 'written')


@scenario('ags')
def an_overridden_grade_is_seen_when_read_back(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.control(set={'4': {'overridden': True}})
        rig.add(4, 90, 'more')
        done(rig.post(), 1, 'keeps 54')


@scenario('canvas')
def a_comment_stands_there_once(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '504-applied', 'times': 3}, {'on': 'write', 'kind': '504', 'times': 3}])
        done(rig.post(), 0)
        for i in range(3, 9):
            expect(rig.control()['grades'][str(i)]['comments'] == [f'comment {i}'], rig.control()['grades'][str(i)])


@scenario('canvas')
def only_the_comment_changed_is_posted(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.add(5, 55, 'other words')
        done(rig.post(), 0)
        expect(rig.control()['grades']['5']['comments'] == ['comment 5', 'other words'])


@scenario('canvas')
def no_permission_for_one_student_is_only_his(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '401-plain', 'user': '4'}])
        done(rig.post(), 1, 'no permission for this student')
        expect(rig.row('s4')['state'] == 'dead' and rig.row('s5')['state'] == 'verified')


@scenario('canvas', 'moodle', 'ags')
def many_scores_are_read_back_together(shop, backend):
    with Rig(shop, backend, students=40) as rig:
        done(rig.post('--yes'), 0, '40 verified')
        expect(len(rig.control()['requests']) < 80, len(rig.control()['requests']), 'requests for 40 scores')


@scenario('moodle')
def who_graded_the_others_is_not_asked_for_each_score(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={str(i): {'points': 1.0, 'grader': 'person', 'stamp': 1000 + i} for i in range(100, 600)})
        done(rig.post(), 0, '6 verified')
        expect(rig.control()['graders_told'] < 1100, rig.control()['graders_told'], 'rows')


@scenario('moodle')
def an_old_grade_of_the_tool_survives_a_504_and_a_person_s_does_not_yield(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'points': 1.0, 'grader': 'tool', 'stamp': 1000}},
                    faults=[{'on': 'write', 'kind': '504', 'user': '4'}])
        done(rig.post(), 0, '6 verified')
        rig.control(set={'4': {'points': 2.0, 'grader': 'person', 'stamp': 2000}})
        rig.add(4, 90, 'more')
        done(rig.post(), 1)
        expect(rig.control()['grades']['4']['points'] == 2.0, rig.control()['grades']['4'])


@scenario('moodle')
def a_student_who_left_is_only_his(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'usernotincourse', 'user': '4'}])
        done(rig.post(), 1, 'usernotincourse')
        expect(rig.row('s4')['state'] == 'dead' and rig.row('s5')['state'] == 'verified')


@scenario(*READING)
def a_student_unknown_there_is_never_guessed(shop, backend):
    with Rig(shop, backend) as rig:
        book = sqlite3.connect(rig.book)
        book.execute("INSERT INTO students(key, login) VALUES('zoe', 'zoe')")
        book.execute("INSERT INTO students(key, login, lms_user) VALUES('old', 'old', '999')")
        for i, key in enumerate(('zoe', 'old')):
            book.execute('INSERT INTO outbox(student, "column", version, run, points, max_points, state, graded_at_ms, uuid)'
                         f" VALUES('{key}', 'echo', 1, 1, 5, 100, 'queued', 1000, 'u{i}')")
        book.commit()
        done(rig.post(), 1)
        expect('not known' in rig.row('zoe')['error'], rig.row('zoe'))
        expect('no such student' in rig.row('old')['error'], rig.row('old'))
        expect('999' not in rig.control()['writes'], 'an id that is nobody there was written')


@scenario('ags')
def equal_seconds_get_a_later_stamp(shop, backend):
    with Rig(shop, backend) as rig:
        now = int(time.time())
        # Something of ours, or empty, with a stamp past the grading: 409 for the stamp alone.
        rig.control(set={'4': {'stamp': now}})
        done(rig.post(), 0)
        expect(rig.control()['grades']['4']['points'] == 54 and rig.control()['grades']['4']['stamp'] > now - 1)
        expect(rig.control()['writes']['4'] >= 2, 'there was no 409')


@scenario('ags')
def stamps_rise_by_whole_seconds_and_are_never_in_the_future(shop, backend):
    with Rig(shop, backend, students=2) as rig:
        for points in (60, 70, 80):
            rig.add(3, points, f'now {points}')
            done(rig.post(), 0)
        book = sqlite3.connect(rig.book)
        stamps = [r[0] for r in book.execute("SELECT graded_at_ms FROM outbox WHERE student = 's3' ORDER BY version")]
        expect(all(b - a >= 1000 for a, b in zip(stamps, stamps[1:])), stamps)
        expect(rig.control()['grades']['3']['points'] == 80)


@scenario('ags')
def a_stamp_in_the_future_there_is_blocked(shop, backend):
    with Rig(shop, backend) as rig:
        done(rig.post(), 0)
        rig.control(set={'4': {'stamp': int(time.time()) + 3600}})
        rig.add(4, 90, 'more')
        done(rig.post(), 1, 'in the future')


@scenario('ags')
def a_revoked_token_is_renewed_once(shop, backend):
    with Rig(shop, backend) as rig:
        # The token goes while the run is on: the first write finds it gone.
        rig.control(faults=[{'on': 'write', 'kind': '401', 'times': 1}])
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))


@scenario('ags')
def a_token_that_never_helps_stops_the_run(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '401', 'times': 99}])
        done(rig.post(), 2, 'scope or the deployment')
        expect(sum(rig.control()['writes'].values()) == 2, rig.control()['writes'])


@scenario('ags')
def a_missing_scope_is_said(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(flags={'scopes': 'https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly'})
        done(rig.post(), 2, 'scope/score')


@scenario('ags')
def another_key_is_refused_by_the_platform(shop, backend):
    with Rig(shop, backend) as rig:
        expect(run(shop.grader, 'lms', 'keygen', '--out', shop.path('other.key')).returncode == 0)
        rig.settings(key_file='other.key')
        done(rig.post(), 2, 'no token (400)')


@scenario('canvas', 'moodle')
def a_wrong_token_stops_the_run_and_is_not_shown(shop, backend):
    with Rig(shop, backend) as rig:
        secret = 'deadbeefdeadbeefdeadbeef'
        rig.settings(token_file=None, token_env='LMS_TOKEN')
        out = rig.post(environment=dict(os.environ, LMS_TOKEN=secret))
        done(out, 2)
        expect(secret not in out.stdout + out.stderr, 'the token is shown')


@scenario('ags')
def a_line_item_that_is_not_the_tools_is_refused(shop, backend):
    with Rig(shop, backend) as rig:
        rig.settings(lineitem=rig.origin + '/mod/lti/services.php/2/lineitems/9/lineitem?type_id=1')
        done(rig.post(), 2, 'line item is not among')


@scenario('ags', 'canvas')
def a_next_page_on_another_host_gets_no_token(shop, backend):
    with Rig(shop, backend, students=20) as rig:
        rig.control(flags={'foreign_next': True})
        done(rig.post(), 2, 'another host')


@scenario(*READING)
def a_column_of_another_name_is_refused(shop, backend):
    with Rig(shop, backend, label='Lab 2') as rig:
        done(rig.post(), 2, '"Lab"')


@scenario(*READING)
def over_the_maximum_is_blocked_here(shop, backend):
    with Rig(shop, backend) as rig:
        rig.add(4, 130, 'too much')
        done(rig.post(), 1, 'maximum')
        expect('4' not in rig.control()['writes'])


@scenario(*ALL)
def an_expired_certificate_is_refused(shop, backend):
    with Rig(shop, backend, cert='expired') as rig:
        done(rig.post(), 2, 'certificate')
        expect(not rig.control()['requests'], rig.control()['requests'])


@scenario(*ALL)
def a_foreign_certificate_is_refused(shop, backend):
    with Rig(shop, backend, cert='foreign-leaf') as rig:
        done(rig.post(), 2, 'certificate')
        expect(not rig.control()['requests'])


@scenario('ags')
def a_certificate_for_another_name_is_refused(shop, backend):
    with Rig(shop, backend, cert='other-name') as rig:
        done(rig.post(), 2, 'certificate')


@scenario(*ALL)
def a_server_that_is_away_defers_and_the_next_run_posts(shop, backend):
    with Rig(shop, backend) as rig:
        origin = rig.origin
        rig.origin = 'https://127.0.0.1:9'
        rig.settings()
        done(rig.post(), 3, 'no connection')
        rig.origin = origin
        rig.settings()
        if backend == 'webhook':
            done(rig.post('--retry'), 0)
        else:
            done(rig.post(), 0)
        applied_once(rig, range(3, 9))


@scenario('ags')
def a_clock_far_off_is_refused(shop, backend):
    with Rig(shop, backend, clock=4000) as rig:
        done(rig.post(), 2, 'clock')
        expect(not rig.control()['writes'])


@scenario('ags')
def a_clock_a_little_off_is_made_good(shop, backend):
    with Rig(shop, backend, clock=-45) as rig:
        done(rig.post(doctor=True), 0)
        done(rig.post(), 0, 'clock')
        expect(rig.control()['applied'] and len(rig.control()['applied']) == 6)


@scenario('ags')
def what_was_graded_a_moment_ago_is_not_kept_back_by_a_slow_clock(shop, backend):
    with Rig(shop, backend, students=1, clock=-45) as rig:
        rig.add(3, 80, 'just now', ago=0)
        done(rig.post(), 0)
        expect(rig.control()['grades']['3']['points'] == 80)


@scenario(*ALL)
def the_doctor_says_all_is_well_and_writes_nothing(shop, backend):
    with Rig(shop, backend) as rig:
        out = rig.post(doctor=True)
        done(out, 0, 'certificate is good')
        expect(not rig.control()['writes'])


@scenario(*READING)
def the_doctor_names_what_is_wrong(shop, backend):
    with Rig(shop, backend, cert='foreign-leaf') as rig:
        done(rig.post(doctor=True), 2, 'certificate is refused')


@scenario(*READING)
def many_changes_want_a_yes(shop, backend):
    with Rig(shop, backend, students=15) as rig:
        rig.control(set={str(i): {'points': 1.0, 'grader': 'tool', 'stamp': 5} for i in range(3, 18)})
        more = ['--force-manual'] if backend == 'ags' else []
        done(rig.post(*more), 2, '--yes')
        expect(not rig.control()['writes'])
        done(rig.post('--yes', *more), 0)


@scenario()
def two_posts_at_once_do_not_meet(shop):
    with Rig(shop, 'canvas') as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'hang', 'times': 1}])
        first = subprocess.Popen(rig.arguments(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not rig.control()['writes']:
            time.sleep(0.02)
        done(rig.post(), 3, 'another grader is posting')
        first.communicate()
        expect(first.returncode == 0)
        applied_once(rig, range(3, 9))


@scenario(*ALL)
def no_secret_is_left_anywhere(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'echo', 'times': 2}, {'on': 'write', 'kind': 'html', 'times': 1}])
        report = shop.path('report.jsonl')
        out = rig.post('--format', 'jsonl=' + report)
        expect(out.returncode == 1, out.stdout + out.stderr)
        hidden = [lms_server.TOKEN, base64.b64encode(lms_server.HOOK_KEY).decode(), 'eyJhbGciOi']
        with open(shop.path('tool.key')) as key:
            hidden.append(key.read().splitlines()[1])
        kept = out.stdout + out.stderr + open(report).read()
        for path in glob.glob(rig.book + '*'):
            with open(path, 'rb') as file:
                kept += file.read().decode('latin-1')
        for secret in hidden:
            expect(secret not in kept, 'a secret is in the output, the report or the book')
        lines = [json.loads(line) for line in open(report)]
        expect(len(lines) == 6 and all(line['uuid'] for line in lines), lines)
        os.unlink(report)


@scenario()
def a_secret_file_that_others_can_read_is_refused(shop):
    with Rig(shop, 'canvas') as rig:
        shop.write('open-token', lms_server.TOKEN, 0o640)
        rig.settings(token_file='open-token')
        done(rig.post(), 2, 'chmod 600')
        rig.settings(token_file=None, token=lms_server.TOKEN)
        done(rig.post(), 2, 'never stands in this file')


@scenario()
def the_process_leaves_no_core_while_it_holds_secrets(shop):
    with Rig(shop, 'canvas') as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'hang', 'times': 1}])
        post = subprocess.Popen(rig.arguments(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not rig.control()['writes']:
            time.sleep(0.02)
        limits = open(f'/proc/{post.pid}/limits').read() if os.geteuid() == 0 else 'Max core file size 0 0'
        command = open(f'/proc/{post.pid}/cmdline').read()
        owner = os.stat(f'/proc/{post.pid}/mem').st_uid
        post.communicate()
        core = [line.split() for line in limits.splitlines() if 'core file' in line][0]
        expect(core[4] == '0' and core[5] == '0', core)
        expect(owner == 0, 'the process can be traced by its user')
        expect(lms_server.TOKEN not in command)


if __name__ == '__main__':
    sys.exit(run_all(scenarios, sys.argv[1]))
