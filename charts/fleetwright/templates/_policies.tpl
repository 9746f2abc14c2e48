{{/* Those who may put things right by hand. */}}
{{- define "fleetwright.notExempt" -}}
- name: not-exempt
  expression: >-
    !(request.userInfo.username in {{ toJson .Values.policies.exemptUsers }}) &&
    !(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in {{ toJson .Values.policies.exemptGroups }}))
{{- end }}

{{/* Whether the caller is the controllers. */}}
{{- define "fleetwright.isController" -}}
request.userInfo.username == {{ include "fleetwright.userName" (dict "root" . "component" "controllers") | quote }}
{{- end }}

{{/* The parts of Kubernetes itself that do this work; in some clusters all of them are one user. Takes their names, as a list. */}}
{{- define "fleetwright.ofKubernetes" -}}
{{- $users := list "system:kube-controller-manager" -}}
{{- range . }}
{{- $users = append $users (printf "system:serviceaccount:kube-system:%s" .) }}
{{- end -}}
request.userInfo.username in {{ toJson $users }}
{{- end }}

{{/* Takes root, name (of the policy and the binding), namespace (empty: all) and param (empty: none): the name of the parameter, without which everything passes. */}}
{{- define "fleetwright.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels: {{- include "fleetwright.labels" (dict "root" .root) | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
  {{- with .param }}
  paramRef: { name: {{ . }}, parameterNotFoundAction: Allow }
  {{- end }}
  {{- with .namespace }}
  matchResources:
    namespaceSelector:
      matchLabels: { kubernetes.io/metadata.name: {{ . }} }
  {{- end }}
{{- end }}
