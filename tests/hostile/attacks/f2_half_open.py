"""Faults: ten thousand connections that send half a request and hold on, within the descriptors that there are."""

import resource
import socket
import sys
import tempfile
import threading
import time

from stage import MIB, REFERENCE, Checks, Registry, Server, request

checks = Checks("f2_half_open")
MANY = 10_000
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
many = min(MANY, most - 500) if most != resource.RLIM_INFINITY else MANY


def attack(name, server, path):
    checks.attack = f"f2_half_open ({name})"
    held = []
    host, port = server.address.split(":")
    began = time.monotonic()

    def connect(count):
        for _ in range(count):
            try:
                connection = socket.create_connection((host, int(port)), timeout=5)
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ")
                held.append(connection)
            except OSError:
                pass

    threads = [threading.Thread(target=connect, args=(many // 20,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened = time.monotonic() - began
    answered = None
    while time.monotonic() - began < 90:
        try:
            status, _, _ = request(server.address, "GET", path, timeout=5)
            answered = time.monotonic() - began - opened
            break
        except OSError:
            time.sleep(0.2)
    checks.check("somebody else is answered within 40 s", answered is not None and answered < 40, answered)
    checks.check("the server is alive", server.is_alive())
    checks.check("it stays below 300 MiB", server.peak() < 300 * MIB, f"{server.peak() // MIB} MiB")
    shown = "never" if answered is None else f"after {answered:.1f} s"
    print(f"      {len(held)} connections in {opened:.1f} s, somebody else answered {shown}, {server.peak() // MIB} MiB", flush=True)
    for connection in held:
        connection.close()


with tempfile.TemporaryDirectory() as data, Registry(data) as registry:
    attack("the site", registry.server, "/")
with Server([REFERENCE, "serve", "--port", "0", "--memory"]) as provider:
    attack("the reference provider", provider, "/")
checks.attack = "f2_half_open"
checks.end()
