{{- define "fleetwright.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "fleetwright.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "fleetwright.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "fleetwright.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What belongs to no namespace: releases of one name in two namespaces must not fight over it. */}}
{{- define "fleetwright.clusterName" -}}
{{- printf "%s-%s" (include "fleetwright.fullname" .) .Release.Namespace }}
{{- end }}

{{- define "fleetwright.selector" -}}
app.kubernetes.io/name: {{ include "fleetwright.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Takes root, and component unless the object is of none. */}}
{{- define "fleetwright.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "fleetwright.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: fleetwright
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Takes root and component (a key of the values). */}}
{{- define "fleetwright.serviceAccountName" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- if $account.create -}}
{{- default (printf "%s-%s" (include "fleetwright.fullname" .root) .component) $account.name }}
{{- else -}}
{{- required (printf "%s.serviceAccount.name: name the service account to use, since %s.serviceAccount.create is false" .component .component) $account.name }}
{{- end }}
{{- end }}

{{/* How the API server calls the service account of a component. */}}
{{- define "fleetwright.userName" -}}
{{- printf "system:serviceaccount:%s:%s" .root.Release.Namespace (include "fleetwright.serviceAccountName" .) }}
{{- end }}

{{/* Takes root and image. */}}
{{- define "fleetwright.image" -}}
{{- $name := printf "%s:%s" .image.repository (default .root.Chart.AppVersion .image.tag) -}}
{{- if .image.digest }}{{ $name }}@{{ .image.digest }}{{ else }}{{ $name }}{{ end }}
{{- end }}

{{/* "true" when the facade keeps a history. */}}
{{- define "fleetwright.withHistory" -}}
{{- if and .Values.facade.enabled .Values.history.enabled }}true{{ end }}
{{- end }}

{{/* "true" when the history is a file on a volume, not a database. */}}
{{- define "fleetwright.historyInFile" -}}
{{- if and (include "fleetwright.withHistory" .) (not .Values.history.postgresql.url) }}true{{ end }}
{{- end }}

{{/* "true" when tasks run in Jobs of Kubernetes. */}}
{{- define "fleetwright.withJobs" -}}
{{- if has "job" .Values.executors }}true{{ end }}
{{- end }}

{{/* "true" when tasks run beside the controllers. */}}
{{- define "fleetwright.withLocalRuns" -}}
{{- if has "local" .Values.executors }}true{{ end }}
{{- end }}

{{/* Where the recoveries of the kvol API are. */}}
{{- define "fleetwright.kvolNamespace" -}}
{{- default .Values.facade.dispatch.namespace .Values.facade.kvol.namespace }}
{{- end }}
