#!/usr/bin/env python3
"""A Prometheus that wants a password and shows a certificate of a private authority: as a policy's own, and as the operator's."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import pki, wait_until  # noqa: E402
from localcluster.ports import Reservation  # noqa: E402
from operator_load_test import WORKLOAD  # noqa: E402
from opt_in_test import ENABLE, OptInTest  # noqa: E402
from rivals_test import spillway  # noqa: E402

USERNAME, PASSWORD = "spillway", "open sesame"
HASH = "$2b$04$tKMJgJVGIztYYizuFnmkIu21IHxELrcDfkUMDzVaRt6IIH8R9HcVa"  # bcrypt of PASSWORD
METRICS = {"arrivalRate": {"query": "vector(100)"}}


class ProtectedPrometheus(OptInTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apply(WORKLOAD)
        cls.fetch_as_spillway("the workload is scraped", f'toy_http_requests_received_total{{namespace="{cls.namespace}"}}')

    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        """With that server as its own, which it must not be asked for before the server runs."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="protected-", dir=cls.cluster.dir))
        cls.url, cls.log = cls.start_prometheus(folder)
        cls.credentials = folder / "credentials"
        cls.credentials.mkdir()
        for name, text in (("username", USERNAME + "\n"), ("password", PASSWORD), ("ca.crt", (cls.cluster.dir / "pki/ca.crt").read_text())):
            (cls.credentials / name).write_text(text)
        return super().start_operator(kubeconfig, namespaces="", prometheus_address=cls.url, prometheus_credentials_directory=cls.credentials, **settings)

    @classmethod
    def start_prometheus(cls, folder):
        """One beside the cluster's, of the same program with the same targets."""
        certificate, key = pki.issue_server(cls.cluster.dir / "pki", "localhost")
        web = folder / "web.yml"
        web.write_text(f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\nbasic_auth_users: {{{USERNAME}: '{HASH}'}}\n")
        ports = Reservation()
        port = ports.take()
        ports.release(port)
        with open(folder / "log", "w") as log:
            process = subprocess.Popen([cls.cluster.program("prometheus"), f"--config.file={cls.cluster.dir}/prometheus.yml", f"--web.config.file={web}",
                                        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)  # fmt: skip
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        return f"https://localhost:{port}", folder / "log"

    @classmethod
    def fetch_as_spillway(cls, what, promql):
        ask = ["curl", "--silent", "--cacert", cls.cluster.dir / "pki/ca.crt", "--user", f"{USERNAME}:{PASSWORD}", f"{cls.url}/api/v1/query",
               "--data-urlencode", f"query={promql}"]  # fmt: skip
        wait_until(f"{what} (log: {cls.log})", lambda: '"result":[{' in subprocess.run(ask, capture_output=True, text=True).stdout, 60)

    def test_a_policy_without_an_address_asks_with_the_operators_credentials_and_its_past_is_read_too(self):
        self.create("plain", "", metrics=METRICS)
        self.wait_condition("plain", "MetricsFresh", "True")
        self.wait_replicas("plain", lambda count: count >= 5)

    def test_a_deployment_that_opts_in_has_its_metrics_found(self):
        self.kubectl("annotate", "deployment", "web", f"{ENABLE}=true")
        made = self.wait_policy("web")
        self.assertIn("toy_http_requests_received_total", made["spec"]["metrics"]["arrivalRate"]["query"])
        self.wait_condition("web", "MetricsFresh", "True")

    def test_an_address_of_its_own_never_sees_the_operators_credentials(self):
        self.create("stranger", "", metrics={"prometheus": {"address": self.url}, **METRICS})
        self.assertIn("certificate", self.wait_condition("stranger", "MetricsFresh", "False")["message"])
        self.kubectl("create", "secret", "generic", "authority", f"--from-file=ca.crt={self.cluster.dir}/pki/ca.crt")
        self.create("trusting", "", metrics={"prometheus": {"address": self.url, "caSecretRef": {"name": "authority", "key": "ca.crt"}}, **METRICS})
        self.assertIn("401", self.wait_condition("trusting", "MetricsFresh", "False")["message"])

    def test_a_policy_brings_its_own_credentials_as_secrets(self):
        self.kubectl("create", "secret", "generic", "client", f"--from-literal=username={USERNAME}", f"--from-literal=password={PASSWORD}",
                     f"--from-file=ca.crt={self.cluster.dir}/pki/ca.crt")  # fmt: skip
        server = {"address": self.url, "basicAuthSecretRef": {"name": "client"}, "caSecretRef": {"name": "client", "key": "ca.crt"}}
        self.create("own", "", metrics={"prometheus": server, **METRICS})
        self.wait_condition("own", "MetricsFresh", "True")

    def test_credentials_that_change_are_read_again_and_wrong_ones_are_said(self):
        self.create("rotated", "", metrics=METRICS)
        self.wait_condition("rotated", "MetricsFresh", "True")
        self.addCleanup((self.credentials / "password").write_text, PASSWORD)
        (self.credentials / "password").write_text("yesterday's")
        self.assertIn("401", self.wait_condition("rotated", "MetricsFresh", "False")["message"])
        (self.credentials / "password").write_text(PASSWORD)
        self.wait_condition("rotated", "MetricsFresh", "True")
        (self.credentials / "password").unlink()
        self.assertIn("username or password without the other", self.wait_condition("rotated", "MetricsFresh", "False")["message"])
        self.assertNotIn("yesterday's", self.operator.log_path.read_text())

    def test_init_looks_with_credentials_and_prints_none(self):
        done = spillway("init", "deployment", "web", "-n", self.namespace, "-p", self.url, "--prometheus-credentials-directory", str(self.credentials),
                        "--kubeconfig", self.cluster.kubeconfig)  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("toy_http_requests_received_total", done.stdout)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
