"""The stage of every attack: the real binaries under ceilings of memory, processor, time and disk, and a provider that lies.

A lying provider is the reference provider behind a proxy that changes what it answers. So tests reach deep into it, and only the lie is
made up.
"""

import base64
import functools
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import pty
import resource
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PROOFHOUSE = os.environ.get("PROOFHOUSE", "target/release/proofhouse")
REFERENCE = os.environ.get("REFERENCE_PROVIDER", "target/release/reference-provider")
TENANTS = ["aurora-hair-brooklyn", "massage-relax", "ink-house"]

MIB = 1 << 20
# The ceilings of one process, whatever it is told by others.
MEMORY = 300 * MIB
PROCESSOR_SECONDS = 120
WALL_SECONDS = 180
DISK = 64 * MIB

# A secret as they look: letters, digits, and what percent-encoding and JSON spell otherwise.
CANARY = 'cnry-7Qx/"9+wZ=k4Jt\\b2'


class Checks:
    """Counts what holds and shows what does not."""

    def __init__(self, attack):
        self.attack = attack
        self.passed = 0
        self.failed = 0

    def check(self, what, holds, found=None):
        if holds:
            self.passed += 1
            print(f"held  {self.attack}: {what}", flush=True)
        else:
            self.failed += 1
            shown = "" if found is None else f": {str(found)[:600]}"
            print(f"BROKE {self.attack}: {what}{shown}", flush=True)
        return holds

    def ended(self, done, what="the run", memory=MEMORY):
        """What every process keeps, whatever it is told."""
        self.check(f"{what} ends within {WALL_SECONDS} s", not done.timed_out, f"{done.wall:.0f} s")
        self.check(f"{what} has no bug and no panic", done.code not in (70, 101) and "panicked at" not in done.stderr,
                   f"exit {done.code}: {done.stderr[-500:]}")
        self.check(f"{what} is not killed by a signal", done.timed_out or done.code >= 0, done.code)
        self.check(f"{what} stays below {memory // MIB} MiB", done.peak <= memory, f"{done.peak // MIB} MiB")
        self.check(f"{what} takes less than {PROCESSOR_SECONDS} s of a processor", done.processor <= PROCESSOR_SECONDS,
                   f"{done.processor:.0f} s")
        print(f"      {what}: exit {done.code}, {done.wall:.1f} s, {done.processor:.1f} s of a processor, "
              f"{done.peak // MIB} MiB", flush=True)

    def end(self):
        print(f"{self.attack}: {self.passed} held, {self.failed} broke", flush=True)
        sys.exit(self.failed > 0 or self.passed == 0)


class Done:
    """A process that ended: what it said and what it took."""

    def __init__(self, code, stdout, stderr, wall, usage, timed_out):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.wall = wall
        self.peak = usage.ru_maxrss * 1024
        self.processor = usage.ru_utime + usage.ru_stime
        self.timed_out = timed_out


def limits(disk=DISK, files=None):
    """The hard ceilings: what exceeds them is ended by the system."""

    def set_limits():
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS * 2, PROCESSOR_SECONDS * 2))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if disk is not None:
            # A write beyond it fails with EFBIG, as on a disk that is full.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (disk, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    return set_limits


def run(command, environment=None, wall=WALL_SECONDS, disk=DISK, folder=None, given=None):
    """Runs a command to its end, and measures it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE, stdout=out, stderr=err, cwd=folder,
            env={**os.environ, "NO_COLOR": "1", **(environment or {})}, preexec_fn=limits(disk), start_new_session=True,
        )
        if given is not None:
            process.stdin.write(given)
            process.stdin.close()
        timed_out = threading.Event()

        def end():
            timed_out.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(wall, end)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        return Done(code, *texts, wall, usage, timed_out.is_set())


def shown_in_terminal(command, environment=None):
    """What a command writes to a terminal, and its exit code."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                               env={**os.environ, "NO_COLOR": "1", "TERM": "dumb", **(environment or {})}, preexec_fn=limits())
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    return process.wait(), b"".join(parts).decode(errors="replace")


