#!/usr/bin/env python3
"""The chart over its life with live policies: upgraded from the previous version, rolled back, removed, installed again; replicas stay, and of
the requests to a real service none is lost."""

import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from chart_test import ChartTest  # noqa: E402
from localcluster import wait_until  # noqa: E402
from localcluster.helm import CHART, ROOT, Failed  # noqa: E402
from localcluster.operator import binary  # noqa: E402
from operator_load_test import WORKLOAD  # noqa: E402
from operator_test import policy  # noqa: E402

PREVIOUS = ROOT / "tests/helm/previous/spillway-0.0.1.tgz"
NAMES = ("first", "second", "third")
DECISIONS = {"config__decisionLog__path": "-"}  # one line on standard output for each


class Lifecycle(ChartTest):
    def test_upgrade_rollback_failover_removal_and_reinstallation_under_load_move_no_replicas_and_lose_no_request(self):
        self.release.install(self.previous_chart(), **DECISIONS)
        with self.assertRaisesRegex(RuntimeError, "maxMovesPerHour"):
            self.apply_policy(newer_policy("first"))
        for name in NAMES:
            self.create(name, "vector(88)")  # 5 replicas at 70 %: not at the edge to 4 or 6
        self.apply(WORKLOAD)
        real = {"arrivalRate": {"query": f'sum(rate(toy_http_requests_received_total{{namespace="{self.namespace}"}}[8s]))'}}
        self.apply_policy(policy("web", "", metrics=real, minReplicas=3))
        for name in NAMES:
            self.wait_replicas(name, lambda count: count == 5, seconds=150)  # a first guess of 6 waits a minute before it shrinks
        wait_until("the real service serves", lambda: len(self.ready_pods("app=web")) >= 3, 60)
        self.wait_decisions(10)
        before, writes = self.settled()
        load = self.start_load("40x75s")

        self.release.upgrade(**DECISIONS)
        self.wait_decisions(3)
        self.assertEqual((before, writes), self.settled(), "upgraded")
        self.apply_policy(newer_policy("first"))
        self.assertEqual(30, self.get("asp", "first")["spec"]["behavior"]["maxMovesPerHour"], "the definition was upgraded too")
        self.assertIsNone(load.poll(), "there was load all the time")

        self.release.helm("rollback", self.release.name, 1)
        self.release.await_rollout()
        self.wait_decisions(3)
        self.assertEqual((before, writes), self.settled(), "rolled back")
        self.kubectl("annotate", "asp", "first", "written=again")
        self.assertNotIn("maxMovesPerHour", self.get("asp", "first")["spec"]["behavior"], "a field that the older definition does not know")

        first = self.release.wait_leader()
        self.release.kill(first)
        wait_until("another pod leads", lambda: self.release.leader() not in (None, first), 20)
        self.wait_decisions(3)
        self.assertEqual((before, writes), self.settled(), "its leader was killed")
        self.assertIsNone(load.poll(), "there was load all the time")
        self.assertEqual([], self.release.forbidden())

        self.release.uninstall()
        self.assertEqual({*NAMES, "web"}, {item["metadata"]["name"] for item in self.get("asp")["items"]}, "policies stay")
        self.assertEqual((before, writes), self.settled(), "removed")

        self.release.helm("install", self.release.name, CHART, *self.release.values(**DECISIONS))
        self.release.await_rollout()
        self.wait_decisions(3)
        self.assertEqual((before, writes), self.settled(), "installed again")
        self.assert_nothing_lost(load)

    def previous_chart(self):
        """The previous version, with a definition that does not know one of today's fields."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.cluster.dir))
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(["tar", "-xzf", PREVIOUS, "-C", folder], check=True)
        definition = folder / "spillway/files/crds/autoscalerpolicies.yaml"
        today = definition.read_text()
        definition.write_text(re.sub(r"^( +)maxMovesPerHour:\n(?:\1 +.*\n)+", "", today, flags=re.M))
        self.assertNotEqual(today, definition.read_text())
        return folder / "spillway"

    def start_load(self, phases):
        """Requests for a real service that a policy scales as well."""
        command = [binary(), "load", f"web={self.namespace}/app=web", "--phases", phases, "--kubeconfig", self.cluster.kubeconfig, "--output", "json"]
        load = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(load.kill)
        return load

    def assert_nothing_lost(self, load):
        out, err = load.communicate(timeout=120)
        self.assertEqual(0, load.returncode, err)
        outcomes = json.loads(out)["targets"][0]["outcomes"]
        self.assertEqual(["200"], list(outcomes))
        self.assertGreater(outcomes["200"], 1000)

    def settled(self):
        """The replicas of each target with steady demand, and how often the operator has written any of those."""
        patched = [event["objectRef"] for event in self.release.requests() if event["verb"] == "patch"]
        writes = [about for about in patched if about.get("subresource") == "scale" and about["name"] in NAMES]
        return {name: self.replicas(name) for name in NAMES}, len(writes)

    def wait_decisions(self, count):
        """Waits until the pod that leads now has decided so often about each policy."""
        wanted = {f"{self.namespace}/{name}" for name in NAMES}

        def decided():
            leader = self.release.leader()
            made = self.decisions(leader) if leader in self.release.pods() else []
            return all(made.count(key) >= count for key in wanted)

        wait_until(f"the leader has decided {count} times about each policy", decided)

    def decisions(self, pod):
        lines = self.release.log(pod).splitlines()
        return [entry["key"] for entry in map(parsed, lines) if "decision" in entry]


def newer_policy(name):
    return policy(name, "vector(88)", behavior={"scaleDown": {"cooldownSeconds": 2}, "maxMovesPerHour": 30})


class Removal(ChartTest):
    def test_a_namespace_with_500_policies_is_deleted_while_the_operator_is_down_and_helm_test_says_that_it_is(self):
        self.release.install(tests__timeoutSeconds=1, config__api={"qps": 500, "burst": 1000})
        crowded = f"{self.namespace}-crowded"
        self.cluster.kubectl("create", "namespace", crowded)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda first: self.create_policies(crowded, range(first, first + 125)), range(0, 500, 125)))
        wait_until("the operator has seen them", lambda: self.seen(crowded) == 500, 60)
        self.assertLess(self.release.resident_megabytes(self.release.wait_leader()), 128, "the chart's limit")
        self.release.kubectl("scale", "deployment", self.release.fullname, "--replicas=0")
        wait_until("the operator is down", lambda: not self.release.pods())
        self.cluster.kubectl("delete", "namespace", crowded, "--timeout=90s", timeout=100)
        with self.assertRaisesRegex(Failed, "(?i)failed"):
            self.release.helm("test", self.release.name)

    def create_policies(self, namespace, numbers):
        policies = [policy(f"p{number}", "vector(1)", controlPeriodSeconds=300, horizonSeconds=300) for number in numbers]
        listed = {"apiVersion": "v1", "kind": "List", "items": policies}
        self.cluster.kubectl("--namespace", namespace, "create", "-f", "-", input=json.dumps(listed), timeout=120)

    def seen(self, namespace):
        listed = json.loads(self.cluster.kubectl("--namespace", namespace, "get", "asp", "-o", "json"))["items"]
        return sum("conditions" in item.get("status", {}) for item in listed)


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:  # a line that is being written
        return {}


if __name__ == "__main__":
    unittest.main()
