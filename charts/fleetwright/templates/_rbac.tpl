{{/* A RoleBinding to a Role of the same name. Takes name, namespace, account, root and component. */}}
{{- define "fleetwright.roleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels: {{- include "fleetwright.labels" . | nindent 4 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .name }} }
subjects:
  - { kind: ServiceAccount, name: {{ .account }}, namespace: {{ .root.Release.Namespace }} }
{{- end }}

{{/* What counts the ids of the kinds that have some: a ConfigMap each, and a Lease of its name. */}}
{{- define "fleetwright.idCounters" -}}
["fleetwright-agenttask-ids", "fleetwright-deploygroup-ids", "fleetwright-volumerecovery-ids"]
{{- end }}

{{/* Those of them that the facade takes ids from. */}}
{{- define "fleetwright.facadeCounters" -}}
{{- $counters := list "fleetwright-agenttask-ids" "fleetwright-volumerecovery-ids" }}
{{- if .Values.facade.jobx.projects }}
{{- $counters = append $counters "fleetwright-deploygroup-ids" }}
{{- end }}
{{- toJson $counters }}
{{- end }}

{{- define "fleetwright.taskRules" -}}
- apiGroups: [fleetwright.io]
  resources: [agenttasks]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [fleetwright.io]
  resources: [agenttasks/status]
  verbs: [patch]
# Asked for where the API server guards owner references (OwnerReferencesPermissionEnforcement): tasks of a split task block its deletion.
- apiGroups: [fleetwright.io]
  resources: [agenttasks/finalizers]
  verbs: [update]
- apiGroups: [fleetwright.io]
  resources: [agentjobs]
  verbs: [list, watch]
- apiGroups: [fleetwright.io]
  resources: [deploygroups]
  verbs: [get, list, watch, patch]
- apiGroups: [fleetwright.io]
  resources: [deploygroups/status]
  verbs: [patch]
- apiGroups: [fleetwright.io]
  resources: [volumerecoveries]
  verbs: [get, list, watch, patch, delete]
- apiGroups: [fleetwright.io]
  resources: [volumerecoveries/status]
  verbs: [patch]
- apiGroups: [fleetwright.io]
  resources: [rollingupgrades]
  verbs: [get, list, watch, patch, delete]
- apiGroups: [fleetwright.io]
  resources: [rollingupgrades/status]
  verbs: [patch]
# As of agenttasks: the tasks that an upgrade makes block its deletion.
- apiGroups: [fleetwright.io]
  resources: [rollingupgrades/finalizers]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# The logs of runs.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, update]
{{- if include "fleetwright.withJobs" . }}
# What the pods of a run are given.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch, delete]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# Why a Job has no pods.
- apiGroups: [""]
  resources: [events]
  verbs: [list]
{{- end }}
{{- end }}

{{/* Nodes go out of service, and pods leave them: of the whole cluster, so not where one namespace is looked after. */}}
{{- define "fleetwright.stageRules" -}}
- apiGroups: [fleetwright.io]
  resources: [clusterstages]
  verbs: [list, watch, create, patch, get]
- apiGroups: [fleetwright.io]
  resources: [clusterstages/status]
  verbs: [patch]
# Asked for where the API server guards owner references (OwnerReferencesPermissionEnforcement): upgrade tasks block the deletion.
- apiGroups: [fleetwright.io]
  resources: [clusterstages/finalizers]
  verbs: [update]
# The cordon, the taint and the record of what was there before.
- apiGroups: [""]
  resources: [nodes]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch]
# A node is empty when the volumes of the pods that left it are detached.
- apiGroups: [storage.k8s.io]
  resources: [volumeattachments]
  verbs: [list, watch]
# How much storage the cluster has, and how much of it is used.
- apiGroups: [storage.k8s.io]
  resources: [csistoragecapacities]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [persistentvolumes]
  verbs: [list, watch]
{{- end }}

{{/* Where the upgrades are that the ses API tells of. */}}
{{- define "fleetwright.sesNamespace" -}}
{{- default .Values.facade.dispatch.namespace .Values.facade.ses.namespace -}}
{{- end }}

{{/* The Secrets that tasks and upgrades name: SSH keys, and credentials of search clusters. */}}
{{- define "fleetwright.secretRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}

{{- define "fleetwright.historyRules" -}}
- apiGroups: [fleetwright.io]
  resources: [agenttasks, deploygroups, rollingupgrades]
  verbs: [get, list, watch, patch]
# The logs of runs.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
{{- end }}

{{/* Recorded where they are looked after: in the whole cluster. */}}
{{- define "fleetwright.stageHistoryRules" -}}
- apiGroups: [fleetwright.io]
  resources: [clusterstages]
  verbs: [get, list, watch, patch]
{{- end }}

{{/* "true" where impersonation can be limited to some calls, which Kubernetes knows from 1.36 on. */}}
{{- define "fleetwright.limitedImpersonation" -}}
{{- $limited := .Values.facade.impersonation.limited | toString -}}
{{- if or (eq $limited "true") (and (eq $limited "auto") (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version)) }}true{{ end }}
{{- end }}

{{/* "true" when it is limited to some callers. */}}
{{- define "fleetwright.impersonationListed" -}}
{{- with .Values.facade.impersonation }}
{{- if or .users .groups .serviceAccounts }}true{{ end }}
{{- end }}
{{- end }}

{{- define "fleetwright.uninstallHook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: "0"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
