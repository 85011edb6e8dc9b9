#!/usr/bin/env python3
"""The chart by the real helm on the real control plane: the operator's pods are real processes with the chart's flags, settings and
service account, under RBAC and the restricted pod security standard."""

import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import pki, wait_until  # noqa: E402
from localcluster.helm import CHART, CRD, ROOT, Failed, Refused, Release  # noqa: E402
from operator_test import PolicyTest, policy  # noqa: E402


class ChartTest(PolicyTest):
    """A namespace for workloads and a release in a namespace of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = f"{cls.namespace}-system"
        cls.cluster.kubectl("create", "namespace", cls.system)
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "namespace", cls.system, "--wait=false")
        cls.release = Release(cls.cluster, cls.system)
        cls.addClassCleanup(cls.release.uninstall)


    def token_of_viewer(self):
        self.kubectl("create", "serviceaccount", "looker")
        self.kubectl("create", "role", "looker", "--verb=get,list,watch", "--resource=autoscalerpolicies.autoscaling.spillway.dev")
        self.kubectl("create", "rolebinding", "looker", "--role=looker", f"--serviceaccount={self.namespace}:looker")
        return self.kubectl("create", "token", "looker").strip()

    def policies_by(self, pod, token, tls=None):
        """The names that this pod's API tells; none while it does not answer."""
        try:
            listed = json.loads(self.release.fetch(f"/api/v1/policies?namespace={self.namespace}", token, pod, tls))
        except (Refused, OSError, http.client.HTTPException):
            return []
        return [entry["name"] for entry in listed["policies"]]


