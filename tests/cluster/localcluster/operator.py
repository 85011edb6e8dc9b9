"""The shipped operator as a process of a test: started, asked, killed, ended."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import urllib.request

from localcluster.waiting import wait_until


class Operator:
    """One `spillway operator` on a cluster, with the given settings (flags with _ for -)."""

    def __init__(self, cluster, kubeconfig=None, **settings):
        self.binary, self.kubeconfig, self.settings = binary(), kubeconfig or cluster.kubeconfig, settings
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="operator-", dir=cluster.dir))  # its logs go with the cluster
        self.process = None

    @property
    def decision_log(self):
        return self.folder / "decisions.jsonl"

    def start(self):
        """Starts it and waits until it listens."""
        self.log_path = self.folder / f"{len(list(self.folder.glob('*.log')))}.log"
        flags = {"kubeconfig": self.kubeconfig, "listen_address": "127.0.0.1:0", "health_address": "127.0.0.1:0",
                 "leader_election_lease_namespace": "default", "auth": "none",  # it listens on loopback
                 "decision_log_path": self.decision_log, **self.settings}  # fmt: skip
        arguments = [part for name, value in flags.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen([self.binary, "operator", *arguments], stderr=log, stdout=log)
        self.address = wait_until(f"the operator listens (log: {self.log_path})", self._listening)
        return self

    def _listening(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended with {self.process.returncode}: {self.log_path.read_text()[-500:]}")
        return next((line for line in self.log_lines() if line.get("message") == "listening"), None)

    def log_lines(self):
        lines = []
        for text in self.log_path.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:  # a line that is being written
                pass
        return lines

    def fetch(self, path, health=False):
        port = self.address["healthPort" if health else "port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return reply.read().decode()

    def ready(self):
        return self.fetch("/readyz", health=True) == "ok\n"

    def series(self, name, **labels):
        """The values of the series of that name whose labels contain `labels`."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        rows = (line.rsplit(" ", 1) for line in self.fetch("/metrics").splitlines() if line and not line.startswith("#"))
        return [float(value) for series, value in rows if series.split("{")[0] == name and all(w in series for w in wanted)]

    def metric(self, name, **labels):
        """Their sum; zero without any, so for counters."""
        return sum(self.series(name, **labels))

    def resident_megabytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def kill(self):
        """As a crash: no goodbye."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """Asks it to end and returns its exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode if self.process else None


def binary():
    return os.environ["SPILLWAY_BINARY"]
