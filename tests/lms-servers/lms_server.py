#!/usr/bin/env python3
"""A learning platform that behaves as real ones are recorded to, quirks included: AGS and NRPS as Moodle has them, Moodle's
web services, Canvas's REST interface, and a receiver of signed webhooks.

lms_server.py PORT_FILE [--cert FILE --key FILE] [--jwks FILE] [--students N] [--clock SECONDS]

It listens on 127.0.0.1 and writes its port to PORT_FILE.  /control takes faults and shows what was stored:
  POST /control {"faults": [{"on": "write", "kind": "504-applied", "times": 2, "user": "3"}], "set": {...}}
  GET  /control                                         -> everything that was stored and counted
"""
import argparse, base64, hashlib, hmac, json, os, re, ssl, threading, time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit, unquote

TOKEN = 'c0ffee' * 6
HOOK_KEY = b'0123456789abcdef0123456789abcdef'
AGS = 'https://purl.imsglobal.org/spec/lti-ags/scope/'
SHA256_PREFIX = bytes.fromhex('3031300d060960864801650304020105000420')
PAGE = 7


class Platform:
    def __init__(self, students, jwks, clock):
        self.lock = threading.Lock()
        self.clock = clock
        self.jwks = jwks
        self.maximum = 100.0
        self.students = {str(i): {'login': f's{i}', 'email': f's{i}@example.edu', 'sis': f'SIS-{i}'}
                         for i in range(3, 3 + students)}
        self.grades = {}      # user: points, stamp, comment, grader, overridden, locked, comments
        self.writes = {}      # user: how many writes came
        self.applied = {}     # user: how many of them changed something
        self.tokens = {}      # token: until
        self.seen = set()     # jti, webhook-id
        self.faults = []
        self.requests = []
        self.graders_told = 0 # rows of mod_assign_get_grades
        self.flags = {'scopes': None, 'future': 0, 'label': 'Lab', 'foreign_next': False, 'item': None, 'status': 200, 'delay_ms': 0}
        self.busy, self.now, self.most = 0.0, 0, 0    # seconds in requests; requests at once

    def fault(self, on, user):
        with self.lock:
            for fault in self.faults:
                if fault['on'] == on and fault.get('times', 1) > 0 and fault.get('user', user) == user:
                    fault['times'] = fault.get('times', 1) - 1
                    return fault['kind']
        return None

    def grade(self, user):
        return self.grades.setdefault(user, {'points': None, 'stamp': 0, 'comment': '', 'comments': [], 'grader': None,
                                             'overridden': False, 'locked': False, 'excused': False})

    def store(self, user, points, comment, grader, stamp=None, append=False):
        grade = self.grade(user)
        fresh = grade['points'] != points or (append and comment) or (not append and grade['comment'] != comment)
        if grade['overridden'] or not fresh:
            return
        self.applied[user] = self.applied.get(user, 0) + 1
        grade.update(points=points, grader=grader, comment=comment, stamp=stamp or int(time.time() + self.clock))
        if append and comment:
            grade['comments'].append(comment)


