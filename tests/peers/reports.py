"""Reports of runs with hostile texts, read back by parsers that others wrote: each text comes back, or each character of it that does not is
replaced by what shows it."""

import html.parser
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import junitparser
import yaml
from markdown_it import MarkdownIt
from tap.parser import Parser

import sarif_schema
from peer import Checks

SEED = 7
ROUNDS = 12

# What breaks formats: alone, at the start of lines, in the middle of words.
PIECES = [
    "a", "Zoë", "žluťoučký", "日本", "😀", "👩‍👩‍👧", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\x00", "\x01", "\x07", "\x08", "\x0b", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x85", "\x9b31m", "\ufffe", "\uffff", "\ufeff",
    "\u200b", "\u200d", "\u202e", "\u2028", "\u2029", "\u2066", "\U0001fffe", "\U000e0001", "\ufdd0", "\ue000", "\U0010ffff",
    "<b>", "</td>", "]]>", "<![CDATA[", "<!--", "-->", "&amp;", "&#0;", "&", "\"", "'", "`", "```", "~~~", "|", "\\|", "\\", "\\u0041", "\\x",
    "*", "**bold**", "_", "[x](javascript:alert(1))", "![x](y)", "<script>", "#", "# SKIP", "# TODO", "::error::x", "%0A", "%25",
    "---", "...", "- a", "key: value", "{a: b}", "[a]", "!tag", "&anchor", "*alias", "@", "? ", "> ", "$x$", "1.", "1)",
    "not ok 1 - x", "ok 2", "Bail out!", "1..0", "TAP version 14", "  ", "\t", "\r", "\r\n", "\n", "\n\n",
]  # fmt: skip


def hostile(draw):
    pieces = [draw.choice(PIECES) for _ in range(draw.randint(1, 5))]
    # The first line says what is wrong, so something stands in it.
    return "x" + draw.choice(["", " "]).join(pieces) + "y"


def comes_back(text, found):
    """Whether a text stands in another, each character of it as it is or replaced by its escape; spaces and lines may be joined."""

    def one(c):
        shown = {re.escape(c), re.escape(f"\\u{{{ord(c):x}}}")}
        if c in " \t\r\n":
            shown.add(r"\s*")
        return f"(?:{'|'.join(sorted(shown))})"

    # A line end of two characters is one.
    return re.search("".join(one(c) for c in text.replace("\r\n", "\n")), found) is not None


def first_line(text):
    return next(line for line in re.split(r"\r?\n", text) if line.strip())


