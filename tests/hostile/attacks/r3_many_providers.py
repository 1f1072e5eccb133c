"""One record with tens of thousands of providers. It is refused at the door, and one that is in the store already slows no page."""

import copy
import json
import pathlib
import tempfile

from stage import MIB, Checks, Registry, entry, record_of, reference, run_id, text_of

CAPABILITY = "booking.list_services"
MANY = 60_000
checks = Checks("r3_many_providers")

with reference("--sandbox") as honest, tempfile.TemporaryDirectory() as data:
    with tempfile.TemporaryDirectory() as folder:
        events = record_of(folder, [entry("crowd:p", f"{honest.url}/p/ink-house", [CAPABILITY])], "--test", "happy_path", "--partition", "1/1")
    start = events[0]["event"]["kind"]["run_started"]
    model = start["providers"][0]
    start["providers"] = [{**model, "id": f"crowd:p{number}"} for number in range(MANY)]
    rows = [event for event in events if "test_finished" in event["event"]["kind"]]
    grown = []
    for number in range(MANY):
        for row in rows:
            other = copy.deepcopy(row)
            other["event"]["kind"]["test_finished"]["provider"] = f"crowd:p{number}"
            grown.append(other)
    last = events[-1]
    start["planned"] = start["part"]["whole_planned"] = len(grown)
    record = text_of([events[0], *grown, last])
    identity = run_id(events)
    with Registry(data, disk=512 * MIB) as registry:
        token = registry.token("crowd:*")
        status, said = registry.upload(token, identity, record)
        checks.check("the record is refused in words", 400 <= status < 500 and len(said) > 20, f"{status} {said[:300]}")
        checks.check("the site is alive", registry.server.is_alive(), registry.server.stderr()[-300:])
        path = pathlib.Path(data) / "crowd.jsonl"
        path.write_text(record)
        done = registry.command("merge", str(path))
        checks.ended(done, "a merge of the record", memory=512 * MIB)
        print(f"      upload: {status} {said[:200]} {registry.server.stderr()[-200:]}", flush=True)
        shown = registry.command("runs", "show", "latest", "--format", "json").stdout
        identity = json.loads(shown)["run"]["id"] if shown else identity
        checks.check("it is stored, or refused in words", done.code == 0 or len(done.stderr) > 20, done.stderr[-300:])
        for page in ["/", "/runs", f"/runs/{identity}", "/providers", f"/capabilities/{CAPABILITY}", f"/capabilities/{CAPABILITY}/matrix",
                     "/feed.atom", "/api/v1/runs", f"/api/v1/runs/{identity}", "/api/v1/providers",
                     f"/api/v1/capabilities/{CAPABILITY}@0.1.0/results?limit=10", f"/badge/crowd:p7/{CAPABILITY}.svg"]:
            registry.get(page)
            status, text, seconds = registry.get(page)
            # A whole report of this size is refused in words, and its pages are not.
            refused = status == 422 and page == f"/api/v1/runs/{identity}" and len(text) > 20
            answered = status in (200, 404) or refused
            checks.check(f"{page} is answered within a second", answered and seconds < 1.0, f"{status} {seconds:.2f} s")
            checks.check(f"{page} is below 2 MiB", len(text) < 2 * MIB, f"{len(text) / MIB:.1f} MiB")
        checks.check("the site stays below 300 MiB", registry.server.peak() < 300 * MIB, f"{registry.server.peak() / MIB:.0f} MiB")
checks.end()
