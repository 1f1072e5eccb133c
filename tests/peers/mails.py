"""Receives what the reference provider sends with the mail server aiosmtpd, and reads it with the package icalendar.

usage: mails.py PROVIDER-BINARY TENANT
"""

import asyncio
import datetime
import email
import email.policy
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import icalendar
from aiosmtpd.smtp import SMTP

from mail_texts import as_they_were
from peer import Answer, Checks, find_slot

LIMIT_SECONDS = 60
RACERS = 64
SENDER = "salon@book.example"
# A name that tries to be more than one: a header, a recipient, a line of a calendar file.
NAME = 'Zoë "Q" O\'Brien, Jr.; a:b\r\nBcc: eve@example.com\r\nATTENDEE:mailto:eve@example.com'


class Inbox:
    """The mails that came, each with the addresses that the envelope names."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 taken"

    def to(self, address):
        return [mail for recipients, mail in list(self.mails) if address in recipients]

    async def wait(self, address, count):
        """The mails to an address, once there are so many or the time is up."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while len(self.to(address)) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return self.to(address)


class Provider:
    """A provider of its own, which sends to a port."""

    def __init__(self, binary, tenant, port):
        command = [binary, "serve", "--port", "0", "--memory", "--sandbox"]
        command += ["--smtp-url", f"smtp://127.0.0.1:{port}", "--mail-from", SENDER]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.url = f"{self.process.stdout.readline().removeprefix('listening on ').strip()}/p/{tenant}"

    def post(self, tool, given):
        request = urllib.request.Request(
            f"{self.url}/tools/{tool}", json.dumps(given).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as response:
                body = json.load(response)
        except urllib.error.HTTPError as error:
            body = json.load(error)
        return Answer({"structuredContent": body})

    async def call(self, tool, given):
        return await asyncio.to_thread(self.post, tool, given)

    async def book(self, slot, service, name, address):
        customer = {"name": name, "email": address}
        return await self.call("create_booking", {"service_id": service, "start_at": slot["start_at"], "customer": customer})


def calendar_of(mail):
    """The method that the part says, and the event in it with the calendar around it."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = icalendar.Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return part.get_param("method"), calendar, event


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def check_calendar(checks, mail, method, status, booking, address):
    said, calendar, event = calendar_of(mail)
    checks.check(f"says {method} in the part and in the file", said == calendar["METHOD"] == method, (said, calendar))
    checks.check("is read without a complaint", not calendar.errors and not event.errors, (calendar.errors, event.errors))
    checks.check("names the booking", event["UID"] == booking["booking_id"], event)
    checks.check(f"has the status {status}", event["STATUS"] == status, event)
    times = [event[key].dt.astimezone(datetime.timezone.utc) for key in ("DTSTART", "DTEND")]
    booked = [datetime.datetime.fromisoformat(booking[key]) for key in ("start_at", "end_at")]
    checks.check("has the time that was booked", times == booked, (times, booked))
    attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
    checks.check("invites the customer and nobody else", attendees == [f"mailto:{address}"], attendees)
    checks.check("is organized by the sender", event["ORGANIZER"] == f"mailto:{SENDER}", event["ORGANIZER"])
    return event


async def mails_of_a_booking(checks, provider, inbox, service):
    checks.place = "booking"
    address = f"peer+{uuid.uuid4().hex}@example.com"
    slot, answer = await find_slot(provider.call, service)
    if not checks.check("finds a free slot", slot, answer):
        return
    booked = await provider.book(slot, service, NAME, address)
    await provider.book(slot, service, NAME, address)
    if not checks.check("books", booked.succeeded(), booked):
        return
    confirmed = await inbox.wait(address, 1)
    if not checks.check("gets a mail", confirmed, inbox.mails):
        return
    mail = confirmed[0]
    checks.check("is the only recipient", [to for to, found in inbox.mails if found is mail] == [[address]], inbox.mails)
    checks.check("finds no header of the name's own", "Bcc" not in mail and len(mail["To"].addresses) == 1, mail.items())
    checks.check("finds no defect", not mail.defects, mail.defects)
    invitation = check_calendar(checks, mail, "REQUEST", "CONFIRMED", booked.body, address)
    link = booked.body["cancellation_url"]
    checks.check("finds the page to cancel at", link in text_of(mail), text_of(mail))

    for _ in range(2):
        await provider.call("cancel_booking", {"booking_id": booked.body["booking_id"]})
    cancelled = await inbox.wait(address, 2)
    if not checks.check("gets a mail about the cancellation", len(cancelled) == 2, cancelled):
        return
    withdrawal = check_calendar(checks, cancelled[1], "CANCEL", "CANCELLED", booked.body, address)
    checks.check("finds a higher SEQUENCE", withdrawal["SEQUENCE"] > invitation["SEQUENCE"], withdrawal)
    checks.check("finds two Message-IDs", cancelled[0]["Message-ID"] != cancelled[1]["Message-ID"], cancelled)


async def race(checks, provider, inbox, service):
    checks.place = "race"
    slot, answer = await find_slot(provider.call, service)
    if not checks.check("finds a free slot", slot, answer):
        return
    run = uuid.uuid4().hex
    racers = [f"racer-{number}-{run}@example.com" for number in range(RACERS)]
    answers = await asyncio.gather(*(provider.book(slot, service, "Racer", racer) for racer in racers))
    winners = [racer for racer, answer in zip(racers, answers) if answer.succeeded()]
    if not checks.check("has one winner", len(winners) == 1, winners):
        return
    await inbox.wait(winners[0], 1)
    # Messages are sent in the order in which they were written, so nothing of the race is sent after this one.
    slot, _ = await find_slot(provider.call, service)
    last = f"last-{run}@example.com"
    await provider.book(slot, service, "Last", last)
    await inbox.wait(last, 1)
    told = [racer for racer in racers for _ in inbox.to(racer)]
    checks.check("writes to the winner once, and to nobody else", told == winners, told)


async def reminder(checks, provider, inbox, service):
    checks.place = "reminder"
    address = f"peer+{uuid.uuid4().hex}@example.com"
    # The first slot may be tomorrow's, and who books so late is not reminded.
    await provider.call("advance_clock", {"reset": True})
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for ahead in range(3, 14):
        date = (today + datetime.timedelta(days=ahead)).isoformat()
        listed = await provider.call("check_availability", {"service_id": service, "date": date})
        slots = (listed.body or {}).get("slots") or []
        if slots:
            break
    booked = await provider.book(slots[0], service, "Peer", address)
    start = datetime.datetime.fromisoformat(booked.body["start_at"])
    left = start - datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    await provider.call("advance_clock", {"seconds": int(left.total_seconds())})
    mails = await inbox.wait(address, 2)
    if not checks.check("gets a reminder when its time has come", len(mails) == 2, mails):
        return
    kinds = [part.get_content_type() for part in mails[1].walk()]
    checks.check("finds no calendar file in it", kinds == ["text/plain"], kinds)
    checks.check("finds the page to cancel at", booked.body["cancellation_url"] in text_of(mails[1]), text_of(mails[1]))


async def main(binary, tenant):
    checks = Checks("mails")
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, enable_SMTPUTF8=True), "127.0.0.1", 0)
    provider = Provider(binary, tenant, server.sockets[0].getsockname()[1])
    try:
        services = await provider.call("list_services", {})
        service = services.body["services"][0]["id"]
        for part in (mails_of_a_booking, race, reminder):
            await part(checks, provider, inbox, service)
        await as_they_were(checks, provider, inbox, calendar_of, find_slot)
    except Exception as error:  # noqa: BLE001
        checks.check("goes to the end", False, repr(error))
    finally:
        provider.process.terminate()
        provider.process.wait(LIMIT_SECONDS)
        server.close()
    checks.end()


asyncio.run(main(*sys.argv[1:]))
