#!/usr/bin/env python3
"""Who may ask the operator what, decided by the real API server; TLS; and that no secret leaves it. docs/security.md names these tests."""

import concurrent.futures
import json
import pathlib
import re
import ssl
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from operator_test import ROOT, OperatorTest  # noqa: E402

# Pages without data about the cluster, and health.
OPEN = {"/health", "/api/v1/docs", "/api/v1/openapi.json"}


class SecurityTest(OperatorTest):
    """One operator with its default, `auth: kubernetes`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.stop()
        cls.operator = cls.start_operator(auth="kubernetes", log_level="debug")
        wait_until("it leads", lambda: any(line.get("message") == "leading" for line in cls.operator.log_lines()))

    def ask(self, path, token=None, method="GET", body=None, operator=None, scheme="http", context=None):
        """(status, body) of a request."""
        url = f"{scheme}://127.0.0.1:{(operator or self.operator).address['port']}{path}"
        request = urllib.request.Request(url, data=body, method=method, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=15, context=context) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def account(self, name, *rules):
        """A token of a new service account that may do what the rules (arguments of `kubectl create clusterrole`) say."""
        self.kubectl("create", "serviceaccount", name)
        if rules:
            role = f"{self.namespace}-{name}"
            self.cluster.kubectl("create", "clusterrole", role, *rules)
            self.addCleanup(self.cluster.kubectl, "delete", "clusterrole", role, "--ignore-not-found")
            self.bind(name, role)
        return self.kubectl("create", "token", name).strip()

    def bind(self, name, role):
        self.cluster.kubectl("create", "clusterrolebinding", role, f"--clusterrole={role}", f"--serviceaccount={self.namespace}:{name}")
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrolebinding", role, "--ignore-not-found")

    def wait_status(self, wanted, path, token):
        wait_until(f"{path} answers {wanted}", lambda: self.ask(path, token)[0] == wanted, 30)


class WhoMayAsk(SecurityTest):
    def test_every_documented_route_but_open_pages_wants_a_token(self):
        routes = documented_routes()
        self.assertGreater(len(routes), 10)
        for method, path in [*(route for route in routes if route[1] != "/ws"), ("GET", "/metrics")]:  # /ws has a handshake of its own
            status, _ = self.ask(path, method=method, body=b"{}" if method != "GET" else None)
            self.assertEqual(path not in OPEN, status == 401, f"{method} {path}: {status}")

    def test_an_invalid_token_is_refused_also_by_open_looking_spellings_of_the_path(self):
        for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/healthz/../metrics", "/metrics?healthz"):
            status, body = self.ask(path, "not-a-token")
            self.assertNotIn("# HELP", body, path)
            self.assertTrue(status in (401, 404) or path == "//metrics", f"{path}: {status}")  # read as host and the open page /

    def test_a_valid_token_without_rights_is_refused_and_the_answer_says_what_is_missing(self):
        status, body = self.ask("/metrics", self.account("nobody"))
        self.assertEqual(403, status)
        self.assertIn(f"system:serviceaccount:{self.namespace}:nobody may not get /metrics", body)

    def test_rights_given_by_a_role_count_and_end_when_they_are_taken(self):
        token = self.account("reader", "--verb=get", "--non-resource-url=/metrics")
        self.wait_status(200, "/metrics", token)
        self.cluster.kubectl("delete", "clusterrolebinding", f"{self.namespace}-reader")
        self.wait_status(403, "/metrics", token)

    def test_a_token_ends_with_its_account(self):
        token = self.account("leaver", "--verb=get", "--non-resource-url=/metrics")
        self.wait_status(200, "/metrics", token)
        self.kubectl("delete", "serviceaccount", "leaver")
        self.wait_status(401, "/metrics", token)

    def test_a_token_that_was_made_for_another_audience_is_refused(self):
        self.account("elsewhere", "--verb=get", "--non-resource-url=/metrics")
        foreign = self.kubectl("create", "token", "elsewhere", "--audience=https://elsewhere.example").strip()
        self.assertEqual(401, self.ask("/metrics", foreign)[0])

    def test_a_right_on_policies_of_one_namespace_is_none_on_those_of_another(self):
        token = self.account("tenant")
        self.kubectl("create", "role", "tenant", "--verb=get,list", "--resource=autoscalerpolicies.autoscaling.spillway.dev")
        self.kubectl("create", "rolebinding", "tenant", "--role=tenant", f"--serviceaccount={self.namespace}:tenant")
        self.create("tenants", "vector(100)")
        self.wait_condition("tenants", "Ready", "True")
        self.wait_status(200, f"/api/v1/policies/{self.namespace}/tenants", token)
        self.assertEqual(403, self.ask("/api/v1/policies/default/tenants", token)[0])
        self.assertEqual(403, self.ask("/api/v1/policies", token)[0])

    def test_who_may_read_a_policy_may_not_change_it(self):
        token = self.account("onlooker", "--verb=get,list", "--resource=autoscalerpolicies.autoscaling.spillway.dev")
        self.create("watched", "vector(100)")
        self.wait_condition("watched", "Ready", "True")
        path = f"/api/v1/policies/{self.namespace}/watched"
        self.wait_status(200, path, token)
        status, _ = self.ask(path, token, "PATCH", b'{"mode": "Paused"}')
        self.assertEqual(403, status)
        self.assertEqual("Active", self.get("autoscalerpolicy", "watched")["spec"].get("mode", "Active"))

    def test_health_needs_no_token_and_stands_apart(self):
        self.assertTrue(self.operator.ready())
        for path in ("/metrics", "/api/v1/policies"):
            with self.assertRaises(urllib.error.HTTPError) as missing:
                self.operator.fetch(path, health=True)
            missing.exception.close()
            self.assertEqual(404, missing.exception.code)

    def test_strangers_who_knock_do_not_keep_the_operator_from_its_work(self):
        token = self.account("scraper", "--verb=get", "--non-resource-url=/metrics")
        self.wait_status(200, "/metrics", token)
        self.create("busy", "vector(100)")
        self.wait_replicas("busy", lambda count: count >= 5)
        with concurrent.futures.ThreadPoolExecutor(16) as strangers:
            knocks = [strangers.submit(self.ask, "/metrics", f"guess-{number}") for number in range(400)]
            self.kubectl("patch", "asp", "busy", "--type=merge", "-p", '{"spec": {"minReplicas": 9}}')
            self.wait_replicas("busy", lambda count: count == 9, 10)
            self.assertTrue(self.operator.ready())
            self.assertLessEqual({knock.result()[0] for knock in knocks}, {401, 503})


class Transport(SecurityTest):
    def test_with_tls_files_the_pages_are_served_by_https_only(self):
        cert, key = self.operator.folder / "tls.crt", self.operator.folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=spillway", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)  # fmt: skip
        secure = self.start_operator(auth="kubernetes", tls_cert_file=cert, tls_key_file=key)
        context = ssl.create_default_context(cafile=cert)
        self.assertEqual(401, self.ask("/metrics", operator=secure, scheme="https", context=context)[0])
        token = self.account("encrypted", "--verb=get", "--non-resource-url=/metrics")
        wait_until("the token counts", lambda: self.ask("/metrics", token, operator=secure, scheme="https", context=context)[0] == 200, 30)
        with self.assertRaises((urllib.error.URLError, ConnectionError)):
            self.ask("/metrics", token, operator=secure)

    def test_without_authentication_it_listens_on_loopback_only(self):
        done = subprocess.run([self.operator.binary, "operator", "--auth", "none", "--listen-address", ":0"], capture_output=True, text=True, timeout=20)
        self.assertEqual(2, done.returncode, done.stderr)
        self.assertIn("loopback", done.stderr)


class Secrets(SecurityTest):
    def test_no_secret_appears_in_logs_records_statuses_events_or_metrics(self):
        secret, token = "prometheus-secret-4711", self.account("trusted", "--verb=get", "--non-resource-url=/metrics")
        self.kubectl("create", "secret", "generic", "prometheus", f"--from-literal=token={secret}", f"--from-literal=password={secret}")
        with self.assertRaisesRegex(RuntimeError, "address"):  # no credentials in an address, where everybody reads them
            self.create("open", "", metrics={"prometheus": {"address": f"http://user:{secret}@127.0.0.1:9"}, "arrivalRate": {"query": "1"}})
        servers = {
            "refusing": {"address": "http://127.0.0.1:9", "bearerTokenSecretRef": {"name": "prometheus", "key": "token"}},
            "answering": {"address": self.cluster.prometheus_url, "bearerTokenSecretRef": {"name": "prometheus", "key": "token"}},
        }
        for name, server in servers.items():
            self.create(name, "", metrics={"prometheus": server, "arrivalRate": {"query": "vector(100)"}})
        self.wait_condition("refusing", "MetricsFresh", "False")
        self.wait_condition("answering", "MetricsFresh", "True")
        self.wait_status(200, "/metrics", token)
        self.ask("/metrics?access_token=" + token)
        said = [self.operator.log_path.read_text(), self.operator.decision_log.read_text(), self.ask("/metrics", token)[1],
                self.kubectl("get", "events.events.k8s.io", "-o", "json"),
                *(json.dumps(self.status(name)) for name in servers)]  # fmt: skip
        own = pathlib.Path(self.cluster.kubeconfig).read_text()
        hidden = [secret, token, *re.findall(r"(?:token|client-key-data): *(\S+)", own)]
        for text in said:
            self.assertGreater(len(text), 2)
            for each in hidden:
                self.assertNotIn(each, text)

    def test_no_secret_stands_in_the_arguments_or_the_environment_of_the_process(self):
        process = pathlib.Path(f"/proc/{self.operator.process.pid}")
        own = pathlib.Path(self.cluster.kubeconfig).read_text()
        secrets = re.findall(r"(?:token|client-key-data): *(\S+)", own)
        for name in ("cmdline", "environ"):
            text = (process / name).read_text()
            self.assertEqual([], [each for each in secrets if each in text])


def documented_routes():
    """(method, path) of docs/openapi.yaml, with something in place of each parameter."""
    routes, path = [], None
    for line in (ROOT / "docs/openapi.yaml").read_text().splitlines():
        if found := re.match(r"  (/\S*):$", line):
            path = re.sub(r"\{\w+\}", "x", found.group(1))
        elif path and (found := re.match(r"    (get|put|post|patch|delete):$", line)):
            routes.append((found.group(1).upper(), path))
    return routes


if __name__ == "__main__":
    unittest.main()
