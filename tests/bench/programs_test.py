#!/usr/bin/env python3
"""What `make bench` runs, on small generated demand: it ends well, writes what it says, and Spillway's figures are not worse than they were.
The limits are loose: they stop a change that breaks the law, not one that shifts it. Nothing here depends on the clock."""

import csv
import math
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SHAPES = ("step", "bursts", "day")


def run(program, *arguments):
    done = subprocess.run([os.environ[program], *map(str, arguments)], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{program} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.traces = cls.folder / "traces"
        cls.traces.mkdir()
        for shape in SHAPES:
            run("SPILLWAY_BINARY", "trace", "generate", shape, "--dt", 5, "--out", cls.traces / f"{shape}.csv")

    def rows(self, file):
        with open(self.folder / file) as table:
            return list(csv.DictReader(table))

    def test_the_forecaster_is_scored_at_every_lead_and_its_warnings_in_the_closed_loop(self):
        said = run("FORECAST_BENCH", "--traces", self.traces, "--warnings", 30, "--longest", 1800, "--out", self.folder / "forecast")
        self.assertIn("mae_over_hold", said)
        scores = self.rows("forecast/forecast.csv")
        self.assertEqual(set(range(1, 11)), {int(row["lead"]) for row in scores})
        for row in scores:
            self.assertTrue(math.isfinite(float(row["mae_over_hold"])), row)
            self.assertLess(float(row["mae_over_hold"]), 1.3, "much worse than to say that nothing changes")
        self.assertEqual(set(SHAPES), {row["trace"] for row in self.rows("forecast/warnings.csv")})
        self.assertIn("<svg", (self.folder / "forecast/forecast.html").read_text())

    def test_the_laboratory_compares_and_spillway_is_where_it_was(self):
        said = run("SPILLWAY_BENCH_PROGRAM", "--traces", self.traces, "--lags", 30, "--longest", 3600, "--laws", "spillway", "hpa", "rule", "broken",
                   "--profile-seeds", 2, "--threads", 2, "--out", self.folder / "bench")  # fmt: skip
        cost = {(row["trace"], row["law"]): float(row["cost_over_bound"]) for row in self.rows("bench/closed-loop.csv")}
        self.assertEqual(set(SHAPES), {trace for trace, _ in cost})
        for (trace, law), over in cost.items():
            self.assertGreaterEqual(over, 1.0, f"{law} on {trace} was cheaper than who knows the future")
        for trace in SHAPES:
            self.assertGreater(cost[trace, "broken"], 2 * cost[trace, "Spillway"])
        mean = lambda law: math.prod(cost[trace, law] for trace in SHAPES) ** (1 / len(SHAPES))  # noqa: E731
        self.assertLess(mean("Spillway"), 0.8 * mean("HPA 70%"))
        self.assertLess(mean("Spillway"), mean("one-line rule"))
        # D = 0, 3 and 10 ticks; the columns are Spillway, one-line rule, HPA, last-tick causal: breach ticks / replica-ticks.
        sums = [[tuple(map(int, cell)) for cell in re.findall(r"(\d+) / (\d+)", line)] for line in said.splitlines() if line.startswith("sum of medians")]
        self.assertEqual(3, len(sums))
        for (spillway, rule, hpa, causal), dearer in zip(sums, (1.05, 1.35, 1.2)):
            self.assertLessEqual(spillway[0], causal[0] + 15)
            self.assertLess(spillway[0], hpa[0])
            self.assertLess(spillway[1], dearer * rule[1])


if __name__ == "__main__":
    unittest.main()