class Server:
    """A process that listens and says where."""

    def __init__(self, command, environment=None, disk=DISK, files=None):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env={**os.environ, "NO_COLOR": "1", **(environment or {})}, preexec_fn=limits(disk, files),
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"{command[0]} does not listen: {line}{self.stderr()}")
        self.url = line.removeprefix("listening on ").strip().replace("0.0.0.0", "127.0.0.1")
        self.address = self.url.removeprefix("http://")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def is_alive(self):
        return self.process.poll() is None

    def peak(self):
        """The most memory that it had so far."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

    def stop(self):
        if self.is_alive():
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def reference(*arguments, environment=None, files=None, disk=DISK):
    """The reference provider; in memory, unless the arguments name a folder."""
    where = [] if "--data" in arguments else ["--memory"]
    return Server([REFERENCE, "serve", "--port", "0", *where, *arguments], environment, disk, files)


def request(address, method, path, body=None, headers=None, timeout=30):
    """The status, the headers and the body of an answer."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def call(address, tenant, tool, given, timeout=30):
    """Calls a tool over plain HTTP; the answer as an object."""
    path = f"/p/{tenant}/tools/{tool}"
    _, _, body = request(address, "POST", path, json.dumps(given), {"Content-Type": "application/json"}, timeout)
    return json.loads(body)


class Liar:
    """A proxy before the reference provider. `lie(tool, given, status, headers, body)` returns what is answered in place of an answer:
    (status, headers, body as bytes), or a function that is given the raw connection; None leaves the answer as it is."""

    def __init__(self, upstream, lie):
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                given = self.rfile.read(length)
                headers = {name: value for name, value in self.headers.items()
                           if name.lower() in ("content-type", "accept", "mcp-session-id", "mcp-protocol-version")}
                status, said, body = request(upstream, self.command, self.path, given or None, headers)
                said = {name: value for name, value in said.items()
                        if name.lower() in ("content-type", "date", "mcp-session-id")}
                tool = self.path.rsplit("/", 1)[-1] if self.command == "POST" else ""
                with liar.lock:
                    liar.calls += 1
                lied = lie(tool, given, status, said, body, self.headers)
                if callable(lied):
                    self.close_connection = True
                    lied(self.connection)
                    return
                status, said, body = lied or (status, said, body)
                self.wfile.write(f"HTTP/1.1 {status} Said\r\n".encode())
                for name, value in said.items():
                    for value in value if isinstance(value, list) else [value]:
                        self.wfile.write(f"{name}: {value}\r\n".encode("utf-8", "surrogateescape"))
                self.wfile.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

            do_GET = do_POST = do_DELETE = answer

        class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass

        self.lock = threading.Lock()
        self.calls = 0
        self.server = Threads(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, tenant):
        return f"http://{self.address}/p/{tenant}"


def answer(lie):
    """A lie about the object of an answer that is JSON: `lie(tool, object)` returns another object."""

    def lied(tool, _given, status, headers, body, _asked):
        if not tool:
            return None
        try:
            found = json.loads(body)
        except ValueError:
            return None
        changed = lie(tool, found)
        return None if changed is None else (status, headers, json.dumps(changed).encode())

    return lied


def header(name, values):
    """A lie in a header of each answer, one value after the other."""
    turn = iter(range(1 << 62))

    def lied(_tool, _given, status, headers, body, _asked):
        kept = {known: value for known, value in headers.items() if known.lower() != name.lower()}
        return status, {**kept, name: values[next(turn) % len(values)]}, body

    return lied


def manifest(folder, entries):
    """Writes a manifest of providers; its path. JSON is YAML."""
    path = pathlib.Path(folder) / "providers.yaml"
    path.write_text(json.dumps({"providers": entries}))
    return str(path)


def entry(identity, url, capabilities=("booking.create_booking", "booking.list_services"), **more):
    return {"id": identity, "transport": "http", "url": url, "capabilities": list(capabilities), **more}


def prove(folder, entries, *arguments, environment=None, **ceilings):
    """Runs the harness over these providers; what it took. The report is in `report.json`. No turn of a provider may take longer than half
    of what is waited for, where a turn can be bounded."""
    folder = pathlib.Path(folder)
    data = {"PROOFHOUSE_DATA": str(folder / "data"), **(environment or {})}
    command = [PROOFHOUSE, "run", "--providers", manifest(folder, entries), "--quiet", "--output",
               f"json={folder / 'report.json'}", *arguments]
    if "--provider-timeout" not in arguments and bounds_turns():
        command += ["--provider-timeout", f"{WALL_SECONDS // 2}s"]
    return run(command, data, **ceilings)


@functools.cache
def bounds_turns():
    return "--provider-timeout" in subprocess.run([PROOFHOUSE, "run", "--help"], capture_output=True, text=True, check=False).stdout


def report(folder):
    path = pathlib.Path(folder) / "report.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {"results": [], "run": {}, "claims": []}


