#!/usr/bin/env python3
"""prism_scenario.py GRADER PRISM DESCRIPTION FOLDER: scores go through a server that checks each request and each answer
against 1EdTech's description of AGS; with --errors it refuses what does not conform."""
import os, re, subprocess, sys, time
from rig import Rig, Workshop, expect


def scores_pass_the_description(shop, prism, description, folder):
    with Rig(shop, 'ags', students=6, tls=False) as rig:
        log = open(os.path.join(folder, 'prism.log'), 'w+')
        proxy = subprocess.Popen([prism, 'proxy', description, rig.origin, '--errors', '--host', '127.0.0.1', '--port', '0'],
                                 stdout=log, stderr=log)
        try:
            found = None
            while found is None:
                if proxy.poll() is not None:
                    print('skipped: prism does not start here:', open(log.name).read()[-200:].strip())
                    return None
                found = re.search(r'listening on (http://127\.0\.0\.1:\d+)', open(log.name).read())
                time.sleep(0.05)
            checked = found[1]
            rig.control(flags={'item': checked + '/2/lineitems/3', 'status': 204})
            rig.settings(lineitem=checked + '/2/lineitems/3', lineitems=checked + '/2/lineitems', timeout_ms=20000,
                         memberships=None, roster='roster.csv')
            shop.write('roster.csv', 'login,lms_user_id\n' + ''.join(f's{i},{i}\n' for i in range(3, 9)))
            out = rig.post()
            said = out.stdout + out.stderr
            expect(out.returncode == 0, said, open(log.name).read()[-2000:])
            seen = [r for r in rig.control()['requests'] if r.endswith('/scores')]
            expect(len(seen) == 6, seen)
            expect('iolation' not in open(log.name).read(), open(log.name).read()[-2000:])
        finally:
            proxy.terminate()
            proxy.wait()
            log.close()
    return True


if __name__ == '__main__':
    shop = Workshop(sys.argv[1])
    try:
        good = scores_pass_the_description(shop, *sys.argv[2:])
    except AssertionError as error:
        print('not ok - prism: requests and answers conform to the description:', error)
        sys.exit(1)
    finally:
        shop.close()
    if good:
        print('ok - prism: requests and answers conform to the description\n1 passed, 0 failed')
