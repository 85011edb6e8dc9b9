#!/usr/bin/env python3
"""The real HorizontalPodAutoscaler scales by a Prometheus query through the bridge: the law that Spillway is compared with."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402

MANIFEST = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: external-metrics}
    data: {demand: 'sum(kube_demand_of_the_test{<<.LabelMatchers>>}) or vector(35)', silent: nothing_has_this_name}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: fake}
    spec:
      replicas: 1
      selector: {matchLabels: {app: fake}}
      template:
        metadata:
          labels: {app: fake}
          annotations: {spillway.dev/ready-delay: 100ms, spillway.dev/ready-delay-max: 200ms}
        spec:
          nodeSelector: {type: kwok}
          tolerations: [{key: kwok.x-k8s.io/node, operator: Exists}]
          containers: [{name: c, image: fake}]
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: fake}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: fake}
      minReplicas: 1
      maxReplicas: 20
      metrics:
      - type: External
        external:
          metric: {name: METRIC, selector: {matchLabels: {app: fake}}}
          target: {type: AverageValue, averageValue: "5"}
"""


class HorizontalPodAutoscaler(ClusterTest):
    def replicas(self):
        return self.get("deployment", "fake")["spec"]["replicas"]

    def scaling_active(self):
        conditions = self.get("hpa", "fake")["status"].get("conditions", [])
        return next((c for c in conditions if c["type"] == "ScalingActive"), None)

    def test_a_demand_of_35_at_5_each_scales_from_1_to_7(self):
        self.apply(MANIFEST.replace("METRIC", "demand"))
        wait_until("the autoscaler has set seven replicas", lambda: self.replicas() == 7, 60)
        wait_until("seven pods are ready", lambda: len(self.ready_pods("app=fake")) == 7)

    def test_a_metric_without_series_is_said_to_be_missing(self):
        self.apply(MANIFEST.replace("METRIC", "silent"))
        condition = wait_until("it says so", lambda: (c := self.scaling_active()) and c["status"] == "False" and c, 60)
        self.assertEqual("FailedGetExternalMetric", condition["reason"])

    def tearDown(self):
        self.kubectl("delete", "hpa,deployment", "fake", "--wait=true")


if __name__ == "__main__":
    unittest.main()
