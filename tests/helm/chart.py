"""Short ways to render the chart, for tests."""

import json
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cluster"))
from localcluster import tools  # noqa: E402
from localcluster.helm import CHART, Failed  # noqa: E402

NAMESPACE = "sys"
KUBERNETES = "1.35"


def template(values=None, *arguments, chart=CHART, name="spillway", kubernetes=KUBERNETES):
    """The rendered text."""
    return _run("template", [name, chart, "--namespace", NAMESPACE, "--kube-version", kubernetes, *arguments], values)


def objects(values=None, *arguments, **options):
    """The rendered objects."""
    return [document for document in yaml.safe_load_all(template(values, *arguments, **options)) if document]


def lint(values=None):
    return _run("lint", [CHART, "--strict", "--kube-version", KUBERNETES], values)


def _run(verb, arguments, values):
    """Values go in as a file on standard input, as a user's file would."""
    program = tools.obtain(["helm"], tools.say_with_time())["helm"]
    command = [str(program), verb, *map(str, arguments), "--values", "-"]
    done = subprocess.run(command, input=json.dumps(values or {}), capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Failed(done.stderr.strip() + done.stdout.strip())
    return done.stdout


def of_kind(documents, *kinds):
    return [document for document in documents if document["kind"] in kinds]


def the(documents, kind, name="spillway"):
    found = [document for document in of_kind(documents, kind) if document["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} objects {kind}/{name}"
    return found[0]


def pod_specs(documents):
    """(name, pod spec) of everything that runs."""
    for document in of_kind(documents, "Deployment", "Pod"):
        spec = document["spec"]
        yield document["metadata"]["name"], spec["template"]["spec"] if document["kind"] == "Deployment" else spec


def rules(documents):
    """(role's kind, namespace, name, rule) of every rule."""
    for document in of_kind(documents, "ClusterRole", "Role"):
        metadata = document["metadata"]
        for rule in document["rules"]:
            yield document["kind"], metadata.get("namespace"), metadata["name"], rule


__all__ = ["CHART", "NAMESPACE", "Failed", "ROOT", "lint", "objects", "of_kind", "pod_specs", "rules", "template", "the"]
