"""Keys past their trust, revocations in other spellings, ends that are centuries away, and a trust file that changes under the site."""

import json
import pathlib
import re
import tempfile
import time

from stage import PROOFHOUSE, Checks, Registry, entry, prove, reference, run

CAPABILITY = "booking.list_services@0.1.0"
checks = Checks("r5_trust")

with reference("--sandbox") as honest, tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    data = {"PROOFHOUSE_DATA": str(top / "data")}

    def house(*arguments):
        return run([PROOFHOUSE, *map(str, arguments)], data)

    prove(top, [entry("shop:one", f"{honest.url}/p/ink-house", ["booking.list_services"])], environment=data)
    key = top / "p.key"
    house("keys", "new", "--output", key)
    shown = house("keys", "show", key).stdout
    identity = re.search(r"[0-9a-f]{64}", shown).group(0)
    certificates = top / "certificates"
    certificates.mkdir()
    good = certificates / "good.json"

    def certify(path, *more):
        return house("certify", "latest", "--key", key, "--output", path, "--capability", CAPABILITY, *more)

    checks.check("a certificate is written", certify(good).code == 0)
    base = house("keys", "trust", f"{key}.pub", "--provider", "shop:*").stdout
    trust = top / "trust.yaml"

    def verify(text, path=good, *more):
        trust.write_text(text)
        return house("verify", path, "--trust", trust, *more)

    checks.check("it verifies", verify(base).code == 0)
    for name, text in [("a key that was trusted until last year", re.sub(r"until: \S+", "until: 2025-01-01", re.sub(r"from: \S+", "from: 2024-01-01", base))),
                       ("a key that will be trusted next year", re.sub(r"until: \S+", "until: 2029-01-01", re.sub(r"from: \S+", "from: 2028-01-01", base)))]:
        done = verify(text)
        checks.check(f"{name} verifies nothing", done.code in (1, 3), done.code)

    pairs = ":".join(re.findall("..", identity))
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in identity)
    without = base.split("revoked:")[0]
    for name, spelled in [("as it is", identity), ("in capitals", identity.upper()), ("in pairs", pairs.upper()), ("with its algorithm", f"sha256:{identity}"),
                          ("between spaces", f"  {identity} "), ("in wide letters", wide), ("cut short", identity[:63]), ("with a zero width", identity[:9] + "\u200b" + identity[9:])]:
        done = verify(without + "revoked:\n  keys: [{ id: " + json.dumps(spelled, ensure_ascii=False) + ", reason: stolen }]\n  runs: []\n")
        checks.check(f"a revocation {name} revokes, or the file is refused", done.code in (1, 3), f"exit {done.code}")

    for valid in ["36500d", "400d", "99999999999d"]:
        far = top / "far.json"
        far.unlink(missing_ok=True)
        done = certify(far, "--valid", valid)
        refused = done.code != 0 and not far.exists()
        held = far.exists() and verify(base, far).code != 0
        checks.check(f"nothing is vouched for as long as {valid}", (refused or held) and done.code not in (70, 101), f"exit {done.code} {done.stderr[-200:]}")
    done = verify(re.sub(r"until: \S+", "until: 2026-12-15", base))
    checks.check("no certificate outlives the trust in its key", done.code == 1 or "2026-12-15" in done.stdout, f"exit {done.code} {done.stdout[-300:]}")

    trust.write_text(base)
    with Registry(top / "data", "--certificates", str(certificates), "--trust", str(trust)) as registry:
        page = re.search(r'/certificates/[^"\s]+', registry.get("/certificates")[1])
        page = page.group(0) if page else "/certificates"
        before = registry.get(page)[1]
        trust.write_text(without + f'revoked:\n  keys: [{{ id: "{identity}", reason: stolen }}]\n  runs: []\n')
        after, began = before, time.monotonic()
        while "revoked" not in after.lower().replace(before.lower(), "") and time.monotonic() - began < 15:
            time.sleep(0.5)
            after = registry.get(page)[1]
        checks.check("the site sees a revocation within 15 s", "is revoked" in after or after.lower().count("revoked") > before.lower().count("revoked"))
        trust.write_text("broken: [")
        time.sleep(3)
        status, text, _ = registry.get(page)
        checks.check("a broken trust file makes nothing valid again", status == 200 and text.lower().count("revoked") >= after.lower().count("revoked"), status)
checks.end()
