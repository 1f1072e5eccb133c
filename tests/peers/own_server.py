"""Takes servers that others wrote from their listing to a run and a certificate, by the commands of docs/your-own-server.md.

usage: own_server.py PROOFHOUSE-BINARY FOLDER
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

from peer import Checks

LIMIT_SECONDS = 300
HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "your-own-server.md"
KEPT = ["create_entities", "delete_entities", "read_graph"]


class Place:
    """A folder in which the binary is run."""

    def __init__(self, checks, binary, folder):
        self.checks, self.binary, self.folder = checks, binary, pathlib.Path(folder)

    def run(self, *words):
        data = {**os.environ, "PROOFHOUSE_DATA": str(self.folder / "data")}
        return subprocess.run(
            [self.binary, *words], cwd=self.folder, env=data, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS
        )

    def check(self, what, words, *codes):
        ended = self.run(*words)
        self.checks.check(what, ended.returncode in (codes or (0,)), (ended.returncode, ended.stdout[-600:], ended.stderr[-600:]))
        return ended

    def outcomes(self, draft):
        """Runs a draft. The outcome of each test, by tool and test, and what was left over."""
        ended = self.run("run", "--registry", draft, "--providers", f"{draft}/providers.yaml", "--timeout", "60s", "--format", "json")
        try:
            report = json.loads(ended.stdout)
        except ValueError:
            self.checks.check(f"runs {draft}", False, ended)
            return {}, [], ended.returncode
        rows = {f"{row['capability'].split('.')[1]}/{row['test']}": (row["outcome"], row["message"]) for row in report["results"]}
        return rows, report["leftovers"], ended.returncode


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def commands(graph):
    """The commands of the page, a list a block, for the server that is installed and a graph of its own."""
    pinned = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]["@modelcontextprotocol/server-memory"]
    all_of_them = []
    for block in blocks("sh"):
        text = block.replace("\\\n", " ").replace("/tmp/sandbox.jsonl", graph)
        text = text.replace(f"npx -y @modelcontextprotocol/server-memory@{pinned}", "mcp-server-memory")
        lines = [shlex.split(line) for line in text.splitlines() if line.strip()]
        all_of_them.append([line[1:] for line in lines if line[0] == "proofhouse"])
    return all_of_them


def change(path, how):
    path.write_text(how(path.read_text(encoding="utf-8")), encoding="utf-8")


def memory(checks, binary, folder):
    """The way of the page, as it stands there."""
    checks.place = "server-memory"
    place = Place(checks, binary, folder)
    page = commands(f"{folder}/sandbox.jsonl")
    if not checks.check("finds the commands of the page", [len(block) for block in page] == [1, 2, 5], page):
        return
    [draft], [lint, run], ending = page
    checks.check("takes the server that is installed", draft[-1] == "mcp-server-memory", draft)
    place.check("is drafted", draft)
    checks.check("is not called by a draft", not (place.folder / "sandbox.jsonl").exists())
    place.check("is linted", lint)
    place.check("is run", run, 0, 4)
    (place.folder / "sandbox.jsonl").unlink(missing_ok=True)
    rows, _, _ = place.outcomes("memory")
    wrong = {name: row for name, row in rows.items() if row[0] not in ("pass", "skip")}
    checks.check("is not accused", rows and not wrong, wrong)

    draft = place.folder / "memory"
    for kind in ("capabilities", "suites"):
        for tool in (draft / kind / "memory").iterdir():
            if tool.name not in (*KEPT, "_shared"):
                for path in sorted(tool.rglob("*"), reverse=True):
                    path.rmdir() if path.is_dir() else path.unlink()
                tool.rmdir()
    for path in (draft / "suites" / "memory" / "_shared").iterdir():
        if path.stem.removesuffix("_input") not in KEPT:
            path.unlink()
    change(draft / "providers.yaml", lambda text: "\n".join(line for line in text.split("\n") if "- memory." not in line or line.split(".")[1] in KEPT))
    contract, test = blocks("text")
    contracts = draft / "capabilities" / "memory"
    change(
        contracts / "create_entities" / "v0.1.0" / "capability.yaml",
        lambda text: re.sub(r"invariants: \[\]\n.*?(?=examples: \[\])", lambda _: contract, text, flags=re.DOTALL),
    )
    (draft / "suites" / "memory" / "create_entities" / "keeps_known_names.yaml").write_text(test, encoding="utf-8")
    place.check("is linted when it is edited", ("capabilities", "lint", "--registry", "memory"))
    (place.folder / "sandbox.jsonl").unlink(missing_ok=True)
    rows, leftovers, code = place.outcomes("memory")
    wrong = {name: row for name, row in rows.items() if row[0] not in ("pass", "skip")}
    checks.check("keeps what was promised", rows.get("create_entities/keeps_known_names", [""])[0] == "pass", rows)
    checks.check("is conformant", code == 0 and not wrong and len(rows) >= 7, (code, wrong))
    left = (place.folder / "sandbox.jsonl").read_text(encoding="utf-8").strip()
    checks.check("has nothing left of what was made", not leftovers and not left, (leftovers, left[:300]))

    for tool in KEPT:
        todo = lambda text: text.replace("TODO: ", "")
        change(contracts / tool / "v0.1.0" / "capability.yaml", todo)
    for command in ending:
        place.check(f"ends well: {' '.join(command[:2])}", command)
    certificate = place.folder / ending[-1][ending[-1].index("--output") + 1]
    checks.check("has a certificate", certificate.is_file() and "payload" in json.loads(certificate.read_text(encoding="utf-8")))
    trust = place.run("keys", "trust", "memory.key", "--provider", "memory:*")
    (place.folder / "trust.yaml").write_text(trust.stdout, encoding="utf-8")
    place.check("is verified", ("verify", str(certificate), "--registry", "memory", "--trust", "trust.yaml"))


def fastmcp(checks, binary, folder):
    checks.place = "fastmcp"
    place = Place(checks, binary, folder)
    command = (sys.executable, str(HERE / "notes_server.py"))
    place.check("is drafted", ("capabilities", "draft", "--out", "careful", "--domain", "notes", "--", *command))
    rows, _, code = place.outcomes("careful")
    checks.check("is conformant where only readers are called", code == 0 and all(row[0] == "pass" for row in rows.values()), (code, rows))
    place.check("is drafted whole", ("capabilities", "draft", "--out", "notes", "--domain", "notes", "--writes", "--", *command))
    place.check("is linted", ("capabilities", "lint", "--registry", "notes"))
    rows, _, _ = place.outcomes("notes")
    wrong = {name: row for name, row in rows.items() if row[0] not in ("pass", "skip")}
    checks.check("is not accused", rows and not wrong, wrong)
    for test in ("add_note/happy_path", "add_note/rejects_invalid_input", "delete_note/repeats_alike", "list_notes/only_reads"):
        checks.check(f"passes {test}", rows.get(test, [""])[0] == "pass", rows.get(test))


def main(binary, folder):
    checks = Checks("own_server")
    binary = os.path.abspath(binary)
    try:
        for server in (memory, fastmcp):
            at = os.path.join(folder, server.__name__)
            os.mkdir(at)
            server(checks, binary, at)
    except subprocess.TimeoutExpired as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
