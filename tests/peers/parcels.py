"""Has the harness prove correct providers of `parcels` that were built with the libraries most servers are built with: the library refuses
what breaks the schema, in words of its own, and nobody is accused of it.

usage: parcels.py PROOFHOUSE-BINARY FOLDER SERVERS-FOLDER FOLDER-OF-PACKAGES
"""

import json
import os
import pathlib
import subprocess
import sys

from peer import Checks
from servers import free_port, listening

LIMIT_SECONDS = 120
HERE = pathlib.Path(__file__).parent
REGISTRY = HERE.parent / "fixtures" / "second-domain"
TOOLS = ["quote_delivery", "order_pickup", "cancel_pickup"]


class Prover:
    def __init__(self, checks, binary, folder):
        self.checks, self.binary, self.folder = checks, os.path.abspath(binary), pathlib.Path(folder)
        # As many as the registry has for the three.
        self.tests = len([path for path in (REGISTRY / "suites" / "parcels").glob("*/*.yaml") if path.parent.name != "_shared"])

    def proves(self, provider, entry):
        """Every test passes, and every claim is proven."""
        self.checks.place = provider
        claims = "".join(f"      - parcels.{tool}\n" for tool in TOOLS)
        manifest = self.folder / "providers.yaml"
        manifest.write_text(f"providers:\n  - id: {provider}\n{entry}    capabilities:\n{claims}", encoding="utf-8")
        command = [self.binary, "run", "--no-store", "--registry", str(REGISTRY), "--providers", str(manifest), "--timeout", "30s", "--format", "json"]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        report = json.loads(ended.stdout or '{"results": [], "claims": [], "leftovers": []}')
        wrong = {f"{row['capability']}/{row['test']}": row["message"] for row in report["results"] if row["outcome"] != "pass"}
        self.checks.check("passes every test", not wrong and len(report["results"]) == self.tests, (wrong, ended.stderr))
        standings = {claim["capability"]: claim["standing"] for claim in report["claims"]}
        proven = len(standings) == len(TOOLS) and set(standings.values()) == {"conformant"}
        self.checks.check("is conformant", ended.returncode == 0 and proven, (ended.returncode, standings))
        self.checks.check("has nothing left of what was made", not report["leftovers"], report["leftovers"])


def main(binary, folder, servers, packages):
    checks = Checks("parcels")
    prover = Prover(checks, binary, folder)
    python, fastmcp, express = f"{servers}/bin/python", str(HERE / "parcels_server.py"), str(HERE / "parcels_server.mjs")

    def at(url):
        return f"    transport: mcp\n    url: {url}\n"

    try:
        prover.proves("fastmcp:stdio", f"    transport: stdio\n    command: {python}\n    args: [{fastmcp}, stdio]\n")
        port = free_port()
        with listening([python, fastmcp, "http", str(port)], port):
            prover.proves("fastmcp:http", at(f"http://127.0.0.1:{port}/mcp/"))
        port = free_port()
        with listening(["node", express, packages, str(port)], port):
            prover.proves("typescript:http", at(f"http://127.0.0.1:{port}/mcp"))
    except (TimeoutError, subprocess.TimeoutExpired, json.JSONDecodeError) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
