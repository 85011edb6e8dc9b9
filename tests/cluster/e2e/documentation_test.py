#!/usr/bin/env python3
"""Every command of README and quickstart that needs a cluster, run as a newcomer would: one shell a page, on the shared cluster."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/docs")]
from commands import fences, needs_cluster, script  # noqa: E402
from localcluster import tools, wait_until  # noqa: E402
from localcluster.helm import CRD, PROCESS_NODE, helm  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402


class DocumentationTest(ClusterTest):
    def setUp(self):
        # A release only takes over its own definitions; those of tests before go, and so do the namespaces that the pages name.
        self.cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--timeout=60s", timeout=90)
        self.cluster.kubectl("delete", "clusterrole/spillway-audit", "clusterrole/spillway-push", "clusterrolebinding/me-views-policies", "--ignore-not-found")
        for namespace in ("shop", "spillway-system"):
            self.cluster.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--timeout=60s", timeout=90)

    def run_page(self, page, folder=ROOT):
        """What the page prints, when each of its commands has succeeded."""
        blocks = [body for body, reason in fences(page) if not reason and needs_cluster(body)]
        self.assertTrue(blocks)
        binary = pathlib.Path(os.environ.get("SPILLWAY_BINARY", ROOT / "build/spillway"))
        environment = {**os.environ, **self.cluster.environment()}
        helm_folder = tools.obtain(["helm"])["helm"].parent
        environment["PATH"] = f"{binary.parent}:{helm_folder}:{environment['PATH']}"
        self.addCleanup(helm, "uninstall", "spillway", "--namespace", "spillway-system", "--kubeconfig", self.cluster.kubeconfig, "--ignore-not-found")
        done = subprocess.run(["bash", "-c", script(blocks)], cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout

    def test_the_quickstart_installs_scales_explains_and_removes(self):
        printed = self.run_page("docs/quickstart.md")
        self.assertIn("Phase:          Succeeded", printed)
        self.assertRegex(printed, r"Last Decision:")
        self.assertRegex(printed, r"Normal +\w+Growth .* 2 -> \d+: .* rps arriving", "the load moved replicas, and an Event says why")
        wait_until("nothing of the release is left", lambda: "spillway" not in self.cluster.kubectl("get", "pods", "-n", "spillway-system", "-o", "name"))

    def test_the_page_about_installing_installs_upgrades_rolls_back_and_removes(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "helm").symlink_to(ROOT / "helm")
            values = PROCESS_NODE.read_text() + f"config: {{prometheus: {{address: '{self.cluster.prometheus_url}'}}}}\n"
            (folder / "spillway-values.yaml").write_text(values)
            printed = self.run_page("docs/install.md", folder)
        self.assertIn("Rollback was a success", printed)
        self.assertIn(CRD, printed)

    def test_the_commands_of_the_readme_install_and_make_a_policy_for_a_workload(self):
        printed = self.run_page("README.md")
        self.assertRegex(printed, r"Mode: +DryRun")
        self.assertIn("toy_http_requests_received_total", printed, "init has found the metric")


if __name__ == "__main__":
    unittest.main()
