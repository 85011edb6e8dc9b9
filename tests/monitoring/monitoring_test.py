#!/usr/bin/env python3
"""Alerts fire when they should and only then; each has a runbook; alerts and dashboards name only metrics that the operator has."""

import json
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "helm/spillway/files/rules/alerts.yaml"
DASHBOARDS = sorted((ROOT / "helm/spillway/files/dashboards").glob("*.json"))
METRIC = re.compile(r"\b(?:spillway|workqueue|rest_client|leader_election|process)_[a-z_]+")
OURS = ROOT / "operator/telemetry"


def known_metrics():
    source = (OURS / "operator_metrics.hpp").read_text() + (OURS / "operator_metrics.cpp").read_text()
    return set(re.findall(r'Spec k\w+\{"([a-z_]+)"', source))


def metrics_in(text):
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(text)}


class Alerts(unittest.TestCase):
    def run_promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_the_rules_are_valid(self):
        self.run_promtool("check", "rules", RULES)

    def test_each_alert_fires_on_its_cause_and_a_healthy_fleet_is_silent(self):
        self.run_promtool("test", "rules", pathlib.Path(__file__).with_name("alerts.promtool.yaml"))

    def test_each_alert_has_a_runbook_and_a_unit_test(self):
        names = re.findall(r"- alert: (\w+)", RULES.read_text())
        tested = pathlib.Path(__file__).with_name("alerts.promtool.yaml").read_text()
        self.assertTrue(names)
        for name in names:
            self.assertIn(f"runbook: docs/runbooks/{name}.md", RULES.read_text())
            self.assertTrue((ROOT / f"docs/runbooks/{name}.md").exists(), name)
            self.assertIn(name, tested)

    def test_only_metrics_that_exist_are_named(self):
        self.assertLessEqual(metrics_in(RULES.read_text()), known_metrics())


class Dashboards(unittest.TestCase):
    def panels(self):
        for path in DASHBOARDS:
            for panel in json.loads(path.read_text())["panels"]:
                yield path.stem, panel

    def test_they_are_what_the_generator_writes(self):
        subprocess.run([ROOT / "scripts/generate-dashboards", "--check"], check=True)

    def test_every_panel_has_a_unit_a_description_and_a_query(self):
        for board, panel in self.panels():
            with self.subTest(board=board, panel=panel["title"]):
                self.assertTrue(panel["description"] and panel["fieldConfig"]["defaults"]["unit"] and panel["targets"])

    def test_no_two_panels_overlap(self):
        taken = {}
        for board, panel in self.panels():
            at = panel["gridPos"]
            cells = {(board, x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertLessEqual(at["x"] + at["w"], 24)
            for cell in cells:
                self.assertNotIn(cell, taken, f"{panel['title']} and {taken.get(cell)}")
                taken[cell] = panel["title"]

    def test_only_metrics_that_exist_are_named(self):
        for path in DASHBOARDS:
            self.assertLessEqual(metrics_in(path.read_text()), known_metrics())


if __name__ == "__main__":
    unittest.main()
