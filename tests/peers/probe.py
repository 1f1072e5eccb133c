"""Has the harness probe servers that others wrote: it finds what is wrong with them, and nothing else.

usage: probe.py PROOFHOUSE-BINARY FOLDER SERVERS-FOLDER SQLITE-FOLDER FOLDER-OF-PACKAGES
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import sarif_schema
from peer import Checks
from servers import free_port, listening

LIMIT_SECONDS = 600
RACES = 10
HERE = pathlib.Path(__file__).parent


class Prober:
    def __init__(self, checks, binary):
        self.checks, self.binary = checks, binary
        self.expected = tomllib.loads((HERE / "probe.toml").read_text(encoding="utf-8"))
        self.tried = set()

    def findings(self, *words):
        """What a probe finds, by test, with its exit code."""
        with tempfile.TemporaryDirectory() as folder:
            return self.probed(os.path.join(folder, "found.sarif"), *words)

    def probed(self, sarif, *words):
        command = [self.binary, "probe", "--no-store", "--quiet", "--format", "json", "--output", f"sarif={sarif}", *words]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        report = json.loads(ended.stdout or '{"results": []}')
        wrong = [row for row in report["results"] if row["outcome"] in ("fail", "error", "blocked")]
        found = {f"{row['capability']}/{row['test']}": row["message"] for row in wrong}
        if os.path.exists(sarif):
            log = json.loads(pathlib.Path(sarif).read_text(encoding="utf-8"))
            broken = sarif_schema.problems(log)
            self.checks.check("is told in SARIF that follows its schema", not broken, broken)
            told = {result["ruleId"] for result in log["runs"][0]["results"]}
            self.checks.check("is told in SARIF of all that is found", told == set(found), told ^ set(found))
        lines = [row for row in wrong if row["outcome"] == "fail" and not row.get("repeat", "").startswith("proofhouse ")]
        self.checks.check("is told of each finding how it is repeated", not lines, [row["test"] for row in lines])
        must = any(row["outcome"] == "fail" and row["level"] == "must" for row in wrong)
        return found, must, ended, len(report["results"])

    def probe(self, name, *words):
        self.checks.place = name
        self.tried.add(name)
        found, must, ended, rows = self.findings(*words)
        expected = self.expected[name]["findings"]
        # Of a tool that refused all that was made up, nothing is known: 4.
        codes = (1,) if must else (0, 4)
        self.checks.check("is probed", rows > 0 and ended.returncode in codes, (ended.returncode, ended.stderr))
        for test, message in found.items():
            self.checks.check(f"is rightly accused by {test}", test in expected, message)
        for test in expected:
            self.checks.check(f"is found out by {test}", test in found)


def main(binary, folder, servers, older, packages):
    checks = Checks("probe")
    prober = Prober(checks, binary)
    python = f"{servers}/bin/python"

    def sub(name):
        path = os.path.join(folder, name)
        os.mkdir(path)
        return path

    try:
        everything = "mcp-server-everything"
        port = free_port()
        with listening([everything, "streamableHttp"], port, PORT=str(port)):
            prober.probe("everything-http", "--calls", "sandbox", f"http://127.0.0.1:{port}/mcp")
        prober.probe("everything-stdio", "--calls", "read", "--", everything, "stdio")
        prober.probe("filesystem", "--calls", "sandbox", "--", "mcp-server-filesystem", sub("files"))
        memory = ("--env", "MEMORY_FILE_PATH", "--", "mcp-server-memory")
        os.environ["MEMORY_FILE_PATH"] = os.path.join(folder, "memory.jsonl")
        prober.probe("memory", "--calls", "sandbox", *memory)
        lost = "memory.create_entities/keeps_parallel_writes"
        for number in range(RACES):
            os.environ["MEMORY_FILE_PATH"] = os.path.join(folder, f"memory-{number}.jsonl")
            words = ("--calls", "sandbox", "--tool", "create_entities", "--tool", "read_graph", "--test", "keeps_parallel_writes")
            found, _, ended, _ = prober.findings(*words, *memory)
            checks.check(f"loses updates, run {number + 1}", lost in found and ended.returncode == 1, ended.stderr)
        prober.probe("thinking", "--calls", "read", "--", "mcp-server-sequential-thinking")
        prober.probe("time", "--calls", "read", "--given", "get_current_time.timezone=Europe/Prague", "--", f"{servers}/bin/mcp-server-time")
        repository = sub("repository")
        subprocess.run(["git", "init", "-q", repository], check=True)
        prober.probe("git", "--calls", "sandbox", "--", f"{servers}/bin/mcp-server-git", "--repository", repository)
        prober.probe("sqlite", "--calls", "sandbox", "--", f"{older}/bin/mcp-server-sqlite", "--db-path", os.path.join(folder, "a.db"))
        prober.probe("fetch", "--calls", "read", "--", f"{servers}/bin/mcp-server-fetch")
        prober.probe("fastmcp-stdio", "--calls", "sandbox", "--", python, str(HERE / "fastmcp_server.py"), "stdio")
        port = free_port()
        with listening([python, str(HERE / "fastmcp_server.py"), "http", str(port)], port):
            prober.probe("fastmcp-http", "--calls", "sandbox", f"http://127.0.0.1:{port}/mcp/")
        port = free_port()
        with listening([python, str(HERE / "parcels_server.py"), "http", str(port)], port):
            prober.probe("parcels-fastmcp", "--calls", "sandbox", f"http://127.0.0.1:{port}/mcp/")
        port = free_port()
        with listening(["node", str(HERE / "parcels_server.mjs"), packages, str(port)], port):
            given = ("--given", "quote_delivery.postcode=11000", "--given", "order_pickup.postcode=11000")
            prober.probe("parcels-express", "--calls", "sandbox", *given, f"http://127.0.0.1:{port}/mcp")
        port = free_port()
        example = f"{packages}/node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js"
        with listening(["node", example], port, MCP_PORT=str(port)):
            prober.probe("sdk-example", "--calls", "sandbox", "--timeout", "2s", f"http://127.0.0.1:{port}/mcp")
        checks.place = ""
        checks.check("tries every server of its list", prober.tried == set(prober.expected), prober.tried ^ set(prober.expected))
    except (TimeoutError, subprocess.TimeoutExpired, json.JSONDecodeError) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
