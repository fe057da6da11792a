#!/usr/bin/env python3
"""post_table.py GRADER: what is left of the table of faults, line by line, and posts through a proxy."""
import sqlite3, sys, time
from proxy import Proxy
from rig import Rig, expect, run_all
from post_scenarios import ALL, READING, applied_once, done, scenario, scenarios

scenarios.clear()


def answers(status):
    def test(shop):
        with Rig(shop, 'ags') as rig:
            rig.control(flags={'status': status})
            done(rig.post(), 0, '6 verified')
            applied_once(rig, range(3, 9))
    return test


for status in (200, 201, 202, 204):
    scenarios.append((f'ags: {status} is read back and verified', answers(status)))


def waits(kind, backend):
    def test(shop):
        with Rig(shop, backend) as rig:
            rig.control(faults=[{'on': 'write', 'kind': kind, 'times': 1}])
            done(rig.post(), 0)
            applied_once(rig, range(3, 9))
    return test


for kind in ('408', '425'):
    for backend in ALL:
        scenarios.append((f'{backend}: {kind} is waited out', waits(kind, backend)))


def permanent(kind, backend):
    def test(shop):
        with Rig(shop, backend) as rig:
            user = '4' if backend != 'webhook' else 's4'
            rig.control(faults=[{'on': 'write', 'kind': kind, 'user': user, 'times': 9}])
            done(rig.post(), 1, f'refused ({kind})')
            expect(rig.row('s4')['state'] == 'dead' and rig.row('s5')['state'] == 'verified', rig.states())
            expect(rig.control()['writes'][user] == 1, 'tried again')
    return test


# A receiver of webhooks says 403 to a signature, which is everybody's.
for kind, backends in (('403', ('ags',)), ('422', ('ags', 'webhook'))):
    for backend in backends:
        scenarios.append((f'{backend}: {kind} is for good, and only that student\'s', permanent(kind, backend)))


@scenario('ags', 'webhook')
def a_column_that_is_gone_stops_the_run(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '404', 'times': 99}])
        done(rig.post(), 2, 'does not exist (404)')
        # Over AGS it might have been the first student who is not there.
        most = 2 if backend == 'ags' else 1
        expect(sum(rig.control()['writes'].values()) == most, rig.control()['writes'])
        expect(not any(rig.row(f's{i}')['state'] == 'dead' for i in range(3, 9)), rig.states())


@scenario('ags')
def a_student_who_is_not_there_stops_nobody(shop, backend):
    for user in ('3', '5'):
        with Rig(shop, backend) as rig:
            rig.control(faults=[{'on': 'write', 'kind': '404', 'user': user, 'times': 99}])
            done(rig.post(), 1, 'the platform has no such student (404)')
            expect(rig.row('s' + user)['state'] == 'dead' and rig.row('s4')['state'] == 'verified', rig.states())


@scenario('ags')
def an_earlier_stamp_told_with_400_is_made_later(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '400-outdated', 'user': '4'}])
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))


@scenario('ags', 'canvas', 'webhook')
def an_error_in_a_200_is_not_success(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(faults=[{'on': 'write', 'kind': 'envelope', 'times': 1}])
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))


@scenario(*ALL)
def a_fault_without_end_is_left_to_the_next_run(shop, backend):
    with Rig(shop, backend, students=1) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '504', 'times': 99}])
        done(rig.post(), 3, '504')
        expect(sum(rig.control()['writes'].values()) == 8, rig.control()['writes'])
        rig.control(faults=[])
        done(rig.post('--retry'), 0)
        applied_once(rig, [3])


@scenario('ags')
def what_was_not_taken_within_three_days_is_dead(shop, backend):
    with Rig(shop, backend, students=1) as rig:
        rig.control(faults=[{'on': 'write', 'kind': '504', 'times': 1}])
        book = sqlite3.connect(rig.book)
        book.execute('UPDATE outbox SET first_sent_ms = ?', (int(time.time() * 1000) - 73 * 3600000,))
        book.commit()
        book.close()
        done(rig.post(), 1, 'within three days')
        expect(rig.row('s3')['state'] == 'dead')


