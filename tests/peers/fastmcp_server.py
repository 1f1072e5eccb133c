"""A server built with fastmcp, as its users build them.

usage: fastmcp_server.py stdio | http PORT | sse PORT
"""

import sys

from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError

server = FastMCP("ledger", version="1.4")


@server.tool(annotations={"readOnlyHint": True, "openWorldHint": False})
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def refuse(account: str) -> str:
    """Refuses, as a tool does."""
    raise ToolError(f"there is no account {account}")


@server.tool
async def confirm(context: Context) -> str:
    """Asks its client first."""
    answer = await context.elicit("Sure?", response_type=bool)
    return f"the user said: {answer.action}"


@server.prompt
def greet(who: str) -> str:
    """Greets somebody."""
    return f"Say hello to {who}."


@server.resource("ledger://rates", mime_type="text/plain")
def rates() -> str:
    """The rates of the day."""
    return "EUR 1.0\nUSD 1.1"


if sys.argv[1] == "stdio":
    server.run(transport="stdio", show_banner=False)
else:
    path = "/mcp/" if sys.argv[1] == "http" else "/sse"
    server.run(transport=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), path=path, show_banner=False)
