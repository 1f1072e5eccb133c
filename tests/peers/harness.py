"""The harness with a data folder of its own."""

import os
import subprocess

from servers import serving

CAPABILITY = "booking.list_services@0.1.0"
TENANT = "bookio:salon-aurora"
LIMIT_SECONDS = 300


class Harness:
    """Commands of the harness, each of which must end well."""

    def __init__(self, checks, binary, folder):
        self.checks, self.binary, self.folder = checks, binary, folder
        self.environment = {**os.environ, "PROOFHOUSE_DATA": os.path.join(folder, "data"), "NO_COLOR": "1"}

    def __call__(self, *arguments):
        """What a command says."""
        command = [self.binary, *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
        done = subprocess.run(command, cwd=self.folder, env=self.environment, timeout=LIMIT_SECONDS, check=False, **pipes)
        self.checks.check(f"`proofhouse {arguments[0]}` ends well", done.returncode == 0, done.stdout + done.stderr)
        return done.stdout

    def proves(self):
        """A run of one capability of one provider, and a key with which to sign what it proved."""
        self("run", "--reference", "--quiet", "--provider", TENANT, "--capability", CAPABILITY)
        self("keys", "new", "--output", "key")

    def site(self):
        """The address of its site, as long as the block lasts."""
        command = [self.binary, "serve", "--port", "0"]
        return serving(command, cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)
