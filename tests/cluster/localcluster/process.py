"""Starting and ending processes by identity.

A process is remembered by its id together with its start time, so that a recycled id is never killed.
"""

import json
import os
import pathlib
import signal
import subprocess
import time

OWNER_VARIABLE = "SPILLWAY_CLUSTER_OWNER"  # marks every process of a cluster, whatever its parent


def _stat(pid):
    """State letter and start time (clock ticks since boot) of a process, or None."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def _has_threads(pid):
    """Whether more than the leader is left: a killed process shows as a zombie while its last threads still hold its sockets."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def start_time(pid):
    """Start time of a live process; None when it is gone or only a zombie without threads is left."""
    stat = _stat(pid)
    return None if stat is None or (stat[0] in "ZX" and not _has_threads(pid)) else stat[1]


class Process:
    """One background process whose identity is kept in a file."""

    def __init__(self, name, record):
        self.name = name
        self.record = pathlib.Path(record)

    @property
    def pid(self):
        """The id while the process that we started lives, else None."""
        try:
            saved = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return None
        return saved["pid"] if start_time(saved["pid"]) == saved["started"] else None

    def start(self, argv, log, owner, environment=None):
        """Starts argv in a session of its own with its output appended to `log`. Does nothing when it runs already."""
        if self.pid:
            return
        environment = {**os.environ, **(environment or {}), OWNER_VARIABLE: owner}
        log.parent.mkdir(parents=True, exist_ok=True)
        self.record.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "ab") as out:
            child = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True
            )
        child.returncode = 0  # it outlives this program: no warning when the object goes
        self.record.write_text(json.dumps({"pid": child.pid, "started": _stat(child.pid)[1]}))

    def signal(self, number):
        pid = self.pid
        if pid:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """Ends it at once and waits until it is gone."""
        self.signal(signal.SIGKILL)
        self._wait_gone(10)
        self.record.unlink(missing_ok=True)

    def terminate(self):
        """Asks it to end and does not wait."""
        self.signal(signal.SIGTERM)

    def stop(self, grace=10.0):
        """Asks it to end, waits, and kills it after `grace` seconds."""
        self.terminate()
        if not self._wait_gone(grace):
            self.signal(signal.SIGKILL)
            self._wait_gone(10)
        self.record.unlink(missing_ok=True)

    def _wait_gone(self, seconds):
        deadline = time.monotonic() + seconds
        while self.pid:
            _reap(self.pid)
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _reap(pid):
    """Collects the process if it is a child of this program (otherwise init does)."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except (ChildProcessError, TypeError):
        pass


def owned_by(owner):
    """Ids of all live processes that carry the owner's mark, such as pods whose node was killed."""
    mark = f"{OWNER_VARIABLE}={owner}".encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0") and start_time(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def end_owned(owner, seconds=10.0):
    """Kills whatever still carries the owner's mark; returns the ids it had to kill."""
    killed = set()
    deadline = time.monotonic() + seconds
    while (left := owned_by(owner)) and time.monotonic() < deadline:
        for pid in left:
            killed.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            _reap(pid)
        time.sleep(0.02)
    return sorted(killed)
