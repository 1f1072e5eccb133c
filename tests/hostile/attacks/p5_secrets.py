"""A provider that says our secret back, in every field and in other spellings. It stands in nothing that is kept, shown or sent."""

import base64
import json
import pathlib
import tempfile
import urllib.parse

from stage import CANARY, PROOFHOUSE, Checks, Liar, answer, entry, leaks, manifest, prove, reference, run

checks = Checks("p5_secrets")
SPELLED = {
    "plain": CANARY,
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "inside base64": base64.b64encode(b"x" + CANARY.encode() + b"yy").decode(),
    "percent": urllib.parse.quote(CANARY, safe=""),
    "json in json": json.dumps({"token": CANARY}),
}


def everywhere(secret):
    def said(value):
        if isinstance(value, dict):
            return {key: said(inner) for key, inner in value.items()} | {f"key {secret}": secret}
        if isinstance(value, list):
            return [said(inner) for inner in value]
        return f"{value} {secret}" if isinstance(value, str) else value

    return answer(lambda _tool, found: said(found))


def as_error(secret):
    return answer(lambda _tool, _found: {"ok": False, "error": secret, "message": secret})


def as_header(secret):
    line = secret.replace("\n", " ")
    return lambda _tool, _given, status, headers, body, _asked: (
        429 if status > 200 else status, {**headers, "X-Said": line, "Location": f"http://{urllib.parse.quote(line)}.example/"}, body)


def as_page(secret):
    return lambda _tool, _given, _status, _headers, _body, _asked: (
        500, {"Content-Type": "text/html"}, f"<h1>{secret}</h1>".encode())


FORMATS = ["json", "junit", "tap", "markdown", "github", "html", "jsonl", "table"]
with reference("--sandbox") as honest:
    for name, lie in [("fields", everywhere), ("errors", as_error), ("headers", as_header), ("pages", as_page)]:
        for spelling, text in SPELLED.items():
            checks.attack = f"p5_secrets ({name}, {spelling})"
            liar = Liar(honest.address, lie(text))
            with tempfile.TemporaryDirectory() as folder:
                outputs = [part for name_ in FORMATS for part in ("--output", f"{name_}={folder}/out.{name_}")]
                entries = [entry("liar:shop", liar.url("ink-house"), ["booking.list_services", "booking.cancel_booking"],
                                 auth={"bearer_env": "CANARY_TOKEN"})]
                secret = {"CANARY_TOKEN": CANARY}
                done = prove(folder, entries, "--verbose", *outputs, environment=secret)
                checks.check("the run ends as a run", done.code in (0, 1, 4, 5), f"{done.code} {done.stderr[-300:]}")
                where = ["--provider", "liar:shop", "--providers", manifest(folder, entries)]
                listed = run([PROOFHOUSE, "tool", "list", *where], secret)
                called = run([PROOFHOUSE, "tool", "call", "list_services", "{}", *where], secret)
                checks.check("tools are listed and called", listed.code != 2 and called.code != 2, called.stderr)
                texts = {"stdout": done.stdout, "stderr": done.stderr, "tool list": listed.stdout + listed.stderr,
                         "tool call": called.stdout + called.stderr}
                pathlib.Path(folder, "providers.yaml").unlink()
                found = leaks(folder, texts, CANARY)
                checks.check("the secret stands nowhere", not found, sorted(found)[:8])
checks.attack = "p5_secrets"
checks.end()
