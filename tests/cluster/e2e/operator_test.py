#!/usr/bin/env python3
"""The shipped operator against the real control plane: it scales, explains itself, yields, survives, and never shrinks on missing data.

Pods are kwok's and demand is a PromQL constant, so that each test takes seconds; operator_load_test.py has real load."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.operator import Operator, binary  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: NAME}
    spec:
      replicas: REPLICAS
      selector: {matchLabels: {app: NAME}}
      template:
        metadata:
          labels: {app: NAME}
          annotations: {spillway.dev/ready-delay: 100ms, spillway.dev/ready-delay-max: 200ms}
        spec:
          terminationGracePeriodSeconds: 0
          nodeSelector: {type: kwok}
          tolerations: [{key: kwok.x-k8s.io/node, operator: Exists}]
          containers: [{name: c, image: fake}]
"""
RIVAL = """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: rival}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: NAME}
      minReplicas: 3
      maxReplicas: 4
      metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
"""


def policy(name, demand, **spec):
    """A policy whose demand is the PromQL expression `demand`, at 25 requests per second and replica and 80 %: 5 replicas for 100."""
    return {
        "apiVersion": "autoscaling.spillway.dev/v1alpha1",
        "kind": "AutoscalerPolicy",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 1,
            "maxReplicas": 20,
            "controlPeriodSeconds": 1,
            "horizonSeconds": 30,
            "metrics": {"arrivalRate": {"query": demand}},
            "capacity": {"requestsPerSecondPerReplica": "25", "concurrencyPerReplica": 1, "startupSeconds": 1},
            "behavior": {"scaleDown": {"cooldownSeconds": 2}},
            **spec,
        },
    }


class PolicyTest(ClusterTest):
    """Short ways to make a policy and to ask about it."""

    def create(self, name, demand, replicas=1, **spec):
        self.apply(DEPLOYMENT.replace("NAME", name).replace("REPLICAS", str(replicas)))
        self.apply_policy(policy(name, demand, **spec))

    def apply_policy(self, manifest):
        self.kubectl("apply", "-f", "-", input=json.dumps(manifest))

    def replicas(self, name):
        return self.get("deployment", name)["spec"]["replicas"]

    def status(self, name):
        return self.get("autoscalerpolicy", name).get("status", {})

    def condition(self, name, kind):
        return next((c for c in self.status(name).get("conditions", []) if c["type"] == kind), {})

    def wait_condition(self, name, kind, status, reason=None, seconds=30):
        def holds():
            found = self.condition(name, kind)
            return found.get("status") == status and reason in (None, found["reason"]) and found

        return wait_until(f"{kind} of {name} is {status} {reason or ''}", holds, seconds)

    def wait_replicas(self, name, wanted, seconds=30):
        return wait_until(f"{name} has {wanted} replicas", lambda: wanted(count := self.replicas(name)) and count, seconds)

    def wait_decision(self, name, wanted, seconds=30):
        """Waits for a status.lastDecision for which `wanted` holds."""
        return wait_until(f"a decision of {name}", lambda: (d := self.status(name).get("lastDecision")) and wanted(d) and d, seconds)

    def events(self, name):
        return [e for e in self.get("events.events.k8s.io")["items"] if e["regarding"]["kind"] == "AutoscalerPolicy" and e["regarding"]["name"] == name]

    def wait_event(self, name, reason):
        return wait_until(f"event {reason} on {name}", lambda: next((e for e in self.events(name) if e["reason"] == reason), None))


