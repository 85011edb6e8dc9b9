#!/usr/bin/env python3
"""Alerts fire when they should and only then; each has a runbook; alerts and dashboards name only metrics that the operator has."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

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

    def test_they_are_as_grafanas_own_schema_says(self):
        """Its package @grafana/schema holds the schema as types: each dashboard is a value of the type Dashboard."""
        modules = ROOT / "operator/http/dashboard/node_modules"
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "node_modules").symlink_to(modules)
            for path in DASHBOARDS:
                text = f"import type {{Dashboard}} from '@grafana/schema';\nexport const board: Dashboard = {path.read_text()};\n"
                pathlib.Path(folder, f"{path.stem}.ts").write_text(text)
            pathlib.Path(folder, "wrong.ts").write_text(text.replace('"panels"', '"pannels"'))
            compile_them = ["node", modules / "typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler"]
            done = subprocess.run([*compile_them, *(f"{path.stem}.ts" for path in DASHBOARDS)], cwd=folder, capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stdout)
            self.assertIn("pannels", subprocess.run([*compile_them, "wrong.ts"], cwd=folder, capture_output=True, text=True).stdout)

    def test_the_files_for_a_plain_grafana_name_what_is_there(self):
        providers = yaml.safe_load((ROOT / "examples/grafana/dashboards.yaml").read_text())
        sources = yaml.safe_load((ROOT / "examples/grafana/datasource.yaml").read_text())
        self.assertEqual((1, ["file"]), (providers["apiVersion"], [provider["type"] for provider in providers["providers"]]))
        self.assertEqual((1, ["prometheus"]), (sources["apiVersion"], [source["type"] for source in sources["datasources"]]))
        self.assertTrue(sources["datasources"][0]["url"].startswith("http://"))

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
