"""Runs the scenarios of the MCP conformance suite that apply to the reference provider and to the registry, in two versions of the suite: one
for the revisions with a handshake, one for both eras. docs/mcp.md says why the others do not apply.

usage: conformance.py MCP-URL FOLDER FOLDER-OF-PACKAGES PROOFHOUSE-BINARY
"""

import contextlib
import json
import os
import re
import subprocess
import sys

from peer import Checks

LIMIT_SECONDS = 120

# What a scenario of the first version must find, check by check.
APPLY = {
    "server-initialize": ["server-initialize"],
    "ping": ["ping"],
    "tools-list": ["tools-list"],
    "server-sse-multiple-streams": ["server-accepts-multiple-post-streams", "server-sse-streams-functional"],
    "dns-rebinding-protection": ["localhost-host-rebinding-rejected", "localhost-host-valid-accepted"],
}

# They call demonstration tools, or need what the provider does not say that it has.
DO_NOT_APPLY = [
    "logging-set-level",
    "completion-complete",
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-with-logging",
    "tools-call-error",
    "tools-call-with-progress",
    "tools-call-sampling",
    "tools-call-elicitation",
    "json-schema-2020-12",
    "elicitation-sep1034-defaults",
    "server-sse-polling",
    "elicitation-sep1330-enums",
    "resources-list",
    "resources-read-text",
    "resources-read-binary",
    "resources-templates-read",
    "resources-subscribe",
    "resources-unsubscribe",
    "prompts-list",
    "prompts-get-simple",
    "prompts-get-with-args",
    "prompts-get-embedded-resource",
    "prompts-get-with-image",
]

# The second version: the scenarios of each era, with the checks in them that need a demonstration tool, or what is not there.
NEEDS_A_TOOL = [
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
]
NEEDS_MORE_THAN_TOOLS = ["sep-2549-prompts-list-caching-hints", "sep-2549-resources-list-caching-hints", "sep-2549-resources-templates-list-caching-hints"]
ERAS = {
    "2025-11-25": {
        "server-initialize": [],
        "server-session-lifecycle": [],
        "ping": [],
        "tools-list": [],
        "server-sse-multiple-streams": [],
        "dns-rebinding-protection": [],
    },
    "2026-07-28": {
        "server-stateless": NEEDS_A_TOOL,
        "tools-list": [],
        "server-sse-multiple-streams": [],
        "dns-rebinding-protection": [],
        "caching": NEEDS_MORE_THAN_TOOLS,
        "http-header-validation": [],
    },
}

# The scenarios of the second version that need demonstration tools, prompts, resources, or extensions, by how they begin.
OTHERS = (
    "completion-",
    "elicitation-",
    "http-custom-header-",
    "input-required-result-",
    "json-schema-",
    "logging-",
    "prompts-",
    "resources-",
    "sep-2164-",
    "sep-2640-",
    "server-sse-polling",
    "tasks-",
    "tools-call-",
)

# The registry has no sessions, which both are about.
WITHOUT_SESSIONS = [("2025-11-25", "server-session-lifecycle"), ("2025-11-25", "server-sse-multiple-streams")]


class Suite:
    def __init__(self, checks, packages, name, folder):
        self.checks, self.folder = checks, os.path.join(folder, os.path.basename(name))
        self.command = ["node", os.path.join(packages, "node_modules", name, "dist", "index.js")]

    def run(self, *arguments):
        return subprocess.run([*self.command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)

    def listed(self):
        return re.findall(r"^  - (\S+)", self.run("list", "--server").stdout, re.MULTILINE)

    def found(self, url, scenario, *more):
        """What each check of a scenario found, by its id; where one is made several times, the worst."""
        into = os.path.join(self.folder, *more[-1:], scenario, re.sub(r"\W+", "-", url))
        done = self.run("server", "--url", url, "--scenario", scenario, "--output-dir", into, *more)
        found = {}
        for place, _, files in os.walk(into):
            if "checks.json" in files:
                with open(os.path.join(place, "checks.json"), encoding="utf-8") as file:
                    for check in json.load(file):
                        if found.get(check["id"], {}).get("status") != "FAILURE":
                            found[check["id"]] = check
        return done, found


def first(checks, suite, url):
    known = [*APPLY, *DO_NOT_APPLY]
    listed = suite.listed()
    checks.check("knows the scenarios that are sorted here", sorted(listed) == sorted(known), set(listed) ^ set(known))
    for scenario, expected in APPLY.items():
        checks.place = scenario
        done, found = suite.found(url, scenario)
        checks.check("ends well", done.returncode == 0, done.stdout + done.stderr)
        for name in expected:
            # A scenario that finds nothing to check ends well too.
            checks.check(name, found.get(name, {}).get("status") == "SUCCESS", found.get(name, "not checked"))


def second(checks, suite, url, what, left_out=()):
    for era, scenarios in ERAS.items():
        for scenario, not_for_us in scenarios.items():
            if (era, scenario) in left_out:
                continue
            checks.place = f"{what}, {era}, {scenario}"
            _, found = suite.found(url, scenario, "--spec-version", era)
            passed = [name for name, check in found.items() if check["status"] == "SUCCESS"]
            wrong = {name: check.get("errorMessage") for name, check in found.items() if check["status"] in ("FAILURE", "WARNING") and name not in not_for_us}
            checks.check(f"passes every check that applies ({len(passed)})", passed and not wrong, wrong or found)


@contextlib.contextmanager
def registry(binary, folder):
    """The registry of the harness, while it is needed."""
    data = {**os.environ, "PROOFHOUSE_DATA": os.path.join(folder, "data")}
    server = subprocess.Popen([binary, "serve", "--port", "0"], env=data, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().removeprefix("listening on ").strip() + "/mcp"
    finally:
        server.terminate()
        server.wait()


def main(url, folder, packages, binary):
    checks = Checks("conformance")
    try:
        first(checks, Suite(checks, packages, "@modelcontextprotocol/conformance", folder), url)
        checks.place = ""
        suite = Suite(checks, packages, "conformance-next", folder)
        listed = suite.listed()
        known = {scenario for scenarios in ERAS.values() for scenario in scenarios}
        unknown = [scenario for scenario in listed if scenario not in known and not scenario.startswith(OTHERS)]
        checks.check("knows the scenarios of the second version", known <= set(listed) and not unknown, unknown)
        second(checks, suite, url, "provider")
        with registry(os.path.abspath(binary), folder) as served:
            second(checks, suite, served, "registry", WITHOUT_SESSIONS)
    except (subprocess.TimeoutExpired, ValueError, LookupError) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