class OperatorTest(PolicyTest):
    """With an operator of its own, a process of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubectl("apply", "--server-side", "--force-conflicts", "-f", ROOT / "crds/autoscalerpolicies.yaml")
        wait_until("the API server serves the kind", lambda: "autoscalerpolicies" in cls.kubectl("api-resources", "--no-headers"))
        cls.operator = cls.start_operator()

    @classmethod
    def install_kind(cls, manifest, plural, group):
        """A kind of somebody else's, for as long as the class runs."""
        cls.cluster.kubectl("apply", "-f", "-", input=manifest)
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "crd", f"{plural}.{group}", "--wait=false")
        wait_until("the kind is served", lambda: plural in cls.kubectl("api-resources", f"--api-group={group}", "--no-headers"))

    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        defaults = {"prometheus_address": cls.cluster.prometheus_url, "namespaces": cls.namespace,
                    "leader_election_lease_name": cls.namespace, "leader_election_lease_duration_seconds": 4,
                    "leader_election_renew_deadline_seconds": 3, "leader_election_retry_period_seconds": 1}  # fmt: skip
        operator = Operator(cls.cluster, kubeconfig, **{**defaults, **settings})
        cls.addClassCleanup(operator.stop)
        operator.start()
        wait_until("it is ready", operator.ready)
        return operator

    def steps_of(self, name):
        """How many decisions the operator has taken about a policy."""
        return self.operator.metric("spillway_decisions_total", policy=name)

    def wait_steps(self, name, more):
        target = self.steps_of(name) + more
        wait_until(f"{more} more decisions on {name}", lambda: self.steps_of(name) >= target)


