#!/usr/bin/python3
"""Draws the pictures of docs/concepts.md and plays the table of docs/comparison.md, all from runs of `spillway simulate` and `step`.

Called by `scripts/generate-docs --figures`. Simulated time: everything together takes about half a minute.
"""

import csv
import json
import math
import os
import pathlib
import re
import subprocess
import tempfile

import matplotlib
import matplotlib.ticker

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("SPILLWAY_BINARY", str(ROOT / "build/spillway"))
IMAGES = ROOT / "docs/images"
SPIKE = ["--phases", "20x60s,200x60s,20x120s", 
         "--queue-limit", 0, "--timeout", 120, "--queueing", "shared"]  # one queue that turns nobody away, as the plan supposes
COLOR = {"Spillway": "#0b6bcb", "HPA": "#d9480f", "KPA": "#2b8a3e", "KEDA": "#9c36b5", "one-line rule": "#b08900", "needed": "#8a949f", "load": "#5c6775"}
LAWS = {"spillway": "Spillway", "hpa-rate": "HPA", "keda": "KEDA", "kpa": "KPA", "rule": "one-line rule"}
SHAPES = ["spike", "step", "ramp", "seasonality", "oscillation", "noise", "bursts", "day"]

plt.rcParams.update({"svg.hashsalt": "spillway", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
                     "axes.grid": True, "grid.color": "#eceff2", "axes.axisbelow": True, "legend.frameon": False,
                     "figure.constrained_layout.use": True})  # fmt: skip


def simulate(*arguments):
    return json.loads(spillway("simulate", *arguments, "--output", "json"))


def spillway(*arguments, text=None):
    return subprocess.run([BINARY, *map(str, arguments)], input=text, check=True, capture_output=True, text=True, timeout=300).stdout


def trajectory(*arguments):
    """{law: [row of numbers]} of a simulated run."""
    with tempfile.TemporaryDirectory() as folder:
        spillway("simulate", *arguments, "--out", folder)
        runs = {}
        with open(pathlib.Path(folder) / "trajectory.csv") as lines:
            for row in csv.DictReader(lines):
                law = row.pop("law")
                runs.setdefault("HPA" if law.startswith("HPA") else law, []).append({k: float(v) if v else None for k, v in row.items()})
        return runs


def column(rows, name):
    return [row[name] for row in rows]


def save(figure, name):
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)
    print(f"docs/images/{name}.svg drawn")


# -- pictures ---------------------------------------------------------------------------------------------------------------------


def draw_loop(name, title, *arguments):
    """Load, replicas and waiting requests of Spillway and the HPA on the same demand."""
    runs = trajectory(*arguments, "--laws", "spillway", "hpa-rate")
    figure, (load, replicas, waiting) = plt.subplots(3, 1, figsize=(8.4, 6.2), sharex=True)
    any_run = next(iter(runs.values()))
    load.plot(column(any_run, "elapsed_s"), column(any_run, "offered_rps"), color=COLOR["load"], lw=1)
    replicas.step(column(any_run, "elapsed_s"), column(any_run, "needed"), color=COLOR["needed"], lw=1, label="needed at full use")
    for law, rows in runs.items():
        t = column(rows, "elapsed_s")
        replicas.step(t, column(rows, "replicas"), color=COLOR[law], lw=0.9, ls=":", label=f"{law}: asked for")
        replicas.step(t, column(rows, "ready"), color=COLOR[law], lw=1.6, label=f"{law}: ready")
        waiting.plot(t, column(rows, "backlog"), color=COLOR[law], lw=1.4, label=law)
    finish(load, title, "requests/s")
    finish(replicas, "", "replicas", legend=True)
    finish(waiting, "", "requests waiting", legend=True)
    waiting.set_xlabel("seconds")
    save(figure, name)


def finish(axes, title, unit, legend=False):
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    if unit == "replicas":
        axes.yaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    if legend:
        axes.legend(loc="best", fontsize=8)


def policy(folder, **spec):
    path = pathlib.Path(folder) / "policy.json"
    base = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 30,
            "controlPeriodSeconds": 5, "horizonSeconds": 120, "metrics": {"arrivalRate": {"query": "x"}},
            "capacity": {"requestsPerSecondPerReplica": "25", "concurrencyPerReplica": 1, "startupSeconds": 20}}  # fmt: skip
    path.write_text(json.dumps({"apiVersion": "autoscaling.spillway.dev/v1alpha1", "kind": "AutoscalerPolicy", "metadata": {"name": "web"},
                                "spec": {**base, **spec}}))  # fmt: skip
    return path


