#!/usr/bin/env python3
"""Up and down: Debian's etcd and Prometheus serve as well, and nothing is left, not even when the node was killed."""

import json
import pathlib
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import Cluster, Options, wait_until  # noqa: E402
from localcluster.process import owned_by  # noqa: E402

POD = """
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
  annotations: {prometheus.io/scrape: "true", prometheus.io/port: "8080", prometheus.io/path: /}
spec:
  containers:
  - name: web
    image: shell
    command: [sh, -c, "python3 -m http.server 8080 --bind $(POD_IP); exit"]
    readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
"""


def active_targets(cluster):
    with urllib.request.urlopen(f"{cluster.prometheus_url}/api/v1/targets?state=active", timeout=10) as reply:
        return [target["labels"] for target in json.load(reply)["data"]["activeTargets"]]


class Lifecycle(unittest.TestCase):
    def test_a_cluster_of_debian_parts_serves_and_goes_without_a_trace(self):
        with tempfile.TemporaryDirectory() as parent:
            cluster = Cluster(pathlib.Path(parent) / "cluster")
            self.addCleanup(cluster.down)
            cluster.up(Options(extras=["prometheus", "procnode"], etcd="debian", prometheus="debian"))
            owner = cluster.owner
            cluster.kubectl("apply", "-f", "-", input=POD)
            cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=30s")
            targets = wait_until("Debian's Prometheus has found the pod", lambda: active_targets(cluster), 30)
            self.assertEqual({"app": "web", "namespace": "default", "pod": "web", "job": "pods"}, {k: v for k, v in targets[0].items() if k != "instance"})

            cluster.kill("procnode")
            self.assertTrue(owned_by(owner))
            cluster.down()
            self.assertEqual([], owned_by(owner))
            self.assertFalse(cluster.dir.exists())
            cluster.down()  # once more is no error


if __name__ == "__main__":
    unittest.main()
