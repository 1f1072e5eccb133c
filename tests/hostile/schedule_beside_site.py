"""Measures how fast the site answers while its schedule runs three hostile providers.

Usage: schedule_beside_site.py BINARY [SECONDS]

One provider answers each call after nine seconds, one with a list of twenty thousand services, one with 429 without end.
Prints the median, the 99th percentile and the maximum, and how long the process took to end after SIGTERM. Exits with 1 if the 99th
percentile is above 50 ms, an answer was no 200, or the process did not end within 20 seconds.
"""

import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

WANTED_P99_MS = 50
WANTED_END_S = 20
PAGES = ["/", "/providers", "/runs", "/capabilities/booking.list_services", "/badge/hostile:huge/booking.list_services.svg", "/feed.atom"]

services = [
    {"service_id": f"s{number}", "name": f"Service {number}", "duration_minutes": 30} for number in range(20_000)
]
HUGE = json.dumps({"ok": True, "services": services}).encode()[: 1 << 20]


class Hostile(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        kind = self.path.split("/")[1]
        status, body = 200, b'{"ok":false,"error":"busy"}'
        if kind == "slow":
            time.sleep(9)
        elif kind == "huge":
            body = HUGE
        else:
            status = 429
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "1")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    do_GET = do_POST

    def log_message(self, *_):
        pass


def main():
    binary = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 90
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
    entries = [
        f"  - id: hostile:{kind}\n    transport: http\n    url: {url}/{kind}\n"
        "    capabilities: [booking.list_services, booking.check_availability, booking.create_booking]\n"
        for kind in ("slow", "huge", "endless")
    ]
    (folder / "providers.yaml").write_text("providers:\n" + "".join(entries))
    (folder / "schedule.yaml").write_text(
        "format: proofhouse.schedule/1\nproviders: providers.yaml\ncron: '* * * * *'\nprivate_addresses: true\n"
    )
    log = open(folder / "stderr", "wb")
    process = subprocess.Popen(
        [binary, "serve", "--port", "0", "--schedule", "schedule.yaml"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PROOFHOUSE_DATA": str(folder / "data")},
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    address = process.stdout.readline().strip().split("http://")[1]
    # The first run begins with the next minute.
    time.sleep(61 - time.time() % 60)
    times, wrong, end = [], [], time.monotonic() + seconds
    connection = http.client.HTTPConnection(address, timeout=30)
    while time.monotonic() < end:
        page = PAGES[len(times) % len(PAGES)]
        begun = time.monotonic()
        connection.request("GET", page)
        answer = connection.getresponse()
        answer.read()
        times.append((time.monotonic() - begun) * 1000)
        if answer.status != 200:
            wrong.append((page, answer.status))
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
    ended = time.monotonic() - begun
    log.close()
    shutil.rmtree(folder)
    times.sort()
    p99 = times[int(len(times) * 0.99)]
    print(
        f"{len(times)} answers: median {times[len(times) // 2]:.1f} ms, p99 {p99:.1f} ms, longest {times[-1]:.1f} ms; "
        f"ended {ended:.1f} s after SIGTERM"
    )
    for page, status in wrong[:5]:
        print(f"{page}: {status}")
    sys.exit(p99 > WANTED_P99_MS or bool(wrong) or ended > WANTED_END_S)


main()