def step(observations, **spec):
    with tempfile.TemporaryDirectory() as folder:
        lines = "".join(json.dumps(observation) + "\n" for observation in observations)
        return [json.loads(line) for line in spillway("step", "--policy", policy(folder, **spec), text=lines).splitlines()]


def draw_plan():
    """The plan made ten seconds into the spike, and what then happened."""
    rows = trajectory(*SPIKE, "--laws", "spillway")["Spillway"]
    now = 70
    seen = [observe(rows, t) for t in range(5, now + 1, 5)]
    answer = step(seen)[-1]
    at = [now + s["offsetSeconds"] for s in answer["plan"]]
    figure, (replicas, waiting) = plt.subplots(2, 1, figsize=(8.4, 4.6), sharex=True)
    t = column(rows, "elapsed_s")
    replicas.step(t, column(rows, "replicas"), color=COLOR["needed"], lw=1.2, where="post", label="asked for, as it happened")
    replicas.step(t, column(rows, "ready"), color=COLOR["needed"], lw=1.2, ls=":", where="post", label="ready, as it happened")
    replicas.step(at, [s["replicas"] for s in answer["plan"]], color=COLOR["Spillway"], lw=1.8, where="post", label=f"the plan at {now} s")
    waiting.plot(t, column(rows, "backlog"), color=COLOR["needed"], lw=1.2, label="as it happened")
    ends = [*at[1:], float("nan")]  # a stage's backlog is that at its end
    waiting.plot([now, *ends], [rows[now]["backlog"], *(s["backlog"] for s in answer["plan"])], color=COLOR["Spillway"], marker="o", ms=3, lw=1.8, label=f"the plan at {now} s")
    for axes in (replicas, waiting):
        axes.axvline(now, color="#1c2430", lw=0.8)
    finish(replicas, f"A plan and its fulfilment: at {now} s, {seen[-1]['arrivalRate']:.0f} requests/s arrive at {seen[-1]['readyReplicas']:.0f} replicas",
           "replicas", legend=True)  # fmt: skip
    finish(waiting, "", "requests waiting", legend=True)
    replicas.set_xlim(40, 200)
    waiting.set_xlabel("seconds")
    save(figure, "plan")


def observe(rows, t, window=5):
    recent = [r for r in rows if t - window < r["elapsed_s"] <= t]
    mean = {k: sum(r[k] for r in recent) / len(recent) for k in ("offered_rps", "throughput_rps")}
    last = recent[-1]
    served = min(last["ready"], last["backlog"] + mean["offered_rps"] / 25)
    return {"t": t, "arrivalRate": mean["offered_rps"], "throughput": mean["throughput_rps"], "backlog": last["backlog"] + served,
            "readyReplicas": last["ready"], "replicas": last["replicas"]}  # fmt: skip


def draw_missing():
    """A metric that disappears for ten minutes while load goes on, under the three kinds of fallback."""
    kinds = {"Hold": ({"onMissingMetrics": "Hold"}, "#0b6bcb"), "Replicas: 12, after 300 s": ({"onMissingMetrics": "Replicas", "replicas": 12}, "#2b8a3e")}
    figure, (rate, replicas) = plt.subplots(2, 1, figsize=(8.4, 3.8), sharex=True)
    times = list(range(0, 1501, 5))
    seen = [None if 300 < t <= 900 else 150 if t <= 300 else 60 for t in times]
    rate.plot(times, [float("nan") if v is None else v for v in seen], color=COLOR["load"])
    rate.axvspan(300, 900, color="#fff3bf", lw=0)
    rate.text(600, 75, "no sample", ha="center", color=COLOR["load"])
    for label, (fallback, color) in kinds.items():
        replicas.step(times, follow(times, seen, fallback), color=color, where="post", label=f"onMissingMetrics: {label}")
    replicas.axvspan(300, 900, color="#fff3bf", lw=0)
    finish(rate, "Missing is never zero", "requests/s, as read")
    finish(replicas, "", "replicas", legend=True)
    replicas.set_xlabel("seconds")
    save(figure, "missing")