class Installed(ChartTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.release.install()

    def test_a_policy_becomes_ready_for_kubectl_wait_and_its_deployment_is_scaled(self):
        self.create("web", "vector(100)")
        self.kubectl("wait", "asp/web", "--for=condition=Ready", "--timeout=30s")
        self.wait_replicas("web", lambda count: count >= 5)
        self.assertEqual([], self.release.forbidden())

    def test_helm_test_passes(self):
        self.assertIn("Phase:          Succeeded", self.release.helm("test", self.release.name))
        self.assertNotIn("-test", self.release.kubectl("get", "asp,deployments,pods,roles", "-o", "name"), "it leaves nothing behind")

    def test_a_typo_in_a_policy_is_refused_by_the_installed_definition(self):
        wrong = policy("typo", "vector(1)")
        wrong["spec"]["maxReplica"] = 3
        with self.assertRaisesRegex(RuntimeError, 'unknown field "spec.maxReplica"'):
            self.apply_policy(wrong)

    def test_the_notes_name_the_next_commands_and_warn_about_kubernetes_newer_than_tested(self):
        notes = self.release.helm("get", "notes", self.release.name)
        for command in (f"rollout status deployment/{self.release.fullname}", f"helm test {self.release.name}", "spillway.dev/enable=true", "describe asp"):
            self.assertIn(command, notes)
        self.assertNotIn("WARNING", notes)
        with tempfile.TemporaryDirectory() as folder:
            older = shutil.copytree(CHART, f"{folder}/spillway")
            facts = (CHART / "Chart.yaml").read_text()
            pathlib.Path(older, "Chart.yaml").write_text(re.sub(r'tested-kubernetes: "\S+"', 'tested-kubernetes: "1.30"', facts))
            self.assertIn("tested up to 1.30", self.release.helm("upgrade", self.release.name, older, "--dry-run=server", "--reuse-values"))

    def test_the_second_pod_takes_over_when_the_leading_one_is_deleted_and_nothing_moves(self):
        self.create("led", "vector(100)")
        self.wait_replicas("led", lambda count: count >= 5)
        first = self.release.wait_leader()
        before = self.replicas("led")
        self.release.kubectl("delete", "pod", first, "--wait=false")
        wait_until("another pod leads", lambda: self.release.leader() not in (None, first), 20)
        self.kubectl("patch", "asp", "led", "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
        self.assertGreaterEqual(before, 5)
        self.wait_replicas("led", lambda count: count == 9)
        self.assertEqual([], self.release.forbidden())

    def test_whichever_pod_is_asked_the_dashboard_hears_the_one_that_leads(self):
        self.create("shown", "vector(100)")
        self.wait_condition("shown", "Ready", "True")
        token = self.token_of_viewer()
        wait_until("both pods are ready", lambda: len(self.release.pods()) == 2)
        for pod in self.release.pods():
            wait_until(f"{pod} shows it", lambda: "shown" in self.policies_by(pod, token), 20)  # noqa: B023

    def test_whoever_may_view_edit_or_administer_a_namespace_may_do_so_with_its_policies(self):
        for role in ("view", "edit", "admin"):
            self.kubectl("create", "rolebinding", f"{role}er", f"--clusterrole={role}", f"--user={role}er")

        def may(who, verb, namespace=self.namespace):
            answer = self.kubectl("create", "-f", "-", "-o", "json", input=json.dumps(access_review(f"{who}er", verb, namespace)))
            return json.loads(answer)["status"]["allowed"]

        wait_until("the cluster's roles have taken the chart's in", lambda: may("view", "list") and may("edit", "create"))
        self.assertFalse(may("view", "update"))
        self.assertTrue(may("edit", "delete") and may("edit", "get") and may("admin", "patch"))
        self.assertFalse(may("edit", "list", "default"))


class Narrow(ChartTest):
    """Limited to a namespace, with a certificate, readable for one account."""

    def test_it_works_there_with_roles_of_that_namespace_alone_and_shows_its_metrics_by_tls_to_whom_rbac_lets(self):
        certificate, key = pki.issue_server(self.cluster.dir / "pki", f"{self.release.fullname}.{self.system}.svc")
        self.release.kubectl("create", "secret", "tls", "spillway-tls", f"--cert={certificate}", f"--key={key}")
        reader = {"namespace": self.namespace, "name": "default"}
        self.release.install(watchNamespaces=[self.namespace], tls__secretName="spillway-tls", monitoring__readers=[reader])
        self.create("here", "vector(100)")
        self.kubectl("wait", "asp/here", "--for=condition=Ready", "--timeout=30s")
        self.wait_replicas("here", lambda count: count >= 5)
        self.assertIn("Succeeded", self.release.helm("test", self.release.name))
        self.assertEqual([], self.release.forbidden())
        bindings = json.loads(self.cluster.kubectl("get", "clusterrolebindings", "-o", "json"))["items"]
        ours = [b["roleRef"]["name"] for b in bindings if any(s.get("namespace") == self.system for s in b.get("subjects", []))]
        self.assertEqual(["spillway-callers"], ours, "only to ask who calls")

        trust = ssl.create_default_context(cafile=self.cluster.dir / "pki" / "ca.crt")
        token = self.kubectl("create", "token", "default").strip()
        self.assertIn("rest_client_requests_total", self.release.fetch("/metrics", token, tls=trust))
        with self.assertRaisesRegex(Refused, "^401"):
            self.release.fetch("/metrics", tls=trust)
        self.kubectl("create", "serviceaccount", "stranger")
        with self.assertRaisesRegex(Refused, "^403"):
            self.release.fetch("/metrics", self.kubectl("create", "token", "stranger").strip(), tls=trust)
        looker = self.token_of_viewer()
        wait_until("both pods are ready", lambda: len(self.release.pods()) == 2)
        for pod in self.release.pods():  # between the pods it goes by TLS too
            wait_until(f"{pod} shows it", lambda: "here" in self.policies_by(pod, looker, trust), 20)  # noqa: B023

        # A Secret that the values do not list cannot be read, and the condition says which.
        self.kubectl("create", "secret", "generic", "private", "--from-literal=token=x")
        server = {"address": self.cluster.prometheus_url, "bearerTokenSecretRef": {"name": "private", "key": "token"}}
        self.addCleanup(self.kubectl, "delete", "asp/curious")  # other releases would ask for that Secret too
        self.create("curious", "", metrics={"prometheus": server, "arrivalRate": {"query": "vector(100)"}})
        self.assertIn("private", self.wait_condition("curious", "MetricsFresh", "False")["message"])


class Sharded(ChartTest):
    """Policies divided among the pods, with the roles that the chart gives for that."""

    def test_the_pods_share_the_policies_and_one_takes_over_what_another_had(self):
        self.release.install(config__shards=3)
        names = [f"s{number}" for number in range(6)]
        for name in names:
            self.create(name, "vector(100)")
        for name in names:
            self.wait_replicas(name, lambda count: count >= 5, seconds=60)
        wait_until("both pods are ready", lambda: len(self.release.pods()) == 2)
        holders = wait_until("both hold shards", lambda: len(h := self.holders()) == 2 and h)
        self.release.kubectl("delete", "pod", self.release.pods()[0], "--wait=false")
        for name in names:
            self.kubectl("patch", "asp", name, "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
        for name in names:
            self.wait_replicas(name, lambda count: count >= 9, seconds=60)
        wait_until("the new pod has its share", lambda: len(self.holders()) == 2 and self.holders() != holders)
        self.assertEqual([], self.release.forbidden())

    def holders(self):
        leases = json.loads(self.release.kubectl("get", "leases", "-o", "json"))["items"]
        return {lease["spec"]["holderIdentity"] for lease in leases if "-shard-" in lease["metadata"]["name"] and lease["spec"].get("holderIdentity")}


class Refusals(ChartTest):
    """What docs/install.md says about Helm's refusals, and that its ways out work."""

    def test_a_definition_that_kubectl_made_is_taken_over_or_left_alone(self):
        self.addCleanup(self.release.uninstall)
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", ROOT / "crds/autoscalerpolicies.yaml")
        with self.assertRaisesRegex(Failed, "invalid ownership metadata"):
            self.release.helm("install", self.release.name, CHART, *self.release.values())
        self.release.helm("install", self.release.name, CHART, *self.release.values(crds__install=False))
        self.release.await_rollout()
        self.release.uninstall()
        self.release.helm("install", self.release.name, CHART, *self.release.values(), "--take-ownership")
        self.release.await_rollout()
        self.assertTrue(self.cluster.kubectl("get", "crd", CRD, "-o", "name"))

    def test_a_second_release_of_the_same_name_lives_in_another_namespace_with_a_name_of_its_own(self):
        elsewhere = f"{self.namespace}-elsewhere"
        self.cluster.kubectl("create", "namespace", elsewhere)
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", elsewhere, "--wait=false")
        other = Release(self.cluster, elsewhere)
        self.addCleanup(other.uninstall)
        self.addCleanup(self.release.uninstall)
        self.release.install(watchNamespaces=[self.system])
        with self.assertRaisesRegex(Failed, "ClusterRole.* invalid ownership metadata"):
            other.helm("install", other.name, CHART, *other.values(crds__install=False))
        other.fullname = "scaler"
        ways_out = other.values(fullnameOverride="scaler", watchNamespaces=[self.namespace], crds__install=False, rbac__aggregate=False)
        other.helm("install", other.name, CHART, *ways_out)
        other.await_rollout()
        self.create("theirs", "vector(100)")
        self.wait_replicas("theirs", lambda count: count >= 5)


class WithoutHelm(ChartTest):
    """The kustomization in helm/install, with an overlay for the local cluster."""

    def test_an_overlay_of_the_kustomization_runs_and_scales(self):
        overlay = self.cluster.dir / "overlay"
        overlay.mkdir()
        self.addCleanup(shutil.rmtree, overlay)
        (overlay / "kustomization.yaml").write_text(json.dumps({
            "resources": [os.path.relpath(ROOT / "helm/install", overlay)],
            "namespace": self.system,
            "patches": [{"target": {"kind": "Deployment", "name": "spillway"}, "patch": json.dumps([
                {"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"type": "process"}},
                *({"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": name, "value": value}}
                  for name, value in (("SPILLWAY_LISTEN_ADDRESS", "$(POD_IP):8080"), ("SPILLWAY_HEALTH_ADDRESS", "$(POD_IP):8081"),
                                      ("SPILLWAY_PROMETHEUS_ADDRESS", self.cluster.prometheus_url))),
            ])}],
        }))  # fmt: skip
        self.addCleanup(self.cluster.kubectl, "delete", "--ignore-not-found", "--wait=false", "-k", overlay)
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-k", overlay)
        self.release.await_rollout()
        self.create("plain", "vector(100)")
        self.kubectl("wait", "asp/plain", "--for=condition=Ready", "--timeout=30s")
        self.wait_replicas("plain", lambda count: count >= 5)
        self.assertEqual([], self.release.forbidden())


def access_review(user, verb, namespace):
    attributes = {"group": "autoscaling.spillway.dev", "resource": "autoscalerpolicies", "verb": verb, "namespace": namespace}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": user, "resourceAttributes": attributes}}


if __name__ == "__main__":
    unittest.main()
