#!/usr/bin/env python3
"""The live stream, as server-sent events and as WebSocket: decisions arrive at once, a client that comes back misses nothing."""

import pathlib
import sys
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from localcluster.api_client import Api, Contract, WebSocket  # noqa: E402
from operator_test import OperatorTest  # noqa: E402

SCHEMAS = {"hello": "StreamHello", "decision": "StreamDecision", "policyGone": "StreamPolicyGone", "overview": "StreamOverview",
           "incident": "Incident", "audit": "AuditEntry"}  # fmt: skip


class Stream(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.operator.address["port"]
        cls.api = Api(cls.port)
        cls.contract = Contract(cls.api.get("/api/v1/openapi.json"))
        cls().create("flow", "vector(100)", replicas=5)
        wait_until("a decision", lambda: cls.api.get("/api/v1/decisions")["decisions"])

    def listen(self, *arguments, **options):
        stream = self.api.events(*arguments, **options)
        self.addCleanup(stream.close)
        return stream

    def test_a_stream_begins_with_hello_and_every_event_is_as_documented(self):
        stream = self.listen()
        self.assertEqual(200, stream.status)
        first = stream.next()
        self.assertEqual(("hello", False), (first[1], first[2]["resumed"]))
        seen = set()
        self.create("short", "vector(1000)", maxReplicas=2)  # cannot be served: incidents
        self.addCleanup(self.kubectl, "delete", "asp/short", "deployment/short", "--ignore-not-found")
        stream.next("decision", lambda data: data["summary"]["name"] == "short")
        self.assertEqual(200, self.api.call("PATCH", f"/api/v1/policies/{self.namespace}/short", {"mode": "DryRun"}).status)
        self.kubectl("delete", "asp/short")
        deadline = time.monotonic() + 20
        while seen < {"decision", "overview", "incident", "audit", "policyGone"} and time.monotonic() < deadline:
            _, kind, data = stream.next()
            self.contract.check_schema(SCHEMAS[kind], data)
            seen.add(kind)
        self.assertLessEqual({"decision", "overview", "incident", "audit", "policyGone"}, seen)

    def test_a_decision_is_heard_of_within_a_quarter_of_a_second(self):
        stream = self.listen()
        stream.next("hello")
        delays = []
        for _ in range(3):
            _, _, data = stream.next("decision", lambda data: data["sample"])
            delays.append(time.time() - data["sample"]["time"])
        self.assertLess(min(delays), 0.25, f"from the beginning of the decision to its event: {delays}")

    def test_a_client_that_comes_back_misses_nothing(self):
        stream = self.listen()
        last = stream.next("decision")[0]
        stream.close()
        waiting = self.api.get(f"/api/v1/policies/{self.namespace}/flow/decisions?limit=1")["decisions"][0]["id"]
        missed = wait_until("another decision meanwhile", lambda: next((d for d in self.api.get(
            f"/api/v1/policies/{self.namespace}/flow/decisions?limit=1")["decisions"] if d["id"] != waiting), None))  # fmt: skip
        again = self.listen(last_id=last)
        self.assertTrue(again.next("hello")[2]["resumed"])
        again.next("decision", lambda data: data["decision"]["id"] == missed["id"])

    def test_an_id_of_another_process_is_no_way_to_go_on(self):
        self.assertFalse(self.listen(last_id="abc-7").next("hello")[2]["resumed"])

    def test_a_stream_of_one_policy_tells_of_no_other(self):
        self.create("aside", "vector(10)")
        self.addCleanup(self.kubectl, "delete", "asp/aside", "deployment/aside")
        stream = self.listen(f"/api/v1/stream?policy={self.namespace}/flow")
        stream.next("hello")
        wait_until("the other one decides", lambda: self.steps_of("aside") >= 2)
        for _ in range(3):
            _, kind, data = stream.next()
            self.assertEqual(("decision", "flow"), (kind, data["summary"]["name"]))

    def test_a_web_socket_on_the_same_port_tells_the_same(self):
        web_socket = WebSocket(self.port)
        self.addCleanup(web_socket.close)
        self.assertEqual((101, "spillway.v1"), (web_socket.status, web_socket.headers["sec-websocket-protocol"]))
        hello = web_socket.next()
        self.contract.check_schema("StreamMessage", hello)
        self.assertEqual("hello", hello["type"])
        message = web_socket.next()
        while message["type"] != "decision":
            message = web_socket.next()
        self.contract.check_schema("StreamDecision", message["data"])
        again = WebSocket(self.port, f"/ws?lastEventId={message['id']}")
        self.addCleanup(again.close)
        self.assertTrue(again.next()["data"]["resumed"])

    def test_plain_requests_and_foreign_pages_get_no_web_socket(self):
        plain = self.api.call("GET", "/ws")
        self.contract.check(self.contract.operation("webSocket")[2], plain)
        self.assertEqual(426, plain.status)
        foreign = WebSocket(self.port, headers={"Origin": "https://evil.example"})
        self.addCleanup(foreign.close)
        self.assertEqual(403, foreign.status)

    def test_clients_that_take_nothing_do_not_hold_up_others(self):
        deaf = [WebSocket(self.port) for _ in range(3)]  # never read
        for client in deaf:
            self.addCleanup(client.close)
        stream = self.listen()
        for _ in range(3):
            stream.next("decision")

    def test_the_operator_ends_at_once_though_streams_are_open(self):
        other = self.start_operator(namespaces="nowhere", leader_election_lease_name=f"{self.namespace}-other")
        api = Api(other.address["port"])
        wait_until("it leads", lambda: api.get("/health")["leading"])
        stream = api.events()
        self.addCleanup(stream.close)
        stream.next("hello")
        began = time.monotonic()
        self.assertEqual(0, other.stop())
        self.assertLess(time.monotonic() - began, 10)


if __name__ == "__main__":
    unittest.main()
