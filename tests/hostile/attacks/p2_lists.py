"""Lists as long as an answer can be. A turn ends in words, within its ceilings, and nobody else waits for it."""

import tempfile

from stage import Checks, Liar, answer, entry, prove, reference, report, unharmed

checks = Checks("p2_lists")


def services(tool, found):
    if tool == "list_services" and found.get("services"):
        model = found["services"][0]
        found["services"] = [{**model, "service_id": f"s{number}", "name": "x"} for number in range(6_000)]
        return found
    return None


def slots(tool, found):
    if tool == "check_availability" and found.get("slots"):
        model = found["slots"][0]
        found["slots"] = [dict(model) for _ in range(9_000)]
        return found
    return None


def anything(tool, found):
    found["extras"] = [[] for _ in range(300_000)]
    return found


with reference("--sandbox") as honest:
    for name, lie, capped in [("services", services, True), ("slots", slots, True), ("extras", anything, False)]:
        checks.attack = f"p2_lists ({name})"
        liar = Liar(honest.address, answer(lie))
        with tempfile.TemporaryDirectory() as folder:
            done = prove(folder, [entry("liar:shop", liar.url("ink-house")),
                                  entry("honest:shop", f"{honest.url}/p/massage-relax")])
            checks.ended(done)
            found = report(folder)
            unharmed(checks, found, "honest:shop")
            if capped:
                said = [row["message"] or "" for row in found["results"] if row["provider"] == "liar:shop" and row["outcome"] == "fail"]
                checks.check("a row says how long the list is and how much is read",
                             any("are not read" in message for message in said), said[:3])
checks.attack = "p2_lists"
checks.end()
