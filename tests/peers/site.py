"""Looks at the site of a registry in a real Chromium: nothing that a provider sent runs, and everything can be read and reached.

usage: site.py PROOFHOUSE-BINARY FOLDER NPM-FOLDER [--pictures FOLDER]

Every page is looked at by axe and by an HTML validator. The feed, the site map, the description of the API and the MCP endpoint are read by
programs of others too.
"""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import anyio
import feedparser
import lxml.etree
from mcp import Client
from openapi_spec_validator import validate
from playwright.sync_api import sync_playwright

from peer import Checks

CHROMIUM = "/usr/bin/chromium"
AUDIT = (pathlib.Path(__file__).parent / "site_audit.js").read_text(encoding="utf-8")
HOSTILE = (
    '"><script>window.ran = 1; alert(1)</script><img src=x onerror="window.ran = 1"> '
    "javascript:window.ran=1 https://evil.example/ \u202e\x1b[2J {{7*7}}"
)
SCREENS = {"wide": (1280, 900), "narrow": (400, 800)}
SCHEMES = ("light", "dark")
# Axe looks at each page twice, which has every width and scheme once.
AXED = (("wide", "light"), ("narrow", "dark"))
BASE = "https://registry.example"
SCREENFULS = 5
# Lists with pages.
LISTS = ("capability-narrowed", "run", "run-narrowed", "run-failed")
TENANTS = ("salon-aurora", "ink-house")
HOSTILE_ID = "hostile:shop"


