#!/usr/bin/env python3
"""The chart's permissions are enough and not one verb too many. An operator that the chart has installed meets every situation that it
knows; the API server's audit log says what it asked for. Then each verb is taken away in turn, and the API server's own authorizer says
what would have been refused."""

import dataclasses
import json
import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from chart_test import ChartTest  # noqa: E402
from localcluster import wait_until  # noqa: E402
from localcluster.helm import Refused  # noqa: E402
from operator_load_test import WORKLOAD  # noqa: E402
from operator_test import DEPLOYMENT, policy  # noqa: E402

STATEFUL_SET = DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet").replace("      selector:", "      podManagementPolicy: Parallel\n      selector:")
REPLICA_SET = DEPLOYMENT.replace("kind: Deployment", "kind: ReplicaSet")
# A rival's kind, and a kind to scale that is none of Kubernetes' own, as their projects would install them.
DEFINITION = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: PLURAL.GROUP}
    spec:
      group: GROUP
      scope: Namespaced
      names: {kind: KIND, plural: PLURAL, singular: SINGULAR}
      versions:
        - name: v1alpha1
          served: true
          storage: true
          subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
          schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
CUSTOM = """
    apiVersion: permissions.example.com/v1alpha1
    kind: Shop
    metadata: {name: shop}
    spec: {replicas: 1}
"""


def definition(kind, group):
    singular = kind.lower()
    return DEFINITION.replace("PLURAL", singular + "s").replace("SINGULAR", singular).replace("KIND", kind).replace("GROUP", group)


@dataclasses.dataclass(frozen=True)
class Grant:
    """One verb on one resource out of one rule of one role."""

    role: tuple  # kind, namespace, name
    rule: int
    group: str
    resource: str  # with its subresource
    verb: str
    names: tuple  # empty: any

    def covers(self, request):
        return ((self.group, self.resource, self.verb) == request[:3] and self.role[1] in ("", request[3])
                and (not self.names or request[4] in self.names))  # fmt: skip


