#!/usr/bin/env python3
"""docs/complaints.md names tests that exist: a test that is renamed or removed takes its line with it."""

import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/complaints.md"
GTEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w+)", re.M)


def gtests():
    """Suite.Name of every GoogleTest."""
    for file in ROOT.glob("tests/**/*_test.cpp"):
        for suite, name in GTEST.findall(file.read_text()):
            yield f"{suite}.{name}"


def python_tests():
    """file.Class.test of every Python test."""
    for file in [*ROOT.glob("tests/**/*_test.py")]:
        for node in ast.parse(file.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                    yield f"{file.stem}.{node.name}.{each.name}"


def rows():
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.match(r"\d", cells[0]):
            yield cells


class Complaints(unittest.TestCase):
    def test_every_test_that_the_page_names_exists(self):
        known = {*gtests(), *python_tests()}
        named = [(row[0], name) for row in rows() for name in re.findall(r"`([^`]+)`", row[3])]
        self.assertGreater(len(named), 50)
        self.assertEqual([], [(number, name) for number, name in named if name not in known])

    def test_the_pages_on_reference_systems_name_tests_that_exist(self):
        known = set(gtests())
        suites = {name.split(".")[0] for name in known}
        for page in sorted(ROOT.glob("docs/compared/*.md")):
            named = [n for n in re.findall(r"`(\w+\.[A-Z]\w+)`", page.read_text()) if n.split(".")[0] in suites or n[0].isupper()]
            self.assertEqual([], [name for name in named if name not in known], page.name)

    def test_the_page_on_security_names_tests_that_exist(self):
        python = {name.rsplit(".", 1)[1] for name in python_tests()}
        google = {name.split(".")[1] for name in gtests()}
        files = {str(file.relative_to(ROOT / "tests").with_suffix("")) for kind in ("py", "cpp") for file in ROOT.glob(f"tests/**/*_test.{kind}")}
        text = (ROOT / "docs/security.md").read_text()
        named = re.findall(r"((?:\w+/)*\w+_test)(?:: ((?:\w+(?:, )?)+))?", text)
        self.assertGreater(len(named), 20)
        for file, tests in named:
            self.assertTrue(any(known.endswith(file.removeprefix("tests/")) for known in files), file)
            for test in filter(lambda word: "_" in word, tests.split(", ")):
                self.assertIn(test, python | google, file)

    def test_every_complaint_has_a_test_or_says_why_it_cannot_happen(self):
        numbers = [row[0] for row in rows()]
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertTrue({str(n) for n in range(1, 26)} <= set(numbers), "all 25 are answered")
        self.assertEqual([], [row[0] for row in rows() if not row[3] and not row[2].startswith("cannot happen")])


if __name__ == "__main__":
    unittest.main()
