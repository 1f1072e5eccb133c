"""A server of notes that is built with fastmcp, as its documentation shows: it knows nothing of Proofhouse."""

from typing import Annotated

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from pydantic import Field

mcp = FastMCP("notes")
notes: dict[str, str] = {}

Title = Annotated[str, Field(min_length=1, max_length=200, description="The title of the note.")]


@mcp.tool
def add_note(title: Title, text: str) -> str:
    """Keep a note under its title. A title that is taken is refused."""
    if title in notes:
        raise ToolError(f"a note with the title {title} exists")
    notes[title] = text
    return "Kept."


@mcp.tool(annotations={"destructiveHint": True, "idempotentHint": True})
def delete_note(title: Title) -> str:
    """Delete a note. One that is not there is deleted already."""
    notes.pop(title, None)
    return "Deleted."


@mcp.tool(annotations={"readOnlyHint": True})
def list_notes() -> list[str]:
    """List the titles of all notes."""
    return sorted(notes)


@mcp.tool(annotations={"readOnlyHint": True})
def count_notes() -> int:
    """Count the notes."""
    return len(notes)


if __name__ == "__main__":
    mcp.run(show_banner=False)
