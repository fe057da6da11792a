#!/usr/bin/env python3
import selectors, socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[1])))
FILE = b"x" * 512 + b"end\n"
jobs = {}          # address -> [block, deadline, tries]
def block(a):
    j = jobs[a]
    s.sendto(struct.pack("!HH", 3, j[0]) + FILE[(j[0] - 1) * 512:j[0] * 512], a)
    j[1] = time.monotonic() + 1; j[2] += 1
while True:
    now = time.monotonic()
    for a in list(jobs):
        if jobs[a][1] <= now:
            if jobs[a][2] >= 5: del jobs[a]
            else: block(a)
    s.settimeout(max(0.001, min(j[1] for j in jobs.values()) - time.monotonic()) if jobs else None)
    try: d, a = s.recvfrom(2000)
    except socket.timeout: continue
    op, = struct.unpack("!H", d[:2])
    if op == 1: jobs[a] = [1, 0, 0]; block(a)
    elif op == 4 and a in jobs:
        n, = struct.unpack("!H", d[2:4])
        if n == jobs[a][0]:
            if n * 512 > len(FILE): del jobs[a]
            else: jobs[a] = [n + 1, 0, 0]; block(a)
