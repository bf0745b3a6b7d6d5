{{- define "kp-events-responder.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "kp-events-responder.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" }}
{{- else if contains (include "kp-events-responder.name" .) .Release.Name }}
{{- .Release.Name | trunc 45 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "kp-events-responder.name" .) | trunc 45 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "kp-events-responder.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kp-events-responder.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: responder
{{- end }}

{{- define "kp-events-responder.commonLabels" -}}
app.kubernetes.io/name: {{ include "kp-events-responder.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "kp-events-responder.labels" -}}
{{ include "kp-events-responder.commonLabels" . }}
app.kubernetes.io/component: responder
{{- end }}

{{- define "kp-events-responder.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "kp-events-responder.secretName" -}}
{{- if .Values.secrets.create }}{{ include "kp-events-responder.fullname" . }}{{ else }}{{ .Values.secrets.existingSecret }}{{ end }}
{{- end }}

{{/* The variables that are given as files, as a JSON list. */}}
{{- define "kp-events-responder.secretKeys" -}}
{{- if .Values.secrets.create }}{{ keys .Values.secrets.values | sortAlpha | toJson }}{{ else }}{{ .Values.secrets.keys | sortAlpha | toJson }}{{ end }}
{{- end }}

{{/* What pods may do: the restricted pod security standard and more, which no value loosens. */}}
{{- define "kp-events-responder.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
{{- end }}

{{- define "kp-events-responder.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* What of the policy is set up once, at the start: src/config/policy-file.ts. */}}
{{- define "kp-events-responder.policyAtStart" -}}
{{- $channels := dig "channels" dict .Values.policy | default dict }}
{{- $ids := list (dig "kpEventsAlerts" "id" "" $channels) (dig "deployFailure" "id" "" $channels) (dig "deployAlerts" "id" "" $channels) }}
{{- list $ids (dig "etcd" "regions" dict .Values.policy) | toJson }}
{{- end }}

{{/* Upstreams that the configuration uses, as a JSON list: each needs its egress. */}}
{{- define "kp-events-responder.destinations" -}}
{{- $config := .Values.config }}
{{- $secrets := include "kp-events-responder.secretKeys" . | fromJsonArray }}
{{- $used := list "dns" }}
{{- if has "PAGERDUTY_API_TOKEN" $secrets }}{{ $used = append $used "pagerduty" }}{{ end }}
{{- if has "SLACK_BOT_TOKEN" $secrets }}{{ $used = append $used "slack" }}{{ end }}
{{- if $config.GITHUB_REPOSITORY }}{{ $used = append $used "github" }}{{ end }}
{{- if or $config.ETCD_ENDPOINTS (dig "etcd" "regions" dict .Values.policy) }}{{ $used = append $used "etcd" }}{{ end }}
{{- if eq .Values.store.kind "redis" }}{{ $used = append $used "redis" }}{{ end }}
{{- if $config.ALERTMANAGER_URL }}{{ $used = append $used "alertmanager" }}{{ end }}
{{- if $config.PROMETHEUS_URL }}{{ $used = append $used "prometheus" }}{{ end }}
{{- if $config.LOGS_API_URL }}{{ $used = append $used "logs" }}{{ end }}
{{- if has "IBM_CLOUD_API_KEY" $secrets }}{{ $used = append $used "ibm-cloud" }}{{ end }}
{{- if or .Values.kubernetes.enabled $config.KUBERNETES_KUBECONFIG }}{{ $used = append $used "kubernetes" }}{{ end }}
{{- if has "HEARTBEAT_URL" $secrets }}{{ $used = append $used "heartbeat" }}{{ end }}
{{- if $config.OTEL_EXPORTER_OTLP_ENDPOINT }}{{ $used = append $used "traces" }}{{ end }}
{{- if $config.OIDC_ISSUER }}{{ $used = append $used "oidc" }}{{ end }}
{{- $used | toJson }}
{{- end }}
