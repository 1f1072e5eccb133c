"""A provider that asks for pauses, or answers a byte at a time, for as long as it is waited for. Its turn ends; the run is the others'."""

import json
import os
import tempfile
import time

from stage import Checks, Liar, entry, prove, reference, report, unharmed

checks = Checks("p3_pauses")
seen = {}


def seven_pauses(tool, given, _status, headers, body, _asked):
    """Each answer after seven refusals: as many pauses as a call is allowed."""
    key = (tool, given)
    seen[key] = seen.get(key, 0) + 1
    if seen[key] % 8:
        return 429, {**headers, "Retry-After": "1"}, b'{"error":"slow down"}'
    return None


def drip(_tool, _given, _status, _headers, _body, _asked):
    def slowly(connection):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(100_000):
                connection.sendall(b" ")
                time.sleep(0.2)
        except OSError:
            pass

    return slowly


def broken_listing(tool, _given, _status, headers, _body, _asked):
    return (200, headers, b"<html>") if tool == "" else None


LIMIT = 25
with reference("--sandbox") as honest:
    for name, lie in [("pauses", seven_pauses), ("drip", drip), ("listing", broken_listing)]:
        checks.attack = f"p3_pauses ({name})"
        liar = Liar(honest.address, lie)
        with tempfile.TemporaryDirectory() as folder:
            bounds = ["--timeout", "2s", "--provider-timeout", f"{LIMIT}s"]
            liars = entry("liar:shop", liar.url("ink-house"))
            if name == "listing":
                del liars["capabilities"]
            done = prove(folder, [liars, entry("honest:shop", f"{honest.url}/p/massage-relax")], *bounds, wall=LIMIT * 6)
            checks.ended(done)
            # What the tests made is taken back after it.
            checks.check("the turn ends with its deadline", done.wall < LIMIT + 75, f"{done.wall:.0f} s")
            found = report(folder)
            unharmed(checks, found, "honest:shop")
            standings = [claim.get("standing") for claim in found.get("claims", []) if claim.get("provider") == "liar:shop"]
            checks.check("nothing of the liar is conformant", "conformant" not in standings, standings)
checks.attack = "p3_pauses"
checks.end()
