#!/usr/bin/env python3
"""The operator out of the image: its root file system alone, read-only and as the image's user, against the real control plane."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from operator_test import ROOT, OperatorTest  # noqa: E402

# What a runtime does: the root and /proc in a mount namespace of its own, nothing writable, another user.
START = """#!/bin/bash
exec unshare --mount bash -c '
  mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount -o remount,bind,ro "$0" && exec chroot --userspec=65532:65532 "$0" /usr/bin/spillway "$@"
' {root} "$@"
"""


class Image(OperatorTest):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        subprocess.run([ROOT / "scripts/image", "--binary", os.environ["SPILLWAY_BINARY"], "--rootfs", cls.folder / "root"], check=True, capture_output=True)
        (cls.folder / "root/proc").mkdir()
        starter = cls.folder / "spillway"
        starter.write_text(START.format(root=cls.folder / "root"))
        starter.chmod(0o755)
        cls.folder.chmod(0o755)
        cls.addClassCleanup(os.environ.__setitem__, "SPILLWAY_BINARY", os.environ["SPILLWAY_BINARY"])
        os.environ["SPILLWAY_BINARY"] = str(starter)
        super().setUpClass()

    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        inside = cls.folder / "root/kubeconfig"
        inside.write_text(cls.cluster.kubeconfig.read_text())
        return super().start_operator(kubeconfig="/kubeconfig", decision_log_path="-", **settings)

    def test_it_scales_by_the_clock_of_a_time_zone_and_stays_without_root(self):
        always = {"name": "always", "cron": "* * * * *", "timeZone": "Europe/Berlin", "durationSeconds": 3600, "minReplicas": 4}
        self.create("web", "vector(100)")
        self.create("floored", "vector(1)", schedule=[always])
        self.wait_replicas("web", lambda count: count >= 5)
        self.wait_replicas("floored", lambda count: count == 4)
        status = pathlib.Path(f"/proc/{self.operator.process.pid}/status").read_text()
        self.assertRegex(status, r"Uid:\s+65532\s+65532\s+65532")


if __name__ == "__main__":
    unittest.main()
