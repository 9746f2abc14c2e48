{{/* Values that are each right by themselves and do not go together. */}}
{{- define "fleetwright.checks" -}}
{{- with .Values }}
{{- if and .facade.enabled .history.enabled (gt (int .facade.replicas) 1) (not .history.postgresql.url) }}
{{- fail (printf "facade.replicas: %d copies cannot share one SQLite file; set history.postgresql.url, facade.replicas=1, or history.enabled=false" (int .facade.replicas)) }}
{{- end }}
{{- if (urlParse .history.postgresql.url).userinfo | contains ":" }}
{{- fail "history.postgresql.url: leave out the password, which everybody could read in the Deployment; put it into a Secret and name that as history.postgresql.secretName" }}
{{- end }}
{{- if and (or .history.postgresql.secretName .history.postgresql.caSecretName) (not .history.postgresql.url) }}
{{- fail "history.postgresql.url: name the database, such as postgres://fleetwright@db.example.com:5432/fleetwright" }}
{{- end }}
{{- if and .facade.enabled .watchNamespace .facade.kvol.namespace (ne .watchNamespace .facade.kvol.namespace) }}
{{- fail (printf "facade.kvol.namespace: its recoveries would be in %q, where nobody looks after them, since watchNamespace is %q; leave it empty, or set both to the same namespace" .facade.kvol.namespace .watchNamespace) }}
{{- end }}
{{- $upgrades := default .facade.dispatch.namespace .facade.ses.namespace }}
{{- if and .facade.enabled .watchNamespace (ne .watchNamespace $upgrades) (eq .watchNamespace .facade.dispatch.namespace) }}
{{- fail (printf "facade.ses.namespace: its upgrades would be in %q, where nobody works on them, since watchNamespace is %q; set both to the same namespace" $upgrades .watchNamespace) }}
{{- end }}
{{- if and .facade.enabled .watchNamespace (ne .watchNamespace .facade.dispatch.namespace) }}
{{- fail (printf "facade.dispatch.namespace: its tasks would be in %q, where nobody runs them, since watchNamespace is %q; set both to the same namespace" .facade.dispatch.namespace .watchNamespace) }}
{{- end }}
{{- if and .controllers.content.volume (not (has "local" .executors)) }}
{{- fail "controllers.content: the controllers run no content unless executors has local; for the pods of Jobs set jobs.content" }}
{{- end }}
{{- if and .jobs.content.volume (not (has "job" .executors)) }}
{{- fail "jobs.content: there are no Jobs unless executors has job; for runs beside the controllers set controllers.content" }}
{{- end }}
{{- if and .jobs.content.folder (not .jobs.content.volume) }}
{{- fail "jobs.content.folder: name the volume that it is in, as jobs.content.volume" }}
{{- end }}
{{- if and .networkPolicy.controllersTo (not (has "local" .executors)) }}
{{- fail "networkPolicy.controllersTo: the controllers reach no hosts unless executors has local; the pods of Jobs are held by network policies of the namespaces of tasks" }}
{{- end }}
{{- if and .facade.ingress.enabled (not .facade.ingress.hosts) }}
{{- fail "facade.ingress.hosts: name at least one host, such as fleetwright.example.com" }}
{{- end }}
{{- if and .facade.httpRoute.enabled (not .facade.httpRoute.parentRefs) }}
{{- fail "facade.httpRoute.parentRefs: name the Gateway, such as {name: public, namespace: gateways}" }}
{{- end }}
{{- if and .facade.certificate.enabled (not (or .facade.ingress.enabled .facade.tls.enabled)) }}
{{- fail "facade.certificate: nobody would use the certificate; set facade.ingress.enabled=true for TLS that ends at an Ingress, or facade.tls.enabled=true for TLS that the facade serves" }}
{{- end }}
{{- if and .facade.tls.enabled (not (or .facade.tls.secretName .facade.certificate.enabled)) }}
{{- fail "facade.tls.secretName: name the Secret with the certificate (of type kubernetes.io/tls, in the namespace of the release), or set facade.certificate.enabled=true for one from cert-manager" }}
{{- end }}
{{- if and .facade.tls.secretName (not .facade.tls.enabled) }}
{{- fail "facade.tls.secretName: the facade serves no TLS; set facade.tls.enabled=true as well, or for an Ingress facade.ingress.tlsSecret" }}
{{- end }}
{{- if and .facade.certificate.enabled (not .facade.certificate.issuerRef.name) }}
{{- fail "facade.certificate.issuerRef: name the issuer, such as {kind: ClusterIssuer, name: letsencrypt}" }}
{{- end }}
{{- end }}
{{- end }}
