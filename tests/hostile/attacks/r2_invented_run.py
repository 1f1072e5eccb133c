"""Runs that a publisher made up. The registry's own verdict stands, and what is only self-attested says so at every place."""

import copy
import json
import tempfile

from stage import Checks, Liar, Registry, answer, entry, prove, record_of, reference, run_id, text_of

CAPABILITY = "booking.list_services"
checks = Checks("r2_invented_run")


def says(checks_, what, text):
    said = "self-attested" in text or '"self_attested":true' in text.replace(" ", "")
    checks_.check(f"{what} says that it is self-attested", said, text[:300])


with reference("--sandbox") as honest, tempfile.TemporaryDirectory() as data, Registry(data) as registry:
    lie = answer(lambda tool, found: {**found, "services": [{**found["services"][0], "name": 7}]} if found.get("services") else None)
    liar = Liar(honest.address, lie)
    with tempfile.TemporaryDirectory() as folder:
        done = prove(folder, [entry("liar:shop", liar.url("ink-house"), [CAPABILITY])], environment=registry.data)
        checks.check("the registry's own verdict is red", done.code == 1, done.code)
    token = registry.token("liar:*")
    with tempfile.TemporaryDirectory() as folder:
        green = record_of(folder, [entry(name, f"{honest.url}/p/ink-house", [CAPABILITY]) for name in ("liar:shop", "liar:new")])
    status, said = registry.upload(token, run_id(green), text_of(copy.deepcopy(green)))
    checks.check("a run that contradicts nothing is accepted", status in (200, 201), f"{status} {said[:300]}")

    def standing(provider):
        done = registry.command("gate", "--provider", provider, "--capability", CAPABILITY, "--format", "json")
        return done.code, done.stdout + done.stderr

    code, said = standing("liar:shop")
    checks.check("gate still says no", code == 1, f"{code} {said[:300]}")
    status, text, _ = registry.get(f"/badge/liar:shop/{CAPABILITY}.svg")
    checks.check("the badge is not green", "not conformant" in text, text[-300:])
    code, said = standing("liar:new")
    says(checks, "gate", said)
    for path in [f"/badge/liar:new/{CAPABILITY}.svg", "/providers/liar:new", "/providers", f"/capabilities/{CAPABILITY}",
                 f"/capabilities/{CAPABILITY}/matrix", "/feed.atom", "/api/v1/providers/liar:new",
                 f"/api/v1/gate?provider=liar:new&capability={CAPABILITY}"]:
        status, text, _ = registry.get(path)
        if status != 404 or not path.startswith("/api/v1/providers"):
            says(checks, path, text)

    # A later run of the publisher turns nothing either, whatever time it claims.
    def forged(change):
        events = copy.deepcopy(green)
        change(events)
        return registry.upload(token, run_id(events), text_of(events))

    def rename(events):
        for event in events:
            row = event["event"]["kind"].get("test_finished")
            if row:
                row["test"] = f"{row['test']}_of_mine"

    def relevel(events):
        for event in events:
            row = event["event"]["kind"].get("test_finished")
            if row and row["level"] == "must":
                row["level"] = "should"

    def redate(year):
        def change(events):
            for event in events:
                row = event["event"]["kind"].get("test_finished")
                if row:
                    row["when"] = f"{year}-01-01T00:00:00Z"
        return change

    def reversion(events):
        for event in events:
            row = event["event"]["kind"].get("test_finished")
            if row:
                row["version"] = "9.9.9"

    def renamed(change):
        """The same forgery as a run of its own, as an accepted run is not sent again."""
        def changed(events):
            start = events[0]["event"]["kind"]["run_started"]
            name = start["run"]
            start["run"] = name[:-1] + ("0" if name[-1] != "0" else "1")
            change(events)
        return changed

    for name, change in [("tests that the suite has not", rename), ("tests of another level", relevel), ("rows of the year 9999", redate(9999)),
                         ("rows of the year 1970", redate(1970)), ("a version that there is not", reversion)]:
        status, said = forged(renamed(change))
        checks.check(f"a record with {name} is refused in words", 400 <= status < 500 and len(said) > 20, f"{status} {said[:300]}")
    for identity in ["latest", "20260101", "../../etc", "a" * 300, "20991231-235959-abe33eb4"]:
        events = copy.deepcopy(green)
        events[0]["event"]["kind"]["run_started"]["run"] = identity
        try:
            status, said = registry.upload(token, identity.replace("/", "%2f"), text_of(events))
        except OSError as error:
            status, said = 0, str(error)
        checks.check(f"the id {identity[:24]} is refused", 400 <= status < 500, f"{status} {said[:200]}")
    code, said = standing("liar:shop")
    checks.check("after all that gate says no", code == 1, f"{code} {said[:300]}")
checks.end()
