"""A correct provider of `parcels`, built with fastmcp as its users build servers: the library validates, the functions answer.

usage: parcels_server.py stdio | http PORT
"""

import datetime
import itertools
import sys
from typing import Annotated

from fastmcp import FastMCP
from pydantic import Field

SERVED = {"11000": 89, "60200": 75}

server = FastMCP("parcels", version="1.0", strict_input_validation=True)
pickups = {}
numbers = itertools.count(1)

READS = {"readOnlyHint": True, "openWorldHint": False}


@server.tool(annotations=READS)
def quote_delivery(postcode: Annotated[str, Field(min_length=1)], grams: Annotated[int, Field(ge=1)]) -> dict:
    """Says what the delivery of a parcel costs."""
    if postcode not in SERVED:
        return {"ok": False, "error": "not_served"}
    return {"ok": True, "price": SERVED[postcode] + grams // 1000, "currency": "CZK"}


@server.tool(annotations={"readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": False})
def order_pickup(postcode: str, day: datetime.date, note: Annotated[str, Field(max_length=200)] = "") -> dict:
    """Orders a courier to fetch a parcel."""
    if day < datetime.datetime.now(datetime.timezone.utc).date():
        return {"ok": False, "error": "past_day"}
    made = f"p-{next(numbers)}"
    pickups[made] = (postcode, day, note)
    return {"ok": True, "pickup": {"id": made}}


@server.tool(annotations={"readOnlyHint": False, "destructiveHint": True, "idempotentHint": True, "openWorldHint": False})
def cancel_pickup(pickup_id: str) -> dict:
    """Calls a courier off."""
    if pickups.pop(pickup_id, None) is None:
        return {"ok": False, "error": "already_gone"}
    return {"ok": True}


if sys.argv[1] == "stdio":
    server.run(transport="stdio", show_banner=False)
else:
    server.run(transport="http", host="127.0.0.1", port=int(sys.argv[2]), path="/mcp/", show_banner=False)
