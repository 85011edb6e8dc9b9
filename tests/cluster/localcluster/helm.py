"""The chart on the cluster, by the real helm: installed, tested, upgraded, removed, and what its pods did."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from localcluster import tools
from localcluster.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHART = ROOT / "helm/spillway"
PROCESS_NODE = ROOT / "examples/operator/process-node-values.yaml"
CRD = "autoscalerpolicies.autoscaling.spillway.dev"


class Failed(RuntimeError):
    """helm refused; the message is what it printed."""


class Refused(RuntimeError):
    """The operator answered with another status than 200; the message is the status and what it said."""


def helm(*arguments, timeout=120):
    """Runs helm and returns its output."""
    program = tools.obtain(["helm"], tools.say_with_time())["helm"]
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise Failed(done.stderr.strip() + done.stdout.strip())
    return done.stdout


class Release:
    """One release of the chart in a namespace that enforces the restricted pod security standard."""

    def __init__(self, cluster, namespace, name="spillway"):
        self.cluster, self.namespace, self.name = cluster, namespace, name
        self.fullname = name if "spillway" in name else f"{name}-spillway"
        self.account = f"system:serviceaccount:{namespace}:{self.fullname}"
        cluster.kubectl("label", "namespace", namespace, "--overwrite", "pod-security.kubernetes.io/enforce=restricted")

    def helm(self, verb, *arguments, timeout=120):
        return helm(verb, *arguments, "--namespace", self.namespace, "--kubeconfig", self.cluster.kubeconfig, timeout=timeout)

    def values(self, **settings):
        """Arguments for the local cluster, and `settings` (dots in names as __)."""
        given = {"config.prometheus.address": self.cluster.prometheus_url, **{name.replace("__", "."): value for name, value in settings.items()}}
        return ["--values", PROCESS_NODE, *(f"--set-json={name}={json.dumps(value)}" for name, value in given.items())]

    def install(self, chart=CHART, **settings):
        """Installs it and waits until every pod is ready. Definitions left by others go first: a release only takes over its own."""
        self.cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--timeout=60s", timeout=90)
        self.helm("install", self.name, chart, *self.values(**settings))
        self.await_rollout()

    def upgrade(self, chart=CHART, **settings):
        self.helm("upgrade", self.name, chart, *self.values(**settings))
        self.await_rollout()

    def await_rollout(self):
        self.kubectl("rollout", "status", f"deployment/{self.fullname}", "--timeout=60s", timeout=90)

    def uninstall(self):
        """Also if it is gone already."""
        self.helm("uninstall", self.name, "--ignore-not-found", "--wait")

    def kubectl(self, *arguments, **options):
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, **options)

    def pods(self):
        """The operator's ready pods."""
        found = self._items("pods", "--selector", f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component=operator")
        return [pod["metadata"]["name"] for pod in found if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))]

    def leader(self):
        """The pod that holds the Lease: its identity holds the process's id."""
        lease = json.loads(self.kubectl("get", "lease", self.fullname, "-o", "json"))
        holder = lease["spec"].get("holderIdentity", "")
        for pod in self._items("pods"):
            process = process_of(pod)
            if process and f"_{process}_" in holder:
                return pod["metadata"]["name"]
        return None

    def kill(self, pod):
        """The process in it, as a crash."""
        os.kill(self._process(pod), signal.SIGKILL)

    def resident_megabytes(self, pod):
        status = pathlib.Path(f"/proc/{self._process(pod)}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024

    def _process(self, pod):
        return int(process_of(json.loads(self.kubectl("get", "pod", pod, "-o", "json"))))

    def _items(self, *what):
        return json.loads(self.kubectl("get", *what, "-o", "json"))["items"]

    def fetch(self, path, token=None, pod=None, tls=None):
        """What a pod (any) answers on its port for people. `tls`: an SSL context that trusts it under the Service's name."""
        address = json.loads(self.kubectl("get", "pod", pod or self.pods()[0], "-o", "json"))["status"]["podIP"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with socket.create_connection((address, 8080), 10) as plain, contextlib.ExitStack() as stack:
            connection = http.client.HTTPConnection(address, 8080)
            connection.sock = plain if tls is None else stack.enter_context(tls.wrap_socket(plain, server_hostname=f"{self.fullname}.{self.namespace}.svc"))
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        if reply.status != 200:
            raise Refused(f"{reply.status} {text}")
        return text

    def log(self, pod):
        """What the pod has written to its standard streams."""
        return (self.cluster.dir / "procnode" / "logs" / f"{self.namespace}_{pod}.log").read_text()

    def requests(self):
        """What the operator's service account asked the API server for: the audit events."""
        with open(self.cluster.audit_log) as log:
            events = [json.loads(line) for line in log if line.endswith("\n")]
        return [event for event in events if event["user"]["username"] == self.account]

    def forbidden(self):
        return sorted({f"{event['verb']} {event['requestURI']}" for event in self.requests() if decision(event) == "forbid"})

    def wait_leader(self):
        return wait_until("a pod leads", self.leader)


def process_of(pod):
    """The id of the process in a pod of the process node; empty while there is none."""
    return next((state["containerID"].removeprefix("process://") for state in pod["status"].get("containerStatuses", []) if "containerID" in state), "")


def decision(event):
    """allow or forbid."""
    return event.get("annotations", {}).get("authorization.k8s.io/decision")
