#!/usr/bin/env python3
import asyncio, sys
clients = {}
async def serve(r, w):
    clients[w] = True
    try:
        while True:
            d = await r.read(4096)
            if not d: break
            for o in list(clients):
                if o is not w:
                    try: o.write(d)
                    except OSError: pass
    except OSError: pass
    finally:
        clients.pop(w, None)
        w.close()
async def main():
    s = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]))
    async with s: await s.serve_forever()
asyncio.run(main())