def rows(found, provider):
    """The outcomes of a provider, counted."""
    counted = {}
    for row in found["results"]:
        if row["provider"] == provider:
            counted[row["outcome"]] = counted.get(row["outcome"], 0) + 1
    return counted


def disk_use(folder):
    return sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*") if file.is_file())


def unharmed(checks, found, provider):
    """An honest provider in the same run passes as if it were alone."""
    counted = rows(found, provider)
    bad = counted.get("fail", 0) + counted.get("error", 0) + counted.get("blocked", 0)
    checks.check("the honest provider beside it passes", counted.get("pass", 0) > 5 and bad == 0, counted)


def spellings(secret):
    """The forms in which a secret leaks: itself, base64 at each offset, percent-encoded, escaped for JSON and HTML, hexadecimal."""
    raw = secret.encode()
    forms = {raw, json.dumps(secret)[1:-1].encode(), urllib.parse.quote(secret, safe="").encode(),
             urllib.parse.quote(secret).encode(), urllib.parse.quote_plus(secret).encode(),
             secret.replace("&", "&amp;").replace('"', "&quot;").encode(), raw.hex().encode(), raw.hex().upper().encode()}
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Without the characters that depend on what stands before and after.
            text = encode(b"\0" * offset + raw)
            forms.add(text[4 if offset else 0:-4])
    return forms


def leaks(folder, texts, secret):
    """Where a secret, or another spelling of it, stands: the names of files and outputs."""
    forms = spellings(secret)
    found = []
    for name, text in texts.items():
        content = text.encode() if isinstance(text, str) else text
        found += [f"{name} ({form.decode()})" for form in forms if form in content]
    for file in pathlib.Path(folder).rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found += [f"{file.name} ({form.decode()})" for form in forms if form in content]
    return found


class Registry:
    """A site with a data folder of its own."""

    def __init__(self, folder, *arguments, files=None, disk=DISK):
        self.data = {"PROOFHOUSE_DATA": str(folder)}
        self.disk = disk
        self.server = Server([PROOFHOUSE, "serve", "--port", "0", *arguments], self.data, disk, files)
        self.address = self.server.address
        self.url = self.server.url

    def command(self, *arguments):
        return run([PROOFHOUSE, *arguments], self.data, disk=self.disk)

    def token(self, glob, publisher="Mallory"):
        """The text of a new token, which is the only word of its kind that the command prints."""
        made = self.command("tokens", "new", "--publisher", publisher, "--provider", glob)
        words = (made.stdout + made.stderr).split()
        return next(word for word in words if word.startswith("phk_"))

    def get(self, path, timeout=30):
        """The status, the text and the seconds of an answer."""
        began = time.monotonic()
        try:
            status, _, body = request(self.address, "GET", path, timeout=timeout)
        except OSError as error:
            return 0, str(error), time.monotonic() - began
        return status, body.decode(errors="replace"), time.monotonic() - began

    def upload(self, token, identity, record, resume=False):
        """Uploads the text of a record as it is, or what is missing of it; the status and the text of the last answer."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        offset = 0
        content = record.encode()
        if resume:
            status, _, said = request(self.address, "GET", f"/api/v1/uploads/{identity}", headers=headers)
            if status != 200:
                return status, said.decode(errors="replace")
            state = json.loads(said)
            if state["kept"]:
                return 200, said.decode(errors="replace")
            offset = state["bytes"]
        while offset < len(content):
            piece = content[offset:offset + 512 * 1024].decode(errors="ignore")
            body = json.dumps({"offset": offset, "piece": piece})
            status, _, said = request(self.address, "POST", f"/api/v1/uploads/{identity}", body, headers)
            if status != 200:
                return status, said.decode(errors="replace")
            offset += len(piece.encode())
        body = json.dumps({"digest": hashlib.sha256(content).hexdigest()})
        status, _, said = request(self.address, "POST", f"/api/v1/uploads/{identity}/finish", body, headers, timeout=120)
        return status, said.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()


def record_of(folder, entries, *arguments, environment=None):
    """Runs the harness, and returns the events of the run as objects, as they would be published."""
    path = pathlib.Path(folder) / "record.jsonl"
    prove(folder, entries, "--output", f"jsonl={path}", *arguments, environment=environment)
    return [json.loads(line) for line in path.read_text().splitlines()]


def text_of(events):
    """The text of a record, its events counted anew."""
    for seq, event in enumerate(events):
        event["event"]["seq"] = seq
    return "".join(json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n" for event in events)


def run_id(events):
    return events[0]["event"]["kind"]["run_started"]["run"]
