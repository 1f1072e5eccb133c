"""Has the harness reach servers that others wrote, over each binding that they have: it lists, describes and calls their tools.

usage: reach.py PROOFHOUSE-BINARY FOLDER SERVERS-FOLDER SQLITE-FOLDER FOLDER-OF-PACKAGES
"""

import json
import os
import pathlib
import subprocess
import sys

from peer import Checks
from servers import free_port, listening

LIMIT_SECONDS = 60
HERE = pathlib.Path(__file__).parent


class At:
    """A place where the harness finds a server."""

    def __init__(self, checks, binary, where):
        self.checks, self.binary = checks, binary
        end = where.index("--") if "--" in where else len(where)
        self.options, self.command = where[:end], where[end:]

    def run(self, *words):
        command = [self.binary, "tool", *words, "--timeout", "30s", *self.options, *self.command]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS)

    def check(self, what, words, code, out="", err=""):
        ended = self.run(*words)
        holds = ended.returncode == code and out in ended.stdout and err in ended.stderr
        return self.checks.check(what, holds, (ended.returncode, ended.stdout, ended.stderr))

    def lists(self, names, err=""):
        ended = self.run("list", "--raw")
        listed = {tool["name"]: tool for tool in json.loads(ended.stdout or "[]")}
        self.checks.check("lists its tools", ended.returncode == 0 and names <= set(listed) and err in ended.stderr, ended)
        for name, tool in listed.items():
            described = self.run("describe", name)
            schema = "input schema:" in described.stdout and tool["inputSchema"]["type"] == "object"
            self.checks.check(f"describes {name}", described.returncode == 0 and schema, described)


def everything(at):
    at.lists({"echo", "get-sum", "get-structured-content", "get-tiny-image", "trigger-elicitation-request", "get-roots-list"}, "mcp-servers/everything")
    at.check("calls echo", ("call", "echo", '{"message":"hi"}'), 0, "Echo: hi", "success")
    at.check("adds", ("call", "get-sum", '{"a":1,"b":2}'), 0, "The sum of 1 and 2 is 3.")
    at.check("reads structured content", ("call", "get-structured-content", '{"location":"New York"}'), 0, '"temperature"')
    at.check("sees an image", ("call", "get-tiny-image"), 0, "[image image/png, ")
    at.check("is refused wrong arguments", ("call", "get-sum", '{"a":"x"}'), 1, "nvalid", "refused")
    at.check("declines to give an input", ("call", "trigger-elicitation-request"), 0, "declin")
    at.check("declines to be a model", ("call", "trigger-sampling-request", '{"prompt":"hi"}'), 1, "", "refused")
    at.check("gives an input", ("call", "trigger-elicitation-request", "--server-requests", "accept"), 0, "accept")
    at.check("follows a task", ("call", "simulate-research-query", '{"topic":"tea"}'), 0, "tea")
    at.check("lists prompts", ("prompts",), 0, "simple-prompt")
    at.check("fills in a prompt", ("prompts", "args-prompt", '{"city":"Brno"}'), 0, "Brno")
    at.check("lists resources", ("resources",), 0, "demo://resource")
    at.check("reads a resource", ("resources", "demo://resource/dynamic/text/1"), 0, "esource")


def filesystem(at, folder):
    at.lists({"read_text_file", "write_file", "list_directory"})
    at.check("writes", ("call", "write_file", json.dumps({"path": f"{folder}/a.txt", "content": "one"})), 0)
    at.check("reads", ("call", "read_text_file", json.dumps({"path": f"{folder}/a.txt"})), 0, "one")
    at.check("is refused another folder", ("call", "read_text_file", '{"path":"/etc/passwd"}'), 1, "enied", "refused")


def memory(at):
    at.lists({"create_entities", "read_graph", "delete_entities"})
    entity = {"entities": [{"name": "Ada", "entityType": "person", "observations": ["likes tea"]}]}
    at.check("creates", ("call", "create_entities", json.dumps(entity)), 0, "Ada")
    at.check("reads", ("call", "read_graph"), 0, "likes tea")
    # Else it would keep it beside itself, where the next run finds it.
    at.checks.check("keeps it where it was told", os.path.exists(os.environ["MEMORY_FILE_PATH"]))


def thinking(at):
    at.lists({"sequentialthinking"})
    thought = {"thought": "one", "nextThoughtNeeded": False, "thoughtNumber": 1, "totalThoughts": 1}
    at.check("thinks", ("call", "sequentialthinking", json.dumps(thought)), 0, "thoughtHistoryLength")


def clock(at):
    at.lists({"get_current_time", "convert_time"})
    at.check("tells the time", ("call", "get_current_time", '{"timezone":"Europe/Prague"}'), 0, "Europe/Prague")
    at.check("is refused a zone", ("call", "get_current_time", '{"timezone":"Nowhere/None"}'), 1, "imezone", "refused")


def git(at, folder):
    subprocess.run(["git", "init", "-q", folder], check=True)
    at.lists({"git_status", "git_log"})
    at.check("asks for the status", ("call", "git_status", json.dumps({"repo_path": folder})), 0, "branch")


def fetch(at, url):
    at.lists({"fetch"})
    at.check("fetches a page", ("call", "fetch", json.dumps({"url": url, "raw": True})), 0, "a page of our own")
    at.check("lists prompts", ("prompts",), 0, "fetch")


