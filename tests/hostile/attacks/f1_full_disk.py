"""Faults: a disk that is full while everybody writes, and has room again later. What was answered is kept, and nothing has to be started anew."""

import datetime
import json
import resource
import sqlite3
import tempfile

from stage import MIB, PROOFHOUSE, REFERENCE, Checks, Registry, Server, call, entry, prove, record_of, reference, request, run, run_id, text_of

checks = Checks("f1_full_disk")


def give_room(process):
    _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))


def starts(address):
    found = []
    for day in range(2, 15):
        date = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day)).date().isoformat()
        for service in call(address, "aurora-hair-brooklyn", "list_services", {})["services"]:
            answer = call(address, "aurora-hair-brooklyn", "check_availability", {"service_id": service["id"], "date": date})
            found += [(service["id"], slot["start_at"]) for slot in answer["slots"]]
    return found


with tempfile.TemporaryDirectory() as folder:
    command = [REFERENCE, "serve", "--port", "0", "--sandbox", "--data", f"{folder}/shop"]
    with Server(command, disk=MIB) as shop:
        booked, statuses = {}, {}
        slots = starts(shop.address)

        def book(number):
            service, start = slots[number % len(slots)]
            given = {"service_id": service, "start_at": start, "customer": {"name": "A" * 900, "email": f"c{number}@example.com"}}
            status, _, body = request(shop.address, "POST", "/p/aurora-hair-brooklyn/tools/create_booking", json.dumps(given),
                                      {"Content-Type": "application/json"})
            statuses[status] = statuses.get(status, 0) + 1
            answer = json.loads(body)
            if answer.get("ok"):
                booked[answer["booking_id"]] = given
                call(shop.address, "aurora-hair-brooklyn", "cancel_booking", {"booking_id": answer["booking_id"]})
            return status

        for number in range(4_000):
            if book(number) == 500 and statuses[500] >= 20:
                break
        checks.check("the disk gets full, and that is said with status 500", statuses.get(500, 0) >= 20, statuses)
        checks.check("reading goes on", call(shop.address, "aurora-hair-brooklyn", "list_services", {})["ok"])
        checks.check("the provider is alive", shop.is_alive(), shop.stderr()[-300:])
        give_room(shop.process)
        checks.check("with room it writes again", any(book(number) == 200 for number in range(5_000, 5_020)), statuses)
        print(f"      {len(booked)} bookings acknowledged, statuses {statuses}", flush=True)
    database = sqlite3.connect(f"{folder}/shop/bookings.sqlite3")
    kept = {row[0] for row in database.execute("SELECT id FROM booking")}
    checks.check("what was acknowledged is kept", set(booked) <= kept, len(set(booked) - kept))
    checks.check("the file is whole", database.execute("PRAGMA integrity_check").fetchone() == ("ok",))

with reference("--sandbox") as honest:
    for room in (200_000, 600_000):
        with tempfile.TemporaryDirectory() as folder:
            entries = [entry("shop:one", f"{honest.url}/p/ink-house")]
            done = prove(folder, entries, disk=room)
            checks.ended(done, f"a run with {room // 1000} kB of disk")
            checks.check("a run that cannot be kept is not green", done.code not in (0, 70), f"{done.code} {done.stderr[-300:]}")
            checks.check("and says so", "record" in done.stderr or "store" in done.stderr or "kept" in done.stderr, done.stderr[-300:])
            again = prove(folder, entries)
            checks.check("with room the next run is kept", again.code == 0, f"{again.code} {again.stderr[-300:]}")
            done = run([PROOFHOUSE, "store", "check"], {"PROOFHOUSE_DATA": f"{folder}/data"})
            checks.check("the store is sound", done.code == 0, done.stdout + done.stderr)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as data, Registry(data) as registry:
        events = record_of(folder, [entry("shop:one", f"{honest.url}/p/ink-house")])
        token = registry.token("shop:*")
        resource.prlimit(registry.server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        status, said = registry.upload(token, run_id(events), text_of(events))
        checks.check("an upload to a full disk is a failure of the site", status >= 500 or status == 429, f"{status} {said[:200]}")
        checks.check("the site still answers", registry.get("/")[0] == 200)
        give_room(registry.server.process)
        status, said = registry.upload(token, run_id(events), text_of(events))
        if status == 409:
            status = 200
        checks.check("with room the upload is accepted", status == 200, f"{status} {said[:200]}")
checks.end()