class Hostile(http.server.BaseHTTPRequestHandler):
    """Answers every tool with what could do harm; slowly, so that a run can be watched."""

    protocol_version = "HTTP/1.1"
    wait = 0.0

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(Hostile.wait)
        services = [{"id": HOSTILE, "name": HOSTILE, "duration_minutes": 30, "price": HOSTILE, HOSTILE: HOSTILE}]
        self.answer({"ok": True, "timezone": "Europe/Prague", "services": services, "error": HOSTILE, HOSTILE: HOSTILE})

    def do_GET(self):
        self.answer({"tools": []})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Hostile", "<script>window.ran = 1</script>")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Registry:
    """A store with runs of some providers, a hostile one among them, and the site over it."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.environment = {**os.environ, "PROOFHOUSE_DATA": os.path.join(folder, "data"), "NO_COLOR": "1"}
        self.provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
        threading.Thread(target=self.provider.serve_forever, daemon=True).start()
        manifest = {
            "providers": [
                {
                    "id": HOSTILE_ID,
                    "name": HOSTILE,
                    "place": "Brno, Czechia",
                    "time_zone": "Europe/Prague",
                    "tags": ["<b>bold</b>", "late evenings"],
                    "transport": "http",
                    "url": f"http://127.0.0.1:{self.provider.server_address[1]}",
                    "capabilities": ["booking.list_services"],
                }
            ]
        }
        self.manifest = os.path.join(folder, "hostile.yaml")
        pathlib.Path(self.manifest).write_text(json.dumps(manifest), encoding="utf-8")

    def run(self, *arguments):
        return subprocess.run(
            [self.binary, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def seed(self, checks):
        tenants = [word for tenant in TENANTS for word in ("--provider", f"bookio:{tenant}")]
        for _ in range(2):
            done = self.run("run", "--reference", "--quiet", *tenants, "--capability", "booking.list_services", "--capability", "booking.check_availability")
            checks.check("a run of correct providers ends well", done.returncode == 0, done.stderr)
        done = self.run("run", "--providers", self.manifest, "--quiet")
        checks.check("a run of a hostile provider fails", done.returncode == 1, done.stderr)
        done = self.run("run", "--reference", "--quiet", "--provider", "bookio:salon-aurora", "--capability", "booking.list_services")
        for command in (
            ("keys", "new", "--output", "key"),
            ("certify", "latest", "--key", "key", "--capability", "booking.list_services@0.1.0", "--output", "certificates/first.json"),
        ):
            os.makedirs(os.path.join(self.folder, "certificates"), exist_ok=True)
            done = self.run(*command)
            checks.check(f"`proofhouse {command[0]}` ends well", done.returncode == 0, done.stderr)
        trust = self.run("keys", "trust", "key", "--provider", "bookio:*")
        pathlib.Path(self.folder, "trust.yaml").write_text(trust.stdout, encoding="utf-8")
        pathlib.Path(self.folder, "certificates", "second.json").write_text(json.dumps({"payload": HOSTILE}), encoding="utf-8")

    @contextlib.contextmanager
    def served(self):
        command = [self.binary, "serve", "--port", "0", "--base-url", BASE, "--certificates", "certificates", "--trust", "trust.yaml"]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process.stdout.readline().strip().removeprefix("listening on ")
            finally:
                process.terminate()


def read(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def read_any(url):
    """What is answered, with whatever status."""
    try:
        return read(url)
    except urllib.error.HTTPError as error:
        return error.read()


def pages(url):
    """Each kind of page by its name."""
    api = f"{url}/api/v1"
    runs = json.loads(read(f"{api}/runs"))["items"]
    failed = next(run["run"] for run in runs if run["verdict"] == "failed")
    capability = "/capabilities/booking.list_services@0.1.0"
    listed = read(f"{url}/certificates").decode()
    certificates = [part.split('"')[0] for part in listed.split('href="/certificates/')[1:]]
    return {
        "home": "/",
        "capability": capability,
        "capability-narrowed": f"{capability}?provider=bookio:salon-aurora&outcome=pass",
        "diff": "/capabilities/booking.create_booking@0.1.0/diff?to=0.2.0",
        "matrix": f"{capability}/matrix",
        "test": f"{capability}/tests/happy_path",
        "search": "/search?q=cancel+booking",
        "providers": "/providers",
        "providers-sorted": "/providers?sort=not_conformant",
        "provider": "/providers/bookio:salon-aurora",
        "provider-latency": "/providers/bookio:salon-aurora?latency=booking.list_services@0.1.0",
        "provider-hostile": f"/providers/{HOSTILE_ID}",
        "platform": "/platforms/bookio",
        "compare": "/compare",
        "compare-providers": f"/compare?a=bookio:salon-aurora&b={HOSTILE_ID}",
        "compare-runs": f"/compare?a={runs[-1]['run']}&b={runs[-2]['run']}",
        "compare-runs-apart": f"/compare?a={runs[-1]['run']}&b={failed}",
        "compare-versions": "/compare?a=booking.create_booking@0.1.0&b=booking.create_booking@0.2.0",
        "compare-nothing": "/compare?a=nothing&b=at+all",
        "runs": "/runs",
        "run": f"/runs/{runs[0]['run']}",
        "run-failed": f"/runs/{failed}",
        "certificates": "/certificates",
        **{f"certificate-{at}": f"/certificates/{name}" for at, name in enumerate(certificates)},
        "run-narrowed": f"/runs/{runs[0]['run']}?outcome=pass",
        "kill-matrix": "/kill-matrix",
        "kill-matrix-tool": "/kill-matrix?tool=create_booking",
        "nothing": "/nothing",
    }


class Watch:
    """What a page did that it must not do."""

    def __init__(self, page, url):
        self.seen = []
        page.on("dialog", self.dialog)
        page.on("console", lambda message: message.type == "error" and self.note(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.note(f"error: {error}"))
        page.on("request", lambda request: request.url.startswith(url) or self.note(f"request: {request.url}"))

    def note(self, words):
        # What is not there is told in the console too.
        if "404" not in words:
            self.seen.append(words)

    def dialog(self, dialog):
        self.note(f"dialog: {dialog.message}")
        dialog.dismiss()


class Axe:
    """The accessibility checks of others."""

    def __init__(self, npm):
        self.source = (npm / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")

    def wrong(self, page):
        page.evaluate(self.source)
        return page.evaluate(
            """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
                .map((one) => `${one.id}: ${one.help}: ${one.nodes[0].html}`)"""
        )


def look(checks, browser, url, listed, axe, pictures):
    for screen, (width, height) in SCREENS.items():
        for scheme in SCHEMES:
            checks.place = f"{screen} {scheme}"
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            watch = Watch(page, url)
            for name, path in listed.items():
                page.goto(url + path)
                wrong = page.evaluate(AUDIT)
                checks.check(f"{name} can be read", not wrong, wrong)
                # A script that a provider sent would have left this behind.
                ran = page.evaluate("window.ran")
                checks.check(f"{name} runs nothing and asks nobody else", ran is None and not watch.seen, (ran, watch.seen))
                watch.seen.clear()
                if (screen, scheme) in AXED:
                    wrong = axe.wrong(page)
                    checks.check(f"{name} has nothing that axe complains about", not wrong, wrong)
                    watch.seen.clear()
                if pictures:
                    page.screenshot(path=os.path.join(pictures, f"{name}-{screen}-{scheme}.png"), full_page=True)
            context.close()
    checks.place = ""


# A plot whose line is left open: the rest stands within it, and is drawn nowhere.
BROKEN = """<!doctype html><svg class="plot" width="90" height="90"><line x1="0" y1="0" x2="9" y2="0"><circle cx="5" cy="5" r="3"></circle></svg><title></title><h1>a</h1><h1>b</h1>
<a href="https://evil.example/">away</a> <input name="field"> <table><tr><th>head</th></tr></table> <img src="/nothing.png">
<p style="color: #999; background: #fff">faint</p> <div style="width: 3000px">wide</div>
<p style="position: absolute; top: 300px">under</p><p style="position: absolute; top: 302px">over</p>"""
COMPLAINTS = ("without ink", "wide on a screen", "no language", "no title", "first headings", "leads to", "with a scope", "has no label", "no words", "contrast", "overlap")


AXE_COMPLAINTS = ("html-has-lang", "image-alt", "label")


def audit_the_audit(checks, browser, axe):
    """What is looked for is found where it is."""
    page = browser.new_page()
    page.set_content(BROKEN)
    wrong = page.evaluate(AUDIT)
    for words in COMPLAINTS:
        checks.check(f"a broken page is told by “{words}”", any(words in line for line in wrong), wrong)
    wrong = axe.wrong(page)
    for words in AXE_COMPLAINTS:
        checks.check(f"axe tells a broken page by “{words}”", any(line.startswith(words) for line in wrong), wrong)
    page.set_content('<!doctype html><html lang="en"><title>a</title><main><p style="color: #999; background: #fff">faint</p></main>')
    wrong = axe.wrong(page)
    checks.check("axe tells words without contrast", any(line.startswith("color-contrast") for line in wrong), wrong)
    page.close()


def heights(checks, browser, url, listed):
    """Nobody scrolls for ever: what is longer than some screens is folded or stands in pages."""
    width, height = SCREENS["wide"]
    page = browser.new_page(viewport={"width": width, "height": height})
    for contract in json.loads(read(f"{url}/api/v1/capabilities")):
        for version in contract["versions"]:
            name = f"{contract['capability']}@{version}"
            listed = {**listed, name: f"/capabilities/{name}"}
    for name, path in listed.items():
        page.goto(url + path)
        found = page.evaluate("document.documentElement.scrollHeight")
        if name not in LISTS:
            checks.check(f"{name} ends after {SCREENFULS} screens", found <= SCREENFULS * height, found)
    page.close()


def printed(checks, browser, url, listed):
    """A certificate is a document on paper too, and no page prints what only leads elsewhere."""
    page = browser.new_page()
    page.emulate_media(media="print")
    for name in ("certificate-0", "provider", "run-failed"):
        page.goto(url + listed[name])
        shown = page.evaluate("[...document.querySelectorAll('header, form, .contents')].filter((one) => one.checkVisibility()).length")
        checks.check(f"{name} prints no navigation", shown == 0, shown)
    page.goto(url + listed["certificate-0"])
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    checks.check("a certificate prints on two sheets", 0 < sheets <= 2, sheets)
    page.close()


def validate_html(checks, npm, folder, url, listed):
    """The source of each page, as a validator of others reads it."""
    sources = pathlib.Path(folder, "html")
    sources.mkdir()
    for name, path in {**listed, "broken": None}.items():
        text = read_any(url + path) if path else BROKEN.encode()
        (sources / f"{name}.html").write_bytes(text)
    rules = sources / "rules.json"
    rules.write_text(json.dumps({"root": True, "extends": ["html-validate:standard", "html-validate:a11y"]}), encoding="utf-8")
    # It cuts what it writes to a pipe.
    with open(sources / "found.json", "w+", encoding="utf-8") as found:
        validator = npm / "node_modules/.bin/html-validate"
        subprocess.run([validator, "-c", rules, "-f", "json", *sorted(sources.glob("*.html"))], stdout=found, timeout=120, check=False)
        found.seek(0)
        wrong = {pathlib.Path(one["filePath"]).stem: one["messages"] for one in json.load(found)}
    checks.check("the validator tells a broken page", bool(wrong.pop("broken", None)), wrong)
    for name in listed:
        messages = [f"{one['line']}:{one['column']} {one['message']}" for one in wrong.get(name, [])]
        checks.check(f"{name} is valid HTML", not messages, messages[:5])


def read_feed(checks, url):
    text = read(f"{url}/feed.atom")
    feed = feedparser.parse(text)
    checks.check("the feed is well-formed Atom", not feed.bozo and feed.version == "atom10", (feed.get("bozo_exception"), feed.version))
    checks.check("the feed says what and whose it is", all(feed.feed.get(key) for key in ("id", "title", "updated_parsed", "author")), feed.feed)
    complete = [all(entry.get(key) for key in ("id", "title", "updated_parsed", "link")) for entry in feed.entries]
    checks.check("each entry of the feed is complete", complete and all(complete), complete)
    checks.check("no two entries are one", len({entry.id for entry in feed.entries}) == len(feed.entries))
    checks.check("the links of the feed are whole", all(entry.link.startswith(BASE) for entry in feed.entries))
    broken = feedparser.parse(text.replace(b"</entry>", b"", 1))
    checks.check("a broken feed is told", broken.bozo)


def read_map(checks, npm, url):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(npm / "node_modules/sitemap/schema/sitemap.xsd"))
    text = read(f"{url}/sitemap.xml")
    found = lxml.etree.fromstring(text)
    checks.check("the site map follows its schema", schema.validate(found), schema.error_log)
    checks.check("a broken site map is told", not schema.validate(lxml.etree.fromstring(text.replace(b"loc>", b"location>"))))
    places = [one.text for one in found.iter("{*}loc")]
    checks.check("the site map names whole addresses", places and all(place.startswith(f"{BASE}/") for place in places))
    # Each kind of page comes before long.
    missing = [place for place in places[::15] if not read(url + place.removeprefix(BASE))]
    checks.check("the pages of the site map are there", not missing, missing)


def reach(checks, browser, url, listed):
    """Every link is reached with the keyboard, and shows that it is."""
    page = browser.new_page()
    for name in ("home", "capability", "provider"):
        page.goto(url + listed[name])
        expected = page.evaluate("[...document.querySelectorAll('a[href], input, select, button, summary, [tabindex]')].filter((one) => one.checkVisibility()).length")
        reached, unseen = set(), []
        # A field for a date is several stops.
        for _ in range(expected + 20):
            page.keyboard.press("Tab")
            found = page.evaluate(
                """() => {
                    const all = [...document.querySelectorAll('*')];
                    const at = document.activeElement;
                    return [all.indexOf(at), getComputedStyle(at).outlineStyle, at.outerHTML.slice(0, 80)];
                }"""
            )
            reached.add(found[0])
            if found[1] == "none" and not found[2].startswith(("<body", "<input", "<select")):
                unseen.append(found[2])
        checks.check(f"{name} is reached with the keyboard", len(reached) >= expected, (len(reached), expected))
        checks.check(f"{name} shows where the keyboard is", not unseen, unseen)
    page.close()


def without_scripts(checks, browser, url, listed):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name, path in listed.items():
        page.goto(url + path)
        checks.check(f"{name} has words without scripts", len(page.inner_text("main").split()) > 3)
    context.close()


def follow(checks, browser, registry, url):
    """A run is watched while it goes on."""
    Hostile.wait = 0.5
    command = [registry.binary, "run", "--providers", registry.manifest, "--quiet", "--lanes", "1"]
    known = {run["run"] for run in json.loads(read(f"{url}/api/v1/runs"))["items"]}
    with subprocess.Popen(command, cwd=registry.folder, env=registry.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        new = None
        for _ in range(200):
            new = next((run["run"] for run in json.loads(read(f"{url}/api/v1/runs"))["items"] if run["run"] not in known), None)
            if new:
                break
            time.sleep(0.1)
        page = browser.new_page()
        watch = Watch(page, url)
        page.goto(f"{url}/runs/{new}")
        first = page.inner_text("[data-live]")
        page.wait_for_function("(first) => document.querySelector('[data-live]')?.textContent !== first", arg=first, timeout=60_000)
        checks.check("a run that goes on is followed", not watch.seen, watch.seen)
        page.wait_for_function("() => !document.querySelector('[data-live]')", timeout=120_000)
        checks.check("its end is shown", "failed" in page.inner_text("main"), page.inner_text("main")[:200])
        page.close()
    Hostile.wait = 0.0


async def ask_as_an_agent(checks, url):
    async with Client(f"{url}/mcp", read_timeout_seconds=20) as client:
        listed = (await client.list_tools()).tools
        names = sorted(tool.name for tool in listed)
        checks.check("an agent is offered few tools", names == ["find_capabilities", "plan_calls", "rank_providers", "read_contract"], names)
        found = await client.call_tool("find_capabilities", {"intent": "book a haircut"})
        ids = [one["capability"] for one in found.structured_content["capabilities"]]
        checks.check("an agent finds what it wants", "booking.create_booking" in ids, ids)
        ranked = await client.call_tool("rank_providers", {"capability": "booking.list_services@0.1.0"})
        best = ranked.structured_content["providers"]
        checks.check("conformant providers come first", best[0]["standing"] == "conformant" and best[-1]["provider"] == HOSTILE_ID, best)
        for tool in ("read_contract", "plan_calls"):
            answer = await client.call_tool(tool, {"capability": "booking.create_booking"})
            checks.check(f"an agent calls {tool}", not answer.is_error, answer)


def main():
    binary, folder, npm = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), pathlib.Path(sys.argv[3])
    pictures = os.path.abspath(sys.argv[5]) if sys.argv[4:5] == ["--pictures"] else None
    if pictures:
        os.makedirs(pictures, exist_ok=True)
    checks = Checks("site")
    registry = Registry(binary, folder)
    registry.seed(checks)
    with registry.served() as url:
        listed = pages(url)
        read_feed(checks, url)
        read_map(checks, npm, url)
        validate_html(checks, npm, folder, url, listed)
        try:
            validate(json.loads(read(f"{url}/api/v1/openapi.json")))
            checks.check("the API's description is OpenAPI", True)
        except Exception as error:  # noqa: BLE001
            checks.check("the API's description is OpenAPI", False, repr(error))
        anyio.run(ask_as_an_agent, checks, url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            axe = Axe(npm)
            audit_the_audit(checks, browser, axe)
            look(checks, browser, url, listed, axe, pictures)
            heights(checks, browser, url, listed)
            printed(checks, browser, url, listed)
            reach(checks, browser, url, listed)
            without_scripts(checks, browser, url, listed)
            follow(checks, browser, registry, url)
            browser.close()
    checks.end()


if __name__ == "__main__":
    main()
