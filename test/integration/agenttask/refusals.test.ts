import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { play } from '../../hosts/play.ts';
import { job, task } from './objects.ts';
import type { Spec } from './objects.ts';
import { Site } from './site.ts';

const usable = { hosts: ['localhost'], content: play('- debug: {msg: fine}') } satisfies Spec;

/** What the API server does not even take: the case, the object, the place that is named, what the reader is told. */
const refused: readonly (readonly [string, object, RegExp, RegExp])[] = [
  [
    '2 MiB of content',
    task('x', { ...usable, content: `# ${'x'.repeat(2 * 1024 * 1024)}` }),
    /spec\.content/,
    /Too long: may not be more than 524288/,
  ],
  [
    '10,000 hosts',
    task('x', { ...usable, hosts: Array.from({ length: 10_000 }, (_, index) => `host-${index}`) }),
    /spec\.hosts/,
    /must have at most 1000 items/,
  ],
  ['an empty host list', task('x', { ...usable, hosts: [] }), /spec\.hosts/, /should have at least 1 items/],
  [
    'no hosts at all',
    task('x', { content: usable.content }),
    /spec/,
    /one of hosts and groupRef is required: list the machines/,
  ],
  ['duplicate hosts', task('x', { ...usable, hosts: ['a', 'b', 'a'] }), /spec\.hosts\[2\]/, /Duplicate value: "a"/],
  ['a task name of 300 characters', task('x'.repeat(300), usable), /metadata\.name/, /must be no more than 253/],
  ['a task name with a newline', task('a\nb', usable), /metadata\.name/, /lowercase RFC 1123 subdomain/],
  [
    'a host name of 300 characters',
    task('x', { ...usable, hosts: ['h'.repeat(300)] }),
    /spec\.hosts\[0\]/,
    /Too long: may not be more than 253/,
  ],
  [
    'a host name with a newline',
    task('x', { ...usable, hosts: ['web-1\nweb-2'] }),
    /spec\.hosts\[0\]/,
    /not a host: use a host name/,
  ],
  [
    'a host name with shell characters',
    task('x', { ...usable, hosts: ['web-1;reboot'] }),
    /spec\.hosts\[0\]/,
    /not a host: use a host name/,
  ],
  [
    'a host name that is an option',
    task('x', { ...usable, hosts: ['-oProxyCommand=reboot'] }),
    /spec\.hosts\[0\]/,
    /not a host: use a host name/,
  ],
  [
    'a host name with Jinja characters',
    task('x', { ...usable, hosts: ['{{lookup("pipe","id")}}'] }),
    /spec\.hosts\[0\]/,
    /not a host: use a host name/,
  ],
  ['a source of two lines', task('x', { ...usable, source: 'a\nb' }), /spec\.source/, /use a single line/],
  [
    'variables as a list',
    task('x', { ...usable, variables: ['a'] }),
    /spec\.variables/,
    /must be of type object|expected map/,
  ],
  [
    'variables as text',
    task('x', { ...usable, variables: 'a=1' }),
    /spec\.variables/,
    /must be of type object|expected map/,
  ],
  [
    'a variable whose name is none',
    task('x', { ...usable, variables: { 'not a name': 1 } }),
    /spec\.variables/,
    /name of a variable must begin with a letter/,
  ],
  ['hosts as text', task('x', { ...usable, hosts: 'web-1' }), /spec\.hosts/, /must be of type array|expected list/],
  [
    'a number as content',
    task('x', { ...usable, content: 5 }),
    /spec\.content/,
    /must be of type string|expected string/,
  ],
  [
    'content and a job',
    task('x', { ...usable, jobRef: { name: 'j' } }),
    /spec/,
    /content and jobRef exclude each other: remove one/,
  ],
  [
    'hosts and a group',
    task('x', { ...usable, groupRef: { name: 'g' } }),
    /spec/,
    /hosts and groupRef exclude each other: remove one/,
  ],
  [
    'a field that does not exist',
    task('x', { ...usable, host: 'web-1' }),
    /unknown field "spec\.host"/,
    /strict decoding error/,
  ],
];

/** What is taken, and ends as Failed: the case, the spec, the reason, what the reader is told. */
const failing: readonly (readonly [string, Spec, string, RegExp])[] = [
  [
    'content-no-yaml',
    { content: '- debug: {msg: "open' },
    'ContentInvalid',
    /^spec\.content, line 1, column \d+: this is not valid YAML/,
  ],
  [
    'content-no-list',
    { content: 'reboot everything' },
    'ContentInvalid',
    /^spec\.content, line 1, column 1: .*Begin each play or task with "- "/,
  ],
  [
    'content-mixed',
    { content: '- hosts: all\n- debug:\n' },
    'ContentInvalid',
    /^spec\.content, line 2, .*this is a task but the entries before it are plays/,
  ],
  [
    'job-content-no-yaml',
    { content: undefined, jobRef: { name: 'bad-job' } },
    'ContentInvalid',
    /^AgentJob bad-job, spec\.content, line 1, column \d+: this is not valid YAML/,
  ],
  ['no-such-module', { content: '- name: Try\n  no_such_module: {}' }, 'ContentFailed', /no_such_module/],
  ['no-such-keyword', { content: '- hosts: all\n  taskz: []' }, 'ContentFailed', /taskz/],
  [
    'variable-connection',
    { variables: { ansible_ssh_common_args: '-o ProxyCommand=id' } },
    'SpecInvalid',
    /^spec\.variables: "ansible_ssh_common_args" .*must not change/,
  ],
  [
    'variable-type',
    { variables: { ansible_port: 'twenty-two' } },
    'SpecInvalid',
    /^spec\.variables: "ansible_port" must be a port number/,
  ],
  [
    'unknown-host',
    { hosts: ['no-such-host.invalid'], content: '- ping:' },
    'HostsFailed',
    /1 unreachable; see status\.hosts for no-such-host\.invalid/,
  ],
  [
    'unreachable-host',
    { hosts: ['192.0.2.1'], content: '- ping:' },
    'HostsFailed',
    /1 unreachable; see status\.hosts for 192\.0\.2\.1/,
  ],
];

