#!/usr/bin/env python3
"""Control actions, incidents and pushed points: what callers may do is what the API server lets them, and what happened outlives the process."""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from localcluster.api_client import Api, WebSocket  # noqa: E402
from localcluster.operator import binary  # noqa: E402
from operator_test import DEPLOYMENT, RIVAL, OperatorTest, policy  # noqa: E402

ROLE = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: NAME}
    rules:
      - {apiGroups: [autoscaling.spillway.dev], resources: [autoscalerpolicies], verbs: [VERBS]}
"""


class Callers(OperatorTest):
    """With authentication by the cluster: a viewer, an editor of policies, and a stranger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.stop()
        cls.operator = cls.start_operator(auth="kubernetes", metrics_auth="none")
        cls.port = cls.operator.address["port"]
        cls.viewer, cls.editor = cls.person("viewer", "get,list,watch"), cls.person("editor", "get,list,watch,patch")
        cls().create("web", "vector(100)", maxReplicas=4)
        wait_until("a decision", lambda: cls.editor.call("GET", f"/api/v1/decisions?namespace={cls.namespace}").json().get("decisions"))
        cls.path = f"/api/v1/policies/{cls.namespace}/web"

    @classmethod
    def person(cls, name, verbs):
        cls.apply(ROLE.replace("NAME", name).replace("VERBS", verbs))
        cls.kubectl("create", "serviceaccount", name)
        cls.kubectl("create", "rolebinding", name, f"--role={name}", f"--serviceaccount={cls.namespace}:{name}")
        return Api(cls.port, cls.kubectl("create", "token", name).strip())

    def audit(self):
        """The admin's certificate is no token, so the log is read from the journal."""
        journal = json.loads(self.cluster.kubectl("get", "configmap", f"{self.namespace}-journal", "--namespace=default", "-o", "json", "--ignore-not-found") or "{}")
        return json.loads(journal.get("data", {}).get("audit", "[]"))

    def test_who_may_patch_changes_the_resource_and_it_is_in_the_audit(self):
        answer = self.editor.call("PATCH", self.path, {"mode": "Paused", "reason": "by hand"})
        self.assertEqual(200, answer.status, answer.body)
        object_ = self.get("asp", "web")
        self.assertEqual("Paused", object_["spec"]["mode"])
        self.assertEqual("by hand", object_["metadata"]["annotations"]["autoscaling.spillway.dev/reason"])
        self.assertIn("mode: Paused", answer.json()["manifest"])
        self.wait_condition("web", "Ready", "True", "Paused")
        entry = wait_until("the audit in the journal", lambda: next((e for e in self.audit() if e["action"] == "SetMode" and e["result"] == "Applied"), None))
        self.assertEqual(f"system:serviceaccount:{self.namespace}:editor", entry["user"])
        self.assertEqual(200, self.editor.call("PATCH", self.path, {"mode": "Active"}).status)

    def test_who_may_not_patch_gets_403_changes_nothing_and_is_in_the_audit(self):
        before = self.get("asp", "web")["spec"]
        refused = self.viewer.call("PATCH", self.path, {"profile": "Safe"})
        self.assertEqual(403, refused.status)
        self.assertIn("viewer", refused.json()["error"]["message"])
        self.assertEqual(before, self.get("asp", "web")["spec"])
        wait_until("the refusal in the journal", lambda: any(e["result"] == "Refused" and e["user"].endswith(":viewer") for e in self.audit()))

    def what_if(self, token, *arguments):
        """As somebody types it, with the token in the environment."""
        command = [binary(), "what-if", "web", "-n", self.namespace, "--operator", f"http://127.0.0.1:{self.port}", "--window", "60", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "SPILLWAY_TOKEN": token})

    def test_the_command_line_compares_a_candidate_with_the_present_spec_and_changes_nothing(self):
        before = self.get("asp", "web")["metadata"]["generation"]
        wait_until("enough is recorded", lambda: self.steps_of("web") >= 5)
        played = self.what_if(self.viewer.token, "--set", "maxReplicas=20", "--set", "objective.targetUtilizationPercent=60")
        self.assertEqual(0, played.returncode, played.stderr)
        self.assertIn("replica-hours", played.stdout)
        whole = self.what_if(self.viewer.token, "--set", "maxReplicas=20", "-o", "json")
        self.assertEqual(20, json.loads(whole.stdout)["candidateSpec"]["maxReplicas"])
        self.assertGreater(json.loads(whole.stdout)["candidate"]["maxReplicas"], 4)
        wrong = self.what_if(self.viewer.token, "--set", "maxReplicas=none")
        self.assertEqual(2, wrong.returncode)
        self.assertIn("maxReplicas", wrong.stderr)
        stranger = self.what_if("nobody", "--set", "maxReplicas=20")
        self.assertEqual((1, ""), (stranger.returncode, stranger.stdout))
        self.assertIn("401", stranger.stderr)
        self.assertEqual(before, self.get("asp", "web")["metadata"]["generation"])

    def test_strangers_and_bad_tokens_get_401_and_the_wrong_namespace_403(self):
        for method, path in (("GET", self.path), ("PATCH", self.path), ("GET", "/api/v1/overview"), ("GET", "/api/v1/stream"), ("POST", "/api/v1/ingest")):
            with self.subTest(path=path):
                self.assertEqual(401, Api(self.port).call(method, path, {} if method != "GET" else None).status)
                self.assertEqual(401, Api(self.port, "no.such.token").call(method, path).status)
        self.assertEqual(403, self.viewer.call("GET", "/api/v1/overview").status)  # of all namespaces
        self.assertEqual(200, self.viewer.call("GET", f"/api/v1/overview?namespace={self.namespace}").status)
        self.assertEqual(403, self.viewer.call("POST", "/api/v1/ingest", {"serviceId": "x", "requestRate": 1}).status)

    def test_a_web_socket_takes_a_token_as_browsers_can_send_it(self):
        path = f"/ws?namespace={self.namespace}"
        good, nobody = WebSocket(self.port, path, self.viewer.token), WebSocket(self.port, path)
        self.addCleanup(good.close)
        self.addCleanup(nobody.close)
        self.assertEqual((101, 401), (good.status, nobody.status))
        self.assertEqual("hello", good.next()["type"])

    def test_a_dry_run_shows_the_manifest_and_stores_nothing(self):
        before = self.get("asp", "web")["metadata"]["generation"]
        answer = self.editor.call("PATCH", f"{self.path}?dryRun=true", {"profile": "Performance"})
        self.assertEqual((200, False), (answer.status, answer.json()["applied"]))
        self.assertIn("profile: Performance", answer.json()["manifest"])
        self.assertEqual(before, self.get("asp", "web")["metadata"]["generation"])

    def test_freezing_everything_freezes_what_acts_and_lets_go_on_what_it_froze_but_no_trial(self):
        self.create("trial", "vector(20)", mode="DryRun")
        self.addCleanup(self.kubectl, "delete", "asp/trial", "deployment/trial")
        wait_until("the operator knows it", lambda: self.steps_of("trial") >= 1)
        self.kubectl("patch", "asp", "web", "--type=merge", "-p", '{"spec": {"mode": "Active"}}')
        self.wait_condition("web", "ScalingActive", "True")
        acting = [p["metadata"]["name"] for p in self.get("asp")["items"] if p["spec"]["mode"] == "Active"]
        answer = self.editor.call("POST", f"/api/v1/control/toggle?namespace={self.namespace}", {"enabled": False})
        self.assertEqual((200, sorted(acting), 0), (answer.status, sorted(r["name"] for r in answer.json()["results"]), answer.json()["refused"]))
        self.assertEqual("Paused", self.get("asp", "web")["spec"]["mode"])
        self.assertEqual("DryRun", self.get("asp", "trial")["spec"]["mode"])
        self.wait_condition("web", "Ready", "True", "Paused")
        self.assertEqual(403, self.viewer.call("POST", f"/api/v1/control/toggle?namespace={self.namespace}", {"enabled": True}).status)

        def enabled():
            answer = self.editor.call("POST", f"/api/v1/control/toggle?namespace={self.namespace}", {"enabled": True})
            return self.get("asp", "web")["spec"]["mode"] == "Active" and answer.status == 200

        wait_until("the operator has seen them frozen, and lets them go on", enabled)
        self.assertEqual("DryRun", self.get("asp", "trial")["spec"]["mode"])

    def test_decide_now_does_not_wait_for_the_period_and_relearn_forgets_the_model(self):
        self.create("slow", "vector(100)", replicas=5, controlPeriodSeconds=120, horizonSeconds=120)
        path = f"/api/v1/policies/{self.namespace}/slow"
        wait_until("its first decision", lambda: self.steps_of("slow") >= 1)
        steps = self.steps_of("slow")
        self.assertEqual(200, self.editor.call("POST", f"{path}/decide-now").status)
        wait_until("another decision at once", lambda: self.steps_of("slow") > steps)
        begins = sum(line.get("message") == "control loop begins" and line.get("policy", "").endswith("/slow") for line in self.operator.log_lines())
        self.assertEqual(200, self.editor.call("POST", f"{path}/relearn").status)
        wait_until("a fresh memory", lambda: sum(line.get("message") == "control loop begins" and line.get("policy", "").endswith("/slow")
                                                 for line in self.operator.log_lines()) > begins)  # fmt: skip


