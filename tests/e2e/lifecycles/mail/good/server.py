#!/usr/bin/env python3
import socketserver, sys
class H(socketserver.StreamRequestHandler):
    def say(self, s): self.wfile.write(s.encode() + b"\r\n"); self.wfile.flush()
    def handle(self):
        n = 0
        self.say("220 ready")
        while True:
            l = self.rfile.readline()
            if not l: return
            w = l.split()[0].upper() if l.split() else b""
            if w in (b"HELO", b"MAIL", b"RCPT", b"NOOP"): self.say("250 ok")
            elif w == b"DATA":
                self.say("354 go on")
                while True:
                    l = self.rfile.readline()
                    if not l: return
                    if l == b".\r\n": break
                self.say("250 queued as 17")
            elif w == b"VRFY": self.say("252 " + l.split()[1].decode())
            elif w == b"QUIT": self.say("221 bye"); return
            else: self.say("500 what?")
class S(socketserver.ThreadingTCPServer): allow_reuse_address = True; daemon_threads = True
S(("", int(sys.argv[1])), H).serve_forever()
