"""The demo's figures, from what its run left: load.json and load.csv of `spillway load`, replicas.csv of the watch."""

import csv
import json

LATE_MS = 500 + 40  # the policy's queue delay limit plus the service time
FIGURES = {
    "throughput_rps": "throughput (rps)",
    "p50_ms": "p50 (ms)",
    "p95_ms": "p95 (ms)",
    "p99_ms": "p99 (ms)",
    "max_ms": "max (ms)",
    "success_pct": "success (%)",
    "late_or_failed_pct": "late or failed (%)",
    "replica_seconds": "replica-seconds",
    "moves": "moves",
    "max_replicas": "most replicas",
    "recover_s": "time to recover (s)",
}


def seconds(text):
    unit = {"s": 1, "m": 60, "h": 3600}[text[-1]]
    return float(text[:-1]) * unit


def phase_list(phases):
    """[(rate, duration in seconds)] of "20x60s,200x60s"."""
    return [(float(rate), seconds(duration)) for rate, duration in (part.split("x") for part in phases.split(","))]


def summarize_arm(arm, folder, phases):
    figures = load_figures(arm, folder)
    figures.update(replica_figures(arm, folder))
    figures["recover_s"] = time_to_recover(arm, folder, phases)
    return figures


def load_figures(arm, folder):
    with open(folder / "load.json") as file:
        target = next(t for t in json.load(file)["targets"] if t["name"] == arm)
    latency = target["latencyMs"]
    return {
        "throughput_rps": round(target["throughputRps"], 1),
        **{f"{p}_ms": round(latency[p], 1) for p in ("p50", "p95", "p99", "max")},
        "success_pct": round(100 * target["successRatio"], 2),
        "late_or_failed_pct": round(100 * target["lateOrFailedRatio"], 2),
    }


def rows_of(path, arm, column):
    with open(path) as file:
        return [row for row in csv.DictReader(file) if row[column] == arm]


def replica_figures(arm, folder):
    """Replica-seconds by spec.replicas (paid from the moment asked), and how often it changed."""
    rows = [(float(r["t"]), int(r["spec"])) for r in rows_of(folder / "replicas.csv", arm, "arm")]
    cost = sum((t1 - t0) * n for (t0, n), (t1, _) in zip(rows, rows[1:]))
    moves = sum(a != b for (_, a), (_, b) in zip(rows, rows[1:]))
    return {"replica_seconds": round(cost), "moves": moves, "max_replicas": max(n for _, n in rows)}


def time_to_recover(arm, folder, phases):
    """Seconds from the first rise of the load until the last second in which requests were late or failed; 0 if none were."""
    plan = phase_list(phases)
    rise = plan[0][1]
    bad = [int(r["t"]) for r in rows_of(folder / "load.csv", arm, "target")
           if float(r["p95_ms"]) > LATE_MS or int(r["errors"]) > 0]  # fmt: skip
    return max([0] + [t + 1 - rise for t in bad if t >= rise])


def write_csv(summary, path):
    """The same figures for `spillway report`."""
    with open(path, "w") as out:
        out.write(",".join(["figure", *summary]) + "\n")
        for key, title in FIGURES.items():
            out.write(",".join([title, *(f"{figures[key]:g}" for figures in summary.values())]) + "\n")


def write_table(summary, phases, out):
    arms = list(summary)
    out.write(f"\nThe same load on both at once, {phases} (rps x duration); figures cover exactly this window.\n\n")
    out.write(f"{'':22}" + "".join(f"{arm:>14}" for arm in arms) + "\n")
    for key, title in FIGURES.items():
        out.write(f"{title:22}" + "".join(f"{summary[arm][key]:>14g}" for arm in arms) + "\n")
    out.write("\n")
    out.flush()
