"""Faults: writes, commits, new names and renames that fail, one after the other, wherever something is kept. It is said in words, nothing
panics, nothing that was acknowledged is lost, and with room again everything goes on. Folders and files are made immutable, which takes root;
whoever is not has the disks that end at a byte alone."""

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import resource
import sqlite3
import subprocess
import tempfile
import time

from stage import (DISK, PROOFHOUSE, REFERENCE, Checks, Registry, Server, call, entry, prove, record_of, reference, request, run,
                   run_id, text_of)

checks = Checks("f4_failing_writes")
TENANT = "aurora-hair-brooklyn"


def can_freeze():
    with tempfile.TemporaryDirectory() as folder:
        frozen = subprocess.run(["chattr", "+i", folder], check=False, capture_output=True).returncode == 0
        if frozen:
            subprocess.run(["chattr", "-i", folder], check=True)
    return frozen


@contextlib.contextmanager
def frozen(*paths):
    """Nothing can be written to these files, nor made, renamed or removed in these folders."""
    paths = [str(path) for path in paths if os.path.exists(path)]
    subprocess.run(["chattr", "+i", *paths], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *paths], check=True)


def starts(address):
    found = []
    for day in range(2, 15):
        date = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day)).date().isoformat()
        service = call(address, TENANT, "list_services", {})["services"][0]["id"]
        answer = call(address, TENANT, "check_availability", {"service_id": service, "date": date})
        found += [(service, slot["start_at"]) for slot in answer["slots"]]
    return found


class Booker:
    """A client that remembers what it was told."""

    def __init__(self, address):
        self.address = address
        self.slots = iter(starts(address) * 20)
        self.number = 0
        self.booked = set()
        self.statuses = {}

    def book(self):
        service, start = next(self.slots)
        self.number += 1
        customer = {"name": "A" * 200, "email": f"c{self.number}@example.com"}
        given = {"service_id": service, "start_at": start, "customer": customer}
        path = f"/p/{TENANT}/tools/create_booking"
        try:
            status, _, body = request(self.address, "POST", path, json.dumps(given), {"Content-Type": "application/json"})
        except (OSError, http.client.HTTPException) as error:
            status, body = 0, repr(error).encode()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        try:
            said = json.loads(body)
        except ValueError:
            said = {}
        if said.get("ok"):
            self.booked.add(said["booking_id"])
            call(self.address, TENANT, "cancel_booking", {"booking_id": said["booking_id"]})
        return status, body.decode(errors="replace")

    def lost(self, folder):
        database = sqlite3.connect(f"{folder}/bookings.sqlite3")
        kept = {row[0] for row in database.execute("SELECT id FROM booking")}
        sound = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
        return self.booked - kept, sound


