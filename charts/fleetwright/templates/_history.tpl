{{/* Where facade and recorder find the history: variables of a container, and what is mounted for them. */}}
{{- define "fleetwright.historyPlace" -}}
{{- with .Values.history.postgresql }}
{{- if include "fleetwright.historyInFile" $ -}}
- { name: FLEETWRIGHT_HISTORY_FILE, value: /var/lib/fleetwright/history.sqlite }
{{- else if include "fleetwright.withHistory" $ -}}
- { name: FLEETWRIGHT_HISTORY_URL, value: {{ .url | quote }} }
- { name: FLEETWRIGHT_HISTORY_CONNECTIONS, value: {{ .connections | quote }} }
{{- if .secretName }}
- { name: FLEETWRIGHT_HISTORY_PASSWORD_FILE, value: /etc/fleetwright/history/password }
{{- end }}
{{- if .caSecretName }}
- { name: FLEETWRIGHT_HISTORY_CA_FILE, value: /etc/fleetwright/history-ca/ca.crt }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "fleetwright.historyMounts" -}}
{{- with .Values.history.postgresql }}
{{- if include "fleetwright.historyInFile" $ -}}
- { name: history, mountPath: /var/lib/fleetwright }
{{- else if include "fleetwright.withHistory" $ -}}
{{- if .secretName -}}
# The folder, not its file: kubelet replaces only whole folders when the password changes.
- { name: history-password, mountPath: /etc/fleetwright/history, readOnly: true }
{{- end }}
{{- if .caSecretName }}
- { name: history-ca, mountPath: /etc/fleetwright/history-ca, readOnly: true }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The port of the database. */}}
{{- define "fleetwright.historyPort" -}}
{{- $host := (urlParse .Values.history.postgresql.url).host -}}
{{- if regexMatch ":[0-9]+$" $host }}{{ regexFind "[0-9]+$" $host }}{{ else }}5432{{ end }}
{{- end }}