class Scaling(OperatorTest):
    def test_it_grows_with_demand_and_explains_itself_in_status_events_and_metrics(self):
        self.create("grow", "vector(100)")
        self.wait_replicas("grow", lambda count: count >= 5)
        moved = self.wait_decision("grow", lambda decision: decision["final"] >= 5)
        self.assertTrue(moved["reason"] and moved["message"])
        event = wait_until("an event about the move", lambda: next((e for e in self.events("grow") if e["action"] == "ScaleUp"), None))
        self.assertEqual("AutoscalerPolicy", event["regarding"]["kind"])
        self.wait_condition("grow", "Ready", "True")
        self.wait_condition("grow", "MetricsFresh", "True")
        status = self.status("grow")
        self.assertEqual({"Ready", "AbleToScale", "ScalingActive", "ScalingLimited", "MetricsFresh", "ModelReady", "SolverHealthy",
                          "Conflicted", "FallbackActive"}, {c["type"] for c in status["conditions"]})  # fmt: skip
        self.assertTrue(0 < len(status["plan"]["stages"]) <= 12)
        self.assertAlmostEqual(100, float(status["estimate"]["arrivalRate"]), delta=1)
        self.assertGreaterEqual(self.operator.metric("spillway_replicas", policy="grow", kind="desired"), 5)
        self.assertGreaterEqual(self.operator.metric("spillway_scale_writes_total", policy="grow", outcome="Written"), 1)
        self.assertIn("Conditions", self.kubectl("describe", "asp", "grow"))
        self.assertIn("grow", self.kubectl("get", "asp"))
        explained = subprocess.run([binary(), "explain", "grow", "--namespace", self.namespace, "--kubeconfig", self.cluster.kubeconfig], capture_output=True, text=True)
        self.assertEqual(("", 0), (explained.stderr, explained.returncode))
        for part in ("scales Deployment grow between 1 and 20", "100 requests per second", "Why ", "Why not more?", "Plan ("):
            self.assertIn(part, explained.stdout)
        plugged = json.loads(self.as_plugin("explain", "grow", "--namespace", self.namespace, "--output", "json"))
        self.assertEqual(("grow", 20, status["conditions"][0]["type"]), (plugged["name"], plugged["spec"]["maxReplicas"], plugged["status"]["conditions"][0]["type"]))
        self.assertIn("DemandGrowth", {event["reason"] for event in plugged["events"]} | {plugged["status"]["lastDecision"]["reason"]})
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.operator.fetch("/metrics"), capture_output=True, text=True)
        self.assertEqual(("", 0), (checked.stderr, checked.returncode))

    def as_plugin(self, *arguments):
        """What `kubectl spillway ...` prints, with the binary on PATH under the name that kubectl looks for."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "kubectl-spillway").symlink_to(binary())
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "KUBECONFIG": str(self.cluster.kubeconfig)}
            command = [self.cluster.program("kubectl"), "spillway", *arguments]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30).stdout

    def test_an_edit_of_the_policy_is_decided_on_at_once_and_not_at_the_next_tick(self):
        self.create("edited", "vector(100)", replicas=5, controlPeriodSeconds=120, horizonSeconds=120)
        self.wait_condition("edited", "Ready", "True")
        self.kubectl("patch", "asp", "edited", "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
        self.wait_replicas("edited", lambda count: count == 9, seconds=5)

    def test_an_edit_of_the_target_is_decided_on_at_once(self):
        self.create("touched", "vector(100)", replicas=5, controlPeriodSeconds=120, horizonSeconds=120, minReplicas=5)
        self.wait_condition("touched", "Ready", "True")
        before = self.steps_of("touched")
        self.kubectl("set", "env", "deployment/touched", "A=b")
        wait_until("another decision", lambda: self.steps_of("touched") > before, 5)

    def test_a_missing_target_is_said_and_found_once_it_exists(self):
        self.apply_policy(policy("later", "vector(100)"))
        self.assertIn("later", self.wait_condition("later", "Ready", "False", "TargetNotFound")["message"])
        self.wait_condition("later", "Reconciling", "True")
        self.wait_event("later", "TargetNotFound")
        self.apply(DEPLOYMENT.replace("NAME", "later").replace("REPLICAS", "1"))
        self.wait_condition("later", "Ready", "True")
        self.wait_replicas("later", lambda count: count >= 5)

    def test_a_target_without_scale_is_said(self):
        target = {"scaleTargetRef": {"apiVersion": "v1", "kind": "ConfigMap", "name": "kube-root-ca.crt"}}
        self.apply_policy(policy("unscalable", "vector(100)", **target))
        self.wait_condition("unscalable", "Ready", "False", "TargetNotScalable")
        self.wait_condition("unscalable", "Stalled", "True")

    def test_dry_run_decides_and_writes_nothing_but_status(self):
        self.create("dry", "vector(100)", replicas=2, mode="DryRun")
        self.wait_decision("dry", lambda decision: decision["final"] >= 5)
        self.assertEqual(2, self.replicas("dry"))
        self.assertEqual("DryRun", self.condition("dry", "Ready")["reason"])
        self.kubectl("patch", "asp", "dry", "--type=merge", "-p", '{"spec": {"mode": "Active"}}')
        self.wait_replicas("dry", lambda count: count >= 5)

    def test_paused_observes_and_holds(self):
        self.create("paused", "vector(100)", replicas=2, mode="Paused")
        decision = self.wait_decision("paused", lambda decision: decision["reason"] == "Paused")
        self.assertEqual((2, 2), (decision["from"], decision["final"]))
        self.wait_steps("paused", 2)
        self.assertEqual(2, self.replicas("paused"))
        self.assertEqual("Paused", self.condition("paused", "ScalingActive")["reason"])

    def test_a_rolling_update_at_steady_load_causes_no_move(self):
        self.create("rolled", "vector(100)", replicas=6, minReplicas=6)
        self.wait_condition("rolled", "ModelReady", "True")
        moves = self.operator.metric("spillway_scale_writes_total", policy="rolled")
        self.kubectl("set", "env", "deployment/rolled", "A=b")
        self.kubectl("rollout", "status", "deployment/rolled", "--timeout=50s")
        self.wait_steps("rolled", 2)
        self.assertEqual(moves, self.operator.metric("spillway_scale_writes_total", policy="rolled"))
        self.assertEqual(6, self.replicas("rolled"))

    def test_a_secret_that_is_missing_is_named(self):
        server = {"address": self.cluster.prometheus_url, "bearerTokenSecretRef": {"name": "not-there", "key": "token"}}
        self.create("locked", "", metrics={"prometheus": server, "arrivalRate": {"query": "vector(100)"}})
        self.assertIn("not-there", self.wait_condition("locked", "MetricsFresh", "False")["message"])
        self.kubectl("create", "secret", "generic", "not-there", "--from-literal=token=x")
        self.wait_condition("locked", "MetricsFresh", "True")

    def test_a_deleted_policy_leaves_replicas_as_they_are_and_no_series(self):
        self.create("gone", "vector(100)")
        self.wait_replicas("gone", lambda count: count >= 5)
        self.kubectl("delete", "asp", "gone")
        wait_until("its series are gone", lambda: 'policy="gone"' not in self.operator.fetch("/metrics"))
        self.assertGreaterEqual(self.replicas("gone"), 5)

    def test_the_decision_record_replays_exactly(self):
        self.create("recorded", "vector(100)")
        self.wait_replicas("recorded", lambda count: count >= 5)
        self.wait_steps("recorded", 2)
        done = subprocess.run([binary(), "replay", self.operator.decision_log], capture_output=True, text=True, timeout=60)
        self.assertIn("recorded", done.stdout)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


class Rivals(OperatorTest):
    def test_a_rival_autoscaler_is_named_and_yielded_to_until_it_is_gone(self):
        self.apply(DEPLOYMENT.replace("NAME", "contested").replace("REPLICAS", "3"))
        self.apply(RIVAL.replace("NAME", "contested"))
        self.apply_policy(policy("contested", "vector(200)"))
        conflict = self.wait_condition("contested", "Conflicted", "True", "HorizontalPodAutoscaler")
        self.assertIn("rival", conflict["message"])
        self.wait_event("contested", "HorizontalPodAutoscaler")
        self.wait_steps("contested", 3)
        self.assertEqual(3, self.replicas("contested"))
        self.kubectl("delete", "hpa", "rival")
        self.wait_condition("contested", "Conflicted", "False")
        self.wait_replicas("contested", lambda count: count >= 9)

    def test_of_two_policies_on_one_target_the_older_scales(self):
        self.create("shared", "vector(100)")
        self.wait_replicas("shared", lambda count: count >= 5)
        second = policy("shared", "vector(400)")
        # Ages are whole seconds: of two created in the same one the name decides, so ours sorts last.
        second["metadata"]["name"] = "shared-too"
        self.apply_policy(second)
        self.wait_condition("shared-too", "Conflicted", "True", "AutoscalerPolicy")
        self.wait_condition("shared", "Conflicted", "False")
        self.kubectl("delete", "asp", "shared")
        self.wait_condition("shared-too", "Conflicted", "False")
        self.wait_replicas("shared", lambda count: count >= 16)

    def test_a_human_write_is_held_for_one_cooldown_and_then_overruled(self):
        self.create("human", "vector(100)", behavior={"scaleDown": {"cooldownSeconds": 6}})
        self.wait_replicas("human", lambda count: count >= 5)
        self.wait_steps("human", 2)
        self.kubectl("scale", "deployment", "human", "--replicas=2")
        self.wait_condition("human", "Conflicted", "False", "ManualChange")
        self.assertEqual(2, self.replicas("human"))
        self.wait_replicas("human", lambda count: count >= 5)

    def test_repeated_writes_by_others_are_a_conflict_until_they_stop(self):
        self.create("fought", "vector(100)", controlPeriodSeconds=2, behavior={"scaleDown": {"cooldownSeconds": 10}})
        self.wait_replicas("fought", lambda count: count >= 5)
        self.kubectl("scale", "deployment", "fought", "--replicas=2")
        self.wait_condition("fought", "Conflicted", "False", "ManualChange")
        self.kubectl("scale", "deployment", "fought", "--replicas=3")
        self.wait_condition("fought", "Conflicted", "True", "OtherWriter")
        self.assertEqual(3, self.replicas("fought"))
        self.wait_condition("fought", "Conflicted", "False", "NoRival", seconds=60)
        self.wait_replicas("fought", lambda count: count >= 5)


class Survival(OperatorTest):
    OF_THE_LOAD = ("spillway_arrival_rate", "spillway_backlog", "spillway_utilization", "spillway_forecast", "spillway_zone")

    def test_missing_metrics_at_peak_never_lower_replicas(self):
        self.create("blind", "vector(100)")
        peak = self.wait_replicas("blind", lambda count: count >= 5)
        self.addCleanup(self.cluster.start, "prometheus")
        self.cluster.stop("prometheus")
        self.wait_condition("blind", "MetricsFresh", "False")
        self.wait_condition("blind", "ScalingActive", "False")
        self.assertEqual("True", self.condition("blind", "Ready")["status"])
        self.wait_steps("blind", 10)
        self.assertGreaterEqual(self.replicas("blind"), peak)
        shown = {name: self.operator.series(name, policy="blind") for name in self.OF_THE_LOAD}
        self.assertEqual({name: [] for name in self.OF_THE_LOAD}, shown, "what is not known is neither an old value nor zero")
        self.assertNotIn("backlog", self.status("blind")["estimate"])
        self.cluster.start("prometheus")
        self.wait_condition("blind", "MetricsFresh", "True", seconds=60)
        self.assertEqual([100], self.operator.series("spillway_arrival_rate", policy="blind"))

    def test_an_empty_answer_at_peak_never_lowers_replicas(self):
        self.create("empty", "vector(100)")
        peak = self.wait_replicas("empty", lambda count: count >= 5)
        self.kubectl("patch", "asp", "empty", "--type=merge", "-p", '{"spec": {"metrics": {"arrivalRate": {"query": "nothing_has_this_name"}}}}')
        self.wait_condition("empty", "MetricsFresh", "False", "Empty")
        self.wait_steps("empty", 5)
        self.assertGreaterEqual(self.replicas("empty"), peak)

    def test_killed_at_peak_and_started_again_it_does_not_shrink_wrongly(self):
        self.create("killed", "vector(100)")
        peak = self.wait_replicas("killed", lambda count: count >= 5)
        self.operator.kill()
        self.operator.start()
        wait_until("it decides again", lambda: self.steps_of("killed") >= 5)
        self.assertGreaterEqual(self.replicas("killed"), 5)
        self.assertLessEqual(self.replicas("killed"), peak + 1)
        replayed = subprocess.run([binary(), "replay", self.operator.decision_log], capture_output=True, text=True, timeout=60)
        self.assertNotIn("differs", replayed.stdout)

    def test_trials_and_pauses_survive_a_restart_and_stay_where_they_are(self):
        self.create("trial", "vector(100)", replicas=2, mode="DryRun", minReplicas=4)  # also outside of its bounds
        self.create("frozen", "vector(100)", replicas=2, mode="Paused")
        for name in ("trial", "frozen"):
            self.wait_decision(name, lambda decision: True)
        self.operator.kill()
        self.operator.start()
        for name in ("trial", "frozen"):
            wait_until(f"{name} is decided on again", lambda: self.steps_of(name) >= 5)  # noqa: B023
            self.assertEqual(2, self.replicas(name))
            self.assertEqual(0, self.operator.metric("spillway_scale_writes_total", policy=name, outcome="Written"))
        wait_until("what it would do is shown again", lambda: self.operator.metric("spillway_replicas", policy="trial", kind="desired") >= 5)

    def test_of_two_operators_one_leads_and_the_other_takes_over(self):
        second = self.start_operator()
        self.create("led", "vector(100)")
        self.wait_replicas("led", lambda count: count >= 5)
        leaders = [self.operator.metric("leader_election_master_status"), second.metric("leader_election_master_status")]
        self.assertEqual([1, 0], leaders)
        self.assertEqual(0, second.metric("spillway_decisions_total"))
        self.assertEqual(0, self.operator.stop())
        wait_until("the second leads", lambda: second.metric("leader_election_master_status") == 1)
        wait_until("the second decides", lambda: second.metric("spillway_decisions_total", policy="led") >= 1)
        self.assertGreaterEqual(self.replicas("led"), 5)
        second.stop()
        self.operator.start()

    def test_a_killed_api_server_is_survived_without_a_restart(self):
        self.operator.stop()
        self.addCleanup(self.operator.start)
        patient = self.start_operator(leader_election_lease_name=f"{self.namespace}-patient", leader_election_lease_duration_seconds=60,
                                      leader_election_renew_deadline_seconds=50, leader_election_retry_period_seconds=1)  # fmt: skip
        self.create("cut", "vector(100)")
        self.wait_replicas("cut", lambda count: count >= 5)
        self.cluster.kill("apiserver")
        # The kernel may hold the port for a moment, until the last thread of the killed process is gone.
        wait_until("the API server is back", lambda: self.cluster.start("apiserver") or True, 60)
        self.kubectl("patch", "asp", "cut", "--type=merge", "-p", '{"spec": {"minReplicas": 8}}')
        self.wait_replicas("cut", lambda count: count >= 8, seconds=60)
        self.assertEqual(0, patient.stop())


if __name__ == "__main__":
    unittest.main()
