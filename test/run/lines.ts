import type { DispatchMode } from './settings.ts';

export interface Facade {
  readonly url: string;
  readonly token: string;
  readonly mode: DispatchMode;
}

interface Sample {
  readonly title: string;
  readonly path: string;
  readonly body: object;
}

/** Any name of a node does: the play runs on this machine. */
const anywhere =
  '- hosts: all\n  connection: local\n  gather_facts: false\n  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}\n  tasks: [{name: who am I, command: id}, {name: what for, debug: {msg: "{{ reason }}"}}]';
const actions = [
  { action: { module: 'command', args: 'uname -srm' } },
  { action: { module: 'longscript', content: 'echo {{ reason }}' } },
];

/**
 * One call of each kind, in an order in which each finds what it needs. The names can be posted once: names are unique
 * for ever.
 */
const samples: Readonly<Record<DispatchMode, readonly Sample[]>> = {
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
      title: 'the log of all that was run under this correlation id',
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
      title: 'the log of all that was run under this correlation id',
      path: '/api/getlog',
      body: { source: 'demo', host: 'localhost' },
    },
  ],
};

/** @returns lines to paste into a shell, each one whole by itself, with a comment before each. */
export function curlLines({ url, token, mode }: Facade): readonly string[] {
  const source = mode === 'original' ? 'X-SOURCE' : 'X-RESOURCE';
  return samples[mode].flatMap(({ title, path, body }) => [
    `# ${title}`,
    `curl -sS ${url}${path} -H 'Authorization: Bearer ${token}' -H 'X-CORRELATION-ID: 1-1' -H '${source}: demo' -d ${quoted(JSON.stringify(body))}`,
  ]);
}

/** For a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
