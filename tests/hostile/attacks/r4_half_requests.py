"""Visitors who send half a request, or a byte now and then, and hold on. The site and the provider answer others meanwhile."""

import socket
import tempfile
import time

from stage import Checks, Registry, Server, REFERENCE, request

checks = Checks("r4_half_requests")
FILES = 200
HALVES = [
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"POST /p/ink-house/tools/list_services HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{",
    b"POST /api/v1/uploads/20261130-112015-abe33eb4 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500000\r\n\r\n{",
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
]


def attack(name, server, path):
    checks.attack = f"r4_half_requests ({name})"
    held = []
    try:
        for number in range(FILES * 2):
            try:
                connection = socket.create_connection(server.address.split(":"), timeout=5)
                connection.sendall(HALVES[number % len(HALVES)])
                held.append(connection)
            except OSError:
                pass
        answered = None
        began = time.monotonic()
        while time.monotonic() - began < 75:
            try:
                status, _, _ = request(server.address, "GET", path, timeout=5)
                answered = time.monotonic() - began
                break
            except OSError:
                time.sleep(0.5)
        checks.check("somebody else is answered within 40 s", answered is not None and answered < 40, answered)
        time.sleep(max(0, 65 - (time.monotonic() - began)))
        open_yet = 0
        for connection in held:
            connection.setblocking(False)
            try:
                while connection.recv(65536):
                    pass
            except BlockingIOError:
                open_yet += 1
            except OSError:
                pass
        checks.check("after 65 s none of them is open", open_yet == 0, f"{open_yet} of {len(held)}")
        status, _, _ = request(server.address, "GET", path, timeout=5)
        checks.check("the server answers", status == 200, status)
        checks.check("and is alive", server.is_alive())
    finally:
        for connection in held:
            connection.close()


with tempfile.TemporaryDirectory() as data, Registry(data, files=FILES) as registry:
    attack("the site", registry.server, "/")
with Server([REFERENCE, "serve", "--port", "0", "--memory"], files=FILES) as provider:
    attack("the reference provider", provider, "/")
checks.attack = "r4_half_requests"
checks.end()