def follow(times, seen, fallback):
    """Replicas of a target that gets what it is told 20 s later, one decision a period through one `spillway step` process."""
    with tempfile.TemporaryDirectory() as folder:
        path = policy(folder, fallback={"afterSeconds": 300, **fallback})
        replicas, asked = 8, []
        with subprocess.Popen([BINARY, "step", "--policy", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            for t, rate in zip(times, seen):
                ready = min([replicas, *[r for when, r in asked if t - 20 < when < t]])
                process.stdin.write(json.dumps({"t": t, "arrivalRate": rate, "throughput": rate, "backlog": None if rate is None else rate / 25,
                                                "readyReplicas": ready, "replicas": replicas}) + "\n")  # fmt: skip
                process.stdin.flush()
                replicas = json.loads(process.stdout.readline())["replicas"]
                asked.append((t, replicas))
            process.stdin.close()
        return [r for _, r in asked]


def draw_lags():
    """Late requests and replicas on a ramp, by the time that a replica needs to start."""
    lags = [5, 10, 20, 30, 45, 60, 90, 120]
    laws = ["spillway", "hpa-rate", "kpa", "rule"]
    runs = [simulate("--shape", "ramp", "--max", 60, "--startup", lag, "--laws", *laws)["laws"] for lag in lags]
    figure, (late, spent) = plt.subplots(1, 2, figsize=(8.4, 2.9), sharex=True)
    for index, law in enumerate(laws):
        look = {"marker": "o", "ms": 4, "color": COLOR[LAWS[law]], "label": LAWS[law]}
        late.plot(lags, [100 * laws_of[index]["late_share"] for laws_of in runs], **look)
        spent.plot(lags, [laws_of[index]["replica_seconds"] / 3600 for laws_of in runs], **look)
    finish(late, "A ramp, by start-up lag", "late requests, %", legend=True)
    finish(spent, "", "replica-hours")
    for axes in (late, spent):
        axes.set_xlabel("seconds from asked for to ready")
    save(figure, "lag")


# -- the table --------------------------------------------------------------------------------------------------------------------


def play_table():
    """Late requests and replica-hours of each law on each shape, at a start-up lag of 20 and of 60 seconds."""
    for lag in (20, 60):
        yield f"\nStart-up lag {lag} s:\n\n| demand | " + " | ".join(LAWS.values()) + " |\n|---|" + "---|" * len(LAWS) + "\n"
        over_cheapest = []
        for shape in SHAPES:
            laws = simulate("--shape", shape, "--max", 60, "--startup", lag, "--laws", *LAWS)["laws"]
            cheapest = min(entry["cost"] for entry in laws)
            over_cheapest.append([entry["cost"] / cheapest for entry in laws])
            yield f"| {shape} | " + " | ".join(cell(entry, entry["cost"] == cheapest) for entry in laws) + " |\n"
        means = [math.prod(ratios) ** (1 / len(SHAPES)) for ratios in zip(*over_cheapest)]
        yield "| cost over the cheapest, geometric mean | " + " | ".join(f"{mean:.2f}" for mean in means) + " |\n"


def cell(entry, best):
    text = f"{100 * entry['late_share']:.1f} % / {entry['replica_seconds'] / 3600:.2f} / {entry['moves']}"
    return f"**{text}**" if best else text


def write_table():
    page = ROOT / "docs/comparison.md"
    text = page.read_text()
    begin, end = "<!-- simulated: begin -->\n", "<!-- simulated: end -->"
    page.write_text(re.sub(f"{begin}.*?{end}", lambda _: begin + "".join(play_table()) + "\n" + end, text, flags=re.S))
    print("docs/comparison.md: table played")


def main():
    IMAGES.mkdir(exist_ok=True)
    draw_loop("spike", "A spike: 20, 200, 20 requests/s; a replica serves 25/s, needs 20 s to start; one queue", *SPIKE)
    draw_loop("ramp", "A ramp: from 20 to 200 requests/s in ten minutes; a replica needs 60 s to start", "--shape", "ramp", "--startup", 60)
    draw_plan()
    draw_missing()
    draw_lags()
    if (ROOT / "docs/comparison.md").exists():
        write_table()


if __name__ == "__main__":
    main()
