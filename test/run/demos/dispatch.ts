import type { ApiMode } from '../../../apiserver/api.ts';
import { bearerKind } from '../../../apiserver/auth/bearer-kind.ts';
import { dispatchCallers } from '../../../apiserver/dispatch/callers.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { curlLine } from '../curl.ts';
import type { Demo } from '../demo.ts';
import { giveCredential } from '../site.ts';

interface Sample {
  readonly title: string;
  readonly path: string;
  readonly body: object;
}

/** Any name of a node does: the play runs on this machine. */
const anywhere =
  '- hosts: all\n  connection: local\n  gather_facts: false\n' +
  '  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}\n' +
  '  tasks: [{name: who am I, command: id}, {name: what for, debug: {msg: "{{ reason }}"}}]';
const actions = [
  { action: { module: 'command', args: 'uname -srm' } },
  { action: { module: 'longscript', content: 'echo {{ reason }}' } },
];

/**
 * One call of each kind, in an order in which each finds what it needs. The names can be posted once: names are unique
 * for ever.
 */
const samples: Readonly<Record<ApiMode, readonly Sample[]>> = {
  documented: [
    {
      title: 'run tasks (YAML text, or a list of objects) on nodes',
      path: '/api/run',
      body: { name: 'my first task', nodes: ['localhost'], content: anywhere, params: { reason: 'to try it' } },
    },
    {
      title: 'run roles of the content path (test/run/content)',
      path: '/api/run',
      body: { name: 'my first role', nodes: ['localhost'], tasktype: 'ansible_role', tasks: ['greet'] },
    },
    {
      title: 'the same on many nodes, each by a task of its own',
      path: '/api/parallel_run',
      body: {
        name: 'my first fleet',
        nodes: ['node-1', 'node-2', 'node-3'],
        content: anywhere,
        params: { reason: 'to try it' },
      },
    },
    { title: 'what became of it, by name or by id', path: '/api/check', body: { name: 'my first task' } },
    { title: 'stop it (a task that has ended stays as it is)', path: '/api/stop', body: { name: 'my first fleet' } },
    {
      title: 'the log of all that was run under this correlation id, some seconds after each step',
      path: '/api/getlog',
      body: { source: 'demo', host: 'localhost' },
    },
  ],
  original: [
    {
      title: 'run a list of tasks on nodes',
      path: '/api/run',
      body: { name: 'my first task', nodes: ['localhost'], tasks: actions, params: { reason: 'to try it' } },
    },
    {
      title: 'run roles of the content path (test/run/content)',
      path: '/api/run',
      body: { name: 'my first role', nodes: ['localhost'], tasktype: 'ansible_role', tasks: ['greet'] },
    },
    {
      title: 'each node by a task of its own',
      path: '/api/parallel_run',
      body: { name: 'my first fleet', nodes: ['localhost'], tasks: actions, params: { reason: 'to try it' } },
    },
    { title: 'what became of it, by name or by id', path: '/api/check', body: { name: 'my first task' } },
    { title: 'stop it', path: '/api/stop', body: { name: 'my first fleet' } },
    {
      title: 'the log of all that was run under this correlation id, some seconds after each step',
      path: '/api/getlog',
      body: { source: 'demo', host: 'localhost' },
    },
  ],
};

const correlationID = 'make-run';

/** A task by REST, to its end, which is waited for without a call: each would be a line on the screen. */
export const dispatchDemo: Demo = {
  async open({ cluster, settings: { mode }, facadeUrl, say }) {
    const credential = bearerKind.make();
    const caller = { name: 'make-run', callers: dispatchCallers, credential, taskNamespaces: ['default'] };
    const given = await giveCredential(cluster, caller);
    const authorization = `Bearer ${credential.secret}`;

    async function post(path: string, body: object): Promise<unknown> {
      const headers = { authorization, 'x-correlation-id': correlationID, 'x-resource': 'example' };
      const answer = await fetch(`${facadeUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.json();
    }

    return {
      facade: ['--dispatch-mode', mode],
      async show() {
        const name = `hello-by-rest-${Date.now()}`;
        const body = { name, nodes: ['localhost'], tasks: [{ name: 'who is it', command: 'id' }] };
        say();
        say(`POST /api/run   name ${name}`);
        say(`  ${JSON.stringify(await post('/api/run', body))}`);
        const ofIt = `--field-selector=spec.correlationID=${correlationID}`;
        const ended = ['--for=condition=Reconciling=false', '--timeout=120s'];
        await mustKubectl(cluster, ['wait', 'agenttask', ofIt, ...ended]);
        say(`POST /api/check name ${name}`);
        say(`  ${JSON.stringify(await post('/api/check', { name }))}`);
      },
      lines: samples[mode].flatMap(({ title, path, body }) => [
        `# ${title}`,
        curlLine(`${facadeUrl}${path}`, body, {
          Authorization: authorization,
          'X-CORRELATION-ID': '1-1',
          [mode === 'original' ? 'X-SOURCE' : 'X-RESOURCE']: 'demo',
        }),
      ]),
      close: given.remove,
    };
  },
};
