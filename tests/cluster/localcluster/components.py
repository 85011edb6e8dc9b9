"""What each component of the cluster is: its command line and how to see that it is ready.

Each builder gets the cluster (folders, ports, options) and returns the argument list; the order of COMPONENTS is the order of starting.
"""

import dataclasses
import json
import ssl
import urllib.request
from typing import Callable

_CONTROLLERS = [
    "deployment-controller", "replicaset-controller", "statefulset-controller", "job-controller", "disruption-controller",
    "horizontal-pod-autoscaler-controller", "resourcequota-controller", "clusterrole-aggregation-controller",
    "garbage-collector-controller", "namespace-controller", "serviceaccount-controller", "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller", "pod-garbage-collector-controller", "node-lifecycle-controller",
    "taint-eviction-controller", "ttl-after-finished-controller",
]  # fmt: skip
_FAST_CLIENT = ["--kube-api-qps=300", "--kube-api-burst=600"]


@dataclasses.dataclass(frozen=True)
class Component:
    name: str
    ports: tuple  # names of the ports it listens on
    programs: tuple  # tools it needs from the cache
    command: Callable  # cluster -> argument list
    ready: Callable  # cluster -> truthy once it serves


def _url(cluster, port, scheme="http"):
    return f"{scheme}://127.0.0.1:{cluster.ports[port]}"


def _answers(url, context=None):
    with urllib.request.urlopen(url, timeout=2, context=context) as reply:
        return reply.status == 200


def _answers_any_certificate(url):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the server signs its own; it is only a health check
    return _answers(url, context)


def _etcd(cluster):
    client, peer = _url(cluster, "etcd"), _url(cluster, "etcd-peer")
    return [cluster.program("etcd"), "--data-dir", cluster.dir / "etcd", "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
            "--unsafe-no-fsync", "--logger=zap"]  # fmt: skip


def _apiserver(cluster):
    pki = cluster.dir / "pki"
    command = [
        cluster.program("kube-apiserver"), f"--etcd-servers={_url(cluster, 'etcd')}", f"--secure-port={cluster.ports['apiserver']}",
        "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/24", f"--client-ca-file={pki}/ca.crt", f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key", f"--service-account-key-file={pki}/sa.pub",
        f"--service-account-signing-key-file={pki}/sa.key", "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=RBAC", f"--requestheader-client-ca-file={pki}/ca.crt", "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-", f"--proxy-client-cert-file={pki}/front-proxy.crt",
        f"--proxy-client-key-file={pki}/front-proxy.key",
        f"--audit-policy-file={cluster.manifests}/audit-policy.yaml", f"--audit-log-path={cluster.audit_log}",
    ]  # fmt: skip
    if cluster.options.etcd == "debian":
        command.append("--feature-gates=WatchList=false")  # etcd 3.4 lacks RequestWatchProgress
    return command + cluster.options.apiserver_args


def _controller_manager(cluster):
    return [cluster.program("kube-controller-manager"), f"--kubeconfig={cluster.kubeconfig}",
            f"--service-account-private-key-file={cluster.dir}/pki/sa.key", f"--root-ca-file={cluster.dir}/pki/ca.crt",
            "--use-service-account-credentials", "--bind-address=127.0.0.1", f"--secure-port={cluster.ports['controller-manager']}",
            "--leader-elect=false", "--authentication-skip-lookup", f"--controllers={','.join(_CONTROLLERS)}",
            *_FAST_CLIENT, *cluster.options.controller_manager_args]  # fmt: skip


def _scheduler(cluster):
    return [cluster.program("kube-scheduler"), f"--kubeconfig={cluster.kubeconfig}", "--bind-address=127.0.0.1",
            f"--secure-port={cluster.ports['scheduler']}", "--leader-elect=false", "--authentication-skip-lookup", *_FAST_CLIENT]  # fmt: skip


def _procnode(cluster):
    programs = [f"--program={image}={path}" for image, path in cluster.options.programs.items()]
    return [cluster.program("procnode"), f"--kubeconfig={cluster.kubeconfig}", f"--state={cluster.dir}/procnode",
            f"--apiserver=127.0.0.1:{cluster.ports['apiserver']}", *programs]  # fmt: skip


def _bridge(cluster):
    pki = cluster.dir / "pki"
    return [cluster.program("bridge"), f"--kubeconfig={cluster.kubeconfig}", f"--listen=127.0.0.1:{cluster.ports['bridge']}",
            f"--listen-tls=127.0.0.1:{cluster.ports['bridge-tls']}", f"--tls-cert={pki}/bridge.crt", f"--tls-key={pki}/bridge.key",
            f"--client-ca={pki}/ca.crt", f"--prometheus={cluster.prometheus_url}"]  # fmt: skip


def _prometheus(cluster):
    address = cluster.prometheus_url.removeprefix("http://")
    return [cluster.program("prometheus"), f"--config.file={cluster.dir}/prometheus.yml", f"--storage.tsdb.path={cluster.dir}/prometheus",
            f"--web.listen-address={address}", "--web.enable-lifecycle", "--web.enable-admin-api", "--log.level=warn"]  # fmt: skip


def _kwok(cluster):
    return [cluster.program("kwok"), f"--kubeconfig={cluster.kubeconfig}", "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-lease-duration-seconds=40", "--cidr=10.20.0.1/16",
            "--node-ip=127.0.0.1", f"--server-address=127.0.0.1:{cluster.ports['kwok']}",
            f"--config={cluster.manifests}/kwok-stages.yaml"]  # fmt: skip


def _node_ready(name):
    def ready(cluster):
        conditions = json.loads(cluster.kubectl("get", "node", name, "-o", "json"))["status"]["conditions"]
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    return ready


COMPONENTS = {
    component.name: component
    for component in [
        Component("etcd", ("etcd", "etcd-peer"), ("etcd",), _etcd, lambda c: _answers(_url(c, "etcd") + "/health")),
        Component("apiserver", ("apiserver",), ("kube-apiserver", "kubectl"), _apiserver,
                  lambda c: c.kubectl("get", "--raw", "/readyz") == "ok"),
        Component("controller-manager", ("controller-manager",), ("kube-controller-manager",), _controller_manager,
                  lambda c: _answers_any_certificate(_url(c, "controller-manager", "https") + "/healthz")),
        Component("scheduler", ("scheduler",), ("kube-scheduler",), _scheduler,
                  lambda c: _answers_any_certificate(_url(c, "scheduler", "https") + "/healthz")),
        Component("procnode", (), ("procnode",), _procnode, _node_ready("process-node")),
        Component("bridge", ("bridge", "bridge-tls"), ("bridge",), _bridge, lambda c: _answers(_url(c, "bridge") + "/healthz")),
        Component("prometheus", ("prometheus",), ("prometheus",), _prometheus, lambda c: _answers(c.prometheus_url + "/-/ready")),
        Component("kwok", ("kwok",), ("kwok",), _kwok, lambda c: _answers(_url(c, "kwok") + "/healthz")),
    ]
}  # fmt: skip
CORE = ("etcd", "apiserver", "controller-manager", "scheduler")
EXTRAS = tuple(name for name in COMPONENTS if name not in CORE)
