#!/usr/bin/env python3
"""Every panel of the Grafana dashboards returns data from a real Prometheus that scrapes the running operator; so do the variables.

Grafana itself does not run here: how it draws them is not checked."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from localcluster import wait_until  # noqa: E402
from localcluster.ports import Reservation  # noqa: E402
from operator_test import ROOT, OperatorTest  # noqa: E402

DASHBOARDS = sorted((ROOT / "helm/spillway/files/dashboards").glob("*.json"))
CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: spillway
  honor_labels: true
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Dashboards(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="dashboards-", dir=cls.cluster.dir))
        (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=cls.operator.address["port"]))
        ports = Reservation()
        port = ports.take()
        ports.release(port)
        cls.server = f"127.0.0.1:{port}"
        with open(folder / "prometheus.log", "w") as log:
            arguments = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={cls.server}"]
            process = subprocess.Popen(["prometheus", *arguments], stdout=log, stderr=log)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)

    def ask(self, promql):
        """How many series an instant query of this class's own Prometheus returns."""
        url = f"http://{self.server}/api/v1/query?" + urllib.parse.urlencode({"query": promql})
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return len(json.load(reply)["data"]["result"])
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it has just started
                return 0
            self.fail(f"{promql}: {error.read().decode()}")
        except urllib.error.URLError:
            return 0

    def test_every_panel_and_variable_returns_data(self):
        self.create("steady", "vector(100)", metrics={"arrivalRate": {"query": "vector(100)"}, "latency": {"query": "vector(0.1)"}})
        self.create("swamped", "", maxReplicas=2, metrics={"arrivalRate": {"query": "vector(2000)"}, "throughput": {"query": "no_such_series"}})
        self.create("shrinking", "vector(20)", replicas=15)  # not at once after the start: a guard has work
        empty = []

        def complete():
            empty[:] = [name for board in DASHBOARDS for name in self.without_data(json.loads(board.read_text()))]
            return not empty

        try:
            wait_until("every panel and variable has data", complete, 60)
        except TimeoutError:
            self.fail(f"no data: {empty}")
        for board in map(json.loads, (path.read_text() for path in DASHBOARDS)):
            if "policy" in {variable["name"] for variable in board["templating"]["list"]}:
                self.check_choice(board)

    def check_choice(self, board):
        """With one namespace and one policy chosen each panel shows that policy, if it shows it with all chosen, and no other."""
        for panel in board["panels"]:
            for expression in (target["expr"] for target in panel["targets"]):
                of_all = self.ask(chosen(expression, self.namespace, ".*"))
                of_each = [self.ask(chosen(expression, self.namespace, name)) for name in ("steady", "swamped", "shrinking")]
                self.assertTrue(any(of_each), (board["title"], panel["title"], of_all, of_each))
                self.assertEqual(0, self.ask(chosen(expression, "no-such-namespace", ".*")) if "or vector" not in expression else 0, panel["title"])

    def without_data(self, board):
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
                if not self.ask(f"count by ({label}) ({metric.replace('$namespace', '.*')})"):
                    yield board["title"], variable["name"]
        for panel in board["panels"]:
            for target in panel["targets"]:
                if not self.ask(chosen(target["expr"], ".*", ".*")):
                    yield board["title"], panel["title"]


def chosen(expression, namespace, policy):
    return expression.replace("$namespace", namespace).replace("$policy", policy)


if __name__ == "__main__":
    unittest.main()
