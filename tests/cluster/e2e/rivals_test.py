#!/usr/bin/env python3
"""Living with others on the real control plane: KEDA's ScaledObject, GitOps tools, and changing over from an HPA without a move."""

import functools
import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import yaml

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import tools, wait_until  # noqa: E402
from localcluster.operator import binary  # noqa: E402
from operator_test import DEPLOYMENT, RIVAL, ROOT, OperatorTest, policy  # noqa: E402

# Of KEDA only the kind is there: what Spillway sees of it are its objects.
SCALED_OBJECT_KIND = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: scaledobjects.keda.sh}
    spec:
      group: keda.sh
      scope: Namespaced
      names: {kind: ScaledObject, plural: scaledobjects, singular: scaledobject}
      versions:
      - name: v1alpha1
        served: true
        storage: true
        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
SCALED_OBJECT = """
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata: {name: scaled}
    spec: {scaleTargetRef: {name: kedas}, minReplicaCount: 3, maxReplicaCount: 8, triggers: [{type: prometheus, metadata: {query: vector(1), threshold: "5"}}]}
"""
HPA = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: external-metrics}
    data: {demand-adopted: vector(35), demand-beside: vector(40)}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: NAME}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: NAME}
      minReplicas: 2
      maxReplicas: 20
      metrics: [{type: External, external: {metric: {name: demand-NAME}, target: {type: AverageValue, averageValue: "5"}}}]
