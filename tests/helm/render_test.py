#!/usr/bin/env python3
"""What the chart renders for which values, by the real helm; everything is valid for Kubernetes by kubeconform with strict schemas."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import schemas  # noqa: E402
from chart import CHART, NAMESPACE, ROOT, Failed, lint, objects, of_kind, pod_specs, rules, template, the  # noqa: E402
from localcluster import tools  # noqa: E402

MONITORED = ("--api-versions", "monitoring.coreos.com/v1")
EVERYTHING = {
    "commonLabels": {"team": "platform"}, "commonAnnotations": {"example.com/owner": "platform"},
    "image": {"repository": "registry.example.com/spillway", "digest": "sha256:" + "a" * 64, "pullPolicy": "Always", "pullSecrets": ["registry"]},
    "replicas": 3, "watchNamespaces": ["shop", "search"],
    "config": {"prometheus": {"address": "https://prometheus.example.com/path"}, "workers": 8, "shards": 1,
               "decisionLog": {"path": "/var/lib/spillway/decisions.jsonl", "maxBytes": 17179869184}, "zones": {"warning": 0.5}, "log": {"level": "debug"}},
    "prometheus": {"credentialsSecret": "prometheus-client"},
    "serviceAccount": {"name": "scaler", "annotations": {"a": "b"}},
    "rbac": {"scaleTargets": [{"apiGroup": "argoproj.io", "resource": "rollouts"}], "secrets": [{"namespace": "shop", "names": ["prometheus-token"]}]},
    "service": {"type": "NodePort", "port": 80, "labels": {"l": "m"}, "annotations": {"a": "b"}},
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}], "extraEgress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    "podDisruptionBudget": {"maxUnavailable": "50%"},
    "tls": {"secretName": "spillway-tls"},
    "monitoring": {"readers": [{"namespace": "monitoring", "name": "prometheus-k8s"}],
                   "serviceMonitor": {"interval": "30s", "scrapeTimeout": "10s", "labels": {"release": "prometheus"},
                                      "relabelings": [{"targetLabel": "cluster", "replacement": "east"}],
                                      "metricRelabelings": [{"sourceLabels": ["__name__"], "regex": "rest_client_.*", "action": "drop"}]}},
    "ingress": {"enabled": True, "className": "nginx", "hosts": ["spillway.example.com"], "tls": [{"secretName": "tls", "hosts": ["spillway.example.com"]}]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}], "hostnames": ["spillway.example.com"]},
    "priorityClassName": "high", "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}}, "podLabels": {"x": "y"}, "podAnnotations": {"p": "q"}, "deploymentAnnotations": {"d": "e"},
    "extraArgs": ["--log-format=text"], "extraEnv": [{"name": "TZ", "value": "UTC"}], "extraEnvFrom": [{"configMapRef": {"name": "proxy"}}],
    "dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.10"]}, "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["prometheus.example.com"]}],
    "extraVolumes": [{"name": "extra", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "extra", "mountPath": "/extra"}],
    "extraObjects": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-extra"}}],
}  # fmt: skip
MATRIX = {
    "the defaults": {},
    "everything at once": EVERYTHING,
    "one replica": {"replicas": 1},
    "one namespace": {"watchNamespaces": ["shop"]},
    "no roles, account, policy or definitions": {"rbac": {"create": False}, "serviceAccount": {"create": False}, "networkPolicy": {"enabled": False},
                                                 "crds": {"install": False}},
    "definitions that go with the release": {"crds": {"keep": False}, "commonAnnotations": {"a": "b"}},
    "nulls where users unset defaults": {"resources": {"limits": None}, "strategy": {"type": "Recreate", "rollingUpdate": None}},
    "names of its own": {"fullnameOverride": "scaler", "nameOverride": "scaler"},
    "four shards": {"replicas": 3, "config": {"shards": 4}},
    "no opting in": {"config": {"optIn": {"enabled": False}}},
    "nobody is asked who they are": {"config": {"auth": "none", "metricsAuth": "none"}},
    "the local cluster": {"bindAddress": "$(POD_IP)", "nodeSelector": {"type": "process"}},
}  # fmt: skip
# What helm must refuse before anything reaches a cluster, and the word by which a person finds the mistake.
MISTAKES = [
    ({"replica": 3}, "replica"),
    ({"replicas": "3"}, "replicas"),
    ({"config": {"promethues": {"address": "http://p"}}}, "promethues"),
    ({"config": {"prometheus": {"adress": "http://p"}}}, "adress"),
    ({"config": {"workers": 0}}, "workers"),
    ({"config": {"log": {"level": "verbose"}}}, "level"),
    ({"config": {"namespaces": ["shop"]}}, "namespaces"),
    ({"config": {"leaderElection": {"leaseName": "other"}}}, "leaseName"),
    ({"image": {"digest": "sha256:short"}}, "digest"),
    ({"watchNamespaces": "shop"}, "watchNamespaces"),
    ({"watchNamespaces": ["Shop"]}, "watchNamespaces"),
    ({"rbac": {"secrets": [{"names": ["a"]}]}}, "namespace"),
    ({"rbac": {"secrets": [{"namespace": "shop", "names": []}]}}, "names"),
    ({"rbac": {"scaleTargets": [{"apiGroup": "a.b", "resource": "*"}]}}, "resource"),
    ({"service": {"port": 70000}}, "port"),
    ({"ingress": {"enabled": True}}, "hosts"),
    ({"httpRoute": {"enabled": True}}, "parentRefs"),
    ({"prometheus": {"credentialsSecret": "client"}}, "config.prometheus.address"),
    ({"dnsPolicy": "cluster"}, "dnsPolicy"),
]


class Valid(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.schemas = pathlib.Path(folder.name)
        schemas.write(cls.schemas)
        cls.kubeconform = tools.obtain(["kubeconform"], tools.say_with_time())["kubeconform"]

    def judge(self, manifests):
        command = [self.kubeconform, "-strict", "-summary", "-output", "json", "-schema-location", f"{self.schemas}/{schemas.LOCATION}"]
        done = subprocess.run(command, input=manifests, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)

    def assert_valid(self, manifests):
        verdict = self.judge(manifests)
        self.assertEqual([], [(r["kind"], r["name"], r["msg"]) for r in verdict.get("resources", [])])
        self.assertGreater(verdict["summary"]["valid"], 0)
        self.assertEqual(0, verdict["summary"]["skipped"])

    def test_every_combination_of_values_renders_to_valid_objects_and_lints(self):
        for name, values in MATRIX.items():
            with self.subTest(name):
                self.assert_valid(template(values, *MONITORED))
                lint(values)

    def test_the_manifests_for_users_without_helm_are_valid(self):
        for file in ("helm/install/install.yaml", "examples/operator/rbac.yaml"):
            with self.subTest(file):
                self.assert_valid((ROOT / file).read_text())

    def test_the_policies_among_the_examples_are_valid(self):
        for file in sorted((ROOT / "examples/policies").glob("*.yaml")):
            with self.subTest(file.name):
                self.assert_valid(file.read_text())

    def test_an_unknown_field_is_found_so_the_schemas_are_strict(self):
        for wrong, field in (("replicas: 2", "replica: 2"), ("maxReplicas: 2", "maxReplica: 2"), ("honorLabels: true", "honourLabels: true")):
            text = template({}, *MONITORED)
            self.assertIn(wrong, text)
            messages = " ".join(resource["msg"] for resource in self.judge(text.replace(wrong, field))["resources"])
            self.assertIn(field.split(":")[0], messages)


class Refused(unittest.TestCase):
    def test_values_with_a_typo_or_out_of_range_are_refused_by_name(self):
        for values, word in MISTAKES:
            with self.subTest(values), self.assertRaisesRegex(Failed, word):
                template(values)

    def test_kubernetes_older_than_1_29_is_refused(self):
        with self.assertRaisesRegex(Failed, "kubeVersion"):
            template({}, kubernetes="1.28.9")


class Security(unittest.TestCase):
    def test_no_rule_has_a_star_and_secrets_are_read_only_by_name_where_the_values_say(self):
        for name, values in MATRIX.items():
            with self.subTest(name):
                documents = objects(values)
                for kind, namespace, role, rule in rules(documents):
                    self.assertNotIn("*", [word for words in rule.values() for word in words], role)
                    if "secrets" in rule.get("resources", []):
                        self.assertEqual(("Role", "shop", ["prometheus-token"], ["get"]), (kind, namespace, rule["resourceNames"], rule["verbs"]))
        self.assertFalse([rule for *_, rule in rules(objects()) if "secrets" in rule.get("resources", [])])

    def test_limited_to_namespaces_nothing_about_workloads_is_bound_in_the_whole_cluster(self):
        documents = objects({"watchNamespaces": ["shop", "search"]})
        self.assertEqual(["spillway-callers"], [d["metadata"]["name"] for d in of_kind(documents, "ClusterRoleBinding")])
        cluster_wide = {resource for *_, name, rule in rules(documents) if name == "spillway-callers" for resource in rule["resources"]}
        self.assertEqual({"tokenreviews", "subjectaccessreviews"}, cluster_wide)
        self.assertEqual({"shop", "search"}, {ns for _, ns, name, rule in rules(documents) if name == "spillway" and "pods" in rule["resources"]})

    def test_with_nobody_asked_who_they_are_the_pages_are_on_loopback_only_and_no_reviews_are_permitted(self):
        documents = objects({"config": {"auth": "none", "metricsAuth": "none"}})
        arguments = the(documents, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertIn("--listen-address=127.0.0.1:8080", arguments)
        self.assertIn("--health-address=:8081", arguments)
        self.assertFalse([name for *_, name, _ in rules(documents) if name in ("spillway-callers", "spillway-metrics-reader")])

    def test_leases_are_written_by_name_unless_their_holders_have_names_that_nobody_knows_before(self):
        def verbs_without_names(shards):
            found = [rule for *_, rule in rules(objects({"config": {"shards": shards}})) if "leases" in rule.get("resources", [])]
            return {verb for rule in found if "resourceNames" not in rule for verb in rule["verbs"]}

        self.assertEqual({"create", "list", "watch"}, verbs_without_names(1))
        self.assertEqual({"create", "list", "watch", "get", "update", "delete"}, verbs_without_names(3))
        journals = [rule["resourceNames"] for *_, rule in rules(objects({"config": {"shards": 2}})) if "configmaps" in rule.get("resources", [])]
        self.assertEqual([["spillway-shard-0-of-2-journal", "spillway-shard-1-of-2-journal"]], journals)

    def test_every_pod_meets_the_restricted_standard_and_has_a_token_only_where_it_is_used(self):
        for name, values in MATRIX.items():
            for pod, spec in pod_specs(objects(values)):
                with self.subTest(f"{name}: {pod}"):
                    self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                    self.assertEqual("RuntimeDefault", spec["securityContext"]["seccompProfile"]["type"])
                    self.assertFalse(spec["enableServiceLinks"])
                    for container in spec["containers"]:
                        self.assertEqual({"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
                                         container["securityContext"])  # fmt: skip
        for account in of_kind(objects(), "ServiceAccount"):
            self.assertFalse(account["automountServiceAccountToken"])

    def test_the_network_policy_lets_out_to_the_prometheus_server_that_is_configured(self):
        for address, port in (("http://p", 80), ("https://p.example.com/x", 443), ("http://p:9443", 9443), ("http://[::1]:9444/x", 9444)):
            with self.subTest(address):
                policy = the(objects({"config": {"prometheus": {"address": address}}}), "NetworkPolicy")
                self.assertIn(port, [entry["port"] for rule in policy["spec"]["egress"] for entry in rule["ports"]])
                self.assertEqual(["Ingress", "Egress"], policy["spec"]["policyTypes"])
        policy = the(objects({"networkPolicy": {"egressPorts": [6443]}}), "NetworkPolicy")
        self.assertEqual([53, 53, 6443, "http"], [entry["port"] for rule in policy["spec"]["egress"] for entry in rule["ports"]])


class Contents(unittest.TestCase):
    def test_a_budget_and_spreading_come_with_the_second_replica(self):
        one, two = objects({"replicas": 1}), objects({"replicas": 2})
        self.assertFalse(of_kind(one, "PodDisruptionBudget"))
        self.assertNotIn("topologySpreadConstraints", the(one, "Deployment")["spec"]["template"]["spec"])
        self.assertEqual(1, len(of_kind(two, "PodDisruptionBudget")))
        self.assertEqual(2, len(the(two, "Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]))

    def test_selectors_find_the_pods_of_the_operator_and_not_those_of_helm_test(self):
        documents = objects(EVERYTHING)
        labels = the(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
        test = the(documents, "Pod", "spillway-test")["metadata"]["labels"]
        for kind, where in (("Service", lambda o: o["spec"]["selector"]), ("PodDisruptionBudget", lambda o: o["spec"]["selector"]["matchLabels"]),
                            ("Deployment", lambda o: o["spec"]["selector"]["matchLabels"])):  # fmt: skip
            wanted = where(the(documents, kind)).items()
            self.assertLessEqual(wanted, labels.items(), kind)
            self.assertFalse(wanted <= test.items(), kind)

    def test_common_labels_and_annotations_are_on_every_object(self):
        for document in objects({k: v for k, v in EVERYTHING.items() if k != "extraObjects"}, *MONITORED):
            with self.subTest(f"{document['kind']}/{document['metadata']['name']}"):
                self.assertEqual("platform", document["metadata"]["labels"]["team"])
                self.assertEqual("platform", document["metadata"]["annotations"]["example.com/owner"])

    def test_the_image_goes_by_digest_then_tag_then_version(self):
        def image(**values):
            return the(objects({"image": values}), "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]

        version = next(line.split()[1] for line in (CHART / "Chart.yaml").read_text().splitlines() if line.startswith("appVersion"))
        self.assertEqual(f"spillway:{version}", image())
        self.assertEqual("spillway:dev", image(tag="dev"))
        self.assertEqual(f"a.example/b@sha256:{'1' * 64}", image(repository="a.example/b", tag="dev", digest=f"sha256:{'1' * 64}"))

    def test_a_changed_setting_rolls_the_pods_and_an_unchanged_one_does_not(self):
        def template_of(**config):
            return the(objects({"config": config}), "Deployment")["spec"]["template"]

        self.assertEqual(template_of(workers=3), template_of(workers=3))
        self.assertNotEqual(template_of(workers=3), template_of(workers=4))

    def test_the_operator_accepts_the_flags_and_settings_that_the_chart_writes(self):
        for name, values in MATRIX.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                name, documents = values.get("fullnameOverride", "spillway"), objects(values)
                flags = the(documents, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["args"]
                file = pathlib.Path(folder) / "config.yaml"
                file.write_text(the(documents, "ConfigMap", name)["data"]["config.yaml"])
                refused = self.start_operator(flags, file)
                self.assertIn("there-is-no-cluster", refused, "it has taken the settings and now looks for the cluster")
                file.write_text(file.read_text() + "unheardOf: 1\n")
                self.assertIn("unheardOf", self.start_operator(flags, file))

    def start_operator(self, flags, file):
        arguments = [flag.replace("/etc/spillway/config.yaml", str(file)).replace("$(POD_IP)", "127.0.0.1") for flag in flags]
        command = [os.environ["SPILLWAY_BINARY"], *arguments, "--kubeconfig", "/there-is-no-cluster"]
        return subprocess.run(command, capture_output=True, text=True, timeout=20).stderr

    def test_credentials_for_prometheus_are_mounted_where_the_operator_looks_for_them(self):
        documents = objects({"prometheus": {"credentialsSecret": "client"}, "config": {"prometheus": {"address": "https://p", "maxSampleAgeSeconds": 30}}})
        pod = the(documents, "Deployment")["spec"]["template"]["spec"]
        mount = next(m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "prometheus")
        self.assertEqual({"secretName": "client"}, next(v for v in pod["volumes"] if v["name"] == "prometheus")["secret"])
        settings = yaml.safe_load(the(documents, "ConfigMap", "spillway")["data"]["config.yaml"])["prometheus"]
        self.assertEqual({"address": "https://p", "maxSampleAgeSeconds": 30, "credentialsDirectory": mount["mountPath"]}, settings)

    def test_the_decision_log_gets_a_volume_when_it_is_a_file(self):
        spec = the(objects(EVERYTHING), "Deployment", "spillway")["spec"]["template"]["spec"]
        self.assertIn({"name": "decisions", "mountPath": "/var/lib/spillway"}, spec["containers"][0]["volumeMounts"])
        self.assertIn("decisions", [volume["name"] for volume in spec["volumes"]])
        self.assertNotIn("name: decisions", template({"config": {"decisionLog": {"path": "-"}}}))

    def test_names_stay_within_63_characters_for_the_longest_release_name(self):
        for document in of_kind(objects({}, name="r" * 53), "Service", "Deployment", "Pod", "AutoscalerPolicy", "ServiceAccount"):
            self.assertLessEqual(len(document["metadata"]["name"]), 63)

    def test_definitions_are_kept_on_removal_unless_told_otherwise(self):
        def annotations(values):
            return {d["metadata"]["name"]: d["metadata"].get("annotations", {}) for d in of_kind(objects(values), "CustomResourceDefinition")}

        self.assertEqual({"keep"}, {found.get("helm.sh/resource-policy") for found in annotations({}).values()})
        self.assertEqual({None}, {found.get("helm.sh/resource-policy") for found in annotations({"crds": {"keep": False}}).values()})
        self.assertFalse(annotations({"crds": {"install": False}}))


class Monitoring(unittest.TestCase):
    RULE = 'groups:\n  - name: sample\n    rules:\n      - {alert: A, expr: up == 0, annotations: {summary: "{{ $labels.pod }} is down"}}\n'
    BOARD = '{"title": "Sample", "legend": "{{pod}}"}\n'

    def chart(self):
        """A copy of the chart with one rule and one dashboard more."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        copy = pathlib.Path(folder.name) / "spillway"
        shutil.copytree(CHART, copy)
        for path, text in (("rules/sample.yaml", self.RULE), ("dashboards/sample.json", self.BOARD)):
            (copy / "files" / path).parent.mkdir(exist_ok=True)
            (copy / "files" / path).write_text(text)
        return copy

    def test_a_rule_or_a_dashboard_is_added_by_adding_its_file(self):
        documents = objects({}, *MONITORED, chart=self.chart())
        rule = the(documents, "PrometheusRule", "spillway-sample")["spec"]["groups"][0]["rules"][0]
        self.assertEqual("{{ $labels.pod }} is down", rule["annotations"]["summary"])
        board = the(documents, "ConfigMap", "spillway-dashboard-sample")
        self.assertEqual(json.loads(self.BOARD), json.loads(board["data"]["sample.json"]))
        self.assertEqual("1", board["metadata"]["labels"]["grafana_dashboard"])

    def notes(self, values=None, *arguments):
        """What helm prints after an installation: it renders them for a cluster only, so they stand in a ConfigMap here."""
        chart = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, chart)
        templates = shutil.copytree(CHART, chart, dirs_exist_ok=True) / "templates"
        text = (templates / "NOTES.txt").read_text()
        (templates / "NOTES.txt").unlink()
        (templates / "_notes.tpl").write_text('{{- define "notes" -}}' + text + "{{- end -}}")
        (templates / "notes.yaml").write_text('kind: ConfigMap\nmetadata: {name: notes}\ndata: {text: {{ include "notes" . | toJson }}}\n')
        return the(objects(values, *arguments, chart=chart), "ConfigMap", "notes")["data"]["text"]

    def test_the_notes_warn_where_prometheus_may_not_read_the_metrics(self):
        warning = "monitoring.readers names no service account"
        self.assertIn(warning, self.notes({}, *MONITORED))
        self.assertNotIn(warning, self.notes({}))
        self.assertNotIn(warning, self.notes({"monitoring": {"readers": [{"namespace": "monitoring", "name": "prometheus-k8s"}]}}, *MONITORED))
        self.assertNotIn(warning, self.notes({"config": {"metricsAuth": "none"}}, *MONITORED))

    def test_they_are_made_only_where_the_cluster_has_the_kinds_and_the_values_agree(self):
        kinds = {"ServiceMonitor", "PrometheusRule"}
        self.assertEqual(kinds, kinds & {d["kind"] for d in objects({}, *MONITORED, chart=self.chart())})
        without = objects({}, chart=self.chart())
        self.assertFalse(of_kind(without, *kinds))
        self.assertFalse([d for d in of_kind(without, "ConfigMap") if "dashboard" in d["metadata"]["name"]])
        off = {"monitoring": {part: {"enabled": False} for part in ("serviceMonitor", "prometheusRule", "dashboards")}}
        self.assertFalse(of_kind(objects(off, *MONITORED, chart=self.chart()), *kinds))


