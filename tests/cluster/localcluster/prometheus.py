"""Prometheus' configuration: scrape every pod that asks for it by annotation, ready or not.

Built from Go modules, Prometheus discovers pods itself; Debian's has no Kubernetes discovery and asks the bridge, which answers with
the same __meta_kubernetes_* labels, so that one relabelling serves both.
"""

_KUBERNETES = """\
  kubernetes_sd_configs:
  - role: pod
    api_server: {server}
    tls_config: {{ca_file: pki/ca.crt, cert_file: pki/admin.crt, key_file: pki/admin.key}}
"""
_HTTP = """\
  http_sd_configs:
  - {{url: "http://127.0.0.1:{bridge}/targets", refresh_interval: 1s}}
"""
# Readiness is no label: series would double whenever it flips.
_CONFIGURATION = """\
global: {{scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: {interval}}}
scrape_configs:
- job_name: pods
{discovery}\
  relabel_configs:
  - {{source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], regex: "true", action: keep}}
  - {{source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed, action: drop}}
  - {{source_labels: [__meta_kubernetes_pod_ip], regex: "", action: drop}}
  - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
    separator: ":"
    target_label: __address__
  - {{source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path], regex: (.+), target_label: __metrics_path__}}
  - {{source_labels: [__meta_kubernetes_namespace], target_label: namespace}}
  - {{source_labels: [__meta_kubernetes_pod_name], target_label: pod}}
  - {{source_labels: [__meta_kubernetes_pod_label_app], target_label: app}}
"""


def configuration(cluster):
    if cluster.options.prometheus == "debian":
        discovery = _HTTP.format(bridge=cluster.ports["bridge"])
    else:
        discovery = _KUBERNETES.format(server=cluster.server)
    return _CONFIGURATION.format(interval=cluster.options.scrape_interval, discovery=discovery)
