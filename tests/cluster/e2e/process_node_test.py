#!/usr/bin/env python3
"""The process node runs pods as real processes: probes, restarts, volumes, Prometheus discovery, clean ends."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402

WEB = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: page}
    data: {metrics.txt: "test_page_served 7\\n"}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 3
      selector: {matchLabels: {app: web}}
      template:
        metadata:
          labels: {app: web}
          annotations: {prometheus.io/scrape: "true", prometheus.io/port: "8080", prometheus.io/path: /metrics.txt}
        spec:
          terminationGracePeriodSeconds: 5
          containers:
          - name: web
            image: python
            command: [python3, -m, http.server, "8080", --bind, $(POD_IP), --directory, /var/page]
            readinessProbe: {httpGet: {path: /metrics.txt, port: 8080}, periodSeconds: 1}
            volumeMounts: [{name: page, mountPath: /var/page}]
          volumes: [{name: page, configMap: {name: page}}]
"""
CONFIGURED = """
    apiVersion: v1
    kind: Secret
    metadata: {name: secret}
    stringData: {password: from-secret}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf}
    data: {LEVEL: from-config-map, file: from-volume}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: configured, labels: {app: configured}}
    spec:
      restartPolicy: Never
      containers:
      - name: c
        image: shell
        command: [sh, -c]
        args:
        - |
          echo "$LEVEL $PASSWORD $MY_NAME $(cat /etc/spillway-test/file) $(cat /etc/spillway-secret/password)"
          cat /etc/spillway-pod/labels
          curl -s --cacert $ACCOUNT/ca.crt -H "Authorization: Bearer $(cat $ACCOUNT/token)" \\
            https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/apis/authentication.k8s.io/v1/selfsubjectreviews \\
            -H "Content-Type: application/json" -d '{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}'
        envFrom: [{configMapRef: {name: conf}}]
        env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: secret, key: password}}}
        - {name: MY_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: ACCOUNT, value: /var/run/secrets/kubernetes.io/serviceaccount}
        volumeMounts:
        - {name: conf, mountPath: /etc/spillway-test}
        - {name: secret, mountPath: /etc/spillway-secret}
        - {name: pod, mountPath: /etc/spillway-pod}
      volumes:
      - {name: conf, configMap: {name: conf}}
      - {name: secret, secret: {secretName: secret}}
      - {name: pod, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
"""
OWN_IMAGE = """
    apiVersion: v1
    kind: Pod
    metadata: {name: own}
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "example.org/team/spillway:1.2", args: [version]}]
"""
UNHEALTHY = """
    apiVersion: v1
    kind: Pod
    metadata: {name: unhealthy, labels: {app: unhealthy}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: shell
        command: [sleep, "600"]
        livenessProbe: {exec: {command: ["false"]}, periodSeconds: 1, failureThreshold: 2}
"""


def process_of(pod):
    return int(pod["status"]["containerStatuses"][0]["containerID"].removeprefix("process://"))


class ProcessNode(ClusterTest):
    def log_of(self, pod):
        return (self.cluster.dir / "procnode" / "logs" / f"{self.namespace}_{pod}.log").read_text()

    def test_pods_turn_ready_are_scraped_by_prometheus_and_end_with_their_deployment(self):
        self.apply(WEB)
        pods = wait_until("three pods are ready", lambda: len(found := self.ready_pods("app=web")) == 3 and found)
        query = f'test_page_served{{namespace="{self.namespace}", app="web"}}'
        series = wait_until("Prometheus has scraped all three", lambda: len(found := self.query(query)) == 3 and found, 40)
        self.assertEqual({pod["metadata"]["name"] for pod in pods}, {labels["pod"] for labels, _ in series})
        self.assertEqual({7.0}, {value for _, value in series})
        processes = [process_of(pod) for pod in pods]
        self.kubectl("delete", "deployment", "web")
        wait_until("the pods are gone", lambda: not self.get("pods", "-l", "app=web")["items"])
        self.assertEqual([], [pid for pid in processes if os.path.exists(f"/proc/{pid}")])

    def test_environment_volumes_and_service_account_reach_the_process(self):
        self.apply(CONFIGURED)
        wait_until("the pod has run to its end", lambda: self.get("pod", "configured")["status"].get("phase") == "Succeeded")
        log = self.log_of("configured")
        self.assertIn("from-config-map from-secret configured from-volume from-secret", log)
        self.assertIn('app="configured"', log)
        self.assertIn(f"system:serviceaccount:{self.namespace}:default", log)
        self.assertFalse(os.path.exists("/etc/spillway-test"), "a mount of the pod shows on the machine")

    def test_the_image_spillway_runs_the_binary_of_this_build(self):
        self.apply(OWN_IMAGE)
        wait_until("the pod has run to its end", lambda: self.get("pod", "own")["status"].get("phase") == "Succeeded")
        said = subprocess.run([os.environ["SPILLWAY_BINARY"], "version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said, self.log_of("own"))

    def test_a_process_that_dies_is_started_again(self):
        self.apply(WEB.replace("name: web", "name: mortal").replace("app: web", "app: mortal").replace("replicas: 3", "replicas: 1"))
        pod = wait_until("the pod is ready", lambda: self.ready_pods("app=mortal"))[0]
        os.kill(process_of(pod), 9)

        def restarted():
            now = self.ready_pods("app=mortal")
            return now and now[0]["status"]["containerStatuses"][0]["restartCount"] == 1 and now[0]

        again = wait_until("it runs again", restarted)
        self.assertNotEqual(process_of(pod), process_of(again))

    def test_a_failing_liveness_probe_restarts_the_process(self):
        self.apply(UNHEALTHY)
        wait_until("it was restarted", lambda: self.get("pod", "unhealthy")["status"]["containerStatuses"][0]["restartCount"] >= 1)


if __name__ == "__main__":
    unittest.main()
