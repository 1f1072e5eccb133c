"""Has the reference provider take money through localstripe, a server of Stripe's interface that keeps what it is told.

usage: localstripe.py PROVIDER-BINARY TENANT FOLDER
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from peer import Answer, Checks, find_slot
from servers import free_port, listening, serving

LIMIT_SECONDS = 60
KEY = "sk_test_of_the_peers"
SECRET = "whsec_of_the_peers"


def send(url, body=None, **headers):
    """The status and the body of an answer. None for the body makes a GET."""
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def eventually(found):
    """What `found` returns, as soon as that is something."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        seen = found()
        if seen:
            return seen
        time.sleep(0.1)
    return None


class Stripe:
    def __init__(self, url):
        self.url = url

    def ask(self, path, form=None):
        body = None if form is None else urllib.parse.urlencode(form).encode()
        status, text = send(f"{self.url}/v1/{path}", body, Authorization=f"Bearer {KEY}")
        if status != 200:
            raise RuntimeError(f"localstripe answers {path} with {status}: {text}")
        return json.loads(text)

    def pay(self, intent):
        """As a customer who has a card would."""
        card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        form = {"type": "card", **{f"card[{key}]": value for key, value in card.items()}}
        method = self.ask("payment_methods", form)["id"]
        self.ask(f"payment_methods/{method}/attach", {"customer": intent["customer"]})
        self.ask(f"payment_intents/{intent['id']}", {"payment_method": method})
        return self.ask(f"payment_intents/{intent['id']}/confirm", {})


class Provider:
    def __init__(self, url, tenant):
        self.url = url
        self.tenant = f"{url}/p/{tenant}"

    def call(self, tool, given):
        status, text = send(f"{self.tenant}/tools/{tool}", json.dumps(given).encode(), **{"Content-Type": "application/json"})
        body = json.loads(text)
        return Answer({"isError": status != 200 or not body.get("ok"), "structuredContent": body})

    async def call_soon(self, tool, given):
        return self.call(tool, given)

    def status(self, number):
        return self.call("get_invoice", {"invoice_number": number}).body.get("status")

    def tell(self, event, secret):
        body = json.dumps(event).encode()
        now = int(time.time())
        signature = hmac.new(secret.encode(), b"%d.%s" % (now, body), hashlib.sha256).hexdigest()
        return send(f"{self.url}/stripe/webhook", body, **{"Stripe-Signature": f"t={now},v1={signature}"})[0]


def finished(coroutine):
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise RuntimeError("it waits")


