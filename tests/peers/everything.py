"""Has the harness reach the server of the MCP project that shows everything, over both bindings.

usage: everything.py PROOFHOUSE-BINARY FOLDER
"""

import os
import selectors
import socket
import subprocess
import sys
import time

from peer import Checks

LIMIT_SECONDS = 60
SERVER = "mcp-server-everything"

MANIFEST = f"""\
providers:
  - id: peers:everything
    transport: stdio
    command: {SERVER}
    args: [stdio]
    # Claims are needed, and no contract describes what it offers.
    capabilities: [booking.list_services]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port):
    """The server, once it says that it listens."""
    command = [SERVER, "streamableHttp"]
    environment = {**os.environ, "PORT": str(port)}
    server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + LIMIT_SECONDS
    said = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(server.stderr, selectors.EVENT_READ)
        while b"listening on port" not in said:
            if not waiting.select(max(0, deadline - time.monotonic())):
                break
            piece = os.read(server.stderr.fileno(), 4096)
            if not piece:
                break
            said += piece
        else:
            return server
    server.kill()
    raise TimeoutError(f"{SERVER} does not listen: {said.decode()}")


def reach(checks, binary, *at):
    def proofhouse(*arguments):
        command = [binary, "tool", *arguments, *at]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)

    listed = proofhouse("list")
    names = [line.split()[0] for line in listed.stdout.splitlines() if line.strip()]
    checks.check("lists tools", listed.returncode == 0 and "echo" in names, listed)

    # It greets in words, where a contract wants an object: reached, and no answer.
    called = proofhouse("call", "echo", '{"message": "hi"}', "--no-validate")
    checks.check("calls echo", called.returncode == 1 and "Echo: hi" in called.stdout + called.stderr, called)


def main(binary, folder):
    checks = Checks("everything")
    manifest = os.path.join(folder, "providers.yaml")
    with open(manifest, "w", encoding="utf-8") as file:
        file.write(MANIFEST)
    server = None
    try:
        checks.place = "stdio"
        reach(checks, binary, "--providers", manifest, "--provider", "peers:everything")
        checks.place = "http"
        port = free_port()
        server = start(port)
        reach(checks, binary, "--mcp", "--url", f"http://127.0.0.1:{port}/mcp")
    except (TimeoutError, subprocess.TimeoutExpired) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    finally:
        if server:
            server.terminate()
            server.wait()
    checks.end()


main(*sys.argv[1:])
