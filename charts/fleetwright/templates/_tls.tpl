{{/* "https" where the facade itself serves TLS, else "http": a scheme, and the name of its ports. */}}
{{- define "fleetwright.facadeScheme" -}}
{{- ternary "https" "http" .Values.facade.tls.enabled }}
{{- end }}

{{/* The port that the facade listens on. */}}
{{- define "fleetwright.facadePort" -}}
{{- ternary 8443 8080 .Values.facade.tls.enabled }}
{{- end }}

{{- define "fleetwright.facadeServicePort" -}}
{{- default (ternary 443 80 .Values.facade.tls.enabled) .Values.facade.service.port }}
{{- end }}

{{/* The Secret that cert-manager writes, or from which the facade serves TLS. */}}
{{- define "fleetwright.tlsSecret" -}}
{{- $ofIngress := ternary "" .Values.facade.ingress.tlsSecret .Values.facade.tls.enabled -}}
{{- coalesce .Values.facade.tls.secretName $ofIngress (printf "%s-facade-tls" (include "fleetwright.fullname" .)) }}
{{- end }}

{{/* The Secret of the Ingress; empty: no TLS there. */}}
{{- define "fleetwright.ingressTlsSecret" -}}
{{- if .Values.facade.ingress.tlsSecret -}}
{{- .Values.facade.ingress.tlsSecret }}
{{- else if .Values.facade.certificate.enabled -}}
{{- include "fleetwright.tlsSecret" . }}
{{- end }}
{{- end }}

{{/* Whom the certificate of cert-manager is for, as JSON: the Ingress where that takes it, and the Service where the facade does. */}}
{{- define "fleetwright.certificateNames" -}}
{{- $names := list -}}
{{- with .Values.facade }}
{{- if and .ingress.enabled (eq (include "fleetwright.ingressTlsSecret" $) (include "fleetwright.tlsSecret" $)) }}
{{- $names = .ingress.hosts }}
{{- end }}
{{- if .tls.enabled }}
{{- $service := printf "%s-facade" (include "fleetwright.fullname" $) }}
{{- $inNamespace := printf "%s.%s" $service $.Release.Namespace }}
{{- $names = concat $names (list $service $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.cluster.local" $inNamespace)) }}
{{- end }}
{{- end }}
{{- toJson (uniq $names) }}
{{- end }}
