"""What the scenarios stand on: a server of lms_server.py, certificates made now, a gradebook, a configuration."""
import json, os, shutil, signal, sqlite3, ssl, subprocess, sys, tempfile, time, urllib.request
import lms_server, make_book

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCHEMA = os.path.join(ROOT, 'grader/gradebook/schema.c')


def run(*arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, **more)


class Workshop:
    """Certificates and a tool's key, made once."""

    def __init__(self, grader):
        self.grader = os.path.abspath(grader)
        self.folder = tempfile.mkdtemp(prefix='grader-post-')
        os.chmod(self.folder, 0o700)
        for name in ('ca', 'foreign'):
            self.openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.pem',
                         '-days', '2', '-subj', f'/CN=Test {name}')
        self.certificate('good', 'ca')
        self.certificate('foreign-leaf', 'foreign')
        self.certificate('expired', 'ca', expired=True)
        self.certificate('other-name', 'ca', names='DNS:elsewhere.example.edu')
        out = run(self.grader, 'lms', 'keygen', '--out', self.path('tool.key'))
        assert out.returncode == 0, out.stderr
        self.write('tool.jwks', out.stdout)
        self.write('token', lms_server.TOKEN + '\n', 0o600)
        import base64
        self.write('hook', 'whsec_' + base64.b64encode(lms_server.HOOK_KEY).decode(), 0o600)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), 'w') as out:
            out.write(text)
        os.chmod(self.path(name), mode)

    def openssl(self, *arguments):
        done = run('openssl', *arguments, cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def certificate(self, name, ca, expired=False, names='IP:127.0.0.1,DNS:localhost'):
        self.openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr',
                     '-subj', '/CN=localhost')
        self.write('extensions', f'subjectAltName={names}\n')
        dates = ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z'] if expired else ['-days', '2']
        done = run('openssl', 'x509', '-req', '-in', f'{name}.csr', '-CA', f'{ca}.pem', '-CAkey', f'{ca}.key',
                   '-CAcreateserial', '-extfile', 'extensions', '-out', f'{name}.pem', *dates, cwd=self.folder)
        if done.returncode != 0 and expired:
            # Before OpenSSL 3.4 `x509` has no dates; `ca` has.
            self.write('index.txt', '')
            self.write('serial', '77\n')
            self.write('ca.conf', '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n'
                                  'default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n')
            self.openssl('ca', '-batch', '-config', 'ca.conf', '-cert', f'{ca}.pem', '-keyfile', f'{ca}.key', '-in',
                         f'{name}.csr', '-out', f'{name}.pem', '-startdate', '20200101000000Z', '-enddate', '20200102000000Z',
                         '-extfile', 'extensions', '-notext')
        elif done.returncode != 0:
            raise AssertionError(done.stderr)

    def close(self):
        shutil.rmtree(self.folder)


class Rig:
    count = 0

    def __init__(self, shop, backend, students=6, cert='good', clock=0, tls=True, **settings):
        Rig.count += 1
        self.shop, self.backend, self.students = shop, backend, students
        self.book = shop.path(f'{Rig.count}.db')
        self.config = shop.path(f'{Rig.count}.json')
        port = shop.path(f'{Rig.count}.port')
        arguments = [sys.executable, os.path.join(HERE, 'lms_server.py'), port, '--students', str(students), '--clock',
                     str(clock), '--jwks', shop.path('tool.jwks')]
        if tls:
            arguments += ['--cert', shop.path(cert + '.pem'), '--key', shop.path(cert + '.key')]
        self.server = subprocess.Popen(arguments)
        while not os.path.exists(port):
            assert self.server.poll() is None, 'the server did not start'
            time.sleep(0.01)
        self.tls = tls
        self.origin = f'http{"s" if tls else ""}://127.0.0.1:{open(port).read()}'
        self.context = ssl._create_unverified_context()
        make_book.make(SCHEMA, self.book, students)
        self.settings(**settings)

    def settings(self, **more):
        o = self.origin
        target = {
            'ags': {'token_url': o + '/mod/lti/token.php', 'client_id': 'tool', 'key_file': 'tool.key',
                    'lineitem': o + '/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1',
                    'lineitems': o + '/mod/lti/services.php/2/lineitems?type_id=1',
                    'memberships': o + '/mod/lti/services.php/CourseSection/2/bindings/1/memberships'},
            'moodle': {'url': o, 'course': 2, 'assignment': 1, 'token_file': 'token'},
            'canvas': {'url': o, 'course': '12', 'assignment': '345', 'token_file': 'token'},
            'webhook': {'url': o + '/hook', 'secret_file': 'hook'},
        }[self.backend]
        target.update(backend=self.backend, column='echo', backoff_ms=5, timeout_ms=20000, wait_ms=3000, ca_file='ca.pem')
        target.update(more)
        target = {k: v for k, v in target.items() if v is not None}
        with open(self.config, 'w') as out:
            json.dump({'targets': {'lms': target}}, out)

    def control(self, **order):
        data = json.dumps(order).encode() if order else None
        request = urllib.request.Request(self.origin + '/control', data=data)
        with urllib.request.urlopen(request, context=self.context) as answer:
            return json.load(answer)

    def arguments(self, *more, doctor=False):
        return [self.shop.grader, 'post', *(['doctor'] if doctor else ['--book', self.book]), '--config', self.config, *more]

    def post(self, *more, doctor=False, environment=None):
        return run(*self.arguments(*more, doctor=doctor), env=environment)

    def rows(self):
        book = sqlite3.connect(self.book)
        rows = book.execute('SELECT student, version, points, state, last_error, last_status, after_points, attempts'
                            ' FROM outbox ORDER BY student, version').fetchall()
        book.close()
        return [dict(zip(('student', 'version', 'points', 'state', 'error', 'status', 'after', 'attempts'), r)) for r in rows]

    def states(self):
        return {r['student']: r['state'] for r in self.rows()}

    def row(self, student):
        return [r for r in self.rows() if r['student'] == student][-1]

    def add(self, user, points, comment, ago=0):
        book = sqlite3.connect(self.book)
        make_book.add(book, user, points, comment, ago)
        book.commit()
        book.close()

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait()

    def __enter__(self):
        return self

    def __exit__(self, *anything):
        self.close()


def expect(condition, *words):
    if not condition:
        raise AssertionError(' '.join(str(w) for w in words))


def run_all(scenarios, grader):
    """Runs each, prints one line each; the exit status."""
    shop = Workshop(grader)
    passed = failed = 0
    only = os.environ.get('ONLY', '')
    try:
        for name, scenario in scenarios:
            if only not in name:
                continue
            try:
                scenario(shop)
                passed += 1
            except Exception as error:
                failed += 1
                kind = '' if isinstance(error, AssertionError) else type(error).__name__ + ' '
                print(f'not ok - {name}: {kind}{error}', flush=True)
                continue
            print(f'ok - {name}', flush=True)
    finally:
        shop.close()
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0
