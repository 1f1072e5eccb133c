"""Walks through a booking from beginning to end with two MCP clients, kills the provider, and looks for what was made.

usage: walkthrough.py PROVIDER-BINARY TENANT FOLDER
"""

import contextlib
import json
import os
import subprocess
import sys

import anyio
from mcp import Client

from inspector import ask
from peer import Answer, Checks, find_slot
from python_client import wire

LIMIT_SECONDS = 120
CUSTOMER = {"name": "Amy Chan", "email": "amy@example.com"}
SERVICE = {"name": "Intro Consultation", "duration_minutes": 30, "price": "45.00", "requires_confirmation": True}


class Provider:
    """A provider that keeps what it does in a folder."""

    def __init__(self, binary, tenant, data):
        command = [binary, "serve", "--port", "0", "--data", data]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.mcp = f"{self.process.stdout.readline().removeprefix('listening on ').strip()}/p/{tenant}/mcp"

    def kill(self):
        """As `kill -9` does: nothing is tidied up."""
        self.process.kill()
        self.process.wait()


@contextlib.asynccontextmanager
async def python_sdk(url, folder):
    async with Client(url, read_timeout_seconds=10) as client:

        async def call(tool, given):
            return Answer(wire(await client.call_tool(tool, given)))

        yield call


@contextlib.asynccontextmanager
async def inspector(url, folder):
    config = os.path.join(folder, "inspector.json")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"mcpServers": {"provider": {"type": "streamable-http", "url": url}}}, file)

    async def call(tool, given):
        more = ("--tool-args-json", json.dumps(given)) if given else ()
        return Answer(ask(config, "legacy", "tools/call", "--tool-name", tool, *more)["result"])

    yield call


async def walk(checks, call):
    """The whole way; what was asked about it at the end, to be asked again, or nothing where it ends early."""
    made = await call("create_service", SERVICE)
    if not checks.check("creates a service", made.succeeded() and made.body.get("service_id"), made):
        return None
    service = made.body["service_id"]
    slot, answer = await find_slot(call, service)
    if not checks.check("finds a free slot of it", slot, answer):
        return None
    wanted = {"service_id": service, "start_at": slot["start_at"], "customer": CUSTOMER}
    booked = await call("create_booking", wanted)
    if not checks.check("books it", booked.succeeded() and booked.body.get("booking_id"), booked):
        return None
    booking = booked.body["booking_id"]
    checks.check("is told that the booking waits", booked.body.get("confirmed") is False, booked)
    confirmed = await call("confirm_booking", {"booking_id": booking})
    checks.check("confirms it", confirmed.succeeded(), confirmed)

    questions = {
        "list_services": {},
        "get_booking": {"booking_id": booking},
        "list_bookings": {"status_in": ["confirmed"]},
        "get_customer": {"email": CUSTOMER["email"]},
        "create_invoice": {"booking_id": booking},
    }
    found = {tool: await call(tool, given) for tool, given in questions.items()}
    listed = [entry["id"] for entry in (found["list_services"].body or {}).get("services", [])]
    checks.check("finds the service in the list", service in listed, found["list_services"])
    kept = found["get_booking"]
    checks.check("finds it confirmed", kept.succeeded() and kept.body.get("status") == "confirmed", kept)
    moves = [move.get("to") for move in (kept.body or {}).get("status_history", [])]
    checks.check("finds how it came to be so", moves == ["pending", "confirmed"], kept)
    listed = [entry["booking_id"] for entry in (found["list_bookings"].body or {}).get("bookings", [])]
    checks.check("finds it alone in the calendar", listed == [booking], found["list_bookings"])
    customer = found["get_customer"]
    known = customer.succeeded() and customer.body.get("name") == CUSTOMER["name"]
    checks.check("finds a customer whom nobody made", known and customer.body.get("bookings_count") == 1, customer)
    invoice = found["create_invoice"]
    checks.check("gets an invoice", invoice.succeeded() and invoice.body.get("amount") == SERVICE["price"], invoice)
    checks.check("can pay it", "/invoices/" in (invoice.body or {}).get("payment_url", ""), invoice)
    return [(tool, given, found[tool]) for tool, given in questions.items()]


async def look_again(checks, call, asked):
    for tool, given, before in asked:
        now = await call(tool, given)
        # Where it is paid depends on where the provider listens.
        for answer in (now, before):
            answer.body.pop("payment_url", None)
        checks.check(f"finds what {tool} told before", now.body == before.body, f"{now}, not {before}")


async def main(binary, tenant, folder):
    checks = Checks("walkthrough")
    for name, client in (("python", python_sdk), ("inspector", inspector)):
        checks.place = name
        own = os.path.join(folder, name)
        os.mkdir(own)
        data = os.path.join(own, "data")
        provider = Provider(binary, tenant, data)
        try:
            with anyio.fail_after(LIMIT_SECONDS):
                async with client(provider.mcp, own) as call:
                    asked = await walk(checks, call)
                    # While the client is still connected.
                    provider.kill()
        except Exception as error:  # noqa: BLE001
            checks.check("goes to the end", False, repr(error))
            continue
        finally:
            provider.kill()
        if asked is None:
            continue
        checks.place = f"{name} after kill -9"
        provider = Provider(binary, tenant, data)
        try:
            with anyio.fail_after(LIMIT_SECONDS):
                async with client(provider.mcp, own) as call:
                    await look_again(checks, call, asked)
        except Exception as error:  # noqa: BLE001
            checks.check("goes to the end", False, repr(error))
        finally:
            provider.kill()
    checks.end()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
