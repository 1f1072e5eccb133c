"""A provider that says our secret back, and is otherwise right: it gets a certificate, and leaves bookings behind. The secret stands in no
page, feed, badge or answer of the site, in no certificate, and in nothing that cleaning up prints."""

import base64
import json
import pathlib
import re
import tempfile
import urllib.parse

from stage import CANARY, PROOFHOUSE, Checks, Liar, Registry, entry, leaks, prove, reference, report, run

checks = Checks("p8_pages")
CAPABILITIES = ["booking.create_booking", "booking.check_availability", "booking.cancel_booking", "booking.list_services"]
SPELLED = " | ".join([
    CANARY, base64.b64encode(CANARY.encode()).decode(), base64.b64encode(b"x" + CANARY.encode()).decode(),
    base64.urlsafe_b64encode(b"xy" + CANARY.encode()).decode(), urllib.parse.quote(CANARY, safe=""), json.dumps(CANARY)[1:-1],
    CANARY.encode().hex(),
])


def talkative(refuses):
    """Every text of it holds the secret where a text is free, and a call is refused with it where that is asked for."""

    def lied(tool, given, status, headers, body, _asked):
        if tool == "" or not body:
            return None
        if tool == "cancel_booking" and refuses():
            return 200, headers, json.dumps({"ok": False, "error": "internal", "message": SPELLED}).encode()
        try:
            found = json.loads(body)
        except ValueError:
            return None
        for service in found.get("services") or []:
            service["name"] = f"{service['name']} {SPELLED}"
        if isinstance(found.get("service"), dict) and "name" in found["service"]:
            found["service"]["name"] += f" {SPELLED}"
        found["remark"] = SPELLED
        return status, {**headers, "X-Remark": CANARY}, json.dumps(found).encode()

    return lied


def pages(site, identity):
    """Every page and answer that is reached from the first one, and those that no page links to."""
    waiting = ["/", "/runs", f"/runs/{identity}", "/providers", "/providers/liar:shop", "/certificates", "/feed.atom",
               "/badge/liar:shop/booking.create_booking.svg", "/badge/liar:shop/booking.create_booking.json", "/api/v1/runs",
               f"/api/v1/runs/{identity}", f"/api/v1/runs/{identity}/results", "/api/v1/providers", "/api/v1/certificates",
               "/api/v1/gate?provider=liar:shop&capability=booking.create_booking", f"/api/v1/runs/{identity}/report",
               "/capabilities/booking.create_booking", "/capabilities/booking.create_booking@0.1.0/matrix"]
    seen = {}
    while waiting and len(seen) < 400:
        path = waiting.pop(0)
        if path in seen:
            continue
        status, text, _ = site.get(path)
        seen[path] = text
        if status == 200 and "<html" in text[:400]:
            links = re.findall(r'href="(/[^"#]*)"', text)
            of_ours = [link.replace("&amp;", "&") for link in links if "liar" in link or identity in link or "certificate" in link]
            waiting += [link for link in of_ours if link not in seen]
    return seen


refusing = False
with reference() as honest:
    liar = Liar(honest.address, talkative(lambda: refusing))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as apart:
        # The key and the manifest stay apart from what is made of them.
        entries = [entry("liar:shop", liar.url("ink-house"), CAPABILITIES, auth={"bearer_env": "CANARY_TOKEN"})]
        secret = {"CANARY_TOKEN": CANARY, "PROOFHOUSE_DATA": f"{folder}/data"}
        done = prove(folder, entries, environment=secret)
        found = report(folder)
        standings = {claim["capability"]: claim["standing"] for claim in found["claims"]}
        wrong = [(row["test"], row["message"]) for row in found["results"] if row["outcome"] in ("fail", "error")]
        checks.check("it is conformant all the same", done.code == 0 and set(standings.values()) == {"conformant"},
                     f"{done.code} {standings} {wrong[:3]} {done.stderr[-300:]}")
        certificates = pathlib.Path(folder, "certificates")
        certificates.mkdir()
        key = f"{apart}/key"
        run([PROOFHOUSE, "keys", "new", "--output", key])
        trust = run([PROOFHOUSE, "keys", "trust", key, "--provider", "liar:*"])
        pathlib.Path(apart, "trust.yaml").write_text(trust.stdout)
        texts = {"run": done.stdout + done.stderr}
        for capability in CAPABILITIES:
            target = certificates / f"{capability}.intoto.json"
            made = run([PROOFHOUSE, "certify", "latest", "--key", key, "--output", str(target), "--svr", f"{target}.svr",
                        "--capability", f"{capability}@0.1.0"], secret)
            verified = run([PROOFHOUSE, "verify", str(target), "--trust", f"{apart}/trust.yaml"], secret)
            checks.check(f"there is a certificate of {capability}", made.code == 0 and verified.code == 0,
                         made.stdout + made.stderr + verified.stdout + verified.stderr)
            texts |= {f"certify {capability}": made.stdout + made.stderr, f"verify {capability}": verified.stdout + verified.stderr}
            if target.exists():
                texts[f"payload of {capability}"] = base64.b64decode(json.loads(target.read_text())["payload"])
        refusing = True
        left = prove(folder, entries, "--test", "create_booking/happy_path", environment=secret)
        checks.check("a run leaves something behind", report(folder)["leftovers"], left.stderr[-300:])
        texts["run that leaves something"] = left.stdout + left.stderr
        refused = run([PROOFHOUSE, "cleanup", "latest"], secret)
        checks.check("cleaning up that is refused says so", refused.code == 6 and "still there" in refused.stdout, refused.stdout + refused.stderr)
        refusing = False
        with Registry(f"{folder}/data", "--certificates", str(certificates), "--trust", f"{apart}/trust.yaml") as site:
            shown = pages(site, found["run"]["id"]) | pages(site, report(folder)["run"]["id"])
            checks.check("there are pages of it", sum("liar:shop" in text for text in shown.values()) > 10, sorted(shown))
            texts |= shown
            texts["the site's standard error"] = site.server.stderr()
        taken = run([PROOFHOUSE, "cleanup", "latest"], secret)
        checks.check("cleaning up takes back what was left", taken.code == 0 and "taken back" in taken.stdout,
                     taken.stdout + taken.stderr)
        texts |= {"cleanup, refused": refused.stdout + refused.stderr, "cleanup": taken.stdout + taken.stderr}
        pathlib.Path(folder, "providers.yaml").unlink()
        found = leaks(folder, texts, CANARY)
        checks.check("the secret stands nowhere", not found, sorted(found)[:8])
checks.end()