@scenario('ags', 'canvas')
def a_host_without_address_defers(shop, backend):
    with Rig(shop, backend) as rig:
        rig.origin = 'https://nowhere.invalid'
        rig.settings()
        done(rig.post(), 3, 'no connection')
        expect(set(rig.states().values()) == {'queued'}, rig.states())


@scenario('ags', 'canvas')
def a_server_that_speaks_no_TLS_defers(shop, backend):
    with Rig(shop, backend, tls=False) as rig:
        rig.origin = rig.origin.replace('http:', 'https:')
        rig.settings()
        done(rig.post(), 3, 'no connection')
        expect(set(rig.states().values()) == {'queued'}, rig.states())


@scenario('ags')
def one_token_serves_a_run(shop, backend):
    with Rig(shop, backend, students=20) as rig:
        done(rig.post(), 0)
        asked = rig.control()['requests'].count('POST /mod/lti/token.php')
        expect(asked == 1, asked, 'tokens were asked for')


@scenario('canvas')
def an_excused_student_is_left_alone(shop, backend):
    with Rig(shop, backend) as rig:
        rig.control(set={'4': {'excused': True}})
        done(rig.post(), 1, 'excused')
        expect('4' not in rig.control()['writes'])


@scenario(*ALL)
def a_comment_in_any_script_and_length_arrives(shop, backend):
    with Rig(shop, backend, students=1) as rig:
        comment = 'Grüße, 你好, \U0001f600 & <b> "quoted" ' + 'long ' * 1000
        rig.add(3, 90, comment.strip())
        done(rig.post(), 0)
        grade = list(rig.control()['grades'].values())[0]
        shown = grade['comment'] if backend != 'moodle' else grade['comment'].replace('&amp;', '&')
        for word in ('Grüße, 你好, \U0001f600',) + (('long ' * 999,) if backend != 'webhook' else ()):
            expect(word in shown, repr(shown[:200]))


@scenario('ags', 'canvas', 'webhook')
def few_connections_carry_many_scores(shop, backend):
    with Rig(shop, backend, students=40) as rig, Proxy() as proxy:
        rig.settings(proxy=proxy.url)
        done(rig.post('--yes'), 0, '40 verified')
        expect(len(proxy.tunnels) <= 2, len(proxy.tunnels), 'connections')
        applied_once(rig, range(3, 43))


@scenario(*ALL)
def through_a_proxy_every_score_is_applied_once(shop, backend):
    with Rig(shop, backend) as rig, Proxy() as proxy:
        rig.settings(proxy=proxy.url)
        done(rig.post(doctor=True), 0)
        rig.control(faults=[{'on': 'write', 'kind': 'silent-close', 'times': 2}, {'on': 'write', 'kind': 'close', 'times': 1}])
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))
        where = rig.origin.removeprefix('https://')
        expect(set(proxy.tunnels) == {'CONNECT ' + where}, proxy.tunnels)


@scenario('canvas')
def the_proxy_may_be_reached_by_TLS(shop, backend):
    with Rig(shop, backend) as rig, Proxy(shop.path('good.pem'), shop.path('good.key')) as proxy:
        rig.settings(proxy=proxy.url, proxy_ca_file='ca.pem')
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))
        expect(proxy.tunnels, 'the proxy was passed by')


@scenario(*ALL)
def a_proxy_that_refuses_has_sent_nothing(shop, backend):
    with Rig(shop, backend) as rig, Proxy() as proxy:
        rig.settings(proxy=proxy.url)
        proxy.refuse = 2
        done(rig.post(), 0)
        applied_once(rig, range(3, 9))
        proxy.refuse = 99
        rig.add(4, 90, 'more')
        done(rig.post(), 3, 'no connection' if backend == 'webhook' else 'CONNECT')
        expect(rig.row('s4')['state'] == 'queued', rig.row('s4'))


if __name__ == '__main__':
    sys.exit(run_all(scenarios, sys.argv[1]))
