#!/usr/bin/env python3
"""Makes the pictures of the README: a red run at a terminal, and a page of the site, each light and dark.

usage: make.py PROOFHOUSE-BINARY

The provider of the guide is run with one mistake, and a bundled run is served. Needs Chromium for the page.
"""

import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = 80
PAGE = "/capabilities/booking.create_booking@0.1.0"
THEMES = {
    "light": {"back": "#ffffff", "text": "#1c1e21", "faint": "#6a737d", "red": "#b3161b", "green": "#12682f", "yellow": "#7d5200"},
    "dark": {"back": "#15171a", "text": "#e6e8eb", "faint": "#a0a7b0", "red": "#ff8583", "green": "#66cc84", "yellow": "#e5b45a"},
}
# What the escapes of the table mean.
STYLES = {"1": "bold", "2": "faint", "31": "red", "32": "green", "33": "yellow"}


def spans(line):
    """A line as pieces of text, each with the names of its styles."""
    styles = []
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        escape = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if escape:
            codes = [code for code in escape[1].split(";") if code not in ("", "0")]
            styles = styles + [STYLES[code] for code in codes if code in STYLES] if codes else []
        elif piece:
            yield piece, list(styles)


def svg(command, lines, theme):
    """A terminal as a picture. The text in it can be selected and read aloud."""
    high, wide = 19, 8.43
    width, height = round(COLUMNS * wide) + 40, (len(lines) + 2) * high + 40
    colours = THEMES[theme]
    rows = [f'<text class="bold" x="20" y="34">$ {html.escape(command)}</text>']
    for at, line in enumerate(lines):
        pieces = "".join(
            f'<tspan class="{" ".join(styles)}">{html.escape(text)}</tspan>' if styles else html.escape(text)
            for text, styles in spans(line)
        )
        rows.append(f'<text x="20" y="{34 + (at + 2) * high}">{pieces}</text>')
    paints = "".join(f".{name} {{ fill: {colours[name]}; }} " for name in ("faint", "red", "green", "yellow"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="A run at a terminal">\n<style>text {{ font: 14px ui-monospace, monospace; white-space: pre; fill: {colours["text"]}; }} '
        f".bold {{ font-weight: 700; }} {paints}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{colours["back"]}" stroke="{colours["faint"]}" stroke-opacity=".4"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def guide(kind):
    """The first block of the guide of this kind."""
    text = (HERE.parent / "provider-guide.md").read_text()
    return re.search(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)[1]


def wait_for(url):
    for _ in range(300):
        try:
            return urllib.request.urlopen(url).read()
        except urllib.error.HTTPError:
            return None
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers at {url}")


def of_run(binary, folder):
    """The lines of a run of the guide's provider that answers null for a price."""
    folder.joinpath("provider.py").write_text(guide("python").replace('"duration_minutes": 45', '"duration_minutes": 45, "price": None'))
    folder.joinpath("providers.yaml").write_text(guide("yaml manifest"))
    provider = subprocess.Popen([sys.executable, "provider.py"], cwd=folder)
    try:
        wait_for("http://127.0.0.1:8080/")
        command = ["run", "--providers", "providers.yaml", "--seed", "7"]
        environment = {**os.environ, "COLUMNS": str(COLUMNS), "CLICOLOR_FORCE": "1", "PROOFHOUSE_DATA": str(folder / "run")}
        environment.pop("NO_COLOR", None)
        ran = subprocess.run([binary, *command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return "proofhouse " + " ".join(command[:3]), ran.stdout.decode().rstrip().split("\n")
    finally:
        provider.kill()
        provider.wait()


def of_page(binary, folder):
    """Pictures of a page of the site after a bundled run."""
    environment = {**os.environ, "PROOFHOUSE_DATA": str(folder / "site")}
    run = [binary, "run", "--reference", "--capability", "booking.*@0.1.0", "--seed", "7", "--quiet"]
    subprocess.run(run, env=environment, stdout=subprocess.DEVNULL, check=True)
    site = subprocess.Popen([binary, "serve", "--port", "4799"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for("http://127.0.0.1:4799/healthz")
        for theme, scheme in (("light", "1"), ("dark", "0")):
            subprocess.run(
                [
                    shutil.which("chromium") or "chromium",
                    "--headless=new",
                    "--no-sandbox",
                    "--hide-scrollbars",
                    f"--user-data-dir={folder / theme}",
                    f"--blink-settings=preferredColorScheme={scheme}",
                    "--window-size=1100,760",
                    f"--screenshot={HERE / f'page-{theme}.png'}",
                    f"http://127.0.0.1:4799{PAGE}",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
    finally:
        site.terminate()
        site.wait()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        command, lines = of_run(binary, folder)
        for theme in THEMES:
            HERE.joinpath(f"run-{theme}.svg").write_text(svg(command, lines, theme))
        of_page(binary, folder)


if __name__ == "__main__":
    main()
