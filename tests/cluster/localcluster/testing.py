"""What a test against the running cluster starts from: the cluster, a namespace of its own, and ways to look."""

import json
import os
import pathlib
import secrets
import textwrap
import unittest
import urllib.parse
import urllib.request

from localcluster.cluster import Cluster
from localcluster.waiting import wait_until


class ClusterTest(unittest.TestCase):
    """Runs in the cluster of $SPILLWAY_CLUSTER_DIR, which ctest's fixture has brought up, in a namespace that goes with the class."""

    @classmethod
    def setUpClass(cls):
        folder = os.environ.get("SPILLWAY_CLUSTER_DIR")
        if not folder or not (pathlib.Path(folder) / "cluster.json").exists():
            raise RuntimeError("no cluster: run this through ctest, or tests/cluster/up DIR first and set SPILLWAY_CLUSTER_DIR=DIR")
        cls.cluster = Cluster(folder)
        # Tests before may have killed the API server, after which some real controllers back off for minutes: start with fresh ones.
        cls.cluster.restart("controller-manager")
        cls.namespace = f"test-{cls.__name__.lower()}-{secrets.token_hex(3)}"
        cls.cluster.kubectl("create", "namespace", cls.namespace)
        # Not awaited: after the apiserver was killed, the namespace controller may back off for a minute.
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "namespace", cls.namespace, "--wait=false")
        wait_until("the namespace has its default objects", lambda: cls.kubectl("get", "serviceaccount/default", "configmap/kube-root-ca.crt"))

    @classmethod
    def kubectl(cls, *arguments, **options):
        """kubectl in the test's namespace."""
        return cls.cluster.kubectl("--namespace", cls.namespace, *arguments, **options)

    @classmethod
    def apply(cls, manifest):
        """Applies YAML text, written indented in the test."""
        return cls.kubectl("apply", "-f", "-", input=textwrap.dedent(manifest))

    @classmethod
    def get(cls, *what):
        """An object or a list as Python data, e.g. get("deployment", "web") or get("pods", "-l", "app=web")["items"]."""
        return json.loads(cls.kubectl("get", *what, "-o", "json"))

    @classmethod
    def ready_pods(cls, selector):
        def is_ready(pod):
            return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))

        return [pod for pod in cls.get("pods", "-l", selector)["items"] if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]

    @classmethod
    def query(cls, promql):
        """The series of an instant query: a list of (labels, value)."""
        url = f"{cls.cluster.prometheus_url}/api/v1/query?" + urllib.parse.urlencode({"query": promql})
        with urllib.request.urlopen(url, timeout=10) as reply:
            result = json.load(reply)["data"]["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]
