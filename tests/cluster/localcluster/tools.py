"""The programs of the cluster: which version of each, where it is cached, and how it is built from Go modules.

Every program lies in <cache>/tools/<name>-<version>/<name>; what is there is never built again. With KUBEBUILDER_ASSETS set
(the envtest convention) the programs of that folder are used and only what it lacks is built.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Tool:
    name: str
    folder: str  # the Go module that pins its version, below tests/cluster
    package: str
    pinned_by: str = ""  # module whose version is the tool's; empty: our own program, keyed by its sources
    tags: str = ""
    cold: str = ""  # build time on two cores with empty caches, for the person who waits

    @property
    def module(self):
        return HERE / self.folder

    @property
    def version(self):
        if not self.pinned_by:
            return "src-" + _digest(self.module)
        found = re.search(rf"^(?:require)?\s*{re.escape(self.pinned_by)} (v\S+)", (self.module / "go.mod").read_text(), re.M)
        if not found:
            raise RuntimeError(f"{self.module / 'go.mod'} pins no version of {self.pinned_by}")
        return found.group(1)

    @property
    def cached(self):
        return cache_folder() / "tools" / f"{self.name}-{self.version}" / self.name


_LEAST_GO = (1, 25)
_K8S = ("tools/control-plane", "k8s.io/kubernetes")
# In the order of building: what the others share first, so that each later line only adds its own packages.
TOOLS = {
    tool.name: tool
    for tool in [
        Tool("kube-apiserver", _K8S[0], "k8s.io/kubernetes/cmd/kube-apiserver", _K8S[1], cold="5 min"),
        Tool("kube-controller-manager", _K8S[0], "k8s.io/kubernetes/cmd/kube-controller-manager", _K8S[1], cold="75 s"),
        Tool("kube-scheduler", _K8S[0], "k8s.io/kubernetes/cmd/kube-scheduler", _K8S[1], cold="10 s"),
        Tool("kubectl", _K8S[0], "k8s.io/kubernetes/cmd/kubectl", _K8S[1], cold="15 s"),
        Tool("procnode", "programs", "./procnode", cold="30 s"),
        Tool("bridge", "programs", "./bridge", cold="5 s"),
        Tool("etcd", "tools/etcd", ".", "go.etcd.io/etcd/server/v3", cold="40 s"),
        Tool("prometheus", "tools/prometheus", "github.com/prometheus/prometheus/cmd/prometheus",
             "github.com/prometheus/prometheus", tags="remove_all_sd,enable_kubernetes_sd", cold="3 min 30 s"),
        Tool("kwok", "tools/kwok", "sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok", cold="3 min"),
        Tool("helm", "tools/helm", "helm.sh/helm/v3/cmd/helm", "helm.sh/helm/v3", cold="2 min"),
        Tool("kubeconform", "tools/kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "github.com/yannh/kubeconform",
             cold="5 s"),
        Tool("kstatus", "tools/kstatus", ".", "sigs.k8s.io/cli-utils", cold="5 s"),
        Tool("actionlint", "tools/actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "github.com/rhysd/actionlint", cold="10 s"),
    ]
}


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("SPILLWAY_CACHE") or pathlib.Path(base) / "spillway")


def find(name):
    """The path of a program that is there already, or None."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and TOOLS[name].pinned_by and (pathlib.Path(assets) / name).exists():
        return pathlib.Path(assets) / name
    cached = TOOLS[name].cached
    return cached if cached.exists() else None


def obtain(names, say=print):
    """Builds what is missing of `names`, in the order of TOOLS; returns {name: path}."""
    unknown = set(names) - set(TOOLS)
    if unknown:
        raise ValueError(f"unknown tool {', '.join(sorted(unknown))}; there are: {', '.join(TOOLS)}")
    wanted = [name for name in TOOLS if name in names]
    missing = [name for name in wanted if not find(name)]
    if missing:
        _check_go()
        say(f"building from Go modules, once per version: {', '.join(f'{n} ({TOOLS[n].cold} cold)' for n in missing)}")
    for name in missing:
        _build(TOOLS[name], say)
    return {name: find(name) for name in wanted}


def debian(program):
    """A program that a Debian package brings (etcd, prometheus)."""
    path = shutil.which(program, path="/usr/bin:/usr/local/bin:" + os.environ.get("PATH", ""))
    if not path:
        raise RuntimeError(f"Debian's {program} is not installed: run scripts/install-deps")
    return pathlib.Path(path)


def _digest(folder):
    """Identifies a tree of sources by its content."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _check_go():
    """Refuses a machine without a usable Go. A module that asks for a newer one than this gets it by `go` itself (GOTOOLCHAIN=auto)."""
    if not shutil.which("go"):
        raise RuntimeError("Go is not installed; needed is Go %d.%d or newer, or KUBEBUILDER_ASSETS with ready programs" % _LEAST_GO)
    text = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", text)
    if found and (int(found.group(1)), int(found.group(2))) < _LEAST_GO:
        raise RuntimeError(f"Go {text.strip()[2:]} is too old; needed is %d.%d or newer" % _LEAST_GO)


def _link_flags(tool):
    flags = "-s -w"
    if tool.pinned_by == _K8S[1]:  # the servers report this as their version
        major, minor = re.match(r"v(\d+)\.(\d+)", tool.version).groups()
        for variable, value in [("gitVersion", tool.version), ("gitMajor", major), ("gitMinor", minor)]:
            flags += f" -X k8s.io/component-base/version.{variable}={value}"
    if tool.name == "helm":
        flags += f" -X helm.sh/helm/v3/internal/version.version={tool.version}"
    return flags


def _build(tool, say):
    target = tool.cached
    target.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(target.parent / ".lock", f"{tool.name} is being built by another process; waiting", say):
        if target.exists():
            return
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            built = pathlib.Path(scratch) / tool.name
            command = ["go", "build", "-v", "-o", str(built), "-ldflags", _link_flags(tool)]
            command += (["-tags", tool.tags] if tool.tags else []) + [tool.package]
            _run_with_progress(command, tool, say, began)
            built.rename(target)
        say(f"{tool.name} {tool.version} built in {_span(time.monotonic() - began)}")


def _run_with_progress(command, tool, say, began):
    """Runs `go build -v`, which names each package as it is compiled, and says every 15 s how far it is."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "auto", "PWD": str(tool.module)}
    compiled, tail, said = 0, [], began
    with subprocess.Popen(command, cwd=tool.module, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout:
            tail = (tail + [line.rstrip()])[-30:]
            downloading = line.startswith("go: downloading")
            compiled += not downloading
            if time.monotonic() - said >= 15:
                said = time.monotonic()
                doing = "downloading modules" if downloading else f"{compiled} packages compiled"
                say(f"  {tool.name}: {doing}, {_span(said - began)} so far")
    if running.returncode != 0:
        raise RuntimeError(f"building {tool.name} failed:\n" + "\n".join(tail))


def _span(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


@contextlib.contextmanager
def _exclusive(path, when_busy, say):
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(when_busy)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say_with_time():
    """A printer that puts the seconds since its creation before each line."""
    began = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    return say
