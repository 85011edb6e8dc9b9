#!/usr/bin/env python3
"""Opting in without writing a policy: by annotation and by `spillway init`, with metrics that Prometheus really has."""

import json
import pathlib
import sys
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from operator_load_test import WORKLOAD  # noqa: E402
from operator_test import DEPLOYMENT, RIVAL, OperatorTest, policy  # noqa: E402
from rivals_test import spillway  # noqa: E402

ENABLE = "spillway.dev/enable"


class OptInTest(OperatorTest):
    def policy_of(self, name):
        found = self.kubectl("get", "asp", name, "--ignore-not-found", "-o", "json")
        return json.loads(found) if found.strip() else None

    def wait_policy(self, name, seconds=5):
        return wait_until(f"a policy for {name}", lambda: self.policy_of(name), seconds)

    def wait_event_on(self, name, reason, seconds=30):
        def found():
            events = self.get("events.events.k8s.io")["items"]
            return next((e for e in events if e["regarding"]["kind"] == "Deployment" and e["regarding"]["name"] == name and e["reason"] == reason), None)

        return wait_until(f"event {reason} on {name}", found, seconds)

    def annotate(self, name, value):
        self.kubectl("annotate", "deployment", name, f"{ENABLE}={value}", "--overwrite")

    def fake(self, name, replicas=1):
        self.apply(DEPLOYMENT.replace("NAME", name).replace("REPLICAS", str(replicas)))


class OptIn(OptInTest):
    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        return super().start_operator(kubeconfig, namespaces="", **settings)  # Namespaces are objects of the whole cluster

    @classmethod
    def setUpClass(cls):
        """One real workload that Prometheus scrapes."""
        super().setUpClass()
        cls.apply(WORKLOAD)
        cls.kubectl("annotate", "deployment", "web", f"{ENABLE}=false")  # whatever the namespace says
        series = f'toy_http_requests_received_total{{namespace="{cls.namespace}"}}'
        wait_until("Prometheus has its metrics", lambda: cls.query(series))

    def test_an_annotated_deployment_gets_a_dry_run_policy_within_5_seconds_that_says_what_was_found(self):
        began = time.monotonic()
        self.annotate("web", "true")
        made = self.wait_policy("web", 10)
        self.assertLess(time.monotonic() - began, 5.0)
        self.assertEqual("DryRun", made["spec"]["mode"])
        arrivals = made["spec"]["metrics"]["arrivalRate"]
        self.assertIn("toy_http_requests_received_total", arrivals["query"])
        self.assertEqual("Arrivals", arrivals["counts"])
        self.assertIn("toy_requests_waiting", made["spec"]["metrics"]["backlog"]["query"])
        self.assertIn("toy_http_requests_received_total", self.wait_event_on("web", "PolicyCreated")["note"])
        self.wait_condition("web", "MetricsFresh", "True")
        self.assertEqual("DryRun", self.condition("web", "Ready")["reason"])
        # The user deletes it and means it: the annotation says no.
        self.annotate("web", "false")
        self.kubectl("delete", "asp", "web")

    def test_init_prints_a_policy_that_the_server_takes_and_that_finds_the_metrics(self):
        done = spillway("init", "deployment", "web", "-n", self.namespace, "-p", self.cluster.prometheus_url, "--kubeconfig", self.cluster.kubeconfig)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("toy_http_requests_received_total", done.stdout)
        self.assertIn("arrival rate from toy_http_requests_received_total", done.stderr)
        self.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", input=done.stdout)

    def test_init_takes_over_the_bounds_of_an_hpa_and_names_what_is_missing(self):
        self.fake("bounded")
        self.apply(RIVAL.replace("NAME", "bounded"))
        done = spillway("init", "deployment", "bounded", "-n", self.namespace, "-p", self.cluster.prometheus_url, "--kubeconfig", self.cluster.kubeconfig)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("minReplicas: 3\n  maxReplicas: 4\n", done.stdout)
        self.assertIn("REPLACE", done.stdout)
        self.assertIn("http_server_requests_seconds_count", done.stderr)
        missing = spillway("init", "deployment", "nobody", "-n", self.namespace, "--kubeconfig", self.cluster.kubeconfig)
        self.assertEqual(2, missing.returncode)
        self.assertIn("nobody", missing.stderr)

    def test_a_guess_is_replaced_once_the_metric_is_there(self):
        early = WORKLOAD.replace("name: web}", f'name: early, annotations: {{{ENABLE}: "true"}}}}', 1).replace("app: web", "app: early")
        self.apply(early)
        made = self.wait_policy("early")
        self.assertEqual("true", made["metadata"]["annotations"].get("spillway.dev/guess"))
        self.wait_event_on("early", "MetricsNotFound")
        wait_until("the guess is replaced", lambda: "toy_http" in self.policy_of("early")["spec"]["metrics"]["arrivalRate"]["query"], 60)
        self.assertNotIn("spillway.dev/guess", self.policy_of("early")["metadata"]["annotations"])
        self.wait_event_on("early", "MetricsFound")

    def test_a_namespace_asks_for_all_its_deployments_but_those_that_say_no_or_have_a_policy(self):
        for name in ("first", "second", "refusing", "served"):
            self.fake(name)
        self.annotate("refusing", "false")
        own = policy("own", "vector(10)")
        own["spec"]["scaleTargetRef"]["name"] = "served"
        self.apply_policy(own)
        self.wait_condition("own", "Ready", "True")
        self.kubectl("annotate", "namespace", self.namespace, f"{ENABLE}=true")
        self.addCleanup(self.kubectl, "annotate", "namespace", self.namespace, f"{ENABLE}-")
        self.wait_policy("first")
        self.wait_policy("second")
        self.fake("later")
        self.wait_policy("later")
        self.assertIsNone(self.policy_of("refusing"))
        self.assertIsNone(self.policy_of("served"))

    def test_the_policy_goes_with_its_deployment_and_comes_back_with_the_annotation(self):
        self.fake("fleeting")
        self.annotate("fleeting", "true")
        self.wait_policy("fleeting")
        self.kubectl("delete", "asp", "fleeting")
        self.wait_policy("fleeting")
        self.kubectl("delete", "deployment", "fleeting")
        wait_until("the garbage collector has taken it", lambda: self.policy_of("fleeting") is None)

    def test_a_name_that_is_taken_is_said(self):
        self.fake("taken")
        other = policy("taken", "vector(10)")
        other["spec"]["scaleTargetRef"]["name"] = "something-else"
        self.apply_policy(other)
        self.annotate("taken", "true")
        self.assertIn("another name", self.wait_event_on("taken", "PolicyNameTaken")["note"])


class TurnedOff(OptInTest):
    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        return super().start_operator(kubeconfig, opt_in_enabled="false", **settings)

    def test_turned_off_it_makes_nothing(self):
        self.fake("ignored")
        self.annotate("ignored", "true")
        self.create("marker", "vector(10)")
        self.wait_condition("marker", "Ready", "True")
        self.wait_steps("marker", 5)
        self.assertIsNone(self.policy_of("ignored"))


if __name__ == "__main__":
    unittest.main()