def sqlite(at):
    at.lists({"create_table", "write_query", "read_query"})
    at.check("creates a table", ("call", "create_table", '{"query":"CREATE TABLE t (n INTEGER)"}'), 0)
    at.check("writes", ("call", "write_query", '{"query":"INSERT INTO t VALUES (7)"}'), 0)
    at.check("reads", ("call", "read_query", '{"query":"SELECT n FROM t"}'), 0, "7")


def ledger(at):
    at.lists({"add", "refuse", "confirm"}, "ledger 1.4")
    at.check("adds", ("call", "add", '{"a":1,"b":2}'), 0, '"result": 3')
    at.check("is refused", ("call", "refuse", '{"account":"7"}'), 1, "there is no account 7", "refused (isError)")
    at.check("is refused wrong arguments", ("call", "add", '{"a":"x"}'), 1, "validation error", "refused")
    at.check("declines to give an input", ("call", "confirm"), 0, "the user said: decline")
    at.check("lists prompts", ("prompts",), 0, "greet")
    at.check("fills in a prompt", ("prompts", "greet", '{"who":"Ada"}'), 0, "Say hello to Ada.")
    at.check("reads a resource", ("resources", "ledger://rates"), 0, "USD 1.1")


def parcels(at, refusal):
    at.lists({"quote_delivery", "order_pickup", "cancel_pickup"})
    at.check("quotes", ("call", "quote_delivery", '{"postcode":"11000","grams":500}'), 0, '"price": 89', "success")
    at.check("is refused a postcode", ("call", "quote_delivery", '{"postcode":"99999","grams":500}'), 1, "not_served", "refused")
    at.check("is refused wrong arguments", ("call", "quote_delivery", '{"postcode":"11000","grams":"1"}'), 1, refusal, "refused")


def example(at):
    at.lists({"greet", "multi-greet", "collect-user-info", "list-files"}, "simple-streamable-http-server")
    at.check("greets", ("call", "greet", '{"name":"Ada"}'), 0, "Hello, Ada!", "success")
    at.check("is refused wrong arguments", ("call", "greet", '{"name":1}'), 1, "nvalid", "refused")
    at.check("lists prompts", ("prompts",), 0, "greeting-template")
    at.check("fills in a prompt", ("prompts", "greeting-template", '{"name":"Ada"}'), 0, "Ada")
    at.check("lists resources", ("resources",), 0, "greetings/default")


def main(binary, folder, servers, older, packages):
    checks = Checks("reach")
    python = f"{servers}/bin/python"

    def at(place, *where):
        checks.place = place
        return At(checks, binary, list(where))

    def command(place, *words):
        return at(f"{place} stdio", "--", *words)

    def sub(name):
        path = os.path.join(folder, name)
        os.mkdir(path)
        return path

    try:
        everything(command("everything", "mcp-server-everything", "stdio"))
        for kind, path in (("streamableHttp", "mcp"), ("sse", "sse")):
            port = free_port()
            with listening(["mcp-server-everything", kind], port, PORT=str(port)):
                everything(at(f"everything {kind}", "--mcp", "--url", f"http://127.0.0.1:{port}/{path}"))
        files = sub("files")
        filesystem(command("filesystem", "mcp-server-filesystem", files), files)
        os.environ["MEMORY_FILE_PATH"] = os.path.join(folder, "memory.jsonl")
        memory(at("memory stdio", "--env", "MEMORY_FILE_PATH", "--", "mcp-server-memory"))
        thinking(command("sequential-thinking", "mcp-server-sequential-thinking"))
        clock(command("time", f"{servers}/bin/mcp-server-time"))
        repository = sub("repository")
        git(command("git", f"{servers}/bin/mcp-server-git", "--repository", repository), repository)
        page = sub("page")
        pathlib.Path(page, "index.html").write_text("a page of our own", encoding="utf-8")
        port = free_port()
        with listening([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", page], port):
            fetch(command("fetch", f"{servers}/bin/mcp-server-fetch", "--ignore-robots-txt", "--allow-private-ips"), f"http://127.0.0.1:{port}/")
        sqlite(command("sqlite", f"{older}/bin/mcp-server-sqlite", "--db-path", os.path.join(folder, "a.db")))
        ledger(command("fastmcp", python, str(HERE / "fastmcp_server.py"), "stdio"))
        for kind in ("http", "sse"):
            port = free_port()
            with listening([python, str(HERE / "fastmcp_server.py"), kind, str(port)], port):
                path = "mcp/" if kind == "http" else "sse"
                ledger(at(f"fastmcp {kind}", "--mcp", "--url", f"http://127.0.0.1:{port}/{path}"))
                if kind == "http":
                    without_slash = at("fastmcp without the slash", "--mcp", "--url", f"http://127.0.0.1:{port}/mcp")
                    without_slash.check("is redirected, and told so", ("call", "add", '{"a":1,"b":2}'), 0, "3", "write that URL")
        parcels(command("parcels fastmcp", python, str(HERE / "parcels_server.py"), "stdio"), "validation error")
        port = free_port()
        with listening(["node", str(HERE / "parcels_server.mjs"), packages, str(port)], port):
            parcels(at("parcels express", "--mcp", "--url", f"http://127.0.0.1:{port}/mcp"), "nvalid")
        port = free_port()
        simple = f"{packages}/node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js"
        with listening(["node", simple], port, MCP_PORT=str(port)):
            example(at("SDK example", "--mcp", "--url", f"http://127.0.0.1:{port}/mcp"))
    except (TimeoutError, subprocess.TimeoutExpired) as trouble:
        checks.check("goes to the end", False, repr(trouble))
    checks.end()


main(*sys.argv[1:])
