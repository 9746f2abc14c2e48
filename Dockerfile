# Two images from one file, both for user 65532 and a read-only root file system:
#
#   docker build --target fleetwright -t fleetwright:0.1.0 .
#   docker build --target runner -t fleetwright-runner:0.1.0 .
#
# fleetwright: facade and recorder; Node.js and our sources, no shell and no package manager.
# runner: the controllers, which run Ansible beside themselves, and the pods of tasks that run as Jobs: Python, ansible-core,
#   ansible-runner and ssh as well.
# To pin the bases to their content, give each with its digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…

ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG DEBIAN_IMAGE=debian:12.12-slim
ARG DISTROLESS_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS packages
WORKDIR /opt/fleetwright
COPY package.json package-lock.json .npmrc ./
# Nothing of ours needs a script of a package: none runs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${DEBIAN_IMAGE} AS ansible
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 python3-venv python3-pip \
  && rm -rf /var/lib/apt/lists/*
COPY controllers/agenttask/runner/requirements.txt /tmp/requirements.txt
# pip stays outside: the image has no use for it.
RUN python3 -m venv --without-pip /opt/ansible \
  && python3 -m pip --python /opt/ansible/bin/python3 install --no-cache-dir --no-compile --only-binary=:all: --require-hashes -r /tmp/requirements.txt

FROM scratch AS sources
COPY package.json LICENSE /opt/fleetwright/
COPY apiserver /opt/fleetwright/apiserver
COPY controllers /opt/fleetwright/controllers
COPY crds /opt/fleetwright/crds
COPY history /opt/fleetwright/history
COPY kube /opt/fleetwright/kube

FROM ${DISTROLESS_IMAGE} AS fleetwright
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Fleetwright" \
  org.opencontainers.image.description="Day-2 operations for fleets: facade and recorder" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /opt/fleetwright/node_modules /opt/fleetwright/node_modules
COPY --from=sources / /
WORKDIR /opt/fleetwright
ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["node"]
CMD ["apiserver/main.ts", "--help"]

FROM ${DEBIAN_IMAGE} AS runner
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Fleetwright" \
  org.opencontainers.image.description="Day-2 operations for fleets: controllers with Ansible" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.licenses="Apache-2.0"
# ssh refuses to work for a user without a name. tini: what a run leaves behind becomes a child of the first process, which has to bury it.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 openssh-client python3 tini \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 65532 fleetwright \
  && useradd --uid 65532 --gid 65532 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin fleetwright
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /opt/fleetwright/node_modules /opt/fleetwright/node_modules
COPY --from=ansible /opt/ansible /opt/ansible
COPY --from=sources / /
WORKDIR /opt/fleetwright
ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp NODE_ENV=production FLEETWRIGHT_ANSIBLE_RUNNER=/opt/ansible/bin/ansible-runner
USER 65532:65532
ENTRYPOINT ["/usr/bin/tini", "--", "node"]
CMD ["controllers/main.ts", "--help"]
