#!/usr/bin/env python3
"""Every operation of the OpenAPI document against the running operator: answers are as documented, good input and bad."""

import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from localcluster.api_client import Api, Contract  # noqa: E402
from operator_test import OperatorTest  # noqa: E402

# A good body for each operation that takes one.
BODIES = {
    "controlPolicy": {"profile": "Safe", "reason": "contract test"},
    "whatIf": {"candidate": {"minReplicas": 3}, "windowSeconds": 600},
    "drill": {"requestFactor": 3, "latencyFactor": 2, "overlaySeconds": 30},
    "acknowledgeIncident": {"expiresInSeconds": 120, "reason": "contract test"},
    "ingest": {"points": [{"serviceId": "a", "requestRate": 1}, {"service_id": "b*"}]},
    "toggle": {"enabled": True},
    "updatePreset": {"preset": "Normal"},
    "chaosRun": {"service": "NAME", "duration": 20, "request_factor": 2},
    "replayBurst": {"service": "NAME", "duration": 20, "factor": 2},
    "acknowledgeAlert": {"alertId": "INCIDENT"},
}
# And some that must be refused with 400.
BAD_BODIES = {
    "controlPolicy": [{}, {"mode": "Off"}, {"profile": 3}, {"mode": "Active", "colour": "red"}, {"mode": "Active", "reason": "x" * 300}],
    "whatIf": [{}, {"candidate": 3}, {"candidate": {}, "windowSeconds": 1}, {"candidate": {}, "seed": -1}, {"candidate": {}, "window": 60}],
    "drill": [{"requestFactor": 0}, {"latencyFactor": 11}, {"overlaySeconds": 1.5}, {"factor": 2}],
    "acknowledgeIncident": [{"expiresInSeconds": 1}, {"expiresInSeconds": "long"}, {"until": 1}],
    "ingest": [[], {"points": []}, {"points": 3}, {"points": [{}] * 513}],
    "toggle": [{}, {"enabled": "yes"}],
    "updatePreset": [{}, {"preset": "Turbo"}],
    "chaosRun": [{}, {"service": "NAME"}, {"service": "NAME", "duration": 601}, {"service": 3, "duration": 5}],
    "replayBurst": [{}, {"service": "NAME", "duration": 10}, {"service": "NAME", "duration": 10, "factor": 100}],
    "acknowledgeAlert": [{}, {"alertId": 3}],
}
BAD_QUERIES = {"limit": ["0", "many", "501"], "movesOnly": ["maybe"], "state": ["Closed"], "sinceSeconds": ["0", "x"], "maxPoints": ["1"],
               "dryRun": ["perhaps"], "policy": ["nameless", "/x"]}  # fmt: skip
STREAMS = {"stream", "webSocket"}  # endless: api_stream_test.py


