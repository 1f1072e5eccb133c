"""Files that were damaged while a process runs on them, and what is on the disk when a process says that it is done."""

import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from stage import PROOFHOUSE, REFERENCE, Checks, Server, call, entry, prove, reference, request, run

checks = Checks("r8_store")


def book(address, number):
    """Books the next free slot of a service; the answer, or the status where there is none."""
    services = call(address, "ink-house", "list_services", {})["services"]
    for day in range(1, 20):
        date = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day)).date().isoformat()
        slots = call(address, "ink-house", "check_availability", {"service_id": services[0]["id"], "date": date}).get("slots", [])
        if slots:
            return call(address, "ink-house", "create_booking", {"service_id": services[0]["id"], "start_at": slots[0]["start_at"],
                                                                 "customer": {"name": "Ada", "email": f"ada{number}@example.com"}})
    return {}


with tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    data = top / "shop"
    with Server([REFERENCE, "serve", "--port", "0", "--sandbox", "--data", str(data)]) as shop:
        checks.check("a booking is made", book(shop.address, 1).get("ok"))
        for name in ("bookings.sqlite3", "bookings.sqlite3-wal"):
            path = data / name
            if path.exists():
                path.write_bytes(b"x" * max(65536, path.stat().st_size))
        statuses = []
        for number in range(20):
            try:
                statuses.append(request(shop.address, "POST", "/p/ink-house/tools/create_booking", json.dumps({
                    "service_id": "ink-half-day", "start_at": "2027-03-02T10:00:00Z", "customer": {"name": "E", "email": f"e{number}@example.com"}}),
                    {"Content-Type": "application/json"}, timeout=5)[0])
            except OSError:
                statuses.append(0)
            if not shop.is_alive():
                break
            time.sleep(0.1)
        time.sleep(1)
        ended = not shop.is_alive()
        checks.check("a provider whose file was damaged ends, or serves on", ended or 200 in statuses[-3:], statuses)
        if ended:
            checks.check("it ends loudly", shop.process.wait() == 1 and "can no longer be written" in shop.stderr(), shop.stderr()[-300:])

    if shutil.which("strace"):
        trace = top / "trace"
        process = subprocess.Popen(["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o", str(trace), REFERENCE, "serve",
                                    "--port", "0", "--data", str(top / "traced" / "data")], stdout=subprocess.PIPE, text=True)
        url = process.stdout.readline().removeprefix("listening on http://").strip()
        checks.check("a booking is made under a trace", book(url, 2).get("ok"))
        for _ in range(100):
            if list((top / "traced").rglob("*.eml")):
                break
            time.sleep(0.1)
        time.sleep(0.5)
        for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        process.wait(timeout=30)
        lines = trace.read_text().splitlines()
        renames = [number for number, line in enumerate(lines) if "rename" in line and ".eml" in line]
        checks.check("a mail is renamed into its place", renames)
        folder = re.compile(r"f(data)?sync\(\d+<[^>]*/mails>\)")
        checks.check("its folder is synced after that", renames and any(folder.search(line) for line in lines[renames[0]:]))
        above = re.compile(r"f(data)?sync\(\d+<[^>]*/traced/data>\)")
        checks.check("the data folder is synced", any(above.search(line) for line in lines))

    with reference("--sandbox") as honest:
        house = {"PROOFHOUSE_DATA": str(top / "house")}
        prove(top, [entry("shop:one", f"{honest.url}/p/ink-house", ["booking.list_services"])], environment=house)
        checks.check("a sound store is called sound", run([PROOFHOUSE, "store", "check"], house).code == 0)
        done = run([PROOFHOUSE, "store", "backup", str(top / "copy")], house)
        checks.check("a store is copied", done.code == 0, done.stderr[-300:])
        database = next(path for path in (top / "house").rglob("*") if path.is_file() and path.read_bytes()[:6] == b"SQLite")
        content = bytearray(database.read_bytes())
        content[4096:12288] = b"\xa5" * 8192
        database.write_bytes(content)
        for name in ("-wal", "-shm"):
            database.with_name(database.name + name).unlink(missing_ok=True)
        done = run([PROOFHOUSE, "store", "check"], house)
        checks.check("a damaged store is called damaged", done.code not in (0, 70, 101), f"{done.code} {done.stderr[-300:]}")
        done = run([PROOFHOUSE, "runs", "list"], house)
        checks.check("and is no bug", done.code not in (70, 101), f"{done.code} {done.stderr[-300:]}")
checks.end()
