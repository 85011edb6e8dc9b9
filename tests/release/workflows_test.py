#!/usr/bin/env python3
"""The workflows for GitHub: valid by actionlint, and thin. What they run is `make`, so that a machine without GitHub proves the same."""

import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# A bare Debian container has neither git, which the checkout needs, nor make.
BOOTSTRAP = "apt-get update && apt-get install --yes --no-install-recommends ca-certificates git make"


def actionlint(*files):
    tool = subprocess.run([ROOT / "tests/cluster/tools/build", "actionlint"], check=True, capture_output=True, text=True).stdout.strip()
    return subprocess.run([tool, "-no-color", "-shellcheck=", "-pyflakes=", *map(str, files)], cwd=ROOT, capture_output=True, text=True)


class WorkflowsTest(unittest.TestCase):
    def test_actionlint_finds_nothing(self):
        self.assertGreaterEqual(len(WORKFLOWS), 2)
        answer = actionlint(*WORKFLOWS)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_actionlint_would_find_something(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as broken:
            broken.write(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
            broken.flush()
            self.assertNotEqual(actionlint(broken.name).returncode, 0)

    def test_steps_run_make_targets_that_exist_and_nothing_else(self):
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
        for workflow in WORKFLOWS:
            commands = re.findall(r"^\s*(?:- )?run: (.*)$", workflow.read_text(), re.M)
            self.assertTrue(commands, workflow.name)
            for command in set(commands) - {BOOTSTRAP}:
                with self.subTest(workflow=workflow.name, command=command):
                    self.assertRegex(command, r"^make [a-z]+( [A-Z]+=\S+)?$")
                    self.assertIn(command.split()[1], targets)


if __name__ == "__main__":
    unittest.main()
