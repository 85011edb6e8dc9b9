#!/usr/bin/env python3
"""The control plane itself: its parts serve, its controllers work, and it survives the loss of one part."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402

QUOTA = """
    apiVersion: v1
    kind: ResourceQuota
    metadata: {name: few}
    spec: {hard: {pods: "1"}}
"""
STATEFUL_SET = """
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: fakes}
    spec:
      replicas: 3
      podManagementPolicy: Parallel
      serviceName: fakes
      selector: {matchLabels: {app: fakes}}
      template:
        metadata:
          labels: {app: fakes}
          annotations: {spillway.dev/ready-delay: 100ms, spillway.dev/ready-delay-max: 200ms}
        spec:
          nodeSelector: {type: kwok}
          tolerations: [{key: kwok.x-k8s.io/node, operator: Exists}]
          containers: [{name: c, image: fake}]
"""


class ControlPlane(ClusterTest):
    def test_every_part_runs(self):
        self.assertNotIn(None, self.cluster.status().values(), self.cluster.status())

    def test_the_server_tells_the_version_that_was_built(self):
        self.assertRegex(self.kubectl("version"), r"Server Version: v1\.35\.\d")

    def test_bringing_it_up_again_starts_nothing(self):
        before = self.cluster.status()
        self.cluster.up(self.cluster.options)
        self.assertEqual(before, self.cluster.status())

    def test_a_stateful_set_becomes_ready_on_the_fake_node_and_a_quota_holds_it_back(self):
        self.apply(STATEFUL_SET)
        wait_until("three fake pods are ready", lambda: len(self.ready_pods("app=fakes")) == 3)
        self.apply(QUOTA)
        wait_until("the quota is counted", lambda: self.get("quota", "few").get("status", {}).get("used", {}).get("pods") == "3")
        self.kubectl("scale", "statefulset/fakes", "--replicas=5")
        wait_until("the refusal is told", lambda: "exceeded quota" in self.kubectl("get", "events"))
        self.assertEqual(3, len(self.get("pods", "-l", "app=fakes")["items"]))

    def test_killing_the_api_server_loses_no_object_and_the_controllers_go_on(self):
        self.kubectl("create", "configmap", "kept", "--from-literal=a=b")
        self.cluster.kill("apiserver")
        with self.assertRaises(RuntimeError):
            self.kubectl("get", "configmap", "kept")
        self.cluster.start("apiserver")
        self.assertEqual({"a": "b"}, self.get("configmap", "kept")["data"])
        self.kubectl("create", "deployment", "after", "--image=fake", "--replicas=0")
        wait_until("the deployment controller has seen it", lambda: self.get("deployment", "after")["status"].get("observedGeneration") == 1)


if __name__ == "__main__":
    unittest.main()
