#!/usr/bin/env python3
"""One of several operators works, another takes over when it ends in whatever way, and what a stale one still writes is refused."""

import datetime
import json
import pathlib
import signal
import sys
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from localcluster.api_client import Api, WebSocket  # noqa: E402
from localcluster.holding_proxy import HoldingProxy  # noqa: E402
from operator_test import OperatorTest, policy  # noqa: E402


class HighAvailability(OperatorTest):
    """Times of the Lease are the operator's defaults; names are the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.stop()

    def start(self, kubeconfig=None, **settings):
        defaults = {"leader_election_lease_name": f"{self.namespace}-{self._testMethodName[:20].strip('_').replace('_', '-')}",
                    "leader_election_lease_duration_seconds": 3, "leader_election_renew_deadline_seconds": 2,
                    "leader_election_retry_period_seconds": 0.5}  # fmt: skip
        operator = self.start_operator(kubeconfig, **{**defaults, **settings})
        self.addCleanup(operator.stop)
        return operator

    def leads(self, operator):
        return operator.metric("leader_election_master_status") == 1

    def said(self, operator, message):
        return [line for line in operator.log_lines() if line.get("message") == message]

    def test_a_killed_leader_is_replaced_and_the_new_one_decides(self):
        first = self.start()
        wait_until("the first leads", lambda: self.leads(first))
        second = self.start()
        self.create("killed-leader", "vector(100)")
        self.wait_replicas("killed-leader", lambda count: count >= 5)
        self.assertFalse(self.leads(second))
        first.kill()
        wait_until("the second decides", lambda: second.metric("spillway_decisions_total", policy="killed-leader") >= 1, 30)
        self.assertGreaterEqual(self.replicas("killed-leader"), 5)

    def test_a_leader_that_stops_hands_over_at_once_and_not_after_the_lease_has_expired(self):
        long = {"leader_election_lease_duration_seconds": 600, "leader_election_renew_deadline_seconds": 500}
        first = self.start(**long)
        wait_until("the first leads", lambda: self.leads(first))
        second = self.start(**long)
        self.create("handed-over", "vector(100)")
        self.wait_replicas("handed-over", lambda count: count >= 5)
        self.assertEqual(0, first.stop())
        wait_until("the second decides", lambda: second.metric("spillway_decisions_total", policy="handed-over") >= 1, 30)

    def test_a_leader_that_was_suspended_stands_by_when_it_wakes_up_and_may_lead_again(self):
        first = self.start()
        wait_until("the first leads", lambda: self.leads(first))
        second = self.start()
        self.create("suspended", "vector(100)")
        self.wait_replicas("suspended", lambda count: count >= 5)
        self.addCleanup(first.process.send_signal, signal.SIGCONT)
        first.process.send_signal(signal.SIGSTOP)
        wait_until("the second leads", lambda: self.leads(second), 30)
        self.kubectl("patch", "asp", "suspended", "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
        self.wait_replicas("suspended", lambda count: count == 9)
        first.process.send_signal(signal.SIGCONT)
        wait_until("the first notices", lambda: self.said(first, "no longer leading"), 30)
        self.assertFalse(self.leads(first))
        self.assertTrue(self.leads(second))
        self.wait_steps_of(second, "suspended", 3)
        self.assertEqual(9, self.replicas("suspended"))
        self.assertIsNone(first.process.poll(), "it stands by: its caches are warm")
        second.stop()
        wait_until("the first leads again", lambda: self.leads(first), 30)

    def test_a_leader_whose_requests_are_throttled_keeps_the_lease(self):
        """KEDA's users lose theirs when many objects use up the client's budget of requests."""
        starved = self.start(api_qps="1", api_burst="1")
        wait_until("it leads", lambda: self.leads(starved))
        lease = starved.settings["leader_election_lease_name"]
        names = [f"throttled-{number}" for number in range(20)]
        self.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [policy(name, "vector(100)") for name in names]}))
        self.addCleanup(self.kubectl, "delete", "asp", *names)
        held = self.lease(lease)
        wait_until("it waits for its turn with every status", lambda: 3 < sum(1 for name in names if self.status(name)) < len(names))
        wait_until("the Lease was renewed for five times its duration", lambda: renewed(self.lease(lease)) - renewed(held) > 15, 60)
        after = self.lease(lease)
        self.assertEqual((held["holderIdentity"], held["leaseTransitions"]), (after["holderIdentity"], after["leaseTransitions"]))
        self.assertEqual([], self.said(starved, "no longer leading"))

    def lease(self, name):
        return json.loads(self.cluster.kubectl("get", "lease", name, "--namespace=default", "-o", "json"))["spec"]

    def test_dashboards_and_api_clients_may_ask_any_operator_and_hear_the_one_that_leads(self):
        first = self.start(advertise_address="127.0.0.1")
        wait_until("the first leads", lambda: self.leads(first))
        second = self.start(advertise_address="127.0.0.1")
        self.create("asked", "vector(100)")
        self.wait_replicas("asked", lambda count: count >= 5)
        self.wait_hears(second, first)
        api = Api(second.address["port"])
        self.assertIn("asked", [policy["name"] for policy in api.get(f"/api/v1/policies?namespace={self.namespace}")["policies"]])
        self.assertEqual(200, api.call("PATCH", f"/api/v1/policies/{self.namespace}/asked", {"mode": "DryRun"}).status)
        self.assertEqual("DryRun", self.get("asp", "asked")["spec"]["mode"])
        stream = api.events()
        self.addCleanup(stream.close)
        stream.next("decision", lambda data: data["summary"]["name"] == "asked")
        socket = WebSocket(second.address["port"])
        self.addCleanup(socket.close)
        self.assertEqual("hello", socket.next()["type"])
        self.assertEqual(0, second.metric("spillway_decisions_total"), "its metrics are its own")
        self.assertEqual(0, first.stop())
        wait_until("the second leads", lambda: self.leads(second), 30)
        self.wait_hears(second, second)

    def test_incidents_acknowledgements_and_audit_are_the_new_leaders_too(self):
        first = self.start()
        wait_until("the first leads", lambda: self.leads(first))
        second = self.start()
        self.create("handed", "vector(200)", maxReplicas=3)
        self.addCleanup(self.kubectl, "delete", "asp/handed", "deployment/handed")
        api = Api(first.address["port"])
        of_mine = lambda api: next((i for i in open_incidents(api) if (i["name"], i["rule"]) == ("handed", "AtMaximum")), None)  # noqa: E731
        opened = wait_until("an incident", lambda: of_mine(api))
        self.assertEqual(200, api.post(f"/api/v1/incidents/{opened['id']}/ack", {"expiresInSeconds": 600, "reason": "known"}).status)
        journal = f"{first.settings['leader_election_lease_name']}-journal"
        self.addCleanup(self.cluster.kubectl, "delete", "configmap", journal, "--namespace=default", "--ignore-not-found")
        wait_until("the journal holds it", lambda: "known" in self.cluster.kubectl("get", "configmap", journal, "--namespace=default", "-o", "json", "--ignore-not-found"))
        first.kill()
        wait_until("the second leads", lambda: self.leads(second), 30)
        api = Api(second.address["port"])
        taken_over = wait_until("the incident is there, as acknowledged", lambda: (i := of_mine(api)) and i["acknowledgement"] and i, 30)
        self.assertEqual((opened["id"], "known"), (taken_over["id"], taken_over["acknowledgement"]["reason"]))
        self.assertTrue(any(e["action"] == "Acknowledge" and opened["id"] in e["request"] for e in api.get("/api/v1/audit")["entries"]))
        wait_until("its series too", lambda: second.metric("spillway_incident_open", policy="handed", rule="AtMaximum") == 1)

    def wait_hears(self, asked, leader):
        def identity():
            reply = Api(asked.address["port"]).get("/api/v1/about")
            return reply["leading"] and reply["identity"]

        wait_until("the one that leads answers", lambda: identity() == leader.address["identity"], 30)

    def wait_steps_of(self, operator, name, more):
        before = operator.metric("spillway_decisions_total", policy=name)
        wait_until(f"{more} more decisions", lambda: operator.metric("spillway_decisions_total", policy=name) >= before + more)

    def test_a_write_that_a_suspended_leader_had_sent_fails_on_its_precondition_and_undoes_nothing(self):
        """The old leader has decided on 12 and sent the write, which is held up on its way together with its renewals. It is suspended;
        the new leader moves to 9. Then the write arrives, and the old leader wakes up."""
        proxy = HoldingProxy("127.0.0.1", self.cluster.ports["apiserver"])
        self.addCleanup(proxy.close)
        times = {"leader_election_lease_duration_seconds": 6, "leader_election_renew_deadline_seconds": 5}
        first = self.start(self.kubeconfig_through(proxy), **times)
        wait_until("the first leads", lambda: self.leads(first))
        self.create("stale", "vector(100)", replicas=5, minReplicas=5)
        self.wait_condition("stale", "ModelReady", "True")
        second = self.start(**times)
        refused = self.refused_scale_patches()

        proxy.hold()
        held = self.replicas("stale")
        self.kubectl("patch", "asp", "stale", "--type=merge", "-p", '{"spec": {"minReplicas": 12}}')
        wait_until("the old leader has decided", lambda: self.decided(first, "stale", 12), 10)
        self.wait_blocked(first, "stale")  # its write is under way, and not only what else it says
        self.assertGreater(proxy.held_bytes, 0)
        self.addCleanup(first.process.send_signal, signal.SIGCONT)
        first.process.send_signal(signal.SIGSTOP)
        self.kubectl("patch", "asp", "stale", "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
        self.assertEqual(held, self.replicas("stale"))
        wait_until("the second leads", lambda: self.leads(second), 30, 0.02)
        self.wait_replicas("stale", lambda count: count == 9, 10)

        proxy.release()
        wait_until("the API server refuses the old write", lambda: self.refused_scale_patches() > refused, 20)
        first.process.send_signal(signal.SIGCONT)
        wait_until("the first notices", lambda: self.said(first, "no longer leading"), 30)
        self.wait_steps_of(second, "stale", 2)
        self.assertEqual(9, self.replicas("stale"))
        self.assertEqual([], [line for line in self.said(first, "scaled") if line["to"] == 12])

    def decisions(self, operator, name):
        return [line for line in operator.decision_log.read_text().splitlines() if name in line]

    def wait_blocked(self, operator, name):
        """Waits until it decides on the policy no more, for longer than the period: it waits for the answer to a write."""
        seen = {"count": -1, "since": 0.0}

        def blocked():
            count = len(self.decisions(operator, name))
            if count != seen["count"]:
                seen.update(count=count, since=time.monotonic())
            return time.monotonic() - seen["since"] > 1.5

        wait_until("it waits for an answer", blocked, 10)

    def decided(self, operator, name, replicas):
        lines = self.decisions(operator, name)
        return bool(lines) and f'"replicas":{replicas}' in lines[-1].replace(" ", "")

    def refused_scale_patches(self):
        """How many patches of /scale the API server has refused for what they say."""
        rows = [line for line in self.cluster.kubectl("get", "--raw", "/metrics").splitlines() if line.startswith("apiserver_request_total{")]
        wanted = ('code="422"', 'subresource="scale"', 'verb="PATCH"')
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows if all(word in row for word in wanted))

    def kubeconfig_through(self, proxy):
        config = pathlib.Path(self.cluster.kubeconfig).read_text().replace(self.cluster.server, f"https://127.0.0.1:{proxy.port}")
        path = self.cluster.dir / f"{self.namespace}.kubeconfig"
        path.write_text(config)
        path.chmod(0o600)
        self.addCleanup(path.unlink)
        return path


def renewed(lease):
    """When the holder last renewed it, in seconds."""
    return datetime.datetime.fromisoformat(lease["renewTime"].replace("Z", "+00:00")).timestamp()


def open_incidents(api):
    answer = api.call("GET", "/api/v1/incidents?state=Open")
    return answer.json()["incidents"] if answer.status == 200 else []


if __name__ == "__main__":
    unittest.main()
