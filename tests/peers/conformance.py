"""Runs the scenarios of the MCP conformance suite that apply to the reference provider; docs/mcp.md says why the others do not.

usage: conformance.py MCP-URL FOLDER
"""

import json
import os
import re
import subprocess
import sys

from peer import Checks

LIMIT_SECONDS = 60

# What a scenario must find, check by check.
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


def conformance(*arguments):
    command = ["conformance", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)


def judge(checks, scenario, expected, url, folder):
    into = os.path.join(folder, scenario)
    done = conformance("server", "--url", url, "--scenario", scenario, "--output-dir", into)
    checks.check("ends well", done.returncode == 0, done.stdout + done.stderr)
    found = {}
    for place, _, files in os.walk(into):
        if "checks.json" in files:
            with open(os.path.join(place, "checks.json"), encoding="utf-8") as file:
                found.update({check["id"]: check for check in json.load(file)})
    for name in expected:
        # A scenario that finds nothing to check ends well too.
        checks.check(name, found.get(name, {}).get("status") == "SUCCESS", found.get(name, "not checked"))


def main(url, folder):
    checks = Checks("conformance")
    listed = re.findall(r"^  - (\S+)", conformance("list", "--server").stdout, re.MULTILINE)
    known = [*APPLY, *DO_NOT_APPLY]
    checks.check("knows the scenarios that are sorted here", sorted(listed) == sorted(known), set(listed) ^ set(known))
    for scenario, expected in APPLY.items():
        checks.place = scenario
        try:
            judge(checks, scenario, expected, url, folder)
        except (subprocess.TimeoutExpired, ValueError, LookupError) as trouble:
            checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
