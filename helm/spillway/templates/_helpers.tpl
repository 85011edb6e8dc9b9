{{- define "spillway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "spillway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "spillway.name" . -}}
{{- (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "spillway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "spillway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "spillway.labels" -}}
{{ include "spillway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of an object: (dict "root" $ "name" "..." "namespace" "..." "labels" {} "annotations" {}); an empty namespace is a cluster-scoped object */}}
{{- define "spillway.metadata" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "spillway.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "spillway.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "spillway.fullname" .) "default") -}}
{{- end -}}

{{- define "spillway.image" -}}
{{- with .Values.image -}}
{{- .digest | empty | ternary (printf "%s:%s" .repository (.tag | default $.Chart.AppVersion)) (printf "%s@%s" .repository .digest) -}}
{{- end -}}
{{- end -}}

{{/* The operator's configuration file: the user's settings, and those that must agree with roles and names of this chart. */}}
{{- define "spillway.config" -}}
{{- $chart := dict "namespaces" .Values.watchNamespaces "leaderElection" (dict "leaseName" (include "spillway.fullname" .)) -}}
{{- if .Values.tls.secretName -}}
{{- $_ := set $chart "tls" (dict "certFile" "/etc/spillway-tls/tls.crt" "keyFile" "/etc/spillway-tls/tls.key") -}}
{{- end -}}
{{- if .Values.prometheus.credentialsSecret -}}
{{- if not (dig "prometheus" "address" "" .Values.config) }}{{ fail "prometheus.credentialsSecret needs config.prometheus.address" }}{{ end -}}
{{- $_ := set $chart "prometheus" (dict "credentialsDirectory" "/etc/spillway-prometheus") -}}
{{- end -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $chart) -}}
{{- end -}}

{{/* Settings that other objects of the chart follow; "true" or nothing. The defaults are the operator's own. */}}
{{- define "spillway.auth" -}}
{{- if eq "kubernetes" (dig "auth" "kubernetes" .Values.config) }}true{{ end -}}
{{- end -}}
{{- define "spillway.metricsAuth" -}}
{{- if eq "kubernetes" (dig "metricsAuth" "kubernetes" .Values.config) }}true{{ end -}}
{{- end -}}
{{- define "spillway.optIn" -}}
{{- if dig "optIn" "enabled" true .Values.config }}true{{ end -}}
{{- end -}}

{{- define "spillway.decisionLog" -}}
{{- dig "decisionLog" "path" "" .Values.config -}}
{{- end -}}

{{/* What every pod of this chart has in common: where and how it runs. */}}
{{- define "spillway.podCommon" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
enableServiceLinks: false # the variables of a Service called spillway-x would read as settings
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "spillway.containerCommon" -}}
image: {{ include "spillway.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end -}}

{{/* Whether the Prometheus operator's kinds can be made; "true" or nothing. */}}
{{- define "spillway.hasPrometheusOperator" -}}
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}true{{ end -}}
{{- end -}}

{{/* Prometheus' port, so that the default server can always be reached: from its URL, else that of the scheme. */}}
{{- define "spillway.prometheusPort" -}}
{{- with dig "prometheus" "address" "" .Values.config -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end -}}
{{- end -}}

{{/* The Leases that make a pod the one to act, as a YAML list: one in all, or one for each shard. */}}
{{- define "spillway.leaseNames" -}}
{{- $fullname := include "spillway.fullname" . -}}
{{- $shards := int (dig "shards" 1 .Values.config) -}}
{{- if eq $shards 1 -}}
- {{ $fullname }}
{{- else -}}
{{- range $shard := until $shards }}
- {{ $fullname }}-shard-{{ $shard }}-of-{{ $shards }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* `helm test` needs a namespace that the operator watches. */}}
{{- define "spillway.testNamespace" -}}
{{- if or (not .Values.watchNamespaces) (has .Release.Namespace .Values.watchNamespaces) -}}
{{ .Release.Namespace }}
{{- else -}}
{{ first .Values.watchNamespaces }}
{{- end -}}
{{- end -}}