class Text(html.parser.HTMLParser):
    """The text of a page, and the names of its elements."""

    def __init__(self):
        super().__init__()
        self.text, self.tags = [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text.append(data)


def text_of(tokens):
    """What a reader of Markdown sees."""
    found = []
    for token in tokens:
        if token.children:
            found.append(text_of(token.children))
        elif token.type in ("text", "code_inline", "fence", "code_block", "html_inline", "html_block"):
            found.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            found.append("\n")
    return " ".join(found) if tokens and tokens[0].type != "text" else "".join(found)


def read_tap(path):
    """The messages and details of failed points, by their descriptions."""
    found = {}
    for line in Parser().parse_file(str(path)):
        if line.category == "test" and not line.ok:
            block = line.yaml_block or {}
            found[line.description.removeprefix("- ")] = (block.get("message", ""), block.get("details", ""))
    return found


def main():
    proofhouse, folder = sys.argv[1], Path(sys.argv[2])
    checks = Checks("reports")
    environment = os.environ | {"PROOFHOUSE_DATA": str(folder / "data")}

    def run(*arguments):
        return subprocess.run(
            [proofhouse, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )

    parts = []
    for number in (1, 2):
        part = run(
            "run", "--reference", "--provider", "bookio:*aurora*", "--capability", "booking.list_services*", "--seed", "1",
            "--partition", f"{number}/2", "--quiet", "--no-store", "--format", "jsonl",
        )  # fmt: skip
        parts.append([json.loads(line) for line in part.stdout.splitlines()])
    draw = random.Random(SEED)
    for number in range(ROUNDS):
        checks.place = f"round {number + 1}"
        texts = {}
        names = []
        for at, part in enumerate(parts):
            lines = []
            for line in part:
                line = json.loads(json.dumps(line))
                result = line["event"]["kind"].get("test_finished")
                if result:
                    text = hostile(draw)
                    result.update(outcome="fail", message=text)
                    name = f"{result['provider']} {result['capability']}@{result['version']}/{result['test']}"
                    texts[name] = text
                lines.append(json.dumps(line))
            name = f"part{at}.jsonl"
            (folder / name).write_text("\n".join(lines) + "\n")
            names.append(name)
        formats = {"tap": "tap", "junit": "xml", "markdown": "md", "html": "html", "json": "json", "sarif": "sarif"}
        outputs = [part for kind, end in formats.items() for part in ("--output", f"{kind}=run.{end}")]
        merged = run("merge", *names, "--no-store", "--format", "github", *outputs)
        if not checks.check("merges", merged.returncode == 1, merged.stderr):
            continue

        def every(what, read):
            try:
                found = read()
            except Exception as error:  # A parser that gives up is what is looked for.
                checks.check(what, False, repr(error))
                return
            lost = {name: text for name, text in texts.items() if not found(name, text)}
            checks.check(what, not lost, lost)

        def tap():
            points = read_tap(folder / "run.tap")
            return lambda name, text: name in points and comes_back(text, points[name][1])

        def junit():
            cases = []
            for suite in junitparser.JUnitXml.fromfile(str(folder / "run.xml")):
                for case in suite:
                    # A failed ruling is a pass with its text as output.
                    cases.append(case.system_out or "")
                    for result in case.result:
                        cases.append(f"{result.message}\n{result.text}")
            whole = "\n".join(cases)
            return lambda name, text: comes_back(text, whole)

        def markdown():
            tokens = MarkdownIt("commonmark").enable("table").parse((folder / "run.md").read_text())
            seen = text_of(tokens)
            links = [token for token in flat(tokens) if token.type in ("link_open", "image", "html_block", "html_inline")]
            strange = [token.content or token.attrs for token in links if "details" not in token.content and "summary" not in token.content]
            checks.check("markdown has nothing of theirs", not strange, strange)
            return lambda name, text: comes_back(first_line(text), seen)

        def page():
            reader = Text()
            reader.feed((folder / "run.html").read_text())
            checks.check("page has nothing of theirs", not reader.tags & {"script", "b", "img"}, reader.tags)
            seen = " ".join(reader.text)
            return lambda name, text: comes_back(first_line(text), seen)

        def report():
            results = json.loads((folder / "run.json").read_text())["results"]
            messages = {f"{r['provider']} {r['capability']}@{r['version']}/{r['test']}": r["message"] for r in results}
            return lambda name, text: messages.get(name) == text

        def sarif():
            log = json.loads((folder / "run.sarif").read_text())
            broken = sarif_schema.problems(log)
            checks.check("sarif follows its schema", not broken, broken)
            results = {place["fullyQualifiedName"]: result for result in log["runs"][0]["results"] for place in result["locations"][0]["logicalLocations"]}
            # Its message is one line, and ends with the last word of it.
            return lambda name, text: comes_back(first_line(text).rstrip(), results[name.replace(" ", "/")]["message"]["text"])

        def github():
            commands = {}
            for line in merged.stdout.split("\n"):
                found = re.fullmatch(r"::(error|warning|notice) title=([^:,]*)::(.*)", line)
                if line and not found:
                    raise ValueError(line)
                if found:
                    commands[unescaped(found[2])] = unescaped(found[3])
            whole = "\n".join(commands.values())
            # GitHub takes ten annotations of a kind; the last says how many more there are.
            shown = [name for name in texts if f"fail {name}" in commands]
            checks.check("github shows nine", len(shown) >= min(9, len(texts)), list(commands))
            return lambda name, text: name not in shown or comes_back(first_line(text), whole)

        for what, read in {"tap": tap, "junit": junit, "markdown": markdown, "html": page, "json": report, "sarif": sarif, "github": github}.items():
            every(what, read)
    # The blocks of TAP are YAML to other readers of it, too.
    checks.place = ""
    blocks = re.findall(r"^  ---\n(.*?)^  \.\.\.$", (folder / "run.tap").read_text(), re.M | re.S)
    checks.check("blocks", blocks and all(isinstance(yaml.safe_load(block), dict) for block in blocks))
    checks.end()


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def unescaped(text):
    """What GitHub reads in a command: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    for escape, c in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, c)
    return text


main()
