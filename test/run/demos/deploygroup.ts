import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ApiMode } from '../../../apiserver/api.ts';
import { appkeyKind } from '../../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../../apiserver/jobx/callers.ts';
import { newUuid, rollbackOf, taskNameOf, uuidOfTry } from '../../../apiserver/jobx/uuids.ts';
import { idLabel } from '../../../crds/labels.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { curlLine } from '../curl.ts';
import type { Demo } from '../demo.ts';
import { apply, giveCredential } from '../site.ts';

const namespace = 'default';
/** Any name of a host does: the play runs on this machine. */
const content =
  '- hosts: all\n  connection: local\n  gather_facts: false\n' +
  '  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}\n' +
  '  tasks:\n    - {name: install, command: "echo version {{ version }}"}\n' +
  '    - {name: look, fail: {msg: it does not start}, when: version == "2" and inventory_hostname == unlucky}\n';

/** A job on a group of three batches by REST: one fails, is confirmed, and the last one goes on. */
export const deployGroupDemo: Demo = {
  async open({ cluster, settings: { jobxMode }, facadeUrl, say }) {
    const credential = appkeyKind.make();
    const caller = { name: 'make-run-jobx', callers: jobxCallers, credential, taskNamespaces: [namespace] };
    const given = await giveCredential(cluster, caller);
    const job = {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentJob',
      metadata: { namespace, name: 'demo-install' },
      spec: { content, variables: { unlucky: '' } },
    };
    const headers = { appname: credential.data['appname'] ?? '', appkey: credential.secret };
    const group = { name: 'demo', group_type: 'list', node: 'app-1;app-2,app-3;app-4' };
    const variable = { version: '2', unlucky: 'app-3', _rollbackVersion_: '1' };
    const run = { jobname: 'demo-install', group: 'demo', variable };
    let groupId = 0;

    async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${facadeUrl}${path}`, { method, headers, ...sent });
      return (await answer.json()) as Record<string, unknown>;
    }

    /** @returns the batch that waits for a confirmation. No call is made before: each is a line on the screen */
    async function heldBatch(uuid: string): Promise<string> {
      const held = '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=WaitConfirm';
      await mustKubectl(cluster, ['wait', `agenttask/${taskNameOf(uuid)}`, held, '--timeout=120s']);
      return heard(async () => {
        const { data } = await call('GET', `/subtask/1/${uuid}`);
        const batches = data as readonly { readonly uuid: string; readonly confirm: string }[];
        return batches.find(({ confirm }) => confirm === 'WaitConfirm')?.uuid;
      });
    }

    return {
      facade: ['--jobx-mode', jobxMode, '--jobx-projects', `1=${namespace}`],
      async show() {
        await apply(cluster, [job]);
        say();
        say('POST /group/1            three batches: app-1, then app-2 and app-3, then app-4');
        say(`  ${JSON.stringify(await call('POST', '/group/1', group))}`);
        const { uuid } = await call('POST', '/task/1/job/byname', run);
        say(`POST /task/1/job/byname  uuid ${String(uuid)}`);
        const task = `agenttask/${taskNameOf(String(uuid))}`;
        const failed = await heldBatch(String(uuid));
        say(`PUT /subtask/1/${failed}/confirm   batch 2 failed on app-3, and batch 3 waits for this`);
        say(`  ${JSON.stringify(await call('PUT', `/subtask/1/${failed}/confirm`))}`);
        await mustKubectl(cluster, ['wait', task, '--for=condition=Succeeded=false', '--timeout=120s']);
        say(`GET /task/1/${String(uuid)}`);
        const ended = async (): Promise<object | undefined> => {
          const answer = await call('GET', `/task/1/${String(uuid)}`);
          return (answer['data'] as { readonly status: string }).status === 'running' ? undefined : answer;
        };
        say(`  ${JSON.stringify(await heard(ended))}`);
        const { data: groups } = await call('GET', '/group/1');
        const all = groups as readonly { readonly id: number; readonly name: string }[];
        groupId = all.find(({ name }) => name === group.name)?.id ?? 0;
      },
      get lines() {
        return linesOf({ url: facadeUrl, headers, group, run, groupId, mode: jobxMode });
      },
      async close() {
        if (cluster.given) {
          // Nobody runs any more who would let go of the group: make run does that at its end.
          const free = ['--ignore-not-found', '--wait=false', '-n', namespace];
          for (const made of [['agentjob/demo-install'], ['deploygroups', '-l', `${idLabel}=${groupId}`]])
            await mustKubectl(cluster, ['delete', ...made, ...free]);
        }
        await given.remove();
      },
    };
  },
};

/** Asks until the facade has heard of what kubectl has seen: it may do so a moment later. */
async function heard<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(500);
  }
}

interface LinesOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly group: object;
  readonly run: object;
  /** Of the group that was shown. */
  readonly groupId: number;
  readonly mode: ApiMode;
}

/** Calls in an order in which each finds what it needs; the job that they run is theirs by its uuid. */
function linesOf({ url, headers, group, run, groupId, mode }: LinesOptions): readonly string[] {
  const uuid = uuidOfTry(newUuid(randomUUID()), 0);
  const line = (path: string, body?: object, method?: 'PUT' | 'DELETE', more: object = {}): string =>
    curlLine(`${url}${path}`, body, { ...headers, ...more }, method);
  const mine = { ...run, group: 'my group' };
  // In original mode only third parties choose a uuid.
  const started =
    mode === 'original'
      ? line('/third/interface/invoke', { project_id: 1, uuid, params: mine })
      : line('/task/1/job/byname', { ...mine, uuid });
  const waiting = `$(${line(`/subtask/1/${uuid}`)} | grep -o '"uuid":"[^}]*WaitConfirm' | cut -d '"' -f 4)`;
  return [
    '# groups of machines in batches (JOBX): all of them, the hosts of one by batch, and a new one',
    line('/group/1'),
    line(`/group/1/${groupId}/node`),
    line('/group/1', { ...group, name: 'my group' }),
    '# run a job on it, batch by batch, with a uuid of your own; see how it stands, and its batches',
    started,
    line(`/task/1/${uuid}`),
    line(`/subtask/1/${uuid}`),
    '# when batch 2 has failed on app-3, after some seconds: confirm it, by its uuid, and batch 3 begins',
    line(`/subtask/1/${waiting}/confirm`, undefined, 'PUT'),
    `# the log of all its steps, to its end, and as it stands; in a browser: ${url}/slave/fleetwright/log/${uuid}`,
    line(`/slave/fleetwright/log/${uuid}/stream`).replace('curl -sS ', 'curl -sSN '),
    line(`/slave/fleetwright/log/${uuid}`, undefined, undefined, { accept: 'text/plain' }),
    '# stop it (a task that has ended stays as it is); take it back to version 1 where it changed something',
    line(`/task/1/${uuid}`, undefined, 'DELETE'),
    line(`/task/1/${uuid}/rollback`, undefined, 'PUT'),
    line(`/task/1/${rollbackOf(uuid)}`),
    '# all tasks on groups, how the last ones ended, and who did what',
    line('/task/1'),
    line('/task/1/analysis/last'),
    line('/log/1'),
  ];
}
