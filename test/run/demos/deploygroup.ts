import { appkeyKind } from '../../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../../apiserver/jobx/callers.ts';
import { taskNameOf } from '../../../apiserver/jobx/uuids.ts';
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
  '    - {name: look, fail: {msg: it does not start}, when: inventory_hostname == unlucky}\n';

/** A job on a group of three batches by REST: one fails, is confirmed, and the last one goes on. */
export const deployGroupDemo: Demo = {
  async open({ cluster, facadeUrl, say }) {
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
    const run = { jobname: 'demo-install', group: 'demo', variable: { version: '2', unlucky: 'app-3' } };

    async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${facadeUrl}${path}`, { method, headers, ...sent });
      return (await answer.json()) as Record<string, unknown>;
    }

    return {
      facade: ['--jobx-projects', `1=${namespace}`],
      async show() {
        await apply(cluster, [job]);
        say();
        say('POST /group/1            three batches: app-1, then app-2 and app-3, then app-4');
        say(`  ${JSON.stringify(await call('POST', '/group/1', group))}`);
        const { uuid } = await call('POST', '/task/1/job/byname', run);
        say(`POST /task/1/job/byname  uuid ${String(uuid)}`);
        const task = `agenttask/${taskNameOf(String(uuid))}`;
        await mustKubectl(cluster, ['wait', task, '--for=condition=Stalled', '--timeout=120s']);
        const { data } = await call('GET', `/subtask/1/${String(uuid)}`);
        const failed = (data as readonly { readonly uuid: string; readonly confirm: string }[]).find(
          ({ confirm }) => confirm === 'WaitConfirm',
        );
        say(`PUT /subtask/1/${failed?.uuid}/confirm   batch 2 failed on app-3, and batch 3 waits for this`);
        say(`  ${JSON.stringify(await call('PUT', `/subtask/1/${failed?.uuid}/confirm`))}`);
        await mustKubectl(cluster, ['wait', task, '--for=condition=Succeeded=false', '--timeout=120s']);
        say(`GET /task/1/${String(uuid)}`);
        say(`  ${JSON.stringify(await call('GET', `/task/1/${String(uuid)}`))}`);
      },
      lines: [
        '# groups of machines in batches (JOBX)',
        curlLine(`${facadeUrl}/group/1`, { ...group, name: 'my group' }, headers),
        '# run a job on a group, batch by batch',
        curlLine(`${facadeUrl}/task/1/job/byname`, { ...run, group: 'my group' }, headers),
        '# all tasks on groups',
        curlLine(`${facadeUrl}/task/1`, undefined, headers),
      ],
      async close() {
        if (cluster.given) {
          const made = ['agentjob/demo-install', '--ignore-not-found', '-n', namespace];
          await mustKubectl(cluster, ['delete', ...made]);
        }
        await given.remove();
      },
    };
  },
};
