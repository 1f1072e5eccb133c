"""Has the harness log in at authorization servers that others wrote. At `oidc-provider` as a pipeline and as a person with a browser, before
the reference provider, with tokens that end within seconds; at the example of the TypeScript SDK as a person.

usage: login.py PROOFHOUSE-BINARY FOLDER URL-OF-THE-MCP-SERVER FOLDER-OF-PACKAGES
"""

import contextlib
import html.parser
import http.cookiejar
import json
import os
import pathlib
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from peer import Checks
from servers import free_port

LIMIT_SECONDS = 180
HERE = pathlib.Path(__file__).parent
TOKEN_SECONDS = 5
SECRETS = ("s3cret/with a space", "s3cret/in the body")
CAPABILITIES = "[booking.create_booking, booking.list_services, booking.check_availability, booking.cancel_booking]"


class Form(html.parser.HTMLParser):
    """The first form of a page: where it goes and what it hides."""

    def __init__(self):
        super().__init__()
        self.action, self.fields = None, {}

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = attributes.get("action")
        if tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes.get("value", "")


def browse(url):
    """What a person does: follows the address, gives a name, consents. Returns the last page and the addresses on the way."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    data = None
    for _ in range(6):
        with opener.open(url, data, timeout=30) as answer:
            page, at = answer.read().decode(), answer.geturl()
        if "/callback?" in at:
            return page
        form = Form()
        form.feed(page)
        if form.action is None:
            return page
        url = urllib.parse.urljoin(at, form.action)
        fields = {**form.fields, "login": "ada", "password": "any"}
        data = urllib.parse.urlencode(fields).encode()
    return "the pages do not end"


class Place:
    def __init__(self, checks, binary, folder, key):
        self.checks, self.binary, self.folder = checks, binary, pathlib.Path(folder)
        self.said = []
        self.environment = {
            **os.environ,
            "PROOFHOUSE_CONFIG": str(self.folder / "config"),
            "PROOFHOUSE_DATA": str(self.folder / "data"),
            "NO_COLOR": "1",
            "CI_SECRET": SECRETS[0],
            "CI_BODY": SECRETS[1],
            "CI_KEY": key,
        }

    def start(self, *words):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([self.binary, *words], cwd=self.folder, env=self.environment, text=True, **pipes)

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=LIMIT_SECONDS)
        self.said.append(out + err)
        return process.returncode, out, err

    def manifest(self, resource, auth):
        # At this pace a run takes longer than a token lives, on any machine.
        text = f'providers:\n  - id: gated:one\n    transport: mcp\n    url: "{resource}"\n    auth: {auth}\n    max_per_second: 100\n    capabilities: {CAPABILITIES}\n'
        (self.folder / "providers.yaml").write_text(text, encoding="utf-8")

    def proves(self, what, *more):
        """Runs long enough for tokens to end, and fails nothing."""
        start = time.monotonic()
        code, out, err = self.run("run", "--providers", "providers.yaml", "--format", "json", "--seed", "7", "--lanes", "2", *more)
        took = time.monotonic() - start
        rows = json.loads(out or '{"results":[]}')["results"]
        wrong = {row["test"]: row["message"] for row in rows if row["outcome"] in ("fail", "error", "blocked")}
        passed = sum(row["outcome"] == "pass" for row in rows)
        self.checks.check(f"{what} ({passed} passed in {took:.0f} s)", not wrong and passed > 10, (code, wrong, err[-500:]))
        return took


def pipeline(checks, place, server):
    resource = server["resource"]
    call = ("tool", "call", "list_services", "{}", "--providers", "providers.yaml", "--provider", "gated:one")
    for name, variable in (("by-secret", "client_secret_env: CI_SECRET"), ("by-body", "client_secret_env: CI_BODY"), ("by-key", "private_key_env: CI_KEY")):
        place.manifest(resource, f"{{ oauth: {{ client_id: {name}, {variable} }} }}")
        code, out, err = place.run(*call)
        checks.check(f"calls a tool {name}", code == 0 and '"services"' in out, (code, out, err))
    place.manifest(resource, "{ oauth: { client_id: by-secret, client_secret_env: CI_SECRET, scopes: [mcp:read, mcp:write] } }")
    took = place.proves("proves the provider by a secret")
    checks.check("had to renew its token", took > TOKEN_SECONDS, took)
    # The first call that needs more is refused, and the token widened.
    place.manifest(resource, "{ oauth: { client_id: by-key, private_key_env: CI_KEY } }")
    place.proves("proves the provider by a key, and asks for the scope that it is told to lack")
    place.manifest(resource, "{ oauth: { client_id: by-secret, client_secret_env: CI_BODY } }")
    code, out, err = place.run(*call)
    checks.check("is told of a wrong secret", code == 5 and "invalid_client" in err, (code, out, err))


def person(checks, place, server):
    resource = server["resource"]
    code, out, err = place.run("tool", "list", "--mcp", "--url", resource)
    checks.check("is told how to log in", code == 5 and f"`proofhouse login {resource}`" in err, (code, out, err))
    code, out, err = place.run("login", resource, "--check")
    checks.check("guards itself", code == 0 and "fail" not in out, (code, out, err))
    process = place.start("login", resource, "--scope", "mcp:read,mcp:write")
    page = browse(process.stdout.readline().strip())
    out, err = process.communicate(timeout=LIMIT_SECONDS)
    place.said.append(out + err)
    checks.check("logs in with a browser", process.returncode == 0 and "can be closed" in page, (process.returncode, out, err, page))
    files = [path for path in (place.folder / "config").rglob("*") if path.is_file()]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files} | {stat.S_IMODE(path.parent.stat().st_mode) for path in files}
    checks.check("keeps the login for its owner alone", modes == {0o600, 0o700}, modes)
    code, out, err = place.run("tool", "list", "--mcp", "--url", resource, "--login")
    checks.check("lists the tools", code == 0 and "list_services" in out, (code, out, err))
    time.sleep(TOKEN_SECONDS + 1)
    code, out, err = place.run("tool", "list", "--mcp", "--url", resource, "--login")
    checks.check("renews a token that has ended", code == 0, (code, out, err))
    place.manifest(resource, "login")
    took = place.proves("proves the provider by a login")
    checks.check("had to renew the token of the login", took > TOKEN_SECONDS, took)
    code, out, err = place.run("login", "--list")
    checks.check("lists the login", code == 0 and resource in out and "renews itself" in out, (code, out, err))
    kept = [json.loads(path.read_text()) for path in files if path.suffix == ".json" and path.exists()]
    code, out, err = place.run("logout", resource)
    checks.check("logs out", code == 0 and "takes its tokens back" in err, (code, out, err))
    code, out, err = place.run("tool", "list", "--mcp", "--url", resource, "--login")
    checks.check("is logged out", code == 3 and "nobody has logged in" in err, (code, out, err))
    return [login[key] for login in kept for key in ("access_token", "refresh_token") if login.get(key)]


def sdk_demo(checks, place, packages):
    """The example server of the TypeScript SDK, which takes only tokens that name it."""
    port, issuer = free_port(), free_port()
    example = "node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js"
    environment = {**os.environ, "MCP_PORT": str(port), "MCP_AUTH_PORT": str(issuer)}
    command = ["node", os.path.join(packages, example), "--oauth", "--oauth-strict"]
    server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # Two lines, one of each of its servers.
        said = [server.stdout.readline() for _ in range(2)]
        url = f"http://localhost:{port}/mcp"
        code, out, err = place.run("tool", "list", "--mcp", "--url", url)
        checks.check("is told how to log in", code == 5 and f"`proofhouse login {url}`" in err, (code, out, err, said))
        # It says `server_error` of a token that it does not know, where the specification says 401.
        code, out, err = place.run("login", url, "--check")
        broken = [line.split(":")[0].split()[1] for line in out.splitlines() if line.startswith("fail")]
        checks.check("guards itself but for unknown tokens", code == 1 and broken == ["refuses_other_tokens", "survives_broken_tokens"], (code, out, err))
        process = place.start("login", url)
        page = browse(process.stdout.readline().strip())
        out, err = process.communicate(timeout=LIMIT_SECONDS)
        checks.check("logs in with a browser", process.returncode == 0 and "can be closed" in page, (process.returncode, out, err, page))
        code, out, err = place.run("tool", "call", "greet", '{"name":"Ada"}', "--mcp", "--url", url, "--login")
        checks.check("calls a tool", code == 0 and "Hello, Ada!" in out, (code, out, err))
        code, out, err = place.run("logout", url)
        checks.check("logs out", code == 0, (code, out, err))
    finally:
        server.kill()
        server.communicate()


def main(binary, folder, behind, packages):
    checks = Checks("login")
    command = ["node", str(HERE / "login_server.mjs"), packages, behind, str(TOKEN_SECONDS)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        server = json.loads(process.stdout.readline())
        place = Place(checks, os.path.abspath(binary), folder, server["key"])
        checks.place = "oidc-provider"
        tokens = person(checks, place, server)
        pipeline(checks, place, server)
        written = [path.read_bytes().decode(errors="replace") for path in (place.folder / "data").rglob("*") if path.is_file()]
        shown = [token for token in (*tokens, *SECRETS) if any(token in text for text in (*written, *place.said))]
        checks.place = "SDK"
        sdk_demo(checks, place, packages)
        checks.place = ""
        checks.check("says and keeps no token", not shown and len(tokens) == 2, shown)
    except (subprocess.TimeoutExpired, urllib.error.URLError, OSError, ValueError) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    finally:
        process.kill()
        with contextlib.suppress(ValueError):
            print(process.communicate()[1][-2000:], file=sys.stderr)
    checks.end()


main(*sys.argv[1:])
