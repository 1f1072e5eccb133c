"""What every peer does at the reference provider, and how it is counted."""

import datetime
import json
import sys
import uuid

TOOLS = {
    # name: (readOnlyHint, destructiveHint, idempotentHint)
    "list_services": (True, False, True),
    "check_availability": (True, False, True),
    "create_booking": (False, False, False),
    "cancel_booking": (False, True, True),
    "list_bookings_for_customer": (True, False, True),
    "get_booking": (True, False, True),
    "list_bookings": (True, False, True),
    "confirm_booking": (False, True, True),
    "reschedule_booking": (False, False, True),
    "record_attendance": (False, True, True),
    "get_customer": (True, False, True),
    "list_customers": (True, False, True),
    "tag_customer": (False, False, True),
    "create_service": (False, False, False),
    "retire_service": (False, True, True),
    "create_invoice": (False, False, True),
    "get_invoice": (True, False, True),
}

HORIZON_DAYS = 14


class Checks:
    """Counts what holds and shows what does not."""

    def __init__(self, peer):
        self.peer = peer
        self.place = ""
        self.passed = 0
        self.failed = 0

    def check(self, what, holds, found=None):
        line = " ".join(filter(None, (self.peer, self.place, what)))
        if holds:
            self.passed += 1
            print(f"pass  {line}", flush=True)
        else:
            self.failed += 1
            shown = "" if found is None else f": {str(found)[:1000]}"
            print(f"FAIL  {line}{shown}", flush=True)
        return holds

    def end(self):
        print(f"{self.peer}: {self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(self.failed > 0 or self.passed == 0)


class Answer:
    """What a call returned: whether it is marked as an error, the structured content, the text."""

    def __init__(self, result):
        self.is_error = result.get("isError", False)
        self.body = result.get("structuredContent")
        self.text = [part.get("text") for part in result.get("content", [])]

    def succeeded(self):
        return not self.is_error and isinstance(self.body, dict) and self.body.get("ok") is True

    def refused(self, code):
        return self.is_error and self.body == {"ok": False, "error": code}

    def text_agrees(self):
        return len(self.text) == 1 and json.loads(self.text[0]) == self.body

    def __str__(self):
        return f"isError {self.is_error}, structuredContent {json.dumps(self.body)}, text {self.text}"


def check_tools(checks, tools):
    """`tools` as they came over the wire."""
    named = {tool["name"]: tool for tool in tools}
    checks.check("lists the tools", sorted(named) == sorted(TOOLS), list(named))
    has_schemas = all(
        tool.get("description")
        and tool.get("inputSchema", {}).get("type") == "object"
        and tool.get("outputSchema", {}).get("type") == "object"
        for tool in tools
    )
    checks.check("lists schemas", has_schemas, tools)
    hints = {
        name: tuple(tool.get("annotations", {}).get(hint) for hint in ("readOnlyHint", "destructiveHint", "idempotentHint"))
        for name, tool in named.items()
    }
    checks.check("lists annotations", hints == TOOLS, hints)


async def find_slot(call, service):
    """The first free slot. A date is a day at the provider, and tomorrow in UTC is in no time zone past."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    answer = None
    for ahead in range(1, HORIZON_DAYS + 1):
        date = (today + datetime.timedelta(days=ahead)).isoformat()
        answer = await call("check_availability", {"service_id": service, "date": date})
        for slot in (answer.body or {}).get("slots", []):
            if slot["available"]:
                return slot, answer
    return None, answer


async def book(checks, call):
    """From the list of services to a booking that is cancelled; `call` takes a tool and its input."""
    customer = {"name": "Peer", "email": f"peer+{uuid.uuid4().hex}@example.com", "phone": "+1 555 0100"}

    services = await call("list_services", {})
    found = services.succeeded() and services.body["services"]
    if not checks.check("lists services", found, services):
        return
    checks.check("finds the same object as text", services.text_agrees(), services)

    service = found[0]["id"]
    slot, answer = await find_slot(call, service)
    if not checks.check("finds a free slot", slot, answer):
        return

    wanted = {"service_id": service, "start_at": slot["start_at"], "customer": customer, "agent_vendor": "peer"}
    created = await call("create_booking", wanted)
    if not checks.check("creates a booking", created.succeeded() and created.body.get("booking_id"), created):
        return
    booking = created.body["booking_id"]
    repeated = await call("create_booking", wanted)
    same = repeated.succeeded() and repeated.body.get("booking_id") == booking
    checks.check("gets the same booking for a repeated call", same, repeated)
    held = await call("list_bookings_for_customer", {"customer_email": customer["email"]})
    ids = [entry.get("booking_id") for entry in (held.body or {}).get("bookings", [])]
    checks.check("finds one booking of the customer", held.succeeded() and ids == [booking], held)

    for what in ("cancels it", "cancels it again"):
        cancelled = await call("cancel_booking", {"booking_id": booking})
        checks.check(what, cancelled.succeeded() and cancelled.body.get("cancelled") is True, cancelled)

    refused = await call("create_booking", {**wanted, "service_id": "svc-that-nobody-offers"})
    checks.check("is refused an unknown service", refused.is_error and (refused.body or {}).get("ok") is False, refused)
    checks.check("reads which error it is", (refused.body or {}).get("error") == "invalid_service", refused)
    broken = await call("create_booking", {"service_id": service})
    checks.check("is refused an input without its fields", broken.refused("invalid_input"), broken)
