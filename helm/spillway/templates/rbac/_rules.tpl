{{/* What the operator does in the namespaces that it watches: nothing else is permitted, and tests/cluster/e2e/chart_permissions_test.py
shows that it needs every verb. Targets other than apps/* are read through /scale, since only that knows where their replicas stand. */}}
{{- define "spillway.workloadRules" -}}
- apiGroups: [autoscaling.spillway.dev]
  resources: [autoscalerpolicies]
  verbs: [list, watch]
- apiGroups: [autoscaling.spillway.dev]
  resources: [autoscalerpolicies/status]
  verbs: [patch]
{{- if include "spillway.optIn" . }}
# The annotation spillway.dev/enable: policies in mode DryRun for those who ask, completed once Prometheus knows more.
- apiGroups: [autoscaling.spillway.dev]
  resources: [autoscalerpolicies]
  verbs: [create, patch]
{{- end }}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [apps]
  resources: [deployments, replicasets, statefulsets]
  verbs: [list, watch]
- apiGroups: [apps]
  resources: [deployments/scale, replicasets/scale, statefulsets/scale]
  verbs: [patch]
{{- range .Values.rbac.scaleTargets }}
- apiGroups: [{{ .apiGroup | quote }}]
  resources: [{{ .resource }}]
  verbs: [list, watch]
- apiGroups: [{{ .apiGroup | quote }}]
  resources: [{{ .resource }}/scale]
  verbs: [get, patch]
{{- end }}
# Rivals: Spillway yields to them and says so.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* A binding of the role (dict "root" $ "kind" "Role|ClusterRole" "name" "...") to the operator's service account. */}}
{{- define "spillway.bound" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "spillway.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}
