"""Two equal services in the local cluster, one under the real HPA and one under Spillway, through the same load at once.

Shared by scripts/demo and bench/cluster. The services are the deployments web-hpa and web-spillway of namespace demo, the policy is `web`.
"""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from demo_figures import summarize_arm, write_csv, write_table
from localcluster import wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build" / "spillway"
ARMS = {"hpa": "web-hpa", "spillway": "web-spillway"}
SETTLE_SECONDS = 150  # generous: pods start (20 to 40 s), rates fill, caches sync


def start_operator(cluster, out, say):
    say("starting the operator")
    log = open(out / "operator.log", "wb")
    return subprocess.Popen(
        [BINARY, "operator", "--kubeconfig", cluster.kubeconfig, "--prometheus-address", cluster.prometheus_url,
         "--listen-address", "127.0.0.1:0", "--health-address", "127.0.0.1:0", "--decision-log-path", out / "decisions.jsonl"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # fmt: skip


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def deployments(cluster):
    """{arm: (spec replicas, ready replicas)}"""
    items = json.loads(cluster.kubectl("get", "deployments", "-n", "demo", "-o", "json"))["items"]
    state = {d["metadata"]["name"]: (d["spec"]["replicas"], d["status"].get("readyReplicas", 0)) for d in items}
    return {arm: state[name] for arm, name in ARMS.items()}


def settle(cluster, say):
    """Both services ready, both autoscalers looking at them. The load generator then warms the rates itself."""
    say("waiting until both services are ready and both autoscalers see them (pods take 20 s to start)")
    wait_until("both services have two ready replicas", lambda: all(ready >= 2 for _, ready in deployments(cluster).values()), SETTLE_SECONDS)
    wait_until("the policy is Ready", lambda: condition(cluster, "Ready") == "True", SETTLE_SECONDS)


def condition(cluster, name):
    path = f'{{.status.conditions[?(@.type=="{name}")].status}}'
    return cluster.kubectl("get", "asp", "web", "-n", "demo", "-o", f"jsonpath={path}").strip()


class ReplicaWatch(threading.Thread):
    """Samples spec and ready replicas of both arms once a second, as a user's `kubectl get` would see them."""

    def __init__(self, cluster, began):
        super().__init__(daemon=True)
        self.cluster, self.began, self.rows, self.ended = cluster, began, [], threading.Event()

    def run(self):
        while not self.ended.is_set():
            t = time.time() - self.began
            for arm, (spec, ready) in deployments(self.cluster).items():
                self.rows.append((arm, round(t, 2), spec, ready))
            self.ended.wait(max(0.0, 1.0 - (time.time() - self.began - t)))

    def write(self, path):
        with open(path, "w") as out:
            out.write("arm,t,spec,ready\n")
            for row in self.rows:
                out.write(",".join(map(str, row)) + "\n")


def measure(cluster, arguments, say):
    """Plays arguments.phases on both services, leaves everything in arguments.out and answers {arm: {figure: value}}."""
    out = arguments.out
    warm_up(cluster, arguments, say)
    say(f"the measured window begins: {arguments.phases} rps on both services at once")
    watch = ReplicaWatch(cluster, time.time())
    watch.start()
    run_load(cluster, arguments.phases, out, check=True)
    watch.ended.set()
    watch.join()
    watch.write(out / "replicas.csv")
    write_backlog(cluster, watch.began, time.time(), out / "backlog.csv")
    return report(cluster, arguments, say)


def warm_up(cluster, arguments, say):
    """The first phase's rate for half a minute before the window, so that both start from a settled service."""
    rate = arguments.phases.split("x")[0]
    say(f"warming up with {rate} rps for 40 s (not measured)")
    run_load(cluster, f"{rate}x40s", arguments.out / "warm-up", check=True)


def run_load(cluster, phases, out, check):
    out.mkdir(parents=True, exist_ok=True)
    targets = [f"{arm}=demo/app={name}" for arm, name in ARMS.items()]
    with open(out / "load.json", "w") as answer:
        subprocess.run([BINARY, "load", *targets, "--phases", phases, "--kubeconfig", cluster.kubeconfig, "--output", "json",
                        "--series", out / "load.csv"], stdout=answer, check=check)  # fmt: skip


def write_backlog(cluster, begin, end, path):
    """Requests waiting per second of the window, as Prometheus saw them."""
    import urllib.parse
    import urllib.request

    with open(path, "w") as out:
        out.write("arm,t,waiting\n")
        for arm, name in ARMS.items():
            query = urllib.parse.urlencode({"query": f'sum(toy_requests_waiting{{app="{name}"}})', "start": begin, "end": end, "step": 1})
            with urllib.request.urlopen(f"{cluster.prometheus_url}/api/v1/query_range?{query}", timeout=10) as answer:
                series = json.load(answer)["data"]["result"]
            for when, value in series[0]["values"] if series else []:
                out.write(f"{arm},{when - begin:.1f},{value}\n")


def report(cluster, arguments, say):
    out = arguments.out
    describe = cluster.kubectl("describe", "asp", "web", "-n", "demo")
    (out / "describe.txt").write_text(describe)
    (out / "events.txt").write_text(cluster.kubectl("get", "events", "-n", "demo", "--sort-by=.metadata.creationTimestamp"))
    summary = {arm: summarize_arm(arm, out, arguments.phases) for arm in ARMS}
    write_csv(summary, out / "summary.csv")
    print(describe)
    write_table(summary, arguments.phases, sys.stdout)
    subprocess.run([BINARY, "report", out, "--output", out / "report.html"], check=True)
    say(f"report: {os.path.relpath(out / 'report.html')}")
    return summary