class Permissions(ChartTest):
    """With the whole cluster to watch and one leader, the chart's default."""

    @classmethod
    def settings(cls):
        return {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for kind, group in (("ScaledObject", "keda.sh"), ("Shop", "permissions.example.com")):
            cls.cluster.kubectl("apply", "-f", "-", input=definition(kind, group))
            cls.addClassCleanup(cls.cluster.kubectl, "delete", "crd", f"{kind.lower()}s.{group}", "--wait=false")
        cls.kubectl("create", "secret", "generic", "prometheus-token", "--from-literal=token=x")
        cls.release.install(rbac__scaleTargets=[{"apiGroup": "permissions.example.com", "resource": "shops"}],
                            rbac__secrets=[{"namespace": cls.namespace, "names": ["prometheus-token"]}], **cls.settings())  # fmt: skip

    def target(self, kind, name, api="apps/v1", **spec):
        """A policy that makes the target grow."""
        wanted = policy(name, "vector(100)", **spec)
        wanted["spec"]["scaleTargetRef"].update(kind=kind, apiVersion=api)
        self.apply_policy(wanted)

    def meet_every_situation(self):
        # It asks for a policy before Prometheus knows the workload: one is made with a guess, and completed later.
        self.apply(WORKLOAD.replace("name: web}", 'name: web, annotations: {spillway.dev/enable: "true"}}', 1))
        self.target("Deployment", "repeated")  # its target is missing, is there, and is missing again: one event, counted
        self.wait_condition("repeated", "Ready", "False", "TargetNotFound")
        self.apply(DEPLOYMENT.replace("NAME", "repeated").replace("REPLICAS", "1"))
        self.wait_replicas("repeated", lambda count: count >= 5)
        self.kubectl("delete", "deployment", "repeated")
        self.wait_condition("repeated", "Ready", "False", "TargetNotFound")

        self.apply(STATEFUL_SET.replace("NAME", "stateful").replace("REPLICAS", "1"))
        self.target("StatefulSet", "stateful")
        self.apply(REPLICA_SET.replace("NAME", "set").replace("REPLICAS", "1"))
        self.target("ReplicaSet", "set")
        self.apply(CUSTOM)
        self.target("Shop", "shop", api="permissions.example.com/v1alpha1")
        for target in ("statefulset/stateful", "replicaset/set", "shop/shop"):
            wait_until(f"{target} grows", lambda: self.get(target)["spec"]["replicas"] >= 5)

        server = {"address": self.cluster.prometheus_url, "bearerTokenSecretRef": {"name": "prometheus-token", "key": "token"}}
        self.create("locked", "", metrics={"prometheus": server, "arrivalRate": {"query": "vector(100)"}})
        self.wait_condition("locked", "MetricsFresh", "True")
        self.ask_for_metrics()
        policies = ("autoscaling.spillway.dev", "autoscalerpolicies")
        for what in (("events.k8s.io", "events", "patch"), (*policies, "create"), (*policies, "patch")):
            wait_until(f"{' '.join(what)}", lambda: what in {request[:3] for request in self.asked()}, 60)

    def ask_for_metrics(self):
        """With a valid token, so that the operator asks whose it is and whether they may."""
        with self.assertRaisesRegex(Refused, "^403"):
            self.release.fetch("/metrics", self.kubectl("create", "token", "default").strip())

    def asked(self):
        """(group, resource/subresource, verb, namespace, name) of every request for an object."""
        return {request for event in self.release.requests() if event.get("objectRef", {}).get("resource") for request in requests_of(event)}

    def granted(self):
        """Every grant in the roles that are bound to the operator's service account."""
        for kind, bindings in (("ClusterRole", "clusterrolebindings"), ("Role", "rolebindings")):
            listed = json.loads(self.cluster.kubectl("get", bindings, "--all-namespaces", "-o", "json"))["items"]
            for binding in listed:
                subjects = binding.get("subjects", [])
                if not any(s["kind"] == "ServiceAccount" and (s["namespace"], s["name"]) == (self.system, self.release.fullname) for s in subjects):
                    continue
                role = (kind, binding["metadata"].get("namespace", ""), binding["roleRef"]["name"])
                yield from grants_of(role, self.role(role)["rules"])

    def role(self, role):
        kind, namespace, name = role
        return json.loads(self.cluster.kubectl("get", kind, name, *(["--namespace", namespace] if namespace else []), "-o", "json"))

    def test_nothing_that_it_asks_for_is_forbidden_and_without_any_one_verb_something_is(self):
        self.meet_every_situation()
        self.assertEqual([], self.release.forbidden())
        asked, granted = self.asked(), list(self.granted())
        self.assertGreater(len(granted), 20)
        unused = [grant for grant in granted if not any(grant.covers(request) for request in asked)]
        self.assertEqual([], unused, "granted, but never asked for")
        self.assertFalse([g for g in granted if "*" in (g.group, g.resource, g.verb)])

        needs = [next(request for request in sorted(asked) if grant.covers(request)) for grant in granted]
        self.create_users(granted, needs[-1])
        whole = self.reviews([("whole", request) for request in needs])
        self.assertEqual([], [request for request, allowed in zip(needs, whole) if not allowed])
        lacking = self.reviews([(f"without-{number}", request) for number, request in enumerate(needs)])
        still = [grant for grant, allowed in zip(granted, lacking) if allowed]
        self.assertEqual([], still, "taken away, and still permitted by another rule")

    def create_users(self, granted, probe):
        """A user with every grant, and for each grant one who has all but that."""
        objects = []
        for user, missing in [("whole", None), *((f"without-{number}", grant) for number, grant in enumerate(granted))]:
            for role in sorted({grant.role for grant in granted}):
                rules = [rule_of(grant) for grant in granted if grant.role == role and grant is not missing]
                objects += role_objects(role, f"{self.system}-{user}", rules)
        self.addCleanup(self.cluster.kubectl, "delete", "clusterroles,clusterrolebindings", "--selector=permissions-test", "--wait=false")
        self.cluster.kubectl("create", "-f", "-", input=listing(objects))
        wait_until("the authorizer has seen the roles", lambda: all(self.reviews([("whole", probe)])))

    def reviews(self, questions):
        """Whether each (user, request) is allowed, says the API server."""
        items = [review(f"{self.system}-{user}", request) for user, request in questions]
        answers = self.cluster.kubectl("create", "-f", "-", "-o", "json", input=listing(items))
        return [answer["status"]["allowed"] for answer in documents(answers)]


class PermissionsOfShards(Permissions):
    """With one namespace to watch, and shards."""

    @classmethod
    def settings(cls):
        return {"watchNamespaces": [cls.namespace], "config__shards": 2}

    def meet_every_situation(self):
        self.release.kubectl("delete", "pod", self.release.pods()[0], "--wait=false")
        for number in range(12):  # incidents in each shard
            self.create(f"full-{number}", "vector(2000)", replicas=2, maxReplicas=2)
        super().meet_every_situation()
        removal = ("coordination.k8s.io", "leases", "delete")
        wait_until("what the pod left is removed, a minute after its Lease has ended", lambda: removal in {request[:3] for request in self.asked()}, 120)
        journals = {f"{self.release.fullname}-shard-{shard}-of-2-journal" for shard in range(2)}
        wait_until("each shard keeps a journal", lambda: journals <= {request[4] for request in self.asked() if request[1] == "configmaps" and request[2] == "create"}, 60)


def listing(items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def requests_of(event):
    """What was asked for: a patch that made its object (server-side apply) has been asked about as a creation too."""
    about = event["objectRef"]
    resource = "/".join(filter(None, (about["resource"], about.get("subresource"))))
    created = event["verb"] == "patch" and event["responseStatus"]["code"] == 201
    for verb in (event["verb"], *(["create"] if created else [])):
        yield (about.get("apiGroup", ""), resource, verb, about.get("namespace", ""), about.get("name", ""))


def grants_of(role, rules):
    for number, rule in enumerate(rules):
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield Grant(role, number, group, resource, verb, tuple(rule.get("resourceNames", ())))


def rule_of(grant):
    return {"apiGroups": [grant.group], "resources": [grant.resource], "verbs": [grant.verb], "resourceNames": list(grant.names)}


def role_objects(role, user, rules):
    """A role with these rules, of the kind and in the namespace of `role`, and its binding to the user."""
    kind, namespace, name = role
    metadata = {"name": f"{user}-{name}", "namespace": namespace, "labels": {"permissions-test": ""}}
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": metadata["name"]}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
    return [{**head, "kind": kind, "rules": rules}, {**head, "kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]}]


def review(user, request):
    group, resource, verb, namespace, name = request
    resource, _, subresource = resource.partition("/")
    attributes = {"group": group, "resource": resource, "subresource": subresource, "verb": verb, "namespace": namespace, "name": name}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": user, "resourceAttributes": attributes}}


def documents(text):
    """The JSON objects that stand one after another in `text`."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        found, end = decoder.raw_decode(text, at)
        yield found
        at = end + len(text[end:]) - len(text[end:].lstrip())


if __name__ == "__main__":
    unittest.main()
