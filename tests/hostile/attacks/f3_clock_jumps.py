"""Faults: the clock of a machine is set by hours and years while a run, or a provider, is at work. Nobody is accused of it, and no time runs
backwards. Needs libfaketime."""

import datetime
import glob
import pathlib
import sys
import tempfile
import threading

from stage import PROOFHOUSE, REFERENCE, Checks, Server, call, entry, prove, reference, report, run

checks = Checks("f3_clock_jumps")
FOUND = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
if not FOUND:
    sys.exit("f3_clock_jumps: libfaketime is not here (Debian: apt-get install faketime)")

JUMPS = ["+2h", "-2h", "+400d", "-400d"]
TENANTS = ["aurora-hair-brooklyn", "massage-relax", "ink-house"]
CAPABILITIES = ["booking.create_booking", "booking.check_availability", "booking.cancel_booking", "booking.list_services"]


class FakeClock:
    """A clock for one process, which can be set while the process is at work."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder, "clock")
        self.set("+0")
        self.environment = {"LD_PRELOAD": FOUND[0], "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                            "DONT_FAKE_MONOTONIC": "1"}

    def set(self, by):
        # The file is read at every look at the clock, so it must never be empty.
        new = self.file.with_suffix(".new")
        new.write_text(by + "\n")
        new.rename(self.file)

    def set_later(self, by, seconds):
        timer = threading.Timer(seconds, self.set, [by])
        timer.start()
        return timer


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


with reference("--sandbox") as honest:
    for jump in JUMPS:
        checks.attack = f"f3_clock_jumps (the harness, {jump})"
        with tempfile.TemporaryDirectory() as folder:
            clock = FakeClock(folder)
            # Paced, so that the run is at work when the clock is set, on any machine.
            entries = [entry(f"shop:{tenant}", f"{honest.url}/p/{tenant}", CAPABILITIES, max_per_second=300) for tenant in TENANTS]
            # One test at a time, so that the jump meets tests that are half done.
            timer = clock.set_later(jump, 1.5)
            done = prove(folder, entries, "--per-host", "1", environment=clock.environment)
            timer.cancel()
            checks.ended(done)
            found = report(folder)
            wrong = [(row["test"], row["outcome"], row["message"]) for row in found["results"]
                     if row["outcome"] not in ("pass", "skip")]
            checks.check("the clock was set while the run was at work", done.wall > 2.5, f"{done.wall:.1f} s")
            checks.check("nobody is accused of it", done.code == 0 and not wrong, f"exit {done.code}: {wrong[:4]}")
            times = found["run"]
            if checks.check("there is a report", times.get("finished_at"), done.stderr[-300:]):
                took = (instant(times["finished_at"]) - instant(times["started_at"])).total_seconds()
                checks.check("the run took what it took", 0 <= took <= done.wall + 1, f"{took} s of {done.wall:.1f} s")
                whens = [instant(row["when"]) for row in found["results"]]
                low, high = min(whens), max(whens)
                checks.check("each row is within the run", instant(times["started_at"]) - low < datetime.timedelta(seconds=2)
                             and high <= instant(times["finished_at"]), f"{low} to {high}")
                longest = max(row["ms"] for row in found["results"])
                checks.check("no test took longer than the run", longest <= done.wall * 1000, longest)
            done = run([PROOFHOUSE, "store", "check"], {"PROOFHOUSE_DATA": f"{folder}/data"})
            checks.check("the store is sound", done.code == 0, done.stdout + done.stderr)

for jump in JUMPS:
    checks.attack = f"f3_clock_jumps (the provider, {jump})"
    with tempfile.TemporaryDirectory() as folder:
        clock = FakeClock(folder)
        command = [REFERENCE, "serve", "--port", "0", "--sandbox", "--data", f"{folder}/shop"]
        with Server(command, clock.environment) as shop:
            tenant = "aurora-hair-brooklyn"
            service = call(shop.address, tenant, "list_services", {})["services"][0]["id"]

            def free(days):
                date = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).date().isoformat()
                return [slot["start_at"] for slot in
                        call(shop.address, tenant, "check_availability", {"service_id": service, "date": date})["slots"]]

            start = next(slots[0] for slots in map(free, range(3, 15)) if slots)
            given = {"service_id": service, "start_at": start, "customer": {"name": "A", "email": "a@example.com"}}
            booked = call(shop.address, tenant, "create_booking", given)
            checks.check("a slot is booked", booked.get("ok"), booked)
            clock.set(jump)
            taken = call(shop.address, tenant, "create_booking", {**given, "customer": {"name": "B", "email": "b@example.com"}})
            checks.check("nobody else gets it after the jump", taken.get("ok") is False, taken)
            clock.set("+0")
            again = call(shop.address, tenant, "create_booking", given)
            checks.check("the same call back in time makes no second booking",
                         again.get("booking_id") == booked["booking_id"] or again.get("ok") is False, again)
            gone = call(shop.address, tenant, "cancel_booking", {"booking_id": booked["booking_id"]})
            checks.check("it can be cancelled", gone.get("ok"), gone)
            checks.check("the provider is alive and has not panicked", shop.is_alive() and "panicked" not in shop.stderr(),
                         shop.stderr()[-400:])
checks.attack = "f3_clock_jumps"
checks.end()
