"""JSON schemas for kubeconform without a network service: from the API description inside Kubernetes' own Go module, from our CRDs, and
from the CRDs inside the modules of the Prometheus operator and the Gateway API. Unknown fields are errors everywhere."""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cluster"))
from localcluster import tools  # noqa: E402

_KUBERNETES = "k8s.io/kubernetes"
_DEFINITIONS = {  # module, version, files with CustomResourceDefinitions
    "github.com/prometheus-operator/prometheus-operator": ("v0.85.0", "example/prometheus-operator-crd/*.yaml"),
    "sigs.k8s.io/gateway-api": ("v1.4.0", "config/crd/standard/*.yaml"),
}
# Kinds of Kubernetes that the chart makes.
_KINDS = {"ClusterRole", "ClusterRoleBinding", "ConfigMap", "CustomResourceDefinition", "Deployment", "Ingress", "Namespace", "NetworkPolicy",
          "Pod", "PodDisruptionBudget", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount"}  # fmt: skip
# A plain = in a list of enum values is YAML 1.1's "value", which the loader knows no type for.
yaml.SafeLoader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)
LOCATION = "{{ .ResourceKind }}{{ .KindSuffix }}.json"


def write(folder):
    """Writes a schema for each kind that we know into `folder`, under the names of LOCATION."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_kubernetes(folder, _module(_KUBERNETES, tools.TOOLS["kube-apiserver"].version) / "api/openapi-spec/swagger.json")
    for crd in (ROOT / "crds").glob("*.yaml"):
        _write_definition(folder, crd)
    for module, (version, files) in _DEFINITIONS.items():
        for crd in _module(module, version).glob(files):
            _write_definition(folder, crd)


def _module(path, version):
    """The folder of a Go module in the module cache."""
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(["go", "mod", "download", "-json", f"{path}@{version}"], cwd=empty, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"go mod download {path}@{version}: {done.stderr}{done.stdout}")
    return pathlib.Path(json.loads(done.stdout)["Dir"])


def _write_kubernetes(folder, file):
    definitions = json.loads(file.read_text())["definitions"]
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            if kind["kind"] not in _KINDS:
                continue
            needed = {}
            _collect(name, definitions, needed)
            _save(folder, kind["group"], kind["version"], kind["kind"], {"$ref": f"#/definitions/{name}", "definitions": needed})


def _collect(name, definitions, needed):
    if name in needed:
        return
    needed[name] = _strict(_special(name, definitions[name]))
    for reference in _references(needed[name]):
        _collect(reference.removeprefix("#/definitions/"), definitions, needed)


def _special(name, definition):
    if definition.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    return {"type": ["number", "string"]} if name.endswith("resource.Quantity") else definition


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    if isinstance(node, list):
        for child in node:
            yield from _references(child)


def _write_definition(folder, file):
    for crd in yaml.safe_load_all(file.read_text()):
        for version in crd["spec"]["versions"]:
            _save(folder, crd["spec"]["group"], version["name"], crd["spec"]["names"]["kind"], _strict(version["schema"]["openAPIV3Schema"]))


def _strict(schema):
    """The same schema with unknown fields forbidden where fields are listed."""
    schema = dict(schema)
    if schema.pop("x-kubernetes-int-or-string", False):
        schema.pop("type", None)
    if properties := schema.get("properties"):
        schema["properties"] = {name: _strict(child) for name, child in properties.items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = _strict(schema[key])
    return schema


def _save(folder, group, version, kind, schema):
    suffix = "-".join(filter(None, (group.split(".")[0], version))).lower()
    (folder / f"{kind.lower()}-{suffix}.json").write_text(json.dumps(schema))