def verify_assertion(token, jwks, clock, seen):
    """The error, or None.  RS256 by hand: RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2)."""
    def unpad(part):
        return base64.urlsafe_b64decode(part + '=' * (-len(part) % 4))
    head, claims, signature = token.split('.')
    header, body = json.loads(unpad(head)), json.loads(unpad(claims))
    keys = [k for k in jwks['keys'] if k['kid'] == header.get('kid')]
    if header.get('alg') != 'RS256' or not keys:
        return 'KeyId not found in token'
    n, e = (int.from_bytes(unpad(keys[0][x]), 'big') for x in 'ne')
    size = (n.bit_length() + 7) // 8
    shown = pow(int.from_bytes(unpad(signature), 'big'), e, n).to_bytes(size, 'big')
    digest = SHA256_PREFIX + hashlib.sha256(f'{head}.{claims}'.encode()).digest()
    if shown != b'\x00\x01' + b'\xff' * (size - len(digest) - 3) + b'\x00' + digest:
        return 'Signature verification failed'
    now = time.time() + clock
    if body['iat'] > now:
        return 'Cannot handle token with iat prior to now'
    if body['exp'] < now:
        return 'Expired token'
    if body['iss'] != body['sub'] or body['jti'] in seen or len(body['jti']) < 16:
        return 'invalid_client'
    seen.add(body['jti'])
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # head and body are written apart; a delayed ACK between them would cost 40 ms
    platform = None

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + self.platform.clock, usegmt=True)

    def base(self):
        scheme = 'https' if isinstance(self.connection, ssl.SSLSocket) else 'http'
        return f'{scheme}://{self.headers["Host"]}'

    def answer(self, status, body=b'', kind='application/json', headers=(), reason=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status, reason)
        if status != 204:
            self.send_header('Content-Type', kind)
            self.send_header('Content-Length', str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        self.close_connection = True
        self.connection.close()

    def fail(self, kind, apply):
        """Plays a fault; True when the request is answered by it."""
        if kind is None:
            return False
        if kind.endswith('-applied') or kind == 'silent-close':
            apply()
        status = kind.split('-')[0]
        if kind == 'ignore':
            return False
        if kind in ('close', 'silent-close'):
            self.drop()
        elif kind == 'hang':
            time.sleep(3)
            self.drop()
        elif kind == 'html':
            self.answer(200, b'<!DOCTYPE html><title>Log in</title><p>token=' + TOKEN.encode(), 'text/html')
        elif kind == 'throttle':
            self.answer(403, b'403 Forbidden (Rate Limit Exceeded)', 'text/plain')
        elif kind == 'redirect':
            self.answer(303, headers=[('Location', 'https://lms.example.edu/' + self.path)])
        elif kind == '429':
            self.answer(429, headers=[('Retry-After', '1')])
        elif kind == '429-long':
            self.answer(429, headers=[('Retry-After', '7200')])
        elif kind == '503':
            self.answer(503, b'<html>maintenance', 'text/html',
                        [('Retry-After', formatdate(time.time() + self.platform.clock + 1, usegmt=True))])
        elif kind == '202-applied':
            self.answer(202)
        elif kind == '400-outdated':
            self.answer(400, {'errors': {'type': 'bad_request', 'message': 'Provided timestamp of x before last updated timestamp of y'}})
        elif kind == 'envelope':
            self.answer(200, {'errors': [{'message': 'something went wrong'}]})
        elif kind == 'echo':
            # The whole request comes back, secrets and all.
            self.answer(400, {'error': {'message': str(self.headers) + self.raw.decode(errors='replace')}})
        else:
            self.answer(int(status), b'[]')
        return True

    def handle_all(self):
        length = int(self.headers.get('Content-Length', 0))
        self.raw = self.rfile.read(length) if length else b''
        url = urlsplit(self.path)
        self.query = dict(parse_qsl(url.query))
        path = url.path
        if path == '/control':
            return self.control()
        p = self.platform
        began = time.monotonic()
        with p.lock:
            p.requests.append(f'{self.command} {path}')
            p.now += 1
            p.most = max(p.most, p.now)
        time.sleep(p.flags['delay_ms'] / 1000)
        try:
            return self.handle_platform(path)
        finally:
            with p.lock:
                p.now -= 1
                p.busy += time.monotonic() - began

    def handle_platform(self, path):
        # The paths of 1EdTech's description stand for the same.
        path = re.sub(r'^/2/lineitems(?=$)', '/mod/lti/services.php/2/lineitems', path)
        path = re.sub(r'^/2/lineitems/3(?=/|$)', '/mod/lti/services.php/2/lineitems/3/lineitem', path)
        if path.startswith('/mod/lti/'):
            return self.ags(path)
        if path == '/webservice/rest/server.php':
            return self.moodle()
        if path.startswith('/api/v1/'):
            return self.canvas(path)
        if path == '/hook':
            return self.hook()
        self.answer(404, {'errors': [{'message': 'The specified resource does not exist.'}]})

    do_GET = do_POST = do_PUT = handle_all

    def control(self):
        p = self.platform
        if self.command == 'GET':
            with p.lock:
                return self.answer(200, {'grades': p.grades, 'writes': p.writes, 'applied': p.applied,
                                         'requests': p.requests, 'busy_s': p.busy, 'most_at_once': p.most,
                                         'graders_told': p.graders_told})
        order = json.loads(self.raw)
        with p.lock:
            p.faults = order.get('faults', p.faults)
            p.flags.update(order.get('flags', {}))
            if order.get('revoke'):
                p.tokens.clear()
            for user, values in order.get('set', {}).items():
                p.grade(user).update(values)
            if order.get('reset'):
                p.grades, p.writes, p.applied, p.requests, p.faults = {}, {}, {}, [], []
        self.answer(200, {})

    # --- LTI Advantage, as Moodle has it ---
    def ags(self, path):
        p = self.platform
        if path == '/mod/lti/token.php':
            return self.token()
        token = (self.headers.get('Authorization') or '').removeprefix('Bearer ')
        if p.tokens.get(token, 0) < time.time():
            return self.answer(401, b'[]')
        accept = self.headers.get('Accept')
        if path.endswith('/memberships'):
            if self.fail(p.fault('read', None), lambda: None):
                return None
            return self.page([{'status': 'Active', 'user_id': u, 'email': s['email'], 'name': s['login'],
                               'lis_person_sourcedid': s['sis'], 'ext_user_username': s['login'], 'roles': ['Learner']}
                              for u, s in p.students.items()] +
                             [{'status': 'Active', 'user_id': '2', 'email': 't@example.edu', 'roles': [
                                 'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor']}],
                             'rel="next"', wrap='members')
        if path.endswith('/lineitems'):
            if accept != 'application/vnd.ims.lis.v2.lineitemcontainer+json':
                return self.answer(400, b'[]', reason='No handler found')
            item = p.flags['item'] or self.base() + '/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1'
            return self.answer(200, [{'id': item, 'label': p.flags['label'], 'scoreMaximum': p.maximum, 'resourceId': '',
                                      'tag': ''}], accept)
        if path.endswith('/lineitem/results'):
            if self.fail(p.fault('read', self.query.get('user_id')), lambda: None):
                return None
            wanted = self.query.get('user_id')
            with p.lock:
                rows = [{'id': self.base() + f'/result?user_id={u}', 'userId': u, 'resultScore': g['points'],
                         'resultMaximum': p.maximum, 'comment': g['comment'],
                         'scoreOf': self.base() + '/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1',
                         'timestamp': time.strftime('%Y-%m-%dT%H:%M:%S+00:00', time.gmtime(g['stamp']))}
                        for u, g in sorted(p.grades.items()) if g['points'] is not None and wanted in (None, u)]
            return self.page(rows, 'rel=\u201cnext\u201d', amp='&amp;', kind=accept)
        if path.endswith('/lineitem/scores') and self.command == 'POST':
            return self.score()
        return self.answer(404, b'[]')

    def token(self):
        p = self.platform
        form = {k: v[0] for k, v in parse_qs(self.raw.decode()).items()}
        if self.fail(p.fault('token', None), lambda: None):
            return None
        if form.get('grant_type') != 'client_credentials':
            return self.answer(400, {'error': 'unsupported_grant_type'}, 'text/html')
        error = verify_assertion(form['client_assertion'], p.jwks, p.clock, p.seen)
        if error:
            return self.answer(400, {'error': 'invalid_client', 'error_description': error}, 'text/html')
        token = os.urandom(16).hex()
        p.tokens[token] = time.time() + 3600
        scope = p.flags['scopes'] if p.flags['scopes'] is not None else form['scope']
        return self.answer(200, {'access_token': token, 'token_type': 'Bearer', 'expires_in': 3600, 'scope': scope},
                           'text/html')

    def page(self, rows, rel, amp='&', wrap=None, kind='application/json'):
        """Pages of PAGE rows, with the Link header that Moodle writes."""
        start = int(self.query.get('from', 0))
        headers = []
        if start + PAGE < len(rows):
            query = amp.join([f'{k}={v}' for k, v in self.query.items() if k != 'from'] + [f'from={start + PAGE}'])
            base = 'https://elsewhere.example.edu' if self.platform.flags['foreign_next'] else self.base()
            headers = [('Link', f'<{base}{urlsplit(self.path).path}?{query}>; {rel}')]
        body = rows[start:start + PAGE]
        self.send_response(200)
        body = json.dumps({wrap: body} if wrap else body).encode()
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers:
            # The typographic quotes are UTF-8 on the wire.
            self._headers_buffer.append(f'{name}: {value}\r\n'.encode())
        self.end_headers()
        self.wfile.write(body)

    def score(self):
        p = self.platform
        if not (self.headers.get('Content-Type') or '').startswith('application/vnd.ims.lis.v1.score+json'):
            return self.answer(400, b'[]', reason='No handler found')
        score = json.loads(self.raw)
        user = score['userId']
        match = re.fullmatch(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z', score['timestamp'])
        assert isinstance(user, str) and match and {'activityProgress', 'gradingProgress'} <= set(score)
        import calendar
        stamp = calendar.timegm(time.strptime(match[1], '%Y-%m-%dT%H:%M:%S'))
        points = min(score['scoreGiven'] / score['scoreMaximum'] * p.maximum, p.maximum)
        with p.lock:
            p.writes[user] = p.writes.get(user, 0) + 1
        if stamp > time.time() + p.clock + 1:
            with p.lock:
                p.flags['future'] += 1

        def apply():
            with p.lock:
                if p.grade(user)['stamp'] < stamp:
                    p.store(user, round(points, 5), score.get('comment', ''), 'tool', stamp)
        kind = p.fault('write', user)
        if self.fail(kind, apply):
            return None
        if kind == 'ignore':
            return self.answer(200, b'', 'application/vnd.ims.lis.v1.score+json')
        if user not in p.students:
            return self.answer(400, b'[]', reason='Incorrect score received ' + self.raw.decode())
        if p.grade(user)['locked']:
            return self.answer(500, b'[]')
        if p.grade(user)['stamp'] >= stamp:
            return self.answer(409, b'[]', reason=f'Refusing score with an earlier timestamp for item 3 and user {user}')
        apply()
        return self.answer(p.flags['status'], b'', 'application/vnd.ims.lis.v1.score+json')

    # --- Moodle's web services: always 200 ---
    def moodle(self):
        p = self.platform
        form = dict(parse_qsl(self.raw.decode(), keep_blank_values=True))
        if self.query or form.get('moodlewsrestformat') != 'json':
            return self.answer(200, b'<?xml version="1.0"?><EXCEPTION/>', 'application/xml')
        if form.get('wstoken') != TOKEN:
            return self.answer(200, {'exception': 'moodle_exception', 'errorcode': 'invalidtoken',
                                     'message': 'Invalid token - token not found: ' + form.get('wstoken', '')})
        function = form['wsfunction']
        user = form.get('userid')
        if function == 'mod_assign_save_grade':
            return self.save_grade(form, user)
        if self.fail(p.fault('read', user), lambda: None):
            return None
        if function == 'core_webservice_get_site_info':
            names = ['mod_assign_get_assignments', 'mod_assign_list_participants', 'gradereport_user_get_grade_items',
                     'mod_assign_get_grades', 'mod_assign_save_grade']
            return self.answer(200, {'userid': 2, 'functions': [{'name': n} for n in names]})
        if function == 'mod_assign_get_assignments':
            return self.answer(200, {'courses': [{'id': 2, 'assignments': [
                {'id': 1, 'cmid': 7, 'name': p.flags['label'], 'grade': int(p.maximum)}]}]})
        if function == 'mod_assign_list_participants':
            return self.answer(200, [{'id': int(u), 'username': s['login'], 'email': s['email'], 'idnumber': s['sis'],
                                      'fullname': s['login']} for u, s in p.students.items()])
        with p.lock:
            if function == 'gradereport_user_get_grade_items':
                rows = [(u, g) for u, g in p.grades.items() if user in ('0', u)]
                return self.answer(200, {'usergrades': [{'userid': int(u), 'gradeitems': [
                    {'itemmodule': 'assign', 'iteminstance': 1, 'graderaw': g['points'], 'grademax': p.maximum,
                     'gradeisoverridden': g['overridden'], 'gradeislocked': g['locked'], 'locked': None,
                     'feedback': f"<p>{g['comment']}</p>", 'gradedategraded': g['stamp']}]} for u, g in rows]})
            if function == 'mod_assign_get_grades':
                # Grades changed at `since` or later: what Moodle compares with assign_grades.timemodified.
                rows = [(u, g) for u, g in p.grades.items()
                        if g['points'] is not None and g['stamp'] >= int(form.get('since', 0))]
                p.graders_told += len(rows)
                return self.answer(200, {'assignments': [{'assignmentid': 1, 'grades': [
                    {'userid': int(u), 'grader': 2 if g['grader'] == 'tool' else 9, 'attemptnumber': 0,
                     'grade': f"{g['points']:.5f}"} for u, g in rows]}]})
        return self.answer(200, {'exception': 'x', 'errorcode': 'accessexception', 'message': 'no such function'})

    def save_grade(self, form, user):
        p = self.platform
        points = float(form['grade'])
        assert form['applytoall'] == '1' and form['attemptnumber'] == '-1' and form['workflowstate'] == ''
        comment = form.get('plugindata[assignfeedbackcomments_editor][text]', '')
        with p.lock:
            p.writes[user] = p.writes.get(user, 0) + 1

        def apply():
            with p.lock:
                if points <= p.maximum and not p.grade(user)['locked']:
                    p.store(user, round(points, 5), comment, 'tool')
        kind = p.fault('write', user)
        if kind == 'exception':
            return self.answer(200, {'exception': 'dml_write_exception', 'errorcode': 'dmlwriteexception', 'message': 'x'})
        if kind == 'usernotincourse':
            return self.answer(200, {'exception': 'x', 'errorcode': 'usernotincourse', 'message': 'not in course'})
        if self.fail(kind, apply):
            return None
        if kind != 'ignore':
            apply()
        return self.answer(200, b'null')

    # --- Canvas ---
    def canvas(self, path):
        p = self.platform
        if self.headers.get('Authorization') != 'Bearer ' + TOKEN:
            return self.answer(401, {'errors': [{'message': 'Invalid access token.'}]},
                               headers=[('WWW-Authenticate', 'Bearer realm="canvas-lms"')])
        match = re.fullmatch(r'/api/v1/courses/12/assignments/345/submissions/(.+)', path)
        user = unquote(match[1]) if match else None
        if self.command == 'PUT':
            return self.put_grade(user)
        if self.fail(p.fault('read', user), lambda: None):
            return None
        if path == '/api/v1/users/self':
            return self.answer(200, {'id': 2, 'name': 'Grader'})
        if path == '/api/v1/courses/12/assignments/345':
            return self.answer(200, {'id': 345, 'name': p.flags['label'], 'points_possible': p.maximum,
                                     'grading_type': 'points'})
        if path == '/api/v1/courses/12/users':
            return self.page([{'id': int(u), 'login_id': s['login'], 'email': s['email'], 'sis_user_id': s['sis']}
                              for u, s in p.students.items()], 'rel="next"')
        if path == '/api/v1/courses/12/assignments/345/submissions':
            return self.page([self.submission(u) for u in p.students], 'rel="next"')
        if user in p.students:
            return self.answer(200, self.submission(user))
        return self.answer(404, {'errors': [{'message': 'The specified resource does not exist.'}]})

    def submission(self, user):
        with self.platform.lock:
            g = dict(self.platform.grade(user))
        return {'user_id': int(user), 'score': g['points'], 'entered_score': g['points'], 'excused': g['excused'],
                'grader_id': None if g['points'] is None else 2 if g['grader'] == 'tool' else 9,
                'graded_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(g['stamp'])),
                'submission_comments': [{'comment': c} for c in g['comments']]}

    def put_grade(self, user):
        p = self.platform
        form = dict(parse_qsl(self.raw.decode(), keep_blank_values=True))
        assert form.get('prefer_points_over_scheme') == 'true'
        points = float(form['submission[posted_grade]'])
        with p.lock:
            p.writes[user] = p.writes.get(user, 0) + 1

        def apply():
            with p.lock:
                p.store(user, points, form.get('comment[text_comment]', ''), 'tool', append=True)
        kind = p.fault('write', user)
        if kind == '401-plain':
            return self.answer(401, {'errors': [{'message': 'user not authorized to perform that action'}]})
        if self.fail(kind, apply):
            return None
        if user not in p.students:
            return self.answer(404, {'errors': [{'message': 'The specified resource does not exist.'}]})
        if kind != 'ignore':
            apply()
        return self.answer(200, self.submission(user))

    # --- a receiver of Standard Webhooks ---
    def hook(self):
        p = self.platform
        if self.command == 'GET':
            return self.answer(405)
        identity, stamp = self.headers['webhook-id'], self.headers['webhook-timestamp']
        digest = hmac.new(HOOK_KEY, f'{identity}.{stamp}.'.encode() + self.raw, hashlib.sha256).digest()
        signature = 'v1,' + base64.b64encode(digest).decode()
        good = any(hmac.compare_digest(signature, s) for s in self.headers['webhook-signature'].split())
        if not good or abs(time.time() - int(stamp)) > 300 or self.headers['Idempotency-Key'] != f'"{identity}"':
            return self.answer(401)
        data = json.loads(self.raw)['data']
        user = data['user']
        with p.lock:
            p.writes[user] = p.writes.get(user, 0) + 1

        def apply():
            with p.lock:
                if identity not in p.seen:
                    p.seen.add(identity)
                    p.store(user, data['points'] / data['max_points'] * p.maximum, data.get('comment', ''), 'tool')
        kind = p.fault('write', user)
        if self.fail(kind, apply):
            return None
        apply()
        return self.answer(204)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('port_file')
    parser.add_argument('--cert')
    parser.add_argument('--key')
    parser.add_argument('--jwks')
    parser.add_argument('--students', type=int, default=20)
    parser.add_argument('--clock', type=float, default=0)
    options = parser.parse_args()
    jwks = {'keys': []}
    if options.jwks:
        text = open(options.jwks).read()
        jwks = json.JSONDecoder().raw_decode(text)[0]
    Handler.platform = Platform(options.students, jwks, options.clock)
    server = Server(('127.0.0.1', 0), Handler)
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with open(options.port_file + '.new', 'w') as out:
        out.write(str(server.server_address[1]))
    os.rename(options.port_file + '.new', options.port_file)
    server.serve_forever()


if __name__ == '__main__':
    main()