class WithoutAuthentication(OperatorTest):
    def setUp(self):
        self.addClassCleanup(self.cluster.kubectl, "delete", "configmap", f"{self.namespace}-journal", "--namespace=default", "--ignore-not-found")

    @property
    def api(self):
        return Api(self.operator.address["port"])

    def incident(self, name, rule, cause="", seconds=30, **fields):
        def look():
            return next((i for i in self.api.get("/api/v1/incidents")["incidents"]
                         if (i["name"], i["rule"]) == (name, rule) and cause in i["cause"] and all(i[k] == v for k, v in fields.items())), None)  # fmt: skip

        return wait_until(f"{rule} of {name} with {cause} {fields}", look, seconds)

    def test_it_opens_from_real_decisions_explains_itself_and_ends_when_the_cause_is_gone(self):
        self.create("capped", "vector(200)", maxReplicas=3)
        opened = self.incident("capped", "AtMaximum", state="Open")
        for part in ("title", "cause", "model", "prediction", "action"):
            self.assertTrue(opened[part], part)
        self.assertIn("200 requests/s", opened["cause"])
        decisions = [d["id"] for d in self.api.get(f"/api/v1/policies/{self.namespace}/capped/decisions?limit=500")["decisions"]]
        self.assertTrue(set(opened["decisionIds"]) & set(decisions), "it points to real decisions")
        row = next(row for row in self.api.get("/api/v1/overview")["services"] if row["name"] == "capped")
        self.assertGreaterEqual(row["openIncidents"], 1)
        self.apply_policy(policy("capped", "vector(200)", maxReplicas=20))
        ended = self.incident("capped", "AtMaximum", state="Resolved")
        self.assertEqual(opened["id"], ended["id"])
        self.assertTrue(ended["outcome"])

    def test_incidents_go_with_the_policy(self):
        self.create("blind", "vector(0) > 1")
        missing = self.incident("blind", "SamplesRejected", state="Open")
        self.assertIn("Empty", missing["cause"])
        self.kubectl("delete", "asp/blind")
        self.assertEqual("The policy is gone.", self.incident("blind", "SamplesRejected", state="Resolved")["outcome"])

    def test_what_a_burst_an_outage_and_a_rival_open_ends_when_they_are_over(self):
        # Pods that are ready within the second that made them have a lag of 0, and then nothing is at risk.
        self.apply(DEPLOYMENT.replace("NAME", "tried").replace("REPLICAS", "5").replace("100ms", "3s").replace("200ms", "3s"))
        self.apply_policy(policy("tried", "vector(100)", maxReplicas=60))
        self.wait_condition("tried", "ModelReady", "True")
        ask = lambda query: self.kubectl("patch", "asp", "tried", "--type=merge", "-p", json.dumps({"spec": {"metrics": {"arrivalRate": {"query": query}}}}))  # noqa: E731
        ask("vector(400)")
        opened = [self.incident("tried", rule, cause="400 requests/s")["id"] for rule in ("SaturationPredicted", "CollapseRisk", "RegimeShift")]
        self.wait_replicas("tried", lambda count: count >= 16)
        for id_ in opened:
            wait_until(f"{id_} is over", lambda: "Over after" in (self.api.get(f"/api/v1/incidents/{id_}")["outcome"] or ""), 60)  # noqa: B023
        ask("nothing_has_this_name")
        self.assertIn("Empty", self.incident("tried", "SamplesRejected", state="Open")["cause"])
        ask("vector(400)")
        self.assertIn("current value again", self.incident("tried", "SamplesRejected", state="Resolved")["outcome"])
        self.apply(RIVAL.replace("NAME", "tried"))
        self.assertIn("rival", self.incident("tried", "Conflict", state="Open")["cause"])
        self.kubectl("delete", "hpa", "rival")
        self.assertIn("nobody else", self.incident("tried", "Conflict", state="Resolved")["outcome"])

    def test_the_paths_that_loadequilibriums_users_know_do_what_they_say(self):
        self.create("known", "vector(200)", maxReplicas=3, controlPeriodSeconds=60, horizonSeconds=120)
        wait_until("its first decision", lambda: self.steps_of("known") >= 1)

        def post(path, body=None):
            answer = self.api.call("POST", f"/api/v1/{path}?namespace={self.namespace}", body)
            self.assertEqual(200, answer.status, answer.body)
            return answer.json()

        self.assertGreaterEqual(post("policy/update", {"preset": "Performance"})["applied"], 1)
        self.assertEqual("Performance", self.get("asp", "known")["spec"]["profile"])
        steps = self.steps_of("known")
        post("runtime/step")
        wait_until("another decision at once", lambda: self.steps_of("known") > steps)
        opened = self.incident("known", "AtMaximum", state="Open", seconds=90)
        post("alerts/ack", {"alert_id": opened["id"], "reason": "seen"})
        self.assertEqual("seen", self.api.get(f"/api/v1/incidents/{opened['id']}")["acknowledgement"]["reason"])

    def test_incidents_and_acknowledgements_survive_a_crash(self):
        self.create("kept", "vector(200)", maxReplicas=3)
        opened = self.incident("kept", "AtMaximum", state="Open")
        acknowledged = self.api.call("POST", f"/api/v1/incidents/{opened['id']}/ack", {"expiresInSeconds": 600, "reason": "known"})
        self.assertEqual(200, acknowledged.status, acknowledged.body)
        wait_until("the journal holds it", lambda: "known" in self.cluster.kubectl("get", "configmap", f"{self.namespace}-journal", "--namespace=default", "-o", "json"))
        self.assertEqual(1, self.operator.metric("spillway_incident_open", policy="kept", rule="AtMaximum"))
        self.operator.kill()
        self.operator.start()
        again = wait_until("the incident is back", lambda: next((i for i in self.get_incidents() if i["id"] == opened["id"] and i["state"] == "Open"), None), seconds=30)
        self.assertEqual("known", again["acknowledgement"]["reason"])
        wait_until("its series is back", lambda: self.operator.metric("spillway_incident_open", policy="kept", rule="AtMaximum") == 1)
        audit = self.api.get("/api/v1/audit")["entries"]
        self.assertTrue(any(e["action"] == "Acknowledge" and opened["id"] in e["request"] for e in audit))

    def get_incidents(self):
        answer = self.api.call("GET", "/api/v1/incidents")
        return answer.json()["incidents"] if answer.status == 200 else []

    def test_a_policy_lives_on_pushed_points_and_holds_when_they_stop(self):
        api = Api(self.operator.address["port"])
        manifest = policy("pushed", "unused")
        manifest["spec"]["metrics"] = {"push": {"serviceId": "shop/pushed", "maxAgeSeconds": 3}}
        self.apply(DEPLOYMENT.replace("NAME", "pushed").replace("REPLICAS", "1"))
        self.apply_policy(manifest)

        def push():
            report = api.post("/api/v1/ingest", {"points": [{"serviceId": "shop/pushed", "requestRate": 100, "queueDepth": 0}]}).json()
            self.assertEqual((1, 0), (report["accepted"], report["rejected"]), report)
            return self.replicas("pushed") >= 5

        wait_until("it grew on what was pushed", push)
        push()
        self.wait_condition("pushed", "MetricsFresh", "False", "Stale")  # nobody pushes any more
        held = self.replicas("pushed")
        self.wait_steps("pushed", 4)
        self.assertEqual(held, self.replicas("pushed"))

    def test_each_point_is_judged_on_its_own(self):
        api = Api(self.operator.address["port"])
        now = time.time()
        points = [{"serviceId": "a", "requestRate": 1}, {"service_id": "a", "request_rate": 2, "latency": {"p95": 20}}, {"serviceId": "a*"},
                  {"serviceId": "b", "requestRate": -1}, {"serviceId": "b", "requestRate": "1"}, {"serviceId": "b"}, 7,
                  {"serviceId": "c", "requestRate": 1, "timestamp": now - 3600}, {"serviceId": "c", "requestRate": 1, "timestamp": now + 3600},
                  {"serviceId": "c", "requestRate": 1, "timestamp": "yesterday"}, {"serviceId": "c", "requestRate": 1, "timestamp": now - 5},
                  {"serviceId": "c", "requestRate": 1, "timestamp": now - 9}, {"serviceId": "d", "queueDepth": 3}]  # fmt: skip
        report = api.post("/api/v1/ingest", {"points": points}).json()
        good = [point["index"] for point in report["points"] if point["accepted"]]
        self.assertEqual([0, 1, 10, 12], good, report)
        for point in report["points"]:
            self.assertEqual(point["accepted"], point["error"] is None)
        self.assertEqual((4, 9), (report["accepted"], report["rejected"]))


if __name__ == "__main__":
    unittest.main()
