#!/usr/bin/env python3
"""The AutoscalerPolicy's schema on the real API server: what it refuses and in which words, what it fills in, what it shows."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.testing import ClusterTest  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = json.loads((ROOT / "tests/crds/invalid_policies.json").read_text())
EXAMPLES = sorted((ROOT / "examples/policies").glob("*.yaml"))
MESSAGE_ON_TARGET = "scaleTargetRef is immutable: delete the policy and create one for the other target"


def merged(target, patch):
    """JSON merge patch, RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def policy(name, patch=None):
    return merged(TABLE["base"], merged({"metadata": {"name": name}}, patch or {}))


class PolicySchema(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubectl("apply", "--server-side", "--force-conflicts", "-f", ROOT / "crds/autoscalerpolicies.yaml")
        wait_until("the API server serves the kind", lambda: "autoscalerpolicies" in cls.kubectl("api-resources", "--no-headers"))

    def create(self, manifest, *options):
        return self.kubectl("create", "-f", "-", *options, input=json.dumps(manifest))

    def refusal(self, *arguments, **options):
        with self.assertRaises(RuntimeError) as raised:
            self.kubectl(*arguments, **options)
        return str(raised.exception)

    def test_every_invalid_policy_is_refused_and_told_the_field_and_what_is_allowed(self):
        self.assertGreaterEqual(len(TABLE["policies"]), 40)
        for row in TABLE["policies"]:
            with self.subTest(row["name"]):
                manifest = json.dumps(merged(TABLE["base"], row["patch"]))
                answer = self.refusal("create", "--dry-run=server", "-f", "-", input=manifest)
                for words in row["says"]:
                    self.assertIn(words, answer)

    def test_the_base_of_the_table_and_every_example_are_accepted(self):
        self.create(policy("base"), "--dry-run=server")
        self.assertGreaterEqual(len(EXAMPLES), 2)
        for example in EXAMPLES:
            with self.subTest(example.name):
                self.kubectl("apply", "--dry-run=server", "-f", example)

    def test_the_servers_defaults_are_those_of_the_codec(self):
        program = pathlib.Path(os.environ["SPILLWAY_BINARY"]).parent / "policy_defaults"
        for example in EXAMPLES:
            with self.subTest(example.name):
                stored = json.loads(self.kubectl("create", "--dry-run=server", "-f", example, "-o", "json"))["spec"]
                decoded = subprocess.run([program], input=example.read_text(), capture_output=True, text=True, check=True, timeout=30)
                self.assertEqual(stored, json.loads(decoded.stdout))

    def test_the_target_cannot_be_changed(self):
        self.create(policy("fixed"))
        answer = self.refusal("patch", "asp/fixed", "--type=merge", "-p", '{"spec": {"scaleTargetRef": {"name": "other"}}}')
        self.assertIn("spec.scaleTargetRef", answer)
        self.assertIn(MESSAGE_ON_TARGET, answer)
        self.kubectl("patch", "asp/fixed", "--type=merge", "-p", '{"spec": {"maxReplicas": 30}}')

    def test_the_status_is_a_subresource_that_a_write_of_the_policy_does_not_touch(self):
        self.create(policy("reported"))
        status = {"observedGeneration": 1, "currentReplicas": 4, "desiredReplicas": 6, "zone": "Warning",
                  "estimate": {"arrivalRate": "120.5"},
                  "lastDecision": {"time": "2026-01-31T08:00:00Z", "from": 4, "final": 6, "reason": "PlannedGrowth", "raw": "5.4",
                                   "trail": [{"guard": "StepLimit", "before": 9, "after": 6, "message": "at most 2 a period"}]}}
        document = {key: value for key, value in policy("reported").items() if key != "spec"} | {"status": status}
        self.kubectl("apply", "--server-side", "--field-manager=spillway", "--subresource=status", "-f", "-", input=json.dumps(document))
        self.kubectl("apply", "--server-side", "-f", "-", "--force-conflicts", input=json.dumps(policy("reported", {"status": {"zone": "Safe"}})))
        self.assertEqual(status, self.get("asp/reported")["status"])
        row = self.kubectl("get", "asp/reported").splitlines()
        self.assertEqual("NAME TARGET MODE CURRENT DESIRED MIN MAX REASON AGE".split(), row[0].split())
        self.assertEqual("reported checkout Active 4 6 2 20 PlannedGrowth".split(), row[1].split()[:-1])
        wide = self.kubectl("get", "asp/reported", "-o", "wide")
        for column in ("ZONE", "READY", "PROFILE", "RATE", "Warning", "120.5"):
            self.assertIn(column, wide)

    def test_the_policy_is_found_by_its_short_name_and_its_category(self):
        self.create(policy("found"))
        self.assertIn("found", self.kubectl("get", "asp", "-o", "name"))
        self.assertIn("found", self.kubectl("get", "spillway", "-o", "name"))

    def test_explain_is_the_manual(self):
        answer = self.kubectl("explain", "asp.spec.objective.maxQueueDelayMilliseconds")
        self.assertIn("How long a request may wait before it counts as late", answer)
        whole = self.kubectl("explain", "asp", "--recursive")
        for field in ("arrivalRate", "freshnessQuery", "maxMovesPerHour", "timeToSaturationSeconds", "trail"):
            self.assertIn(field, whole)


if __name__ == "__main__":
    unittest.main()
