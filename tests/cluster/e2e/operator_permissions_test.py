#!/usr/bin/env python3
"""The operator under the least permissions of examples/operator/rbac.yaml: they suffice, and a verb that is taken away is said."""

import base64
import json
import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from operator_test import ROOT, OperatorTest, policy  # noqa: E402


class Permissions(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.stop()
        cls.cluster.kubectl("apply", "-f", ROOT / "examples/operator/rbac.yaml")
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "-f", ROOT / "examples/operator/rbac.yaml", "--wait=false")
        cls.operator = cls.start_operator(cls.kubeconfig(), leader_election_lease_name="spillway",
                                          leader_election_lease_namespace="spillway-system")  # fmt: skip

    @classmethod
    def kubeconfig(cls):
        token = cls.cluster.kubectl("create", "token", "spillway", "--namespace=spillway-system").strip()
        authority = base64.b64encode((cls.cluster.dir / "pki" / "ca.crt").read_bytes()).decode()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "spillway",
            "contexts": [{"name": "spillway", "context": {"cluster": "local", "user": "spillway"}}],
            "clusters": [{"name": "local", "cluster": {"server": cls.cluster.server, "certificate-authority-data": authority}}],
            "users": [{"name": "spillway", "user": {"token": token}}],
        }
        file = tempfile.NamedTemporaryFile("w", suffix=".kubeconfig", delete=False)
        cls.addClassCleanup(pathlib.Path(file.name).unlink)
        with file:
            json.dump(config, file)
        return file.name

    def set_scale_verbs(self, verbs):
        role = json.loads(self.cluster.kubectl("get", "clusterrole", "spillway", "-o", "json"))
        for rule in role["rules"]:
            if "deployments/scale" in rule["resources"]:
                rule["verbs"] = verbs
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps(role))

    def test_a_revoked_verb_gives_a_condition_and_an_event_and_heals_when_given_back(self):
        self.create("ruled", "vector(100)")
        self.wait_replicas("ruled", lambda count: count >= 5)
        self.addCleanup(self.set_scale_verbs, ["patch"])
        self.set_scale_verbs(["get"])
        self.apply_policy(policy("ruled", "vector(100)", minReplicas=9))
        refused = self.wait_condition("ruled", "AbleToScale", "False", "Forbidden")
        self.assertIn("deployments/scale", refused["message"])
        self.wait_event("ruled", "Forbidden")
        self.set_scale_verbs(["patch"])
        self.wait_replicas("ruled", lambda count: count >= 9)
        self.wait_condition("ruled", "AbleToScale", "True")


if __name__ == "__main__":
    unittest.main()
