"""Certificates that nobody signed, or that say more than was signed. No registry signs beside them, and nobody verifies them."""

import base64
import json
import pathlib
import subprocess
import tempfile

from stage import PROOFHOUSE, Checks, Liar, entry, prove, reference, run

CAPABILITY = "booking.list_services@0.1.0"
checks = Checks("r1_forged_certificate")


def payload(envelope):
    return json.loads(base64.b64decode(envelope["payload"]))


def with_payload(envelope, statement, sign=None):
    body = json.dumps(statement).encode()
    signatures = [{"keyid": envelope["signatures"][0].get("keyid", ""), "sig": base64.b64encode(sign(body) if sign else bytes(64)).decode()}]
    return {**envelope, "payload": base64.b64encode(body).decode(), "signatures": signatures}


with reference("--sandbox") as honest, tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    data = {name: {"PROOFHOUSE_DATA": str(top / name / "data")} for name in ("provider", "registry")}

    def house(name, *arguments):
        return run([PROOFHOUSE, *map(str, arguments)], data[name])

    for name in data:
        (top / name).mkdir()
        done = prove(top / name, [entry("shop:one", f"{honest.url}/p/ink-house", ["booking.list_services"])], environment=data[name])
        checks.check(f"the {name} has a run to rest on", done.code == 0, done.stderr[-300:])
        house(name, "keys", "new", "--output", top / f"{name}.key")
    house("provider", "keys", "new", "--output", top / "mallory.key")
    good = top / "good.json"
    done = house("provider", "certify", "latest", "--key", top / "provider.key", "--output", good, "--capability", CAPABILITY)
    checks.check("the provider's certificate is written", done.code == 0, done.stderr)
    trust = top / "trust.yaml"
    trust.write_text(house("provider", "keys", "trust", top / "provider.key.pub", "--provider", "shop:*").stdout)
    accepts = "--trust" in house("registry", "certify", "--help").stdout
    trusting = ["--trust", trust] if accepts else []

    def countersign(path, output):
        return house("registry", "certify", "latest", "--key", top / "registry.key", "--countersign", path, "--output", output,
                     "--capability", CAPABILITY, *trusting)

    done = countersign(good, top / "signed.json")
    checks.check("a good certificate is countersigned", done.code == 0, done.stderr[-400:])

    envelope = json.loads(good.read_text())
    statement = payload(envelope)

    def sign_by(key):
        def sign(body):
            kind = envelope["payloadType"].encode()
            message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
            (top / "message").write_bytes(message)
            signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", top / "message"],
                                    capture_output=True, check=True)
            return signed.stdout
        return sign

    def changed(change):
        other = payload(envelope)
        change(other)
        return other

    def set_field(name, value):
        return lambda other: other["predicate"]["proofhouse"].update({name: value})

    def leave_untested(other):
        """Whoever tested no rule is not at the highest level."""
        for rule in other["predicate"]["proofhouse"]["rules"]:
            rule.update({"state": "not_tested", "reason": "slow"})
        other["predicate"]["proofhouse"]["level"] = "full"

    by_provider, by_mallory = sign_by(top / "provider.key"), sign_by(top / "mallory.key")
    forged = {
        "a signature of zeros": {**envelope, "signatures": [{**envelope["signatures"][0], "sig": base64.b64encode(bytes(64)).decode()}]},
        "no signature": {**envelope, "signatures": []},
        "another's signature": with_payload(envelope, statement, by_mallory),
        "a run that never was": with_payload(envelope, changed(set_field("run", "20260101-000000-deadbeef"))),
        "a run that never was, signed": with_payload(envelope, changed(set_field("run", "20260101-000000-deadbeef")), by_provider),
        "an end in 2099": with_payload(envelope, changed(set_field("notAfter", "2099-01-01T00:00:00Z"))),
        "an end in 2099, signed": with_payload(envelope, changed(set_field("notAfter", "2099-01-01T00:00:00Z")), by_provider),
        "a level above its rules, signed": with_payload(envelope, changed(leave_untested), by_provider),
        "another provider, signed": with_payload(envelope, changed(set_field("provider", "shop:two")), by_provider),
        "a key that stands twice": None,
    }
    for name, content in forged.items():
        path, output = top / "forged.json", top / "out.json"
        text = json.dumps(content) if content else good.read_text().replace("{", '{"payload":"",', 1)
        path.write_text(text)
        output.unlink(missing_ok=True)
        done = countersign(path, output)
        checks.check(f"no registry signs beside {name}", done.code not in (0, 70, 101) and not output.exists(),
                     f"exit {done.code} {(done.stdout + done.stderr)[-300:]}")
        if name == "a run that never was, signed":
            # Its signer vouches for its own run, and nobody else can know.
            continue
        done = house("registry", "verify", path, "--trust", trust)
        checks.check(f"nobody verifies {name}", done.code in (1, 3), f"exit {done.code} {done.stdout[-300:]}")

    # The registry asked another place than the one that the certificate is about.
    liar = Liar(honest.address, lambda *_: None)
    prove(top / "provider", [entry("shop:one", liar.url("ink-house"), ["booking.list_services"])], environment=data["provider"])
    elsewhere = top / "elsewhere.json"
    house("provider", "certify", "latest", "--key", top / "provider.key", "--output", elsewhere, "--capability", CAPABILITY)
    output = top / "out.json"
    output.unlink(missing_ok=True)
    done = countersign(elsewhere, output)
    checks.check("no registry vouches for a place that it did not ask", done.code not in (0, 70) and not output.exists(),
                 f"exit {done.code} {(done.stdout + done.stderr)[-300:]}")
checks.end()
