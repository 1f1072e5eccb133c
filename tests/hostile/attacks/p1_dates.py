"""Dates that no calendar holds, in headers and in answers. Nobody's run ends by them, and an honest provider beside passes."""

import tempfile

from stage import Checks, Liar, answer, entry, header, prove, reference, report, unharmed

checks = Checks("p1_dates")
DATES = [
    "31 Dec 262142 23:59:59 +0000", "Fri, 31 Dec 262142 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT",
    "Mon, 30 Feb 2026 25:61:61 GMT", "Thu, 01 Jan 1970 00:00:00 +9959", "Sun, 06 Nov 99999999999 08:49:37 GMT",
    "Wed, 31 Dec 9999 23:59:60 GMT", "-262143-01-01", "", "\x7f",
]
INSTANTS = ["+262142-12-31T23:59:59Z", "-262143-01-01T00:00:00Z", "9999-12-31T23:59:60+23:59", "0000-00-00T00:00:00Z",
            "2026-02-30T25:00:00Z", "1e308", "99999999999999-01-01T00:00:00Z"]
turn = iter(range(1 << 62))


def odd_instants(tool, found):
    if tool != "check_availability" or not found.get("slots"):
        return None
    for slot in found["slots"]:
        for key in list(slot):
            if key.endswith("_at"):
                slot[key] = INSTANTS[next(turn) % len(INSTANTS)]
    return found


def odd_retry(_tool, _given, _status, headers, body, _asked):
    waits = ["Fri, 31 Dec 262142 23:59:59 GMT", "-1", "1e400", "99999999999999999999999", "18446744073709551616", "0.5", "NaN"]
    now = next(turn)
    if now % 3:
        return None
    return 429, {**headers, "Retry-After": waits[now % len(waits)]}, body


with reference("--sandbox") as honest:
    for name, lie in [("dates", header("Date", DATES)), ("instants", answer(odd_instants)),
                      ("ages", header("Age", ["-1", "99999999999999999999", "x"])), ("retries", odd_retry)]:
        checks.attack = f"p1_dates ({name})"
        liar = Liar(honest.address, lie)
        with tempfile.TemporaryDirectory() as folder:
            done = prove(folder, [entry("liar:shop", liar.url("ink-house")),
                                  entry("honest:shop", f"{honest.url}/p/massage-relax")], "--timeout", "5s")
            checks.ended(done)
            found = report(folder)
            checks.check("there is a report with the liar's rows", sum(map(bool, (row["provider"] == "liar:shop"
                         for row in found["results"]))) > 0, done.stderr[-400:])
            unharmed(checks, found, "honest:shop")
checks.attack = "p1_dates"
checks.end()
