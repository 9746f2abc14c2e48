import { expect, test } from 'vitest';
import { agentJob, agentTask, apiForFile, minimal } from './objects.ts';
import type { Spec } from './objects.ts';

const api = apiForFile();
const { hosts, content } = minimal;
const notAHost = 'not a host: use a host name';
const notAUser = "not a user name: begin with a letter or '_'";
const notAName = "not the name of an object: use lower-case letters, digits, '-' and '.'";

test.each<[what: string, spec: Spec, field: string, fix: string]>([
  ['a field that does not exist', { ...minimal, host: 'web-1' }, 'spec.host', 'unknown field'],
  [
    'neither hosts nor groupRef',
    { content },
    'spec',
    'one of hosts and groupRef is required: list the machines in hosts, or name a DeployGroup in groupRef.name',
  ],
  [
    'both hosts and groupRef',
    { ...minimal, groupRef: { name: 'web' } },
    'spec',
    'hosts and groupRef exclude each other: remove one of them',
  ],
  [
    'neither content nor jobRef',
    { hosts },
    'spec',
    'one of content and jobRef is required: write the Ansible content in content, or name an AgentJob in jobRef.name',
  ],
  [
    'both content and jobRef',
    { ...minimal, jobRef: { name: 'a' } },
    'spec',
    'content and jobRef exclude each other: remove one of them',
  ],
  ['an empty host list', { content, hosts: [] }, 'spec.hosts', 'should have at least 1 items'],
  [
    'a host that is named twice',
    { content, hosts: ['web-1', 'web-2', 'web-1'] },
    'spec.hosts[2]',
    'Duplicate value: "web-1"',
  ],
  [
    '1001 hosts',
    { content, hosts: Array.from({ length: 1001 }, (_, index) => `web-${index}`) },
    'spec.hosts',
    'must have at most 1000 items',
  ],
  ['an empty host', { content, hosts: [''] }, 'spec.hosts[0]', 'should be at least 1 chars long'],
  ['a host of 254 characters', { content, hosts: ['a'.repeat(254)] }, 'spec.hosts[0]', 'may not be more than 253'],
  ['a host with a shell command', { content, hosts: ['web-1', 'web-2;reboot'] }, 'spec.hosts[1]', notAHost],
  ['a host with a command substitution', { content, hosts: ['$(reboot)'] }, 'spec.hosts[0]', notAHost],
  ['a host with a template', { content, hosts: ["{{lookup('pipe','id')}}"] }, 'spec.hosts[0]', notAHost],
  ['a host with a template block', { content, hosts: ['{%include%}'] }, 'spec.hosts[0]', notAHost],
  ['a host that reads as an option', { content, hosts: ['-oProxyCommand=reboot'] }, 'spec.hosts[0]', notAHost],
  ['a host with a line break', { content, hosts: ['web-1\nweb-2'] }, 'spec.hosts[0]', notAHost],
  ['a host that ends in a line break', { content, hosts: ['web-1\n'] }, 'spec.hosts[0]', notAHost],
  ['a host with a user', { content, hosts: ['root@web-1'] }, 'spec.hosts[0]', notAHost],
  ['a host with a path', { content, hosts: ['../etc/passwd'] }, 'spec.hosts[0]', notAHost],
  ['a host range', { content, hosts: ['web-[1:9]'] }, 'spec.hosts[0]', notAHost],
  ['an IPv4 address that is none', { content, hosts: ['192.0.2.256'] }, 'spec.hosts[0]', notAHost],
  ['an IPv4 address with parts left out', { content, hosts: ['10.1'] }, 'spec.hosts[0]', notAHost],
  ['an IPv6 address in brackets', { content, hosts: ['[2001:db8::1]'] }, 'spec.hosts[0]', notAHost],
  ['a host with a port', { content, hosts: ['web-1:22'] }, 'spec.hosts[0]', notAHost],
  [
    "a host named like Ansible's group of all hosts",
    { content, hosts: ['all'] },
    'spec.hosts[0]',
    'Ansible takes this name for all hosts',
  ],
  ['hosts that are no list', { content, hosts: 'web-1' }, 'spec.hosts', 'must be of type array'],
  ['the name of a group in capitals', { content, groupRef: { name: 'Web' } }, 'spec.groupRef.name', notAName],
  ['a group without a name', { content, groupRef: {} }, 'spec.groupRef.name', 'Required value'],
  ['a job name with a slash', { hosts, jobRef: { name: 'other/job' } }, 'spec.jobRef.name', notAName],
  [
    'a Secret name with spaces',
    { ...minimal, credentialsSecretRef: { name: 'my key' } },
    'spec.credentialsSecretRef.name',
    notAName,
  ],
  ['empty content', { hosts, content: '' }, 'spec.content', 'should be at least 1 chars long'],
  ['2 MiB of content', { hosts, content: 'x'.repeat(2 * 1024 * 1024) }, 'spec.content', 'may not be more than 524288'],
  [
    'content of 200,000 characters that are 600,000 bytes',
    { hosts, content: '任'.repeat(200_000) },
    'spec.content',
    'content is larger than 512 KiB',
  ],
  ['content that is no text', { hosts, content: 7 }, 'spec.content', 'must be of type string'],
  [
    'content that is a list instead of text',
    { hosts, content: [{ 'ansible.builtin.ping': null }] },
    'spec.content[0]',
    'unknown field',
  ],
  ['variables that are a list', { ...minimal, variables: ['a'] }, 'spec.variables', 'must be of type object'],
  ['variables that are text', { ...minimal, variables: '-e a=1' }, 'spec.variables', 'must be of type object'],
  [
    'a variable with a dash in its name',
    { ...minimal, variables: { good: 1, 'not-good': 1 } },
    'spec.variables',
    'the name of a variable must begin with a letter',
  ],
  [
    'a variable with a template in its name',
    { ...minimal, variables: { '{{ x }}': 1 } },
    'spec.variables',
    'the name of a variable must begin with a letter',
  ],
  [
    'a variable without a name',
    { ...minimal, variables: { '': 1 } },
    'spec.variables',
    'the name of a variable must begin with a letter',
  ],
  [
    '257 variables',
    { ...minimal, variables: Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`v${index}`, 1])) },
    'spec.variables',
    'must have at most 256 items',
  ],
  ['forks 0', { ...minimal, forks: 0 }, 'spec.forks', 'should be greater than or equal to 1'],
  ['forks 501', { ...minimal, forks: 501 }, 'spec.forks', 'should be less than or equal to 500'],
  ['forks as text', { ...minimal, forks: '5' }, 'spec.forks', 'must be of type integer'],
  ['a timeout of 0', { ...minimal, timeoutSeconds: 0 }, 'spec.timeoutSeconds', 'should be greater than or equal to 1'],
  ['a user with a space', { ...minimal, user: 'root -oProxyCommand=reboot' }, 'spec.user', notAUser],
  ['a user that reads as an option', { ...minimal, user: '-l' }, 'spec.user', notAUser],
  ['a user of 65 characters', { ...minimal, user: 'u'.repeat(65) }, 'spec.user', 'may not be more than 64'],
  ['a template as the user to become', { ...minimal, become: { user: '{{ x }}' } }, 'spec.become.user', notAUser],
  [
    'an unknown way to become',
    { ...minimal, become: { method: 'runas' } },
    'spec.become.method',
    'supported values: "sudo", "su", "doas"',
  ],
  [
    'a shard of no host',
    { ...minimal, job: { shardSize: 0 } },
    'spec.job.shardSize',
    'should be greater than or equal to 1',
  ],
  [
    'a resource that is no quantity',
    { ...minimal, job: { resources: { limits: { memory: 'much' } } } },
    'spec.job.resources.limits.memory',
    'should match',
  ],
  [
    'a service account that cannot be',
    { ...minimal, job: { serviceAccountName: 'My Account' } },
    'spec.job.serviceAccountName',
    'not the name of an object',
  ],
  [
    'an unknown way with disruptions',
    { ...minimal, job: { onDisruption: 'Ignore' } },
    'spec.job.onDisruption',
    'supported values: "Fail", "Retry"',
  ],
  [
    'an unknown executor',
    { ...minimal, executor: 'cloud' },
    'spec.executor',
    'supported values: "auto", "local", "job"',
  ],
  [
    'an unknown host-key checking',
    { ...minimal, hostKeyChecking: 'Off' },
    'spec.hostKeyChecking',
    'supported values: "Strict", "Disabled"',
  ],
  [
    'a correlation id with a line break',
    { ...minimal, correlationID: 'a\nb' },
    'spec.correlationID',
    'use a single line of text',
  ],
  ['a source of 257 characters', { ...minimal, source: 's'.repeat(257) }, 'spec.source', 'may not be more than 256'],
  [
    'a negative time to live',
    { ...minimal, ttlSecondsAfterFinished: -1 },
    'spec.ttlSecondsAfterFinished',
    'should be greater than or equal to 0',
  ],
  [
    'a group that is split by host',
    { content, groupRef: { name: 'web' }, splitBy: 'Host' },
    'spec.splitBy',
    "splitBy is for a task on hosts: a task on a DeployGroup is split into the group's batches",
  ],
  [
    'a task that is split by what nobody knows',
    { ...minimal, splitBy: 'Rack' },
    'spec.splitBy',
    'Unsupported value: "Rack"',
  ],
  [
    'confirm on a task without a group',
    { ...minimal, confirm: { batch: 1, revision: 'r', user: 'alice' } },
    'spec.confirm',
    'remove confirm, or use groupRef instead of hosts',
  ],
  [
    'a rollout on a task without a group',
    { ...minimal, rollout: {} },
    'spec.rollout',
    'remove rollout, or use groupRef instead of hosts',
  ],
  [
    'a limit that is no number of hosts',
    { content: minimal.content, groupRef: { name: 'web' }, rollout: { failureLimit: { failed: '101%' } } },
    'spec.rollout.failureLimit.failed',
    'not a number of hosts: give a number from 0 to 1000, or a percentage from 0% to 100%',
  ],
])('an AgentTask with %s is refused', async (_what, spec, field, fix) => {
  const { code, stderr } = await api.create(agentTask('refused', spec), '--dry-run=server');
  expect(code).toBe(1);
  expect(stderr).toContain(field);
  expect(stderr).toContain(fix);
  // An answer that repeats what it refuses floods terminals and logs.
  expect(stderr.length).toBeLessThan(10_000);
});

