#!/usr/bin/env python3
"""The documentation holds: generated parts are current, links lead somewhere, policies are valid, commands run.

What needs a cluster runs in tests/cluster/e2e/documentation_test.py.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from commands import ROOT, fences, needs_cluster, script  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SPILLWAY_BINARY", ROOT / "build/spillway"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# Pages of which every command is run, here or on the cluster, and what is left out there, with the reason that the page gives.
RUN = ["README.md", "docs/quickstart.md", "docs/install.md", "docs/tuning.md"]
NOT_RUN = {
    "README.md": ["it is the demo and the tests themselves", "the test has a cluster of the same kind already", "others use the cluster"],
    "docs/quickstart.md": ["building is what the test begins with", "the test has a cluster of the same kind already", "others use the cluster",
                           "there is no registry here"],
    "docs/install.md": ["it has values for the local cluster in this file", "tests/cluster/e2e/protected_prometheus_test.py asks such a server", "it does not end by itself", "it deletes every policy",
                        "chart_test.py runs an overlay with what the local cluster needs"],
    "docs/tuning.md": [],
}  # fmt: skip


class DocumentationTest(unittest.TestCase):
    def test_generated_pages_are_current(self):
        answer = subprocess.run([ROOT / "scripts/generate-docs", "--check"], capture_output=True, text=True, timeout=120)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_every_link_and_picture_leads_to_a_file_and_every_page_is_linked(self):
        linked = set()
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
                if "://" in target:
                    continue
                with self.subTest(page=str(page.relative_to(ROOT)), link=target):
                    found = (page.parent / target).resolve()
                    self.assertTrue(found.exists())
                    linked |= {found, *(found.iterdir() if found.is_dir() else [])}
        lonely = [str(p.relative_to(ROOT)) for p in [*PAGES, *ROOT.glob("docs/images/*")] if p not in linked and p.name not in ("README.md", "CONTRIBUTING.md")]
        self.assertEqual(lonely, [], "nothing links to these")

    def test_every_policy_shown_is_one_that_spillway_accepts(self):
        shown = [(page, text) for page in PAGES for text in policies(page.read_text())]
        self.assertGreaterEqual(len(shown), 3)
        for page, text in shown:
            with self.subTest(page=str(page.relative_to(ROOT)), policy=text[:400]), tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
                manifest.write(text)
                manifest.flush()
                answer = subprocess.run([BINARY, "step", "--policy", manifest.name], input="", capture_output=True, text=True, timeout=30)
                self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_troubleshooting_knows_every_reason_and_guard(self):
        page = (ROOT / "docs/troubleshooting.md").read_text()
        conditions = (ROOT / "controllers/autoscaler_policy/conditions.cpp").read_text()
        reasons = set(re.findall(r"\{\"([A-Z]\w+)\", \w+\}", (ROOT / "model/decide/guards.cpp").read_text()))
        reasons |= set(re.findall(r"\bk[A-Z]\w+,(?:\s*ConditionStatus::k\w+,)?[^\"();]*\"([A-Z][A-Za-z]+)\"", conditions))
        reasons |= set(re.findall(r"(?:Obstacle|return )\{\"([A-Z]\w+)\"", (ROOT / "controllers/autoscaler_policy/reconciler.cpp").read_text()))
        reasons |= set(re.findall(r"case Absence::k\w+: return \"(\w+)\"", (ROOT / "model/base/observation.cpp").read_text())) - {"Present", "NotAsked"}
        self.assertGreater(len(reasons), 50)
        self.assertEqual(sorted(reason for reason in reasons if f"`{reason}`" not in page), [])

    def test_what_is_not_run_is_what_is_listed_here(self):
        for page in RUN:
            self.assertEqual([reason for _, reason in fences(page) if reason], NOT_RUN[page], page)

    def test_no_page_shows_commands_in_a_way_that_escapes_the_test(self):
        for page in RUN:
            outside = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.M | re.S)
            self.assertEqual(re.findall(r"^    (?:make|spillway|kubectl|helm) .*$", outside, re.M), [], page)

    def test_the_commands_without_a_cluster_run(self):
        for page in RUN:
            blocks = [body for body, reason in fences(page) if not reason and not needs_cluster(body)]
            if not blocks:
                continue
            with self.subTest(page=page), tempfile.TemporaryDirectory() as folder:
                tree = pathlib.Path(folder)  # the page's commands write to out/ and read from the repository
                for entry in ROOT.iterdir():
                    if entry.name not in ("out", "build"):
                        (tree / entry.name).symlink_to(entry)
                (tree / "build").mkdir()
                (tree / "build/spillway").symlink_to(BINARY.resolve())
                environment = {**os.environ, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
                done = subprocess.run(["bash", "-c", script(blocks)], cwd=tree, env=environment, capture_output=True, text=True, timeout=200)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
                self.assertIn("Spillway", done.stdout)


def policies(text):
    """Complete AutoscalerPolicy manifests in fences of a page."""
    for block in re.findall(r"^```(?:yaml|sh)\n(.*?)^```$", text, re.M | re.S):
        for document in re.split(r"^---$", block, flags=re.M):
            found = re.search(r"^apiVersion: autoscaling\.spillway\.dev/.*?(?=^END$|\Z)", document, re.M | re.S)
            if found and "\nspec:" in found.group():
                yield found.group()


if __name__ == "__main__":
    unittest.main()
