"""Reads the transparency log that the site serves with the packages of the Go checksum database (log/main.go).

usage: log.py PROOFHOUSE-BINARY FOLDER
"""

import os
import subprocess
import sys

from harness import Harness
from peer import Checks

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    binary, folder = sys.argv[1:]
    checks = Checks("log")
    proofhouse = Harness(checks, binary, folder)
    proofhouse.proves()
    key = proofhouse("log", "new", "--name", "registry.example/log", "--key", "key").strip()
    # Trees of sizes that are powers of two and others; the proof is of one in the middle.
    for number in range(5):
        if number == 2:
            with open(os.path.join(folder, "earlier"), "w", encoding="utf-8") as file:
                file.write(proofhouse("log", "checkpoint"))
        proofhouse("certify", "latest", "--key", "key", "--output", f"certificate-{number}.json", "--log-key", "key")
    run = f"20261121-030000-{0:08x}"
    proofhouse("log", "revoke", "--run", run, "--reason", "mistaken", "--key", "key")
    proofhouse("log", "verify", "--from", "earlier")

    with proofhouse.site() as url:
        # The packages are those of the system, so no module is downloaded.
        go = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": os.path.join(folder, "cache")}
        build = subprocess.run(
            ["go", "build", "-o", os.path.join(folder, "peer"), "."],
            cwd=os.path.join(HERE, "log"),
            env=go,
            capture_output=True,
            text=True,
            check=False,
        )
        checks.check("the peer is built", build.returncode == 0, build.stderr)
        proof = os.path.join(folder, "certificate-3.json.tlog-proof")
        read = subprocess.run(
            [os.path.join(folder, "peer"), f"{url}/log", key, proof, os.path.join(folder, "earlier")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for line in read.stdout.splitlines():
            checks.check(line.split(" ", 1)[1], line.startswith("ok "), line)
        checks.check("the peer reads the whole log", read.returncode == 0, read.stderr)
    checks.end()


main()
