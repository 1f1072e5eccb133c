"""Who can read what is kept, where tokens go, and what a record of somebody else makes us start."""

import datetime
import os
import pathlib
import socket
import stat
import tempfile
import threading

from stage import CANARY, PROOFHOUSE, REFERENCE, Checks, Server, call, entry, prove, record_of, reference, run, text_of

checks = Checks("r7_files")
os.umask(0o022)


def open_to_others(folder):
    return [f"{path.name} {stat.filemode(path.stat().st_mode)}" for path in [folder, *folder.rglob("*")] if path.stat().st_mode & 0o077]


with reference("--sandbox") as honest, tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    prove(top, [entry("shop:one", f"{honest.url}/p/ink-house", ["booking.list_services"])])
    found = open_to_others(top / "data")
    checks.check("what the harness keeps is its owner's alone", not found, found)

    with Server([REFERENCE, "serve", "--port", "0", "--sandbox", "--data", str(top / "shop" / "data")]) as shop:
        services = call(shop.address, "ink-house", "list_services", {})["services"]
        slots = []
        for day in range(1, 15):
            date = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day)).date().isoformat()
            slots += call(shop.address, "ink-house", "check_availability", {"service_id": services[0]["id"], "date": date})["slots"]
        made = call(shop.address, "ink-house", "create_booking", {"service_id": services[0]["id"], "start_at": slots[0]["start_at"],
                                                                 "customer": {"name": "Ada", "email": "ada@example.com"}})
        checks.check("a booking is made", made["ok"], made)
        for _ in range(100):
            if list((top / "shop" / "data").rglob("*.eml")):
                break
            threading.Event().wait(0.05)
        found = open_to_others(top / "shop" / "data")
        checks.check("what the reference provider keeps is its owner's alone", not found, found)

    # A listener that would see the token.
    heard = []
    listener = socket.create_server(("0.0.0.0", 0))

    def listen():
        while True:
            connection, _ = listener.accept()
            connection.settimeout(2)
            try:
                heard.append(connection.recv(65536))
            except OSError:
                pass
            connection.close()

    threading.Thread(target=listen, daemon=True).start()
    try:
        own = socket.gethostbyname(socket.gethostname())
    except OSError:
        own = "127.0.0.1"
    port = listener.getsockname()[1]
    token = {"PROOFHOUSE_TOKEN": CANARY.replace("\\", "x").replace('"', "y"), "PROOFHOUSE_DATA": str(top / "data")}
    for url in (f"http://{own}:{port}", "http://192.0.2.1", "http://registry.example", "http://127.0.0.1.evil.example", "http://user@evil.example",
                "http://localhost@evil.example", "ftp://registry.example"):
        if url.startswith("http://127.0.0.1:"):
            continue
        done = run([PROOFHOUSE, "publish", "latest", "--to", url], token, wall=20)
        checks.check(f"no token goes in the clear to {url}", done.code not in (0, 70, 101) and not done.timed_out, f"{done.code} {done.stderr[:200]}")
    checks.check("nobody heard the token", not any(token["PROOFHOUSE_TOKEN"].encode() in text for text in heard), heard)

    # A record of somebody else that owes an undo to a command.
    mark = top / "started"
    events = record_of(top, [entry("shop:one", f"{honest.url}/p/ink-house", ["booking.cancel_booking"])], "--test", "happy_path")
    events = [event for event in events if "undo_settled" not in event["event"]["kind"]]
    start = events[0]["event"]["kind"]["run_started"]
    for provider in start["providers"]:
        provider["endpoint"] = {"transport": "stdio", "command": "/bin/sh", "args": ["-c", f"touch {mark}; cat"]}
    path = top / "foreign.jsonl"
    path.write_text(text_of(events))
    fresh = {"PROOFHOUSE_DATA": str(top / "fresh")}
    done = run([PROOFHOUSE, "merge", str(path)], fresh)
    checks.check("the record has no bug in it", done.code not in (70, 101), done.stderr[-300:])
    for identity in ("latest", start["run"]):
        done = run([PROOFHOUSE, "cleanup", identity], fresh, wall=30)
        checks.check(f"cleanup {identity} has no bug", done.code not in (70, 101), done.stderr[-300:])
    checks.check("no command of a foreign record is started", not mark.exists())
checks.end()
