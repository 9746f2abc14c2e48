{{/* Values that are each right by themselves and do not go together. */}}
{{- define "fleetwright.checks" -}}
{{- with .Values }}
{{- if and .facade.enabled .history.enabled (gt (int .facade.replicas) 1) }}
{{- fail (printf "facade.replicas: %d copies cannot share one SQLite file; set facade.replicas=1, or history.enabled=false" (int .facade.replicas)) }}
{{- end }}
{{- if and .facade.enabled .watchNamespace (ne .watchNamespace .facade.dispatch.namespace) }}
{{- fail (printf "facade.dispatch.namespace: its tasks would be in %q, where nobody runs them, since watchNamespace is %q; set both to the same namespace" .facade.dispatch.namespace .watchNamespace) }}
{{- end }}
{{- if and .facade.ingress.enabled (not .facade.ingress.hosts) }}
{{- fail "facade.ingress.hosts: name at least one host, such as fleetwright.example.com" }}
{{- end }}
{{- if and .facade.httpRoute.enabled (not .facade.httpRoute.parentRefs) }}
{{- fail "facade.httpRoute.parentRefs: name the Gateway, such as {name: public, namespace: gateways}" }}
{{- end }}
{{- if and .facade.certificate.enabled (not .facade.ingress.enabled) }}
{{- fail "facade.certificate: the certificate is for the ingress, where TLS ends; set facade.ingress.enabled=true as well" }}
{{- end }}
{{- if and .facade.certificate.enabled (not .facade.certificate.issuerRef.name) }}
{{- fail "facade.certificate.issuerRef: name the issuer, such as {kind: ClusterIssuer, name: letsencrypt}" }}
{{- end }}
{{- end }}
{{- end }}