describe('bad input', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
    await site.controllers.start();
  });
  afterAll(() => site.close());

  test.each(refused)('%s is refused, naming the field and the fix', async (_case, object, field, fix) => {
    const { code, stderr } = await site.create(object);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(field);
    expect(stderr).toMatch(fix);
    // Nobody wants to scroll through what was sent.
    expect(stderr.length).toBeLessThan(2000);
  });

  test('tasks that cannot work end as failed and say why, and a good task beside them succeeds', async () => {
    const tasks = failing.map(([name, spec]) => task(name, { ...usable, ...spec }));
    await site.mustCreate(job('bad-job', { content: '- debug: [open' }), ...tasks, task('good', usable));
    for (const [name, , reason, text] of failing) {
      const { status } = await site.tasks.ended(name);
      expect([name, status?.phase]).toEqual([name, 'Failed']);
      for (const type of ['Ready', 'Succeeded']) {
        expect(status?.conditions).toContainEqual(
          expect.objectContaining({ type, status: 'False', reason, message: expect.stringMatching(text) }),
        );
      }
    }
    expect((await site.tasks.ended('good')).status?.phase).toBe('Succeeded');
    expect(site.tasks.get('unknown-host')?.status?.hosts?.[0]?.message).toMatch(/resolve hostname/i);
  });

  test('without its Secret, AgentJob or group a task is stalled until it is there, and says so', async () => {
    const { content: _, ...place } = usable;
    const ssh = { credentialsSecretRef: { name: 'missing-ssh' } };
    await site.mustCreate(
      task('lacks-secret', { ...usable, ...ssh }),
      task('lacks-job', { ...place, jobRef: { name: 'missing-job' } }),
      task('lacks-group', { content: usable.content, groupRef: { name: 'missing-group' } }),
      task('wants-job-executor', { ...usable, executor: 'job' }),
      task('unharmed', usable),
    );
    await Promise.all([
      stalled(
        'lacks-secret',
        'SecretNotFound',
        `spec.credentialsSecretRef: there is no Secret missing-ssh in namespace ${site.namespace}; ` +
          'create it with the key ssh-privatekey',
      ),
      stalled(
        'lacks-job',
        'JobNotFound',
        `spec.jobRef: there is no AgentJob missing-job in namespace ${site.namespace}; create it, or name another one`,
      ),
      stalled(
        'lacks-group',
        'GroupNotFound',
        `spec.groupRef: there is no DeployGroup missing-group in namespace ${site.namespace}; ` +
          'create it, or name another one',
      ),
      stalled(
        'wants-job-executor',
        'ExecutorNotSupported',
        'spec.executor: this controller does not run tasks as Kubernetes Jobs; use auto or local',
      ),
    ]);
    expect((await site.tasks.ended('unharmed')).status?.phase).toBe('Succeeded');

    await site.mustCreate(job('missing-job', { content: usable.content }));
    expect((await site.tasks.ended('lacks-job')).status?.phase).toBe('Succeeded');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'missing-ssh' } };
    await site.mustCreate({ ...secret, stringData: { password: 'wrong-kind-of-secret' } });
    await stalled(
      'lacks-secret',
      'SecretInvalid',
      expect.stringContaining('Secret missing-ssh: it has no key ssh-privatekey; put the private key there'),
    );
    await site.must(
      'patch',
      'secret',
      'missing-ssh',
      '--type=merge',
      '--patch={"stringData":{"ssh-privatekey":"hunter-two"}}',
    );
    await site.tasks.until(() =>
      JSON.stringify(site.tasks.get('lacks-secret')).includes('ssh-privatekey is not a private key') ? true : undefined,
    );
    expect(JSON.stringify(site.tasks.all)).not.toMatch(/wrong-kind-of-secret|hunter-two/);
    await site.patchTask('lacks-secret', { credentialsSecretRef: null });
    expect((await site.tasks.ended('lacks-secret')).status?.phase).toBe('Succeeded');
  });

  async function stalled(name: string, reason: string, message: string): Promise<void> {
    const { status } = await site.tasks.ready(name, reason);
    expect(status).toMatchObject({ phase: 'Pending' });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason, message }),
    );
  }
});
