"""Names, addresses and texts that are made by chance, and whether they come back as they were from mails and calendar files."""

import asyncio
import email.header
import email.utils
import random
import re
import string
import time
import urllib.parse
import uuid

SEED = 19
CUSTOMERS = 2000
SERVICES = 20
LONGEST = 200
LIMIT_SECONDS = 240

# What readers of headers, of parameters and of texts give a meaning; then letters of one, two, three and four bytes.
PIECES = [
    *"\"\\,;:<>()@[]^'=?&#%+-_.!$*/{|}~`",
    "^n", "^'", "^^", "\\n", "\\N", "\\,", "\\;", "=?utf-8?q?x?=", "=?utf-8?b?eA==?=", "mailto:eve@example.com", "<eve@example.com>",
    "Bcc: eve", "END:VEVENT", "%2F", "a", "Ada", "O'Brien", "Jr.", "7", "\u00e9", "e\u0301", "\u00df", "\u00a0", "\u3000", "\u200d", "\u202e",
    "\u05d0\u05d1", "\u0e01\u0e33", "\u5c71\u7530", "\u9ad2", "\U0001f600", "\U0001f1e8\U0001f1ff", "\U0001f3f4\U000e0067\U000e007f",
    "\ufeff", "\ufffe", "\u2028", "\u0085", "\x00", "\x7f", "\r\n", "\t", " ", " ", " ", "  ", "x" * 80, "\u6f22" * 40,
]  # fmt: skip
ATOM = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"


def one_line(text):
    """A text as a mail shows it: what breaks lines is a space, and spaces in a row are one."""
    line = re.sub("[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip(" ")
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "\u2026"


def name(chance):
    text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 12)))
    # A name that shows nothing is refused.
    return text if one_line(text).strip() else name(chance)


def service_name(chance):
    text = name(chance)[:LONGEST]
    return text if one_line(text).strip() else service_name(chance)


def address(chance, number):
    domain = chance.choice(["example.com", "sub.example.org", "xn--mnchen-3ya.example", "[192.0.2.1]", "x-1.example.net"])
    if chance.random() < 0.3:
        inner = "".join(chance.choice(string.ascii_letters + " @,;:<>()[].%?#/^'") for _ in range(chance.randint(1, 20)))
        return f'"{inner}{number}"@{domain}'
    words = ["".join(chance.choice(ATOM) for _ in range(chance.randint(1, 8))) for _ in range(chance.randint(1, 4))]
    return f"{'.'.join(words)}.{number}@{domain}"


def as_parameter(text):
    """A name as the package reads it from a parameter, in which it takes a backslash before these for an escape; RFC 5545 has none there."""
    return re.sub(r"\\([\\,;:])", r"\1", text)


def mailbox(uri):
    return urllib.parse.unquote(str(uri).removeprefix("mailto:"))


def unquoted(address):
    """An address without quotation marks that it does not need: readers take them off."""
    local, domain = address.rsplit("@", 1)
    inner = local[1:-1] if local.startswith('"') else local
    return f"{inner}@{domain}" if all(char in ATOM + "." for char in inner) else address


def read_name(mail):
    """The name in the header, and the one that the reader of structured headers finds: it puts a space between two encoded
    words, and makes one of several."""
    raw = re.sub(r"\r?\n", "", next(value for header, value in mail.raw_items() if header == "To"))
    name, _ = email.utils.parseaddr(raw)
    read = str(email.header.make_header(email.header.decode_header(name)))
    structured = mail["To"].addresses[0].display_name if raw.count("=?utf-8?") < 2 else read
    return read, " ".join(structured.split())


def complaints(mail, event, customer, service, tenant):
    """What did not come back as it was."""
    expected, appointment = one_line(customer["name"]), f"{one_line(service)} at {tenant}"
    attendee = event["ATTENDEE"]
    to = mail["To"].addresses
    found = {
        "defects": (list(mail.defects), []),
        "recipients": (len(to), 1),
        "name in the header": (read_name(mail), (expected, " ".join(expected.split()))),
        "address in the header": (unquoted(to[0].addr_spec), unquoted(customer["email"])),
        "name in the calendar": (str(attendee.params["CN"]), as_parameter(expected)),
        "address in the calendar": (mailbox(attendee), customer["email"]),
        "answer that is asked for": (attendee.params.get("PARTSTAT"), "NEEDS-ACTION"),
        "summary": (str(event["SUMMARY"]), appointment),
        "subject": (str(mail["Subject"]).startswith(f"Confirmed: {appointment}, "), True),
        "greeting": (mail.get_body(("plain",)).get_content().splitlines()[0], f"Hello {expected},"),
        "lines": (len(mail.get_body(("plain",)).get_content().split("\n")) < 12, True),
    }
    return {what: pair for what, pair in found.items() if pair[0] != pair[1]}


async def as_they_were(checks, provider, inbox, calendar_of, find_slot):
    """Books with many names, addresses and services, and reads each mail."""
    checks.place = "texts"
    chance, run = random.Random(SEED), uuid.uuid4().hex[:8]
    booked, refused = {}, []
    tenant = None
    for at in range(SERVICES):
        text = service_name(chance)
        made = await provider.call("create_service", {"name": text, "duration_minutes": 30, "capacity": 1000})
        if not checks.check(f"makes service {at}", made.succeeded(), (text, made)):
            return
        service = made.body["service_id"]
        slot, answer = await find_slot(provider.call, service)
        if not checks.check(f"finds a slot of service {at}", slot, answer):
            return
        customers = []
        for number in range(CUSTOMERS // SERVICES):
            customers.append({"name": name(chance), "email": address(chance, f"{run}{at}x{number}")})
        answers = await asyncio.gather(*(provider.book(slot, service, one["name"], one["email"]) for one in customers))
        for one, answer in zip(customers, answers):
            if answer.succeeded():
                booked[answer.body["booking_id"]] = (one, text)
            else:
                refused.append((one, answer))
    checks.check("books with every name and address", not refused, [(one, str(answer)) for one, answer in refused[:5]])
    tenant = (await provider.call("list_services", {})).body.get("provider", {}).get("name")
    deadline = time.monotonic() + LIMIT_SECONDS
    found = {}
    seen = 0
    while len(found) < len(booked) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        mails = inbox.mails[seen:]
        seen += len(mails)
        for recipients, mail in mails:
            if not any(part.get_content_type() == "text/calendar" for part in mail.walk()):
                continue
            _, _, event = calendar_of(mail)
            if str(event["UID"]) in booked:
                found[str(event["UID"])] = (recipients, mail, event)
    checks.check(f"gets {len(booked)} mails", len(found) == len(booked), [booked[id] for id in booked if id not in found][:5])
    if tenant is None and found:
        tenant = str(next(iter(found.values()))[2]["LOCATION"])
    wrong = []
    for id, (recipients, mail, event) in found.items():
        customer, service = booked[id]
        said = complaints(mail, event, customer, service, tenant)
        if [unquoted(one) for one in recipients] != [unquoted(customer["email"])]:
            said["envelope"] = (recipients, customer["email"])
        if said:
            wrong.append((customer, service, said))
    checks.check("finds names, addresses and texts as they were", not wrong, f"{len(wrong)} of {len(found)}: {wrong[:4]}")