"""


def spillway(*arguments, **options):
    """The command line, as people use it."""
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


class LivingWithOthers(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install_kind(SCALED_OBJECT_KIND, "scaledobjects", "keda.sh")

    def test_a_scaled_object_is_named_with_its_hpa_within_one_period_and_yielded_to_until_it_is_gone_for_ten(self):
        self.create("kedas", "vector(100)")
        self.wait_replicas("kedas", lambda count: count >= 5)
        self.wait_condition("kedas", "Conflicted", "False")
        wait_until("the operator has found out about the kind", lambda: self.steps_of("kedas") >= 12)  # it asks at most every 10 s
        self.apply(SCALED_OBJECT)
        self.wait_condition("kedas", "Conflicted", "True", "ScaledObject", seconds=5)
        uid = self.get("scaledobject", "scaled")["metadata"]["uid"]
        owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "scaled", "uid": uid, "controller": True}
        hpa = RIVAL.replace("NAME", "kedas").replace("maxReplicas: 4", "maxReplicas: 20").replace("{name: rival}", "{name: keda-hpa-scaled, ownerReferences: [" + json.dumps(owner) + "]}")
        self.apply(hpa)
        both = lambda: "keda-hpa-scaled" in (c := self.condition("kedas", "Conflicted"))["message"] and c["message"]  # noqa: E731
        message = wait_until("both are named", both, 10)
        self.assertIn("ScaledObject", message)
        self.assertIn("kubectl delete scaledobject", message)
        self.wait_event("kedas", "ScaledObject")
        held = self.replicas("kedas")
        self.apply_policy(policy("kedas", "vector(300)"))
        self.wait_steps("kedas", 3)
        self.assertEqual(held, self.replicas("kedas"))

        before = self.steps_of("kedas")
        self.kubectl("delete", "--ignore-not-found", "scaledobject/scaled", "hpa/keda-hpa-scaled")  # the garbage collector may be faster with the second
        self.wait_condition("kedas", "Conflicted", "False", "NoRival", seconds=60)
        self.assertGreaterEqual(self.steps_of("kedas") - before, 9, "it was let go of before ten periods were over")
        self.wait_replicas("kedas", lambda count: count >= 13)

    def test_each_kind_of_rival_is_detected_within_one_period(self):
        period, names = 10, ("under-hpa", "shared", "touched")
        for name in names:
            self.create(name, "vector(100)", controlPeriodSeconds=period)
        for name in names:
            self.wait_replicas(name, lambda count: count >= 5, seconds=3 * period)
            self.wait_condition(name, "Conflicted", "False")
        self.apply(RIVAL.replace("NAME", "under-hpa"))
        self.addCleanup(self.kubectl, "delete", "hpa", "rival")
        self.wait_condition("under-hpa", "Conflicted", "True", "HorizontalPodAutoscaler", seconds=period)
        second = policy("shared", "vector(100)", controlPeriodSeconds=period)
        second["metadata"]["name"] = "shared-too"
        self.apply_policy(second)
        self.wait_condition("shared-too", "Conflicted", "True", "AutoscalerPolicy", seconds=period)
        self.kubectl("scale", "deployment", "touched", "--replicas=9")
        self.wait_condition("touched", "Conflicted", "False", "ManualChange", seconds=period)
        self.assertEqual(9, self.replicas("touched"))

    def adopt(self, name, demand):
        """A Deployment under an HPA that is steady at `demand` with 5 per replica; answers its replicas."""
        self.apply(DEPLOYMENT.replace("NAME", name).replace("REPLICAS", "2"))
        self.apply(HPA.replace("NAME", name))
        wanted = -(-demand // 5)
        self.wait_replicas(name, lambda count: count == wanted, seconds=90)
        wait_until("all are ready", lambda: len(self.ready_pods(f"app={name}")) == wanted)
        return wanted

    def convert(self, name, demand):
        done = spillway("convert", "hpa", name, "-n", self.namespace, "--kubeconfig", self.cluster.kubeconfig,
                        "--arrival-rate", f"vector({demand})")  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.replace("maxReplicas:", "controlPeriodSeconds: 1\n  maxReplicas:")  # ticks faster than the default

    def generation(self, name):
        """Counts every write to the Deployment's spec."""
        return self.get("deployment", name)["metadata"]["generation"]

    def test_the_converted_policy_takes_over_from_a_deleted_hpa_without_a_move(self):
        replicas = self.adopt("adopted", 35)
        manifest = self.convert("adopted", 35)
        self.kubectl("delete", "hpa", "adopted")
        before = self.generation("adopted")
        self.kubectl("apply", "-f", "-", input=manifest)
        self.wait_condition("adopted", "ModelReady", "True")
        self.wait_steps("adopted", 20)
        self.assertEqual((replicas, before), (self.replicas("adopted"), self.generation("adopted")), self.kubectl("describe", "asp", "adopted")[-4000:])

    def test_applied_beside_the_hpa_it_yields_shows_what_it_would_do_and_takes_over_without_a_move(self):
        replicas = self.adopt("beside", 40)
        before = self.generation("beside")
        self.kubectl("apply", "-f", "-", input=self.convert("beside", 40))
        self.wait_condition("beside", "Conflicted", "True", "HorizontalPodAutoscaler")
        wait_until("it shows what it would do", lambda: self.status("beside")["plan"]["stages"])
        self.kubectl("delete", "hpa", "beside")
        self.wait_condition("beside", "Conflicted", "False", "NoRival", seconds=60)
        self.wait_steps("beside", 10)
        self.assertEqual((replicas, before), (self.replicas("beside"), self.generation("beside")), self.kubectl("describe", "asp", "beside")[-4000:])

    def test_a_converted_scaled_object_is_a_policy_that_the_server_takes(self):
        done = spillway("convert", "scaledobject", "-", input=SCALED_OBJECT)
        self.assertEqual(0, done.returncode, done.stderr)
        self.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", input=done.stdout)

    def test_what_cannot_be_converted_is_said_by_name(self):
        missing = spillway("convert", "hpa", "nobody", "-n", self.namespace, "--kubeconfig", self.cluster.kubeconfig)
        self.assertEqual(2, missing.returncode)
        self.assertIn("nobody", missing.stderr)

    def sync(self, manifest):
        """What Argo CD and Flux do, under their own names: server-side apply of the manifest, again and again."""
        return self.cluster.kubectl("--namespace", self.namespace, "apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller",
                                    "-f", "-", input=manifest)  # fmt: skip

    def test_a_manifest_without_replicas_is_synced_without_conflict_or_drift(self):
        manifest = DEPLOYMENT.replace("NAME", "synced").replace("      replicas: REPLICAS\n", "")
        self.sync(manifest)
        self.apply_policy(policy("synced", "vector(100)"))
        self.wait_replicas("synced", lambda count: count >= 5)
        for round in range(3):
            self.sync(manifest.replace("app: synced}\n          annotations: {", f"app: synced}}\n          annotations: {{round: '{round}', "))
            self.wait_steps("synced", 2)
        self.assertEqual("False", self.condition("synced", "Conflicted")["status"])
        self.assertGreaterEqual(self.replicas("synced"), 5)

    def test_a_manifest_with_replicas_that_is_synced_again_and_again_is_a_conflict_with_the_tools_name(self):
        manifest = DEPLOYMENT.replace("NAME", "drifting").replace("REPLICAS", "2")
        self.sync(manifest)
        self.apply_policy(policy("drifting", "vector(100)", controlPeriodSeconds=2, behavior={"scaleDown": {"cooldownSeconds": 4}}))
        self.wait_replicas("drifting", lambda count: count >= 5)
        self.sync(manifest)
        self.wait_condition("drifting", "Conflicted", "False", "ManualChange")
        self.wait_replicas("drifting", lambda count: count >= 5)
        self.sync(manifest)
        conflict = self.wait_condition("drifting", "Conflicted", "True", "OtherWriter")
        self.assertIn("argocd-controller", conflict["message"])
        self.assertIn("take replicas out", conflict["message"])

    def test_a_manifest_with_replicas_that_is_synced_as_the_example_for_flux_says_leaves_them_alone(self):
        example = yaml.safe_load((ROOT / "examples/gitops/flux.yaml").read_text())["spec"]
        patched = [{**patch, "target": {**patch["target"], "name": "fluxed"}} for patch in example["patches"]]
        self.create("fluxed", "vector(100)", replicas=2, minReplicas=5, maxReplicas=5)
        self.wait_replicas("fluxed", lambda count: count == 5)
        with tempfile.TemporaryDirectory() as folder:  # what the kustomize-controller does: its patches on top of the path, then server-side apply
            pathlib.Path(folder, "deploy.yaml").write_text(textwrap.dedent(DEPLOYMENT.replace("NAME", "fluxed").replace("REPLICAS", "2")))
            pathlib.Path(folder, "kustomization.yaml").write_text(json.dumps({"resources": ["deploy.yaml"], "patches": patched}))
            self.sync_and_see_that_nothing_moves("fluxed", self.cluster.kubectl("kustomize", folder))

    def test_a_manifest_with_replicas_that_is_synced_as_the_example_for_argo_cd_says_leaves_them_alone(self):
        example = yaml.safe_load((ROOT / "examples/gitops/argo-cd.yaml").read_text())["spec"]
        self.assertLessEqual({"ServerSideApply=true", "RespectIgnoreDifferences=true"}, set(example["syncPolicy"]["syncOptions"]))
        self.create("argued", "vector(100)", replicas=2, minReplicas=5, maxReplicas=5)
        self.wait_replicas("argued", lambda count: count == 5)
        manifest = yaml.safe_load(DEPLOYMENT.replace("NAME", "argued").replace("REPLICAS", "2"))
        for ignored in example["ignoreDifferences"]:  # what RespectIgnoreDifferences does: these fields are left out of what is applied
            self.assertEqual(("apps", "Deployment"), (ignored["group"], ignored["kind"]))
            for pointer in ignored["jsonPointers"]:
                *path, leaf = pointer.split("/")[1:]
                del functools.reduce(dict.get, path, manifest)[leaf]
        self.sync_and_see_that_nothing_moves("argued", json.dumps(manifest))

    def sync_and_see_that_nothing_moves(self, name, manifest):
        self.sync(manifest)  # may bring what the manifest adds
        before = self.generation(name)
        for _ in range(3):
            self.sync(manifest)
            self.wait_steps(name, 2)
        self.assertEqual((5, before), (self.replicas(name), self.generation(name)))
        self.assertEqual("False", self.condition(name, "Conflicted")["status"])

    def test_the_health_check_for_argo_cd_and_kstatus_tell_ready_stalled_and_unseen_policies_apart(self):
        script = yaml.safe_load((ROOT / "examples/gitops/argo-cd-health.yaml").read_text())["data"]
        check = script["resource.customizations.health.autoscaling.spillway.dev_AutoscalerPolicy"]
        self.create("healthy", "vector(100)")
        self.wait_condition("healthy", "Ready", "True")
        self.apply_policy(policy("early", "vector(100)"))
        self.wait_condition("early", "Ready", "False", "TargetNotFound")
        self.apply_policy(policy("hopeless", "vector(100)", scaleTargetRef={"apiVersion": "v1", "kind": "ConfigMap", "name": "kube-root-ca.crt"}))
        self.wait_condition("hopeless", "Ready", "False", "TargetNotScalable")
        unseen = self.get("asp", "healthy")
        unseen["metadata"]["generation"] += 1
        for seen, by_argo, by_flux in ((self.get("asp", "healthy"), "Healthy", "Current"), (self.get("asp", "hopeless"), "Degraded", "Failed"),
                                       (self.get("asp", "early"), "Progressing", "InProgress"), (unseen, "Progressing", "InProgress")):  # fmt: skip
            self.assertEqual((by_argo, by_flux), (self.health(check, seen), kstatus(seen)), seen["status"]["conditions"])
        self.assertEqual("Progressing", self.health(check, {"metadata": {"generation": 1}}))

    def health(self, check, policy_object):
        """As Argo CD judges it: the script is a function of `obj`, in Lua 5.1."""
        program = f"local obj = {lua(policy_object)}\nlocal function judge()\n{check}\nend\nprint(judge().status)"
        done = subprocess.run(["lua5.1", "-"], input=program, capture_output=True, text=True, timeout=20)
        self.assertEqual("", done.stderr)
        return done.stdout.strip()


def kstatus(an_object):
    """As Flux judges it."""
    program = tools.obtain(["kstatus"])["kstatus"]
    return subprocess.run([program], input=json.dumps(an_object), capture_output=True, text=True, timeout=20, check=True).stdout.split()[0]


def lua(value):
    """JSON as an expression of Lua; Argo CD hands null over as nil."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(key)}] = {lua(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(lua, value)) + "}"
    return {None: "nil", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else json.dumps(value)


if __name__ == "__main__":
    unittest.main()