class Contracts(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = Api(cls.operator.address["port"])
        cls.contract = Contract(cls.api.get("/api/v1/openapi.json"))
        cls().create("web", "vector(100)", maxReplicas=4)  # always at its maximum: an incident
        cls.incident = wait_until("an incident", lambda: next((i for i in cls.api.get("/api/v1/incidents")["incidents"]), None))
        wait_until("some history", lambda: len(cls.api.get(f"/api/v1/policies/{cls.namespace}/web/history")["time"]) >= 8)

    def fill(self, value):
        """NAME and INCIDENT in a body become those of this run."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        return {"NAME": "web", "INCIDENT": self.incident["id"]}.get(value, value) if isinstance(value, str) else value

    def url(self, path, name="web", incident=None):
        return path.replace("{namespace}", self.namespace).replace("{name}", name).replace("{id}", incident or self.incident["id"])

    def test_every_operation_answers_good_input_as_the_document_says(self):
        for path, method, operation in self.contract.operations():
            name = operation["operationId"]
            if name in STREAMS:
                continue
            with self.subTest(name):
                answer = self.api.call(method, self.url(path), self.fill(BODIES.get(name)))
                self.contract.check(operation, answer)
                self.assertEqual(200, answer.status, answer.body)

    def test_bad_bodies_are_refused_with_a_message_that_names_the_field(self):
        for path, method, operation in self.contract.operations():
            if "requestBody" not in operation:
                continue
            for body in BAD_BODIES[operation["operationId"]]:
                with self.subTest(operation["operationId"], body=str(body)[:60]):
                    answer = self.api.call(method, self.url(path), self.fill(body))
                    self.contract.check(operation, answer)
                    self.assertEqual(400, answer.status, answer.body)
            for raw in (b"", b"{", b"[1", b"null", b"\xff\xfe", b"[" * 5000):
                with self.subTest(operation["operationId"], raw=raw[:10]):
                    answer = self.api.call(method, self.url(path), raw=raw)
                    self.contract.check(operation, answer)
                    self.assertEqual(400, answer.status, answer.body)

    def test_bad_queries_are_refused(self):
        for path, method, operation in self.contract.operations():
            if operation["operationId"] == "webSocket":
                continue
            for parameter in map(self.contract.resolve, operation.get("parameters", [])):
                for value in BAD_QUERIES.get(parameter["name"], []) if parameter["in"] == "query" else []:
                    with self.subTest(operation["operationId"], parameter=parameter["name"], value=value):
                        answer = self.api.call(method, self.url(path) + f"?{parameter['name']}={value}", self.fill(BODIES.get(operation["operationId"])))
                        self.contract.check(operation, answer)
                        self.assertEqual(400, answer.status, answer.body)
                        self.assertIn(parameter["name"], answer.json()["error"]["message"])

    def test_numbers_are_taken_up_to_the_documented_limits_and_not_beyond(self):
        for path, method, operation in self.contract.operations():
            if operation["operationId"] not in BODIES:
                continue
            for name, schema in self.numbers_of(operation):
                for limit, beyond in ((schema["minimum"], -1), (schema["maximum"], 1)):
                    good = self.fill(BODIES[operation["operationId"]])
                    with self.subTest(operation["operationId"], field=name, limit=limit):
                        taken = self.api.call(method, self.url(path), {**good, name: limit})
                        self.contract.check(operation, taken)
                        self.assertNotEqual(400, taken.status, taken.body)
                        refused = self.api.call(method, self.url(path), {**good, name: limit + beyond})
                        self.assertEqual(400, refused.status, refused.body)
                        self.assertIn(name, refused.json()["error"]["message"])

    def numbers_of(self, operation):
        schema = self.contract.resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        for name, value in schema.get("properties", {}).items():
            value = self.contract.resolve(value)
            if value.get("type") in ("integer", "number") and "minimum" in value and "maximum" in value:
                yield name, value

    def test_the_document_repeats_no_parameter_and_its_examples_are_as_its_schemas_say(self):
        for path, method, operation in self.contract.operations():
            names = [(p["in"], p["name"]) for p in map(self.contract.resolve, operation.get("parameters", []))]
            self.assertEqual(len(names), len(set(names)), f"{method} {path}")
        components = self.contract.document["components"]
        shown = set(components["examples"]) & set(components["schemas"])
        self.assertGreater(len(shown), 3)
        for name in shown:
            with self.subTest(name):
                self.contract.check_schema(name, components["examples"][name]["value"])

    def test_a_drill_by_name_finds_only_services_of_the_namespace_that_was_asked_for(self):
        for name in ("chaosRun", "replayBurst"):
            path, method, operation = self.contract.operation(name)
            answer = self.api.call(method, path + "?namespace=elsewhere", self.fill(BODIES[name]))
            self.contract.check(operation, answer)
            self.assertEqual(404, answer.status, answer.body)

    def test_what_is_not_there_is_said_in_the_same_shape(self):
        for path, method, operation in self.contract.operations():
            if "{" not in path:
                continue
            with self.subTest(operation["operationId"]):
                answer = self.api.call(method, self.url(path, "nobody", "no-such"), self.fill(BODIES.get(operation["operationId"])))
                self.contract.check(operation, answer)
                self.assertEqual(404, answer.status, answer.body)
        self.contract.check_schema("Error", self.api.call("GET", "/api/v1/nothing").json())
        refused = self.api.call("DELETE", "/api/v1/overview")
        self.assertEqual((405, "GET, HEAD"), (refused.status, refused.headers["Allow"]))
        self.contract.check_schema("Error", refused.json())

    def test_a_page_of_another_site_changes_nothing(self):
        refused = self.api.call("POST", "/api/v1/control/toggle", {"enabled": False}, headers={"Origin": "https://evil.example"})
        self.assertEqual(403, refused.status)
        self.assertEqual("Active", self.get("asp", "web")["spec"]["mode"])

    def test_the_known_health_and_browsable_pages_are_there_and_need_nothing_from_the_network(self):
        page = self.api.call("GET", "/api/v1/docs").body
        for text in (page, self.api.call("GET", "/api/v1/docs.js").body, self.api.call("GET", "/api/v1/docs.css").body):
            self.assertNotIn("//cdn", text)
            self.assertNotIn("https://", text)
        self.assertIn("/api/v1/docs.js", page)


if __name__ == "__main__":
    unittest.main()