def harness(honest):
    entries = [entry("shop:one", f"{honest.url}/p/ink-house")]
    checks.attack = "f4_failing_writes (harness)"
    silent, panicked, unsound = [], [], []
    for room in [0, 1, 512, 4095, 4096, 8192, 12_288, 20_000, 28_672, 33_000, 40_960, 57_344, 70_000, 90_000, 120_000, 250_000, 400_000]:
        with tempfile.TemporaryDirectory() as folder:
            done = prove(folder, entries, disk=room)
            if done.code in (70, 101) or done.code < 0 or "panicked" in done.stderr:
                panicked.append((room, done.code, done.stderr[-300:]))
            kept = run([PROOFHOUSE, "runs", "list"], {"PROOFHOUSE_DATA": f"{folder}/data"})
            whole = "conformant" in kept.stdout or "passed" in kept.stdout
            if done.code == 0 and not whole:
                silent.append((room, kept.stdout[-200:], kept.stderr[-200:]))
            # What it says goes to a file with the same end.
            if done.code != 0 and room > 512 and len(done.stderr.strip()) < 20:
                silent.append((room, done.code, done.stderr))
            again = prove(folder, entries)
            check = run([PROOFHOUSE, "store", "check"], {"PROOFHOUSE_DATA": f"{folder}/data"})
            if again.code != 0 or check.code != 0:
                unsound.append((room, again.code, again.stderr[-200:], check.stdout[-200:], check.stderr[-200:]))
    checks.check("a disk that ends anywhere makes nothing panic", not panicked, panicked)
    checks.check("what is not kept is said", not silent, silent)
    checks.check("with room the next run is kept, and the store is sound", not unsound, unsound)
    if not FREEZES:
        return
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "data")
        data.mkdir()
        with frozen(data):
            done = prove(folder, entries)
        checks.check("a folder in which nothing can be made is named", done.code not in (0, 70, 101) and "data" in done.stderr,
                     f"{done.code} {done.stderr[-300:]}")
        checks.check("with rights the run is kept", prove(folder, entries).code == 0)
        with frozen(*(path for path in data.iterdir() if not path.name.endswith("-shm"))):
            done = prove(folder, entries)
        checks.check("a database that cannot be written is named", done.code not in (0, 70, 101) and "database" in done.stderr,
                     f"{done.code} {done.stderr[-300:]}")
        target = pathlib.Path(folder, "backups")
        target.mkdir()
        here = {"PROOFHOUSE_DATA": str(data)}
        with frozen(target):
            done = run([PROOFHOUSE, "store", "backup", str(target / "copy.db")], here)
        checks.check("a copy that cannot be made is named and leaves nothing", done.code not in (0, 70, 101) and "copy.db" in done.stderr
                     and not list(target.iterdir()), f"{done.code} {done.stderr}")
        done = run([PROOFHOUSE, "store", "backup", str(target / "copy.db")], here, disk=16_384)
        checks.check("half a copy is none", done.code not in (0, 70, 101) and not list(target.iterdir()),
                     f"{done.code} {done.stderr} {list(target.iterdir())}")
        key = f"{folder}/log.key"
        run([PROOFHOUSE, "keys", "new", "--output", key])
        run([PROOFHOUSE, "log", "new", "--name", "registry.example/log", "--key", key], here)

        def revoke(number, **ceilings):
            return run([PROOFHOUSE, "log", "revoke", "--run", f"20261121-030000-{number:08x}", "--reason", "w", "--key", key], here, **ceilings)

        revoke(1)
        before = run([PROOFHOUSE, "log", "checkpoint"], here).stdout
        pathlib.Path(folder, "earlier.txt").write_text(before)
        for name, freeze in [("folder", [data / "log"]), ("entries", [data / "log" / "entries"]), ("checkpoint", [data / "log" / "checkpoint"])]:
            with frozen(*freeze):
                done = revoke(2)
            checks.check(f"an entry that cannot be written ({name}) is named and is none", done.code not in (0, 70, 101) and "log" in done.stderr
                         and run([PROOFHOUSE, "log", "checkpoint"], here).stdout == before, f"{done.code} {done.stderr}")
        for room in (0, 64, 150, 250):
            done = revoke(2, disk=room)
            if done.code != 0:
                checks.check(f"nor with {room} bytes of disk", done.code not in (70, 101)
                             and run([PROOFHOUSE, "log", "checkpoint"], here).stdout == before, f"{done.code} {done.stderr}")
        checks.check("afterwards it can be written", revoke(3).code == 0)
        done = run([PROOFHOUSE, "log", "verify", "--from", f"{folder}/earlier.txt"], here)
        checks.check("and the log continues the checkpoint", done.code == 0, done.stdout + done.stderr)


