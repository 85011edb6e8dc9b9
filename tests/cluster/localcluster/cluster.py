"""The cluster as a whole: bring it up, look at it, break a part, take it down."""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import time

from localcluster import pki, prometheus, tools
from localcluster.components import COMPONENTS, CORE, EXTRAS
from localcluster.ports import Reservation
from localcluster.process import Process, end_owned
from localcluster.waiting import wait_until

_START_SECONDS = 90  # generous: the machine may be compiling at the same time
_TRIES = 3


@dataclasses.dataclass
class Options:
    """How a cluster is to be; kept in its folder, so that every part can be started again alike."""

    extras: list = dataclasses.field(default_factory=list)  # of components.EXTRAS
    etcd: str = "built"  # built: 3.6 from Go modules; debian: the packaged 3.4
    prometheus: str = "built"  # built: Kubernetes discovery; debian: the packaged one, which finds its targets through the bridge
    scrape_interval: str = "2s"
    apiserver_args: list = dataclasses.field(default_factory=list)
    controller_manager_args: list = dataclasses.field(default_factory=list)
    programs: dict = dataclasses.field(default_factory=dict)  # image repository -> local program, for procnode


class Cluster:
    """One control plane in one folder. Every method may be called again: what is done already is not done twice."""

    manifests = pathlib.Path(__file__).resolve().parent.parent / "manifests"

    def __init__(self, folder, say=lambda text: None):
        self.dir = pathlib.Path(folder).resolve()
        self.say = say
        self.owner, self.ports, self.options, self.paths = secrets.token_hex(8), {}, Options(), {}
        self._load()

    # -- what others need to know -------------------------------------------------------------------------------------------------

    @property
    def kubeconfig(self):
        return self.dir / "admin.kubeconfig"

    @property
    def _state(self):
        return self.dir / "cluster.json"

    @property
    def server(self):
        return f"https://127.0.0.1:{self.ports['apiserver']}"

    @property
    def prometheus_url(self):
        return f"http://127.0.0.1:{self.ports['prometheus']}"

    @property
    def audit_log(self):
        """JSON lines: the requests of service accounts outside of kube-system."""
        return self.dir / "logs" / "audit.log"

    def program(self, name):
        return self.paths[name]

    def environment(self):
        """What DIR/env exports."""
        values = {"KUBECONFIG": str(self.kubeconfig), "SPILLWAY_CLUSTER_DIR": str(self.dir), "PATH": f"{self.dir}/bin:{os.environ['PATH']}"}
        if "prometheus" in self.options.extras:
            values["PROMETHEUS_URL"] = self.prometheus_url
        if "bridge" in self.options.extras:
            values["BRIDGE_URL"] = f"http://127.0.0.1:{self.ports['bridge']}"
        return values

    def kubectl(self, *arguments, input=None, timeout=60):
        """Runs kubectl as administrator and returns its output; raises with its message when it fails."""
        command = [str(self.program("kubectl")), f"--kubeconfig={self.kubeconfig}", *map(str, arguments)]
        done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def status(self):
        """{component: process id or None} of what this cluster consists of."""
        return {name: self._process(name).pid for name in self._names()}

    # -- up and down --------------------------------------------------------------------------------------------------------------

    def up(self, options):
        """Brings up what is not running yet, with `options`; on a running cluster only adds the extras it lacks."""
        if self.dir.is_dir() and any(self.dir.iterdir()) and not self._state.exists():
            raise ValueError(f"{self.dir} is not empty and holds no cluster; choose a new folder")
        self.dir.mkdir(parents=True, exist_ok=True)
        with self._lock():
            self._load()
            self._adopt(options)
            self._save()  # from here on `down` knows the folder as ours
            self._obtain_programs()
            for attempt in range(_TRIES):
                try:
                    return self._start_all()
                except _PortTaken as taken:  # another program was faster in the small gap
                    self.say(f"{taken}; trying again with new ports")
                    self._stop_all()
                    self.ports.clear()
            raise RuntimeError(f"no free ports after {_TRIES} tries")

    def down(self):
        """Ends everything the cluster started, waits for it and removes its folder. A folder without a cluster is left alone."""
        if not self._state.exists():
            return
        with self._lock():
            self._load()
            self._stop_all()
            shutil.rmtree(self.dir)

    # -- one component ------------------------------------------------------------------------------------------------------------

    def start(self, name):
        """Starts one component and waits until it is ready."""
        self._launch(name)
        self._await_ready(name)

    def stop(self, name):
        self._process(name).stop()

    def kill(self, name):
        self._process(name).kill()

    def restart(self, name):
        self.stop(name)
        self.start(name)

    # -- how --------------------------------------------------------------------------------------------------------------------------

    def _names(self):
        return [name for name in COMPONENTS if name in CORE or name in self.options.extras]

    def _process(self, name):
        if name not in COMPONENTS:
            raise ValueError(f"unknown component {name}; there are: {', '.join(COMPONENTS)}")
        return Process(name, self.dir / "run" / f"{name}.json")

    def _log(self, name):
        return self.dir / "logs" / f"{name}.log"

    def _adopt(self, options):
        """Takes the wanted options; the extras of a running cluster stay."""
        unknown = set(options.extras) - set(EXTRAS)
        if unknown:
            raise ValueError(f"unknown extra {', '.join(sorted(unknown))}; there are: {', '.join(EXTRAS)}")
        extras = set(options.extras) | set(self.options.extras)
        if "bridge" in extras or options.prometheus == "debian" and "prometheus" in extras:
            extras |= {"bridge", "prometheus"}  # the bridge asks Prometheus; Debian's Prometheus finds its targets through the bridge
        options.extras = [name for name in EXTRAS if name in extras]
        self.options = options

    def _obtain_programs(self):
        wanted = {program for name in self._names() for program in COMPONENTS[name].programs}
        from_debian = {p for p in ("etcd", "prometheus") if p in wanted and getattr(self.options, p) == "debian"}
        self.paths = tools.obtain(wanted - from_debian, self.say)
        self.paths.update({name: tools.debian(name) for name in from_debian})
        folder = self.dir / "bin"
        folder.mkdir(exist_ok=True)
        for name, path in self.paths.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(path)

    def _start_all(self):
        reservation = Reservation()
        for name in self._names():
            for port in COMPONENTS[name].ports:
                if port not in self.ports:
                    self.ports[port] = reservation.take()
        self._write_files()
        began = time.monotonic()
        for name in self._names():
            if self._process(name).pid:
                continue
            for port in COMPONENTS[name].ports:
                reservation.release(self.ports[port])
            self._launch(name)
            if name not in ("controller-manager", "scheduler"):  # these two come up while the next ones start
                self._await_ready(name)
            self._after_start(name)
        self._await_ready("controller-manager")
        self._await_ready("scheduler")
        wait_until("the default service account exists", lambda: self.kubectl("get", "serviceaccount", "default"), _START_SECONDS)
        self.say(f"{', '.join(self._names())} are up after {time.monotonic() - began:.1f} s")

    def _write_files(self):
        pki.create(self.dir / "pki")
        pki.write_kubeconfig(self.dir / "pki", self.server, self.kubeconfig)
        if "prometheus" in self.options.extras:
            (self.dir / "prometheus.yml").write_text(prometheus.configuration(self))
        lines = [f"export {name}='{value}'\n" for name, value in self.environment().items() if name != "PATH"]
        (self.dir / "env").write_text("".join(lines) + f"export PATH='{self.dir}/bin':\"$PATH\"\n")
        self._save()

    def _save(self):
        state = {"owner": self.owner, "ports": self.ports, "options": dataclasses.asdict(self.options),
                 "paths": {name: str(path) for name, path in self.paths.items()}}  # fmt: skip
        self._state.write_text(json.dumps(state, indent=2))

    def _load(self):
        with contextlib.suppress(FileNotFoundError):
            state = json.loads(self._state.read_text())
            self.owner, self.ports, self.options = state["owner"], state["ports"], Options(**state["options"])
            self.paths = {name: pathlib.Path(path) for name, path in state["paths"].items()}

    def _launch(self, name):
        self._process(name).start(COMPONENTS[name].command(self), self._log(name), self.owner)

    def _await_ready(self, name):
        process, log = self._process(name), self._log(name)

        def ready():
            if not process.pid:
                return _Exited(log)
            return COMPONENTS[name].ready(self)

        result = wait_until(f"{name} is ready (log: {log})", ready, _START_SECONDS)
        if isinstance(result, _Exited):
            result.explain(name)

    def _after_start(self, name):
        if name == "bridge":  # the real HPA reaches it through the aggregation layer
            manifest = (self.manifests / "external-metrics.yaml").read_text()
            authority = pki.encoded(self.dir / "pki" / "ca.crt")
            self.kubectl("apply", "-f", "-", input=manifest.replace("$PORT", str(self.ports["bridge-tls"])).replace("$CA", authority))
        if name == "kwok":
            self.kubectl("apply", "-f", self.manifests / "kwok-node.yaml")

    def _stop_all(self):
        """procnode first, so that its pods end as they would on a node; then all others at once."""
        self._process("procnode").stop(grace=5)
        for name in COMPONENTS:
            self._process(name).terminate()
        for name in COMPONENTS:
            self._process(name).stop(grace=1)  # nothing worth saving
        left = end_owned(self.owner)
        if left:
            self.say(f"had to kill {len(left)} process(es) that outlived their parent: {left}")

    @contextlib.contextmanager
    def _lock(self):
        """One `up` or `down` at a time for a folder. The lock lies in the cache, since `down` removes the folder."""
        locks = tools.cache_folder() / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with open(locks / hashlib.sha256(str(self.dir).encode()).hexdigest()[:16], "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _PortTaken(Exception):
    pass


class _Exited:
    """A component that ended while it was awaited."""

    def __init__(self, log):
        self.log = log

    def explain(self, name):
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        if "address already in use" in tail:
            raise _PortTaken(f"a port of {name} was taken")
        raise RuntimeError(f"{name} ended during its start; the end of {self.log}:\n{tail}")