class Current(unittest.TestCase):
    def test_what_is_generated_around_the_chart_is_current(self):
        done = subprocess.run([ROOT / "scripts/generate-chart", "--check"], capture_output=True, text=True, timeout=60)
        self.assertEqual(("", 0), (done.stdout, done.returncode), done.stderr)

    def test_the_definitions_in_the_chart_are_those_of_the_repository(self):
        ours = {file.name: file.read_bytes() for file in (ROOT / "crds").glob("*.yaml")}
        self.assertEqual(ours, {file.name: file.read_bytes() for file in (CHART / "files/crds").glob("*.yaml")})
        rendered = of_kind(objects(), "CustomResourceDefinition")
        self.assertEqual(len(ours), len(rendered))

    def test_every_value_has_a_schema_and_stands_in_the_table_of_the_readme(self):
        values, schema = yaml.safe_load((CHART / "values.yaml").read_text()), json.loads((CHART / "values.schema.json").read_text())
        table = (CHART / "README.md").read_text()
        for path, described in leaves(values, schema):
            with self.subTest(path):
                self.assertIsNotNone(described, "no schema")
                self.assertTrue(any(f"| `{prefix}` |" in table for prefix in prefixes(path)), "not in the README")

    def test_an_overlay_can_build_on_the_kustomization(self):
        program = tools.obtain(["kubectl"], tools.say_with_time())["kubectl"]
        done = subprocess.run([program, "kustomize", ROOT / "helm/install"], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("kind: Deployment", done.stdout)


def leaves(values, schema, path=""):
    """(dotted path, its schema or None) down to where the schema lists no more fields."""
    for name, value in values.items():
        known = (schema or {}).get("properties", {}).get(name)
        here = f"{path}.{name}".removeprefix(".")
        if isinstance(value, dict) and known and "properties" in known:
            yield from leaves(value, known, here)
        else:
            yield here, known


def prefixes(path):
    """The path, those above it, and itself as the group of those below."""
    parts = path.split(".")
    yield from (".".join(parts[:n]) for n in range(1, len(parts) + 1))


if __name__ == "__main__":
    unittest.main()
