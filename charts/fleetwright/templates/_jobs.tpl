{{/* What the pods of runs have beside what the controllers give them. */}}
{{- define "fleetwright.jobTemplate" -}}
{{- $jobs := .Values.jobs -}}
metadata:
  labels:
    app.kubernetes.io/part-of: fleetwright
    {{- with .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with $jobs.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $jobs.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with include "fleetwright.podPlace" (dict "root" . "settings" $jobs) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $jobs.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  containers:
    - name: runner
      imagePullPolicy: {{ .Values.runnerImage.pullPolicy }}
      resources: {{- toYaml $jobs.resources | nindent 8 }}
      {{- if or $jobs.content.volume $jobs.extraEnv }}
      env:
        {{- if $jobs.content.volume }}
        - { name: FLEETWRIGHT_CONTENT_PATH, value: {{ printf "/content/%s" $jobs.content.folder | trimSuffix "/" | quote }} }
        {{- end }}
        {{- with $jobs.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- if or $jobs.content.volume $jobs.extraVolumeMounts }}
      volumeMounts:
        {{- if $jobs.content.volume }}
        - { name: content, mountPath: /content, readOnly: true }
        {{- end }}
        {{- with $jobs.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- if or $jobs.content.volume $jobs.extraVolumes }}
  volumes:
    {{- with $jobs.content.volume }}
    - name: content
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $jobs.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end }}
