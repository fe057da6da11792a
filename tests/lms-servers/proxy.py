"""An HTTP proxy that only does CONNECT (RFC 9110, 9.3.6), over TLS when it has a certificate."""
import socket, ssl, threading


class Proxy:
    def __init__(self, cert=None, key=None):
        self.tunnels = []          # where to
        self.refuse = 0            # so many are answered with 502
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.context = None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert, key)
        self.url = f'http{"s" if cert else ""}://127.0.0.1:{self.listener.getsockname()[1]}'
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.tunnel, args=(near,), daemon=True).start()

    def tunnel(self, near):
        far = None
        try:
            if self.context:
                near = self.context.wrap_socket(near, server_side=True)
            head = b''
            while b'\r\n\r\n' not in head:
                got = near.recv(4096)
                if not got:
                    return
                head += got
            word, where = head.split()[:2]
            self.tunnels.append((word + b' ' + where).decode())
            if word != b'CONNECT' or self.refuse > 0:
                self.refuse -= 1
                near.sendall(b'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
                return
            host, port = where.decode().rsplit(':', 1)
            far = socket.create_connection((host, int(port)))
            near.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
            back = threading.Thread(target=self.carry, args=(far, near), daemon=True)
            back.start()
            self.carry(near, far)
            back.join()
        except OSError:
            pass
        finally:
            near.close()
            if far:
                far.close()

    @staticmethod
    def carry(source, sink):
        try:
            while True:
                got = source.recv(65536)
                if not got:
                    break
                sink.sendall(got)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *anything):
        self.listener.close()
