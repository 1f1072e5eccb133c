"""Servers, for as long as a block lasts."""

import contextlib
import os
import socket
import subprocess
import time

LIMIT_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, **options):
    """A process that is ended with the block."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def listening(command, port, limit=LIMIT_SECONDS, log=subprocess.DEVNULL, folder=None, **environment):
    """A server that is told its port, once it takes connections."""
    with running(command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log) as server:
        deadline = time.monotonic() + limit
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > deadline or server.poll() is not None:
                raise TimeoutError(f"{command} does not listen")
            time.sleep(0.1)
        yield server


@contextlib.contextmanager
def serving(command, **options):
    """The address of one of our servers, which chooses its port and says it."""
    with running(command, stdout=subprocess.PIPE, text=True, **options) as server:
        line = server.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"{command} does not say that it listens")
        yield line.removeprefix("listening on ").strip()
