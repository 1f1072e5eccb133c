"""Names, values and messages with terminal sequences and text that runs backwards. None reaches a terminal raw."""

import json
import re
import tempfile

from stage import PROOFHOUSE, Checks, Liar, answer, entry, manifest, prove, reference, shown_in_terminal

checks = Checks("p6_terminal")
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\u202e\u200f\u2066\u2028\u200b"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def everywhere(_tool, found):
    def said(value):
        if isinstance(value, dict):
            return {f"{key}": said(inner) for key, inner in value.items()} | {f"k{EVIL}": EVIL}
        if isinstance(value, list):
            return [said(inner) for inner in value]
        return value + EVIL if isinstance(value, str) else value

    return said(found)


def listing(tool, _given, status, headers, body, _asked):
    if tool:
        return None
    tools = [{"name": f"list_services{EVIL}", "description": EVIL, "inputSchema": {"type": "object", "properties": {EVIL: {"title": EVIL}}}},
             {"name": "create_booking", "description": EVIL, "inputSchema": {"type": "object", "required": [EVIL], "properties": {EVIL: {}}}}]
    return status, headers, json.dumps({"tools": tools}).encode()


def shown(what, text):
    found = RAW.findall(text.replace("\r\n", "\n"))
    checks.check(f"nothing raw in {what}", not found, sorted(set(map(repr, found))))


with reference("--sandbox") as honest:
    for name, lie in [("answers", answer(everywhere)), ("errors", answer(lambda _tool, _found: {"ok": False, "error": EVIL})),
                      ("listing", listing)]:
        liar = Liar(honest.address, lie)
        checks.attack = f"p6_terminal ({name})"
        for kind in ["table", "markdown", "github", "tap", "junit", "html"]:
            with tempfile.TemporaryDirectory() as folder:
                entries = [entry("liar:shop", liar.url("ink-house"), ["booking.list_services", "booking.cancel_booking"])]
                done = prove(folder, entries, "--verbose", "--format", kind)
                shown(f"the {kind} report", done.stdout)
                shown(f"its standard error ({kind})", done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            where = ["--provider", "liar:shop", "--providers", manifest(folder, [entry("liar:shop", liar.url("ink-house"))])]
            for command in (["tool", "list"], ["tool", "describe", "create_booking"], ["tool", "call", "list_services", "{}"],
                            ["tool", "call", "create_booking", '{"service_id":7}', "--no-validate"]):
                code, text = shown_in_terminal([PROOFHOUSE, *command, *where])
                checks.check(f"{' '.join(command[:2])} has no bug", code not in (2, 70, 101), text[-300:])
                shown(" ".join(command[:2]), text)
checks.attack = "p6_terminal"
checks.end()
