"""Drives the reference provider with the command line of the MCP inspector: one process a call, which prints what came.

usage: inspector.py MCP-URL PROVIDER-BINARY TENANT FOLDER
"""

import asyncio
import json
import os
import subprocess
import sys

from peer import Answer, Checks, book, check_tools

LIMIT_SECONDS = 60
ERAS = ("legacy", "modern")


class Refusal(Exception):
    """The inspector printed no result, but this envelope, or died."""


def ask(config, era, method, *more):
    command = ["inspector", "--cli", "--config", config, "--server", "provider", "--protocol-era", era, "--format", "json"]
    command += ["--quiet", "--method", method, *more]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise Refusal(f"exit {done.returncode}, {done.stdout}{done.stderr}") from None


async def drive(checks, config, era):
    check_tools(checks, ask(config, era, "tools/list")["result"]["tools"])

    async def call(tool, given):
        more = ("--tool-args-json", json.dumps(given)) if given else ()
        return Answer(ask(config, era, "tools/call", "--tool-name", tool, *more)["result"])

    await book(checks, call)
    try:
        found = ask(config, era, "tools/call", "--tool-name", "tool_that_nobody_offers")
    except Refusal as refusal:
        found = refusal
    # It looks into the list first and never calls.
    checks.check("finds no unknown tool", isinstance(found, Refusal) and "tool_not_found" in str(found), found)


def main(url, binary, tenant, folder):
    checks = Checks("inspector")
    # Each call starts a provider anew over stdio, so the bookings are kept in a folder.
    command = {"command": binary, "args": ["mcp", "--tenant", tenant, "--data", os.path.join(folder, "data")]}
    for binding, server in (("http", {"type": "streamable-http", "url": url}), ("stdio", command)):
        config = os.path.join(folder, f"{binding}.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"mcpServers": {"provider": server}}, file)
        for era in ERAS:
            checks.place = f"{binding} {era}"
            try:
                asyncio.run(drive(checks, config, era))
            except (Refusal, LookupError, subprocess.TimeoutExpired) as trouble:
                checks.check("goes to the end", False, repr(trouble))
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
