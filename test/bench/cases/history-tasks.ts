import { createHash } from 'node:crypto';

import { historyFinalizer, idLabel, requestedByAnnotation, requestIdAnnotation } from '../../../crds/labels.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';

const hostsEach = 3;
/** Machines of the fleet. */
const fleet = 1000;
const tasks = [
  ['Gathering Facts', 'ansible.builtin.setup', 'ok'],
  ['The package is there', 'ansible.builtin.package', 'ok'],
  ['It is configured', 'ansible.builtin.template', 'changed'],
  ['reload', 'ansible.builtin.service', 'changed'],
  ['It answers', 'ansible.builtin.uri', 'ok'],
] as const;

/** Lines in the log of each task. */
export const linesEach = hostsEach * tasks.length;

/** A finished task as facade and controllers make them: on three of a thousand hosts, with five Ansible tasks each. */
export function recordedTask(namespace: string, number: number): AgentTask {
  const uid = uuid(`uid ${number}`);
  const hosts = Array.from({ length: hostsEach }, (_, index) => hostOf(number * hostsEach + index));
  const message = `${hostsEach} hosts: ${hostsEach} changed`;
  const condition = { lastTransitionTime: at(number, 9), message, observedGeneration: 1, reason: 'Succeeded' };
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace,
      name: `run-${uuid(`name ${number}`).replaceAll('-', '')}`,
      uid,
      creationTimestamp: at(number, 0),
      generation: 1,
      labels: { [idLabel]: String(number) },
      annotations: {
        'fleetwright.io/dispatch-name': `deploy nginx ${number}`,
        [requestIdAnnotation]: uuid(`request ${number}`),
        [requestedByAnnotation]: 'orion',
      },
      finalizers: [historyFinalizer],
    },
    spec: {
      correlationID: `${number}-16`,
      dryRun: false,
      executor: 'auto',
      hostKeyChecking: 'Strict',
      hosts,
      paused: false,
      shared: false,
      source: 'orion',
      splitBy: 'None',
      stop: false,
      ttlSecondsAfterFinished: 86_400,
      user: 'root',
      content: '- ansible.builtin.ping:\n',
    },
    status: {
      attempts: 1,
      completionTime: at(number, 9),
      conditions: [
        { ...condition, status: 'True', type: 'Ready' },
        { ...condition, message: '', status: 'False', type: 'Reconciling' },
        { ...condition, message: '', status: 'False', type: 'Stalled' },
        { ...condition, status: 'True', type: 'Succeeded' },
      ],
      hosts: hosts.map((name) => ({
        counts: { changed: 2, failed: 0, ok: 5, skipped: 0, unreachable: 0 },
        name,
        result: 'changed',
      })),
      message,
      observedGeneration: 1,
      phase: 'Succeeded',
      run: {
        executor: 'local',
        id: `${uid}-1-1`,
        location: 'node-1:/var/lib/fleetwright/runs/0a53a24d-2f3a-4b1e-9a63-2f1f6f2d9c11',
        timeoutSeconds: 3600,
      },
      startTime: at(number, 1),
      summary: { changed: hostsEach, failed: 0, notRun: 0, ok: 0, skipped: 0, total: hostsEach, unreachable: 0 },
    },
  };
}

/** The log of its run. */
export function linesOf({ spec }: AgentTask, number: number): readonly RunStep[] {
  return tasks.flatMap(([name, action, result], index) =>
    (spec.hosts ?? []).map((host) => ({
      host,
      name,
      action,
      start: at(number, index + 2),
      end: at(number, index + 3),
      result,
    })),
  );
}

/** A task a second. */
function at(number: number, seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + (number + seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

function hostOf(number: number): string {
  const machine = number % fleet;
  return `10.20.${Math.floor(machine / 250)}.${(machine % 250) + 1}`;
}

/** The same at every run, and as little alike as real ones. */
function uuid(of: string): string {
  const hex = createHash('sha256').update(of).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
