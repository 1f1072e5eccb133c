"""Drives the reference provider with the client of the Python SDK, over both bindings and both ways to begin.

usage: python_client.py MCP-URL PROVIDER-BINARY TENANT
"""

import sys

import anyio
from mcp import Client, MCPError, StdioServerParameters

from peer import Answer, Checks, book, check_tools

LIMIT_SECONDS = 60
# "legacy" sends initialize; "auto" asks with server/discover first.
MODES = {"legacy": "2025-11-25", "auto": "2026-07-28"}


def wire(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def drive(checks, server, mode):
    async with Client(server, mode=mode, read_timeout_seconds=10) as client:
        version = client.protocol_version
        checks.check("connects", version == MODES[mode], version)
        checks.check("learns who serves", client.server_info.name == "reference-provider", client.server_info)
        checks.check("learns that there are tools", client.server_capabilities.tools is not None)

        # From here on, the SDK itself holds what comes against the listed output schemas.
        check_tools(checks, wire(await client.list_tools())["tools"])

        async def call(tool, given):
            return Answer(wire(await client.call_tool(tool, given)))

        await book(checks, call)
        try:
            found = await client.call_tool("tool_that_nobody_offers", {})
        except MCPError as error:
            found = error
        checks.check("is refused an unknown tool", isinstance(found, MCPError) and found.code == -32602, found)


async def main(url, binary, tenant):
    checks = Checks("python")
    stdio = StdioServerParameters(command=binary, args=["mcp", "--tenant", tenant, "--memory"])
    for binding, server in (("http", url), ("stdio", stdio)):
        for mode, version in MODES.items():
            checks.place = f"{binding} {version}"
            try:
                with anyio.fail_after(LIMIT_SECONDS):
                    await drive(checks, server, mode)
            except Exception as error:  # noqa: BLE001
                checks.check("goes to the end", False, repr(error))
    checks.end()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