def registry(honest):
    checks.attack = "f4_failing_writes (registry)"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as data, Registry(data) as site:
        token = site.token("shop:*")
        process = site.server.process.pid
        most = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
        refused, wrong = 0, []
        for room in [1, 4096, 20_000, 60_000, 100_000, 200_000, 300_000, 400_000]:
            events = record_of(folder, [entry("shop:one", f"{honest.url}/p/ink-house")], "--no-store")
            resource.prlimit(process, resource.RLIMIT_FSIZE, (room, most))
            status, said = site.upload(token, run_id(events), text_of(events))
            page = site.get("/runs")[0]
            resource.prlimit(process, resource.RLIMIT_FSIZE, (DISK, most))
            listed = run_id(events) in site.get("/runs")[1]
            refused += status >= 500
            if page != 200 or (status == 200) != listed or (status != 200 and status < 500):
                wrong.append((room, status, page, listed, said[:200]))
            status, said = site.upload(token, run_id(events), text_of(events), resume=True)
            if status != 200 or run_id(events) not in site.get("/runs")[1]:
                wrong.append((room, "with room", status, said[:200]))
        checks.check("a disk that ends anywhere fails uploads and nothing else; with room they go on", not wrong and refused > 1,
                     f"{refused} {wrong}")
        if FREEZES:
            events = record_of(folder, [entry("shop:one", f"{honest.url}/p/ink-house")], "--no-store")
            parts = [pathlib.Path(data), *(path for path in pathlib.Path(data).iterdir() if not path.name.endswith("-shm"))]
            with frozen(*parts):
                status, said = site.upload(token, run_id(events), text_of(events))
                checks.check("an upload that cannot be kept is a failure of the site", status >= 500, f"{status} {said[:200]}")
                checks.check("the site still answers", site.get("/runs")[0] == 200)
            status, said = site.upload(token, run_id(events), text_of(events), resume=True)
            checks.check("with rights it is accepted", status == 200, f"{status} {said[:200]}")
        checks.check("it is alive and has not panicked", site.server.is_alive() and "panicked" not in site.server.stderr(),
                     site.server.stderr()[-300:])
        check = site.command("store", "check")
        checks.check("the store is sound", check.code == 0, check.stdout + check.stderr)


def provider():
    checks.attack = "f4_failing_writes (reference provider)"
    with tempfile.TemporaryDirectory() as folder:
        command = [REFERENCE, "serve", "--port", "0", "--sandbox", "--data", folder]
        with Server(command) as shop:
            client = Booker(shop.address)
            most = resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE)[1]
            stuck, failed = [], 0
            for room in [1, 4096, 16_384, 32_768, 65_536, 100_000, 131_072, 200_000]:
                resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE, (room, most))
                tried = [client.book() for _ in range(6)]
                failed += sum(status == 500 for status, _ in tried)
                if call(shop.address, TENANT, "list_services", {}).get("ok") is not True:
                    stuck.append((room, "does not read"))
                resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE, (DISK, most))
                if not any(client.book()[0] == 200 for _ in range(6)):
                    stuck.append((room, "does not write again", tried[-1]))
            checks.check("a disk that ends anywhere fails bookings with status 500", failed > 5, client.statuses)
            checks.check("it reads meanwhile, and with room it writes again", not stuck, stuck)
            if FREEZES:
                # Not the index of the log, which is memory that processes share and no file that is written.
                files = [pathlib.Path(folder, name) for name in ("bookings.sqlite3", "bookings.sqlite3-wal")]
                with frozen(pathlib.Path(folder), *files):
                    tried = [client.book() for _ in range(6)]
                    checks.check("a database that cannot be written fails bookings in words",
                                 all(status == 500 and len(said) > 20 for status, said in tried), tried[:2])
                checks.check("with rights it writes again", any(client.book()[0] == 200 for _ in range(6)), client.statuses)
                mails = pathlib.Path(folder, "mails")
                with frozen(mails):
                    before = len(client.booked)
                    for _ in range(4):
                        client.book()
                    checks.check("a mail that cannot be written fails no booking", len(client.booked) > before, client.statuses)
                    time.sleep(1)
                    there = len(list(mails.rglob("*.eml")))
                until = time.monotonic() + 90
                while len(list(mails.rglob("*.eml"))) <= there and time.monotonic() < until:
                    time.sleep(1)
                checks.check("with rights the mails come", len(list(mails.rglob("*.eml"))) > there, there)
            checks.check("it is alive and has not panicked", shop.is_alive() and "panicked" not in shop.stderr(), shop.stderr()[-400:])
            print(f"      {len(client.booked)} bookings acknowledged, statuses {client.statuses}", flush=True)
        lost, sound = client.lost(folder)
        checks.check("what was acknowledged is kept", not lost, len(lost))
        checks.check("the file is whole", sound)


FREEZES = can_freeze()
with reference("--sandbox") as upright:
    harness(upright)
    registry(upright)
provider()
checks.attack = "f4_failing_writes"
checks.end()