def drive(checks, provider, stripe):
    services = provider.call("list_services", {}).body["services"]
    service = next(service for service in services if service.get("price"))

    def booked(number):
        slot, answer = finished(find_slot(provider.call_soon, service["id"]))
        checks.check("finds a free slot", slot, answer)
        customer = {"name": "Zoë O'Peer & Co.", "email": f"peer{number}@example.com"}
        wanted = {"service_id": service["id"], "start_at": slot["start_at"], "customer": customer}
        return provider.call("create_booking", wanted).body["booking_id"], customer

    booking, customer = booked(1)
    made = provider.call("create_invoice", {"booking_id": booking})
    issued = made.succeeded() and made.body["status"] == "issued"
    if not checks.check("issues an invoice", issued, made):
        return
    number, invoice = made.body["number"], made.body["invoice_id"]

    customers = stripe.ask("customers")["data"]
    checks.check("makes a customer", [(one["name"], one["email"]) for one in customers] == [tuple(customer.values())], customers)
    intents = stripe.ask("payment_intents")["data"]
    wanted = (round(service["price"] * 100), made.body["currency"].lower(), customers[0]["id"], {"invoice": invoice, "number": number})
    found = [(one["amount"], one["currency"], one["customer"], one["metadata"]) for one in intents]
    checks.check("makes a payment intent over the price", found == [wanted], intents)
    provider.call("create_invoice", {"booking_id": booking})
    again = stripe.ask("payment_intents")["data"]
    checks.check("makes no other when it is asked again", [one["id"] for one in again] == [intents[0]["id"]], again)

    succeeded = {**intents[0], "amount_received": intents[0]["amount"], "status": "succeeded"}
    event = {"id": "evt_forged", "type": "payment_intent.succeeded", "data": {"object": succeeded}}
    checks.check("refuses what another secret signed", provider.tell(event, "whsec_forged") == 400)
    checks.check("is not paid by a forgery", provider.status(number) == "issued", provider.status(number))

    paid = stripe.pay(intents[0])
    checks.check("is paid there", paid["status"] == "succeeded", paid)
    told = eventually(lambda: provider.status(number) == "paid")
    checks.check("believes what localstripe signed", told, provider.status(number))
    checks.check("takes the same fact twice", provider.tell(event, SECRET) == 200 and provider.status(number) == "paid")

    for what in ("gives the money back when the booking is cancelled", "says so again"):
        cancelled = provider.call("cancel_booking", {"booking_id": booking})
        checks.check(what, cancelled.succeeded() and cancelled.body.get("refund_status") == "refunded", cancelled)
    refunds = stripe.ask("refunds")["data"]
    found = [(one["payment_intent"], one["amount"]) for one in refunds]
    checks.check("makes one refund of the whole amount", found == [(intents[0]["id"], intents[0]["amount"])], refunds)
    checks.check("is cancelled then", provider.status(number) == "cancelled", provider.status(number))

    booking, _ = booked(2)
    made = provider.call("create_invoice", {"booking_id": booking})
    cancelled = provider.call("cancel_booking", {"booking_id": booking})
    checks.check("has nothing to give back where nobody paid", cancelled.body.get("refund_status") == "none", cancelled)
    of_second = [one for one in stripe.ask("payment_intents")["data"] if one["metadata"]["invoice"] == made.body["invoice_id"]]
    checks.check("voids what nobody paid", [one["status"] for one in of_second] == ["canceled"], of_second)
    checks.check("makes no refund for it", len(stripe.ask("refunds")["data"]) == 1)


def served(binary, stripe):
    """A provider that takes money through an address, as long as the block lasts."""
    command = [binary, "serve", "--port", "0", "--memory", "--gateway", "stripe", "--stripe-url", stripe]
    return serving(command, env={**os.environ, "STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET})


def down(checks, binary, tenant):
    """An invoice that is asked for while Stripe is not there."""
    with served(binary, f"http://127.0.0.1:{free_port()}") as url:
        provider = Provider(url, tenant)
        services = provider.call("list_services", {}).body["services"]
        service = next(service for service in services if service.get("price"))
        slot, _ = finished(find_slot(provider.call_soon, service["id"]))
        customer = {"name": "Peer", "email": "peer@example.com"}
        wanted = {"service_id": service["id"], "start_at": slot["start_at"], "customer": customer}
        booking = provider.call("create_booking", wanted).body["booking_id"]
        made = provider.call("create_invoice", {"booking_id": booking})
        checks.check("keeps a draft where Stripe is down", made.succeeded() and made.body["status"] == "draft", made)


def main(binary, tenant, folder):
    checks = Checks("localstripe")
    port = free_port()
    command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
    stripe = Stripe(f"http://127.0.0.1:{port}")
    try:
        with open(os.path.join(folder, "localstripe.log"), "w", encoding="utf-8") as log, listening(command, port, log=log, folder=folder):
            checks.check("starts", isinstance(stripe.ask("customers"), dict))
            with served(binary, stripe.url) as url:
                hook = {"url": f"{url}/stripe/webhook", "secret": SECRET}
                status, text = send(f"{stripe.url}/_config/webhooks/provider", urllib.parse.urlencode(hook).encode())
                checks.check("is told where to tell of payments", status == 200, text)
                drive(checks, Provider(url, tenant), stripe)
            down(checks, binary, tenant)
    except (OSError, RuntimeError, LookupError, ValueError, StopIteration) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
