import { createHash } from 'node:crypto';

import { idLabel } from '../../../crds/labels.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';

/**
 * A finished task as the dispatch API makes them, with what a controller writes for one host: 2 KiB, which is the
 * middle of what is seen.
 */
export function finishedTask(namespace: string, id: number): AgentTask {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  const host = `192.0.2.${(id % 250) + 1}`;
  const condition = {
    observedGeneration: 1,
    lastTransitionTime: time,
    reason: 'Succeeded',
    message: '1 host: 1 changed',
  };
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace,
      name: objectName(`finished ${id}`),
      labels: { [idLabel]: String(id) },
      annotations: { 'fleetwright.io/dispatch-name': `${host}_install_nginx_${id}` },
    },
    spec: {
      hosts: [host],
      user: 'root',
      content,
      variables: { version: '1.26', listen: [80, 443] },
      forks: 5,
      correlationID: `${id}-${id}`,
      source: 'orion',
    },
    status: {
      phase: 'Succeeded',
      message: '1 host: 1 changed',
      startTime: time,
      completionTime: time,
      observedGeneration: 1,
      hosts: [{ name: host, result: 'changed', counts: { ok: 3, changed: 1, failed: 0, skipped: 0, unreachable: 0 } }],
      conditions: [
        { type: 'Ready', status: 'True', ...condition },
        { type: 'Reconciling', status: 'False', ...condition },
        { type: 'Succeeded', status: 'True', ...condition },
      ],
    },
  };
}

/** As long as the facade makes them. */
export function objectName(of: string): string {
  return `run-${createHash('sha256').update(of).digest('hex').slice(0, 32)}`;
}

export const content = `- name: The package is there
  ansible.builtin.package:
    name: nginx
    state: present

- name: It is configured
  ansible.builtin.template:
    src: nginx.conf.j2
    dest: /etc/nginx/nginx.conf
    mode: "0644"
  notify: reload

- name: It runs, and comes back with the machine
  ansible.builtin.service:
    name: nginx
    state: started
    enabled: true
`;
