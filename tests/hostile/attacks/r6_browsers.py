"""Pages of other sites that call through the browser of their visitor, by a name that they bound to this machine or by an address."""

import json
import tempfile

from stage import REFERENCE, Checks, Registry, Server, reference, request, run

checks = Checks("r6_browsers")
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "page", "version": "1"}}})
ACCEPT = {"Accept": "application/json, text/event-stream"}


def send(address, method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(address, method, path, body, named)


def foreign(name, address, path, body):
    json_kind = {"Content_Type": "application/json", **ACCEPT}
    for what, headers in [("origin", {"Origin": "https://evil.example"}), ("sandboxed origin", {"Origin": "null"}),
                          ("bound name", {"Host": "evil.example:4700", "Origin": "http://evil.example:4700"}), ("bound name alone", {"Host": "evil.example"}),
                          ("name that ends in ours", {"Host": "127.0.0.1.evil.example"}), ("longer origin", {"Origin": "http://localhost.evil.example"})]:
        status, _, _ = send(address, "POST", path, body, **{**json_kind, **headers})
        checks.check(f"{name} refuses a foreign {what} with 403", status == 403, status)
    status, _, _ = send(address, "POST", path, body, **json_kind)
    checks.check(f"{name} answers an agent", status == 200, status)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; x=application/json"):
        status, _, said = send(address, "POST", path, body, **{**ACCEPT, "Content_Type": kind})
        checks.check(f"{name} takes no {kind}", 400 <= status < 500, f"{status} {said[:200]}")
    status, headers, _ = send(address, "OPTIONS", path, **{"Origin": "https://evil.example", "Access_Control_Request_Method": "POST",
                                                         "Access_Control_Request_Headers": "content-type"})
    granted = [header for header in headers if header.lower().startswith("access-control-allow")]
    checks.check(f"{name} grants no preflight", not granted, granted)


with reference("--sandbox") as provider:
    for path in ("/p/ink-house/tools/list_customers", "/p/ink-house/v0.2.0/tools/list_services", "/p/ink-house/favcrm/tools/services"):
        if path.endswith("services") and "favcrm" in path:
            continue
        foreign(path, provider.address, path, "{}")
    foreign("/p/ink-house/mcp", provider.address, "/p/ink-house/mcp", INITIALIZE)
with tempfile.TemporaryDirectory() as data, Registry(data) as registry:
    foreign("the site's /mcp", registry.address, "/mcp", INITIALIZE)

for host in ("0.0.0.0", "::"):
    done = run([REFERENCE, "serve", "--port", "0", "--memory", "--host", host], wall=5)
    checks.check(f"the provider does not listen on {host} without a word", done.code == 2 and "--token-env" in done.stderr and "--open" in done.stderr,
                 f"{done.code} {done.stderr[:200]}")
done = run([REFERENCE, "serve", "--port", "0", "--memory", "--host", "0.0.0.0", "--open", "--sandbox", "--fault", "accepts_past"], wall=5)
checks.check("its sandbox and its faults are not for strangers", done.code == 2 and "--sandbox" in done.stderr, f"{done.code} {done.stderr[:200]}")
try:
    with Server([REFERENCE, "serve", "--port", "0", "--memory", "--host", "0.0.0.0", "--token-env", "T"], {"T": "s3cret"}) as provider:
        for method, path in [("GET", "/"), ("GET", "/p/ink-house/tools"), ("POST", "/p/ink-house/tools/list_customers"), ("POST", "/p/ink-house/mcp")]:
            for given in ({}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Basic s3cret"}, {"Authorization": "Bearer s3cret2"}):
                status, _, _ = send(provider.address, method, path, "{}", **{"Content_Type": "application/json", **ACCEPT, **given})
                checks.check(f"{method} {path} with {given or 'nothing'} is 401", status == 401, status)
        status, _, _ = send(provider.address, "POST", "/p/ink-house/tools/list_customers", "{}", Content_Type="application/json",
                            Authorization="Bearer s3cret")
        checks.check("the token opens it", status == 200, status)
except SystemExit as error:
    checks.check("the provider starts with a token", False, error)
checks.end()