test.each<[what: string, name: string, fix: string]>([
  ['300 characters', 'n'.repeat(300), 'must be no more than 253 '],
  ['a line break', 'a\nb', 'must consist of lower case alphanumeric characters'],
])('an AgentTask whose name has %s is refused', async (_what, name, fix) => {
  const { code, stderr } = await api.create(agentTask(name, minimal), '--dry-run=server');
  expect(code).toBe(1);
  expect(stderr).toContain('metadata.name');
  expect(stderr).toContain(fix);
});

test('every bad host of a list is named', async () => {
  const { stderr } = await api.create(
    agentTask('refused', { content, hosts: ['a b', 'good', 'c d'] }),
    '--dry-run=server',
  );
  expect(stderr).toContain('spec.hosts[0]');
  expect(stderr).not.toContain('spec.hosts[1]');
  expect(stderr).toContain('spec.hosts[2]');
});

test.each<[what: string, spec: Spec, field: string, fix: string]>([
  ['no content', {}, 'spec.content', 'Required value'],
  ['2 MiB of content', { content: 'x'.repeat(2 * 1024 * 1024) }, 'spec.content', 'may not be more than 524288'],
  ['hosts, which belong to the task', { content, hosts }, 'spec.hosts', 'unknown field'],
  ['a bad user', { content, user: 'a b' }, 'spec.user', notAUser],
  ['forks 0', { content, forks: 0 }, 'spec.forks', 'should be greater than or equal to 1'],
  ['variables of the wrong type', { content, variables: 1 }, 'spec.variables', 'must be of type object'],
  [
    'a variable with a dash in its name',
    { content, variables: { 'not-good': 1 } },
    'spec.variables',
    'the name of a variable must begin with a letter',
  ],
  [
    'a description of 1025 characters',
    { content, description: 'd'.repeat(1025) },
    'spec.description',
    'may not be more than 1024',
  ],
])('an AgentJob with %s is refused', async (_what, spec, field, fix) => {
  const { code, stderr } = await api.create(agentJob('refused', spec), '--dry-run=server');
  expect(code).toBe(1);
  expect(stderr).toContain(field);
  expect(stderr).toContain(fix);
});
