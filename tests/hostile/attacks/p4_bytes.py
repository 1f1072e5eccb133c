"""Answers that are as large as they may be. What is kept of a run stays small, on disk and in memory."""

import tempfile

from stage import MIB, Checks, Liar, answer, disk_use, entry, prove, reference, report, unharmed

checks = Checks("p4_bytes")


def unknown_keys(_tool, found):
    return {**found, **{f"unknown_key_number_{number}": 1 for number in range(30_000)}}


def long_texts(_tool, found):
    def lengthen(value):
        if isinstance(value, dict):
            return {key: lengthen(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [lengthen(inner) for inner in value[:20]]
        return value + "a" * 9_000 if isinstance(value, str) and len(value) < 60 and ":" not in value else value

    return lengthen(found)


def long_error(_tool, _found):
    return {"ok": False, "error": "e" * 900_000, "message": "m" * 90_000}


def deep(_tool, found):
    value = {}
    for _ in range(60):
        value = {"k": value, "pad": "x" * 15_000}
    return {**found, "deep": value}


with reference("--sandbox") as honest:
    for name, lie in [("keys", unknown_keys), ("texts", long_texts), ("errors", long_error), ("depth", deep)]:
        checks.attack = f"p4_bytes ({name})"
        liar = Liar(honest.address, answer(lie))
        with tempfile.TemporaryDirectory() as folder:
            done = prove(folder, [
                entry("liar:shop", liar.url("ink-house")),
                entry("liar:new", liar.url("ink-house/v0.2.0"), ["booking.create_booking@0.2.0", "booking.list_services@0.2.0"]),
                entry("honest:shop", f"{honest.url}/p/massage-relax"),
            ])
            checks.ended(done)
            checks.check("the run keeps less than 64 MiB", disk_use(folder) < 64 * MIB, f"{disk_use(folder) / MIB:.0f} MiB")
            found = report(folder)
            longest = max((len(row["message"] or "") for row in found["results"]), default=0)
            checks.check("no message is longer than 4,000 characters", longest <= 4_000, longest)
            unharmed(checks, found, "honest:shop")
checks.attack = "p4_bytes"
checks.end()
