#!/usr/bin/env python3
"""The whole chain with nothing faked: real load on real processes, scraped by Prometheus, scaled by the shipped operator."""

import pathlib
import subprocess
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from localcluster.operator import binary  # noqa: E402
from operator_test import OperatorTest, policy  # noqa: E402

WORKLOAD = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 1
      selector: {matchLabels: {app: web}}
      template:
        metadata:
          labels: {app: web}
          annotations: {prometheus.io/scrape: "true", prometheus.io/port: "8080", prometheus.io/path: /metrics}
        spec:
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 10
          nodeSelector: {type: process}
          tolerations: [{key: process-node, operator: Exists}]
          containers:
          - name: web
            image: spillway:dev
            args: [workload, --address, $(POD_IP), --port, "8080", --workers, "1", --sleep-ms, "40", --startup-seconds, "2"]
            env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
            ports: [{name: http, containerPort: 8080}]
            readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 1}
"""


class RealLoad(OperatorTest):
    def test_replicas_follow_a_real_spike_up_and_down(self):
        self.apply(WORKLOAD)
        wait_until("the first pod is ready", lambda: self.ready_pods("app=web"), 60)
        selector = f'app="web", namespace="{self.namespace}"'
        metrics = {
            "arrivalRate": {"query": f"sum(rate(toy_http_requests_received_total{{{selector}}}[8s]))"},
            "backlog": {"query": f"sum(toy_requests_waiting{{{selector}}})"},
        }
        self.apply_policy(policy("web", "", metrics=metrics, controlPeriodSeconds=2))
        self.wait_condition("web", "MetricsFresh", "True", seconds=60)
        load = subprocess.Popen([binary(), "load", f"web={self.namespace}/app=web", "--phases", "10x8s,70x30s,10x40s", "--kubeconfig",
                                 str(self.cluster.kubeconfig), "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        self.addCleanup(load.kill)
        peak = self.wait_replicas("web", lambda count: count >= 3, seconds=60)
        wait_until("as many pods serve", lambda: len(self.ready_pods("app=web")) >= peak, 90)
        self.wait_replicas("web", lambda count: count <= 2, seconds=120)
        load.communicate(timeout=120)
        self.assertEqual(0, load.returncode)


if __name__ == "__main__":
    unittest.main()
