"""A real Kubernetes control plane on this machine, for tests, the demo and the benchmarks (see ../README.md)."""

from localcluster.cluster import Cluster, Options
from localcluster.waiting import wait_until

__all__ = ["Cluster", "Options", "wait_until"]
