#!/usr/bin/env python3
"""Takes the pictures of docs/images/dashboard-*.png: a real spike on real processes beside a small fleet, on a cluster that is up.

    tests/cluster/up DIR --with prometheus,procnode,kwok --program spillway=build/spillway
    SPILLWAY_CLUSTER_DIR=DIR SPILLWAY_BINARY=build/spillway /usr/bin/python3 tests/browser/screenshots.py docs/images
"""

import os
import pathlib
import subprocess
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "cluster/e2e"), str(TESTS / "cluster")]
from chromium import DESKTOP, PHONE, Chromium  # noqa: E402
from localcluster import wait_until  # noqa: E402
from localcluster.operator import binary  # noqa: E402
from operator_test import DEPLOYMENT, OperatorTest, policy  # noqa: E402

DEMO = TESTS.parent / "examples/demo"
# Demand by the clock, so that the fleet moves a little; the last one has no usable metric.
FLEET = {"catalog": "60 + 25 * sin(vector(time() / 20))", "payments": "vector(92)", "search": "40 + 10 * sin(vector(time() / 7))", "mailer": "vector(1) > 2"}


class Studio(OperatorTest):
    """Not a test: uses the test's cluster and operator."""

    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        return super().start_operator(kubeconfig, **{**settings, "namespaces": f"{cls.namespace},demo"})

    def runTest(self):
        for name, demand in FLEET.items():
            self.create(name, demand, replicas=3, controlPeriodSeconds=5, horizonSeconds=60)
        self.cluster.kubectl("apply", "-f", DEMO / "workloads.yaml")
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", "demo", "--wait=false")
        self.cluster.kubectl("delete", "deployment", "web-hpa", "-n", "demo")
        wait_until("its pods are ready", lambda: "2" == self.cluster.kubectl("get", "deployment", "web-spillway", "-n", "demo", "-o", "jsonpath={.status.readyReplicas}").strip(), 90)
        self.cluster.kubectl("apply", "-f", DEMO / "policy.yaml")
        load = subprocess.Popen([binary(), "load", "spillway=demo/app=web-spillway", "--phases", "20x60s,200x90s", "--kubeconfig", str(self.cluster.kubeconfig)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self.addCleanup(load.kill)
        began = time.monotonic()
        browser = Chromium()
        self.addCleanup(browser.quit)
        # The picture's subject: the service is overloaded and new replicas are starting.
        wait_until("the spike is seen", lambda: time.monotonic() - began > 60 and self.spiking(), 120)
        for name, size, scheme, page, shown in SHOTS:
            browser.view(size, scheme)
            browser.open(f"http://127.0.0.1:{self.operator.address['port']}/{page}")
            wait_until(f"{name} is drawn", lambda: browser.find(shown) and browser.text(".link") == "Live")
            wait_until("and settled", lambda: "Reading" not in browser.text("main"))
            browser.screenshot(pathlib.Path(os.environ["OUT"]) / f"dashboard-{name}.png")

    def spiking(self):
        return int(self.cluster.kubectl("get", "deployment", "web-spillway", "-n", "demo", "-o", "jsonpath={.spec.replicas}")) >= 6


SHOTS = [
    ("services", DESKTOP, "light", "", ".services tbody tr"),
    ("policy", (1440, 2300), "light", "#/policies/demo/web", ".chart canvas"),
    ("phone", PHONE, "dark", "", ".services tbody tr"),
    ("control", (1440, 1000), "light", "#/policies/demo/web/control", ".choices button"),
]

if __name__ == "__main__":
    os.environ["OUT"] = sys.argv.pop(1)
    sys.exit(not unittest.TextTestRunner().run(unittest.TestSuite([Studio()])).wasSuccessful())
