# Fleetwright: `make help` lists what there is. Everything a target needs, it installs itself into this folder or the user's cache.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

deps := node_modules/.installed

.PHONY: help
help: ## show this text
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(deps): package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or later (https://nodejs.org)'; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: setup
setup: $(deps) ## install dependencies, Ansible and the programs of the local control plane
	@node controllers/agenttask/runner/setup.ts
	@node test/cluster/cli.ts binaries

.PHONY: run
run: $(deps) ## everything in the foreground, with examples and REST calls to paste (DISPATCH_MODE=original, JOBX_MODE=original, STAGE_MODE=original: as the original programs answered; WITH=cinder,opensearch: storage zones and a search cluster, too)
	@node controllers/agenttask/runner/setup.ts
	@node test/run/main.ts

.PHONY: credential
credential: $(deps) ## a credential for callers of the REST facade (CREDENTIAL='--help' for options)
	@node apiserver/credential/main.ts $(CREDENTIAL)

.PHONY: test
test: setup ## all tests, each idea once; the integration tests use KUBECONFIG's cluster if set, else a local control plane
	@node test/run/programs.ts
	@node test/run/vitest.ts

.PHONY: test-nightly
test-nightly: setup ## the same with the full matrices: every step of every crash, hundreds of seeds, storms; takes hours
	@node test/run/programs.ts
	@FLEETWRIGHT_NIGHTLY=1 node test/run/vitest.ts

.PHONY: test-budget
test-budget: $(deps) ## write test/budget.json, the seconds that each test file may take, from the last whole `make test`
	@node test/run/times/budget.ts --write

.PHONY: test-unit
test-unit: $(deps) ## the tests that need no cluster
	@vitest run --project unit

.PHONY: lint
lint: $(deps) ## types, format, lint rules, unused code, import layering, generated files
	tsc -p .
	oxfmt --check
	oxlint --deny-warnings
	knip
	node crds/generate.ts --check
	vitest run --project unit test/unit/repository --reporter=dot

.PHONY: format
format: $(deps) ## lay out the sources as the house does (oxfmt)
	oxfmt

.PHONY: generate
generate: $(deps) ## write crds/types from crds/*.yaml
	node crds/generate.ts

.PHONY: openapi
openapi: $(deps) ## write docs/openapi*.json from the routes of the REST facade
	@node apiserver/openapi/files.ts

.PHONY: chart-test
chart-test: $(deps) ## the suites of the Helm chart (helm-unittest), which need no cluster
	@node test/chart/main.ts

.PHONY: fuzz
fuzz: $(deps) ## schemathesis against a facade: every call with good and bad data (FUZZ='--help' for options)
	@node test/fuzz/main.ts $(FUZZ)

.PHONY: bench
bench: setup ## measure against a Go controller-runtime peer and bare ansible-runner (BENCH='--help' for options)
	@node test/bench/main.ts $(BENCH)

.PHONY: images
images: $(deps) ## container images as files, and what is in them (SBOM); needs no container engine
	@node test/images/main.ts

.PHONY: e2e
e2e: $(deps) ## install the chart on real nodes and try it there (CLUSTER=local or kind; E2E='--help' for options)
	@node test/e2e/main.ts $(E2E)

.PHONY: audit
audit: $(deps) ## known vulnerabilities of the dependencies, where npm's audit service can be reached
	npm audit --omit=dev

.PHONY: cluster-up
cluster-up: $(deps) ## a local control plane in the background, for kubectl
	@node test/cluster/cli.ts up

.PHONY: cluster-down
cluster-down: $(deps) ## stop it, and leave nothing behind
	@node test/cluster/cli.ts down

.PHONY: kind-up
kind-up: $(deps) ## a kind cluster instead, where Docker is present
	@node test/cluster/cli.ts kind-up

.PHONY: kind-down
kind-down: $(deps) ## delete it
	@node test/cluster/cli.ts kind-down

.PHONY: clean
clean: ## stop the background cluster and remove what make made in this folder; the caches stay
	@if [ -e $(deps) ]; then node test/cluster/cli.ts down; fi
	rm -rf node_modules .fleetwright coverage
