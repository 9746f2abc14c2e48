import { unbegun } from '../../../harness/agenttask/staged.ts';
import { describe, expect, test } from 'vitest';

import type { Observed } from '../../../../controllers/agenttask/observe.ts';
import { plan } from '../../../../controllers/agenttask/plan.ts';
import { idLabel } from '../../../../crds/labels.ts';
import type { AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { agentJob, privateKey, secret } from '../../../harness/agenttask/objects.ts';
import { noClaims, now, observed, shown, underWay } from '../../../harness/agenttask/observed.ts';
import { claimed, deleted, elder, limits, over, running, told, type Case } from './plans.ts';

const waitingCases: readonly Case[] = [
  [
    'a group that is missing is waited for',
    unbegun({ is: 'lacks', reason: 'GroupNotFound', message: 'there is no DeployGroup blue' }),
    [],
    'Pending GroupNotFound: there is no DeployGroup blue',
    300,
  ],
  [
    'a task for Kubernetes Jobs is told what to use where there are none',
    observed(shown({ executor: 'job' }), { executor: undefined }),
    [],
    'Pending ExecutorNotSupported: spec.executor: ' +
      'this controller does not run tasks as Kubernetes Jobs; use auto or local',
    300,
  ],
  [
    'a task for the controller itself is told what to use where it runs none',
    observed(shown({ executor: 'local' }), { executor: undefined }),
    [],
    'Pending ExecutorNotSupported: spec.executor: this controller runs tasks as Kubernetes Jobs only; use auto or job',
    300,
  ],
  [
    'without a free slot for a Job the flag for Jobs is named',
    observed(shown(), { executor: 'job', slot: { open: false, limit: 100 } }),
    ['queueForSlot'],
    'Pending WaitingForSlot: 100 runs are under way, as many as this controller allows (--max-jobs)',
    60,
  ],
  [
    'a task stopped before its start ends at once',
    observed(shown({ stop: true })),
    [],
    'Stopped Stopped: stopped on request before it started',
    undefined,
  ],
  [
    'a task stopped before its start gives back what it had claimed',
    observed(shown({ stop: true }), { claims: { ...noClaims, held: ['web-1'] } }),
    ['releaseHosts'],
    'Stopped Stopped: stopped on request before it started',
    undefined,
  ],
  [
    'a task without an id gets one before anything else',
    observed(shown({}, undefined, { labels: {} })),
    ['giveId', 'takeSlot', 'addFinalizer', 'claimHosts', 'prepareRun'],
    'Running Running: running on web-1',
    undefined,
  ],
  [
    'a dry run gets an id too',
    observed(shown({ dryRun: true }, undefined, { labels: {} })),
    ['giveId'],
    'Pending Planned: the plan is in status.plan; set dryRun to false to run it',
    undefined,
  ],
  [
    'a label that is no id is replaced',
    observed(shown({ paused: true }, undefined, { labels: { [idLabel]: 'seven' } })),
    ['giveId'],
    'Pending Paused: spec.paused is true; set it to false to let the task start',
    3600,
  ],
  [
    'a copy of a task, id and all, gets an id of its own',
    observed(shown({ paused: true }), { idTaken: true }),
    ['giveId'],
    'Pending Paused: spec.paused is true; set it to false to let the task start',
    3600,
  ],
  [
    'a child does not start when its parent is over',
    observed(shown(), { parent: 'over' }),
    [],
    'Stopped Stopped: the task that made it was stopped, has ended or is deleted',
    undefined,
  ],
  [
    'a child starts while its parent is there',
    observed(shown(), { parent: 'there' }),
    ['takeSlot', 'addFinalizer', 'claimHosts', 'prepareRun'],
    'Running Running: running on web-1',
    undefined,
  ],
  [
    'a missing AgentJob is named',
    observed(shown({ jobRef: { name: 'patch' } })),
    [],
    'Pending JobNotFound: spec.jobRef: there is no AgentJob patch in namespace default; create it, or name another one',
    300,
  ],
  [
    'a paused task waits',
    observed(shown({ paused: true })),
    [],
    'Pending Paused: spec.paused is true; set it to false to let the task start',
    3600,
  ],
  [
    'a dry run is planned, and nothing is done',
    observed(shown({ dryRun: true })),
    [],
    'Pending Planned: the plan is in status.plan; set dryRun to false to run it',
    undefined,
  ],
  [
    'a missing Secret is named',
    observed(shown({ credentialsSecretRef: { name: 'key' } })),
    [],
    'Pending SecretNotFound: spec.credentialsSecretRef: ' +
      'there is no Secret key in namespace default; create it with the key ssh-privatekey',
    10,
  ],
  [
    'a Secret without a private key is refused',
    observed(shown({ credentialsSecretRef: { name: 'key' } }), { secret: secret('key', {}) }),
    [],
    'Pending SecretInvalid: spec.credentialsSecretRef: Secret key: it has no key ssh-privatekey; ' +
      'put the private key there, as kubectl create secret generic NAME --from-file=ssh-privatekey=FILE does',
    10,
  ],
  [
    'without a free slot the task queues for one',
    observed(shown(), { slot: { open: false, limit: 4 } }),
    ['queueForSlot'],
    'Pending WaitingForSlot: 4 runs are under way, as many as this controller allows (--max-runs)',
    60,
  ],
  [
    'a task with all it needs is prepared and recorded, not started',
    observed(shown()),
    ['takeSlot', 'addFinalizer', 'claimHosts', 'prepareRun'],
    'Running Running: running on web-1',
    undefined,
  ],
  [
    'a shared task claims no host',
    observed(shown({ shared: true, hosts: ['a', 'b'] })),
    ['takeSlot', 'addFinalizer', 'prepareRun'],
    'Running Running: running on 2 hosts',
    undefined,
  ],
  [
    'hosts that the cache shows as ours are claimed again, since it may be behind',
    observed(shown(), { claims: { ...noClaims, held: ['web-1'] } }),
    ['takeSlot', 'addFinalizer', 'claimHosts', 'prepareRun'],
    'Running Running: running on web-1',
    undefined,
  ],
];

describe('plan', () => {
  test.each(waitingCases)('%s', (_sentence, world, does, says, again) => {
    expect(told(plan(world, now, limits))).toEqual({ does, says, again });
  });

  test('tells by an event what the condition says when a run begins', () => {
    expect(plan(observed(shown()), now, limits).event).toMatchObject({ reason: 'Started', note: 'running on web-1' });
  });

  test('names the run by the task, the generation of its spec and the attempt, and records it where it is', () => {
    const { status, intents } = plan(observed(shown()), now, limits);
    expect(status?.run).toEqual({ id: 'u1-3-1', executor: 'local', location: 'here', timeoutSeconds: 3600 });
    expect(status).toMatchObject({ attempts: 1, startTime: '2026-01-01T12:00:00Z', observedGeneration: 3 });
    expect(intents.find((intent) => intent.do === 'prepareRun')).toMatchObject({
      run: { id: 'u1-3-1', hosts: ['web-1'] },
    });
  });

  test('gives the run the key of the Secret and nothing of it to the status', () => {
    const next = plan(
      observed(shown({ credentialsSecretRef: { name: 'key' } }), {
        secret: secret('key', { 'ssh-privatekey': privateKey, known_hosts: 'web-1 ssh-ed25519 AAAA' }),
      }),
      now,
      limits,
    );
    expect(next.intents.find((intent) => intent.do === 'prepareRun')).toMatchObject({
      run: { sshPrivateKey: privateKey, knownHosts: 'web-1 ssh-ed25519 AAAA' },
    });
    expect(JSON.stringify([next.status, next.event])).not.toContain('PRIVATE');
  });

  test('speaks of the plan of a dry run no more once the task runs', () => {
    const dry = plan(observed(shown({ dryRun: true })), now, limits).status;
    expect(dry?.plan?.length).toBeGreaterThan(0);
    expect(plan(observed(shown({}, dry)), now, limits).status).not.toHaveProperty('plan');
  });

  test('tells of a stall by one event, not by one a pass', () => {
    const first = plan(observed(shown({ jobRef: { name: 'patch' } })), now, limits);
    expect(first.event).toMatchObject({ type: 'Warning', reason: 'JobNotFound' });
    if (first.status === undefined) throw new Error('no status');
    expect(plan(observed(shown({ jobRef: { name: 'patch' } }, first.status)), now, limits)).not.toHaveProperty('event');
  });
});

describe('what can never run ends as Failed and names the field', () => {
  test.each<readonly [string, AgentTaskSpec, string]>([
    ['content that is not YAML', { content: '- name: [' }, 'ContentInvalid: spec.content, line 1, column 10:'],
    [
      'content that is not a list',
      { content: 'name: greet' },
      'ContentInvalid: spec.content, line 1, column 1: the content must be a list',
    ],
    ['empty content', { content: '' }, 'ContentInvalid: spec.content, line 1, column 1: the content is empty.'],
    [
      'a variable that a play asks for and nobody sets',
      { content: '- hosts: all\n  vars_prompt: [{name: release}]\n', variables: { other: 1 } },
      'ContentInvalid: spec.content, line 2, column 3: the play asks for the variable "release" (vars_prompt)',
    ],
    ['an empty list of hosts', { hosts: [] }, 'SpecInvalid: spec.hosts: the list is empty.'],
    ['a host that is listed twice', { hosts: ['a', 'a'] }, 'SpecInvalid: spec.hosts: "a" is listed twice.'],
    [
      'an address that is listed twice, in two spellings',
      { hosts: ['2001:db8::1', '2001:DB8:0::1'] },
      'SpecInvalid: spec.hosts: "2001:DB8:0::1" is listed twice.',
    ],
    ['a host with a template in it', { hosts: ['{{ 1 }}'] }, 'SpecInvalid: spec.hosts: "{{ 1 }}" is not a host name'],
    ['a host with shell characters', { hosts: ['a;reboot'] }, 'SpecInvalid: spec.hosts: "a;reboot" is not a host name'],
    [
      'a variable of a wrong name',
      { variables: { 'my-var': 1 } },
      'SpecInvalid: spec.variables: "my-var" cannot be the name of a variable.',
    ],
    [
      'a variable that chooses a program',
      { variables: { ansible_ssh_executable: '/bin/sh' } },
      'SpecInvalid: spec.variables: "ansible_ssh_executable" is a setting',
    ],
  ])('%s', (_name, spec, start) => {
    const { does, says } = told(plan(observed(shown(spec)), now, limits));
    expect(does).toEqual([]);
    expect(says?.slice(0, 'Failed '.length + start.length)).toBe(`Failed ${start}`);
  });

  test('content of an AgentJob is blamed on the AgentJob', () => {
    const says = told(
      plan(observed(shown({ jobRef: { name: 'patch' } }), { job: agentJob('patch', { content: '' }) }), now, limits),
    ).says;
    expect(says).toContain('AgentJob patch, spec.content, line 1');
  });
});

describe('the order of the steps', () => {
  const bad = { content: '' };
  const missing = { credentialsSecretRef: { name: 'key' } };
  const busy = { claims: { ...noClaims, taken: [claimed] }, slot: { open: false, limit: 1 } };

  test.each<readonly [string, Observed, string]>([
    [
      'deletion before all else, so that a finished task can go',
      observed(shown({ ttlSecondsAfterFinished: 900 }, over, deleted)),
      'removeFinalizer',
    ],
    ['a finished task before stop, so that it never changes phase', observed(shown({ stop: true }, over)), ''],
    [
      'a run under way before unsupported, missing or paused, since it is on its way',
      underWay(running, { paused: true, ...missing, dryRun: true }),
      'Running',
    ],
    [
      'stop before a missing AgentJob, so that a stalled task can be ended',
      observed(shown({ stop: true, jobRef: { name: 'patch' } })),
      'Stopped',
    ],
    ['stop before paused', observed(shown({ stop: true, paused: true })), 'Stopped'],
    [
      'bad content before paused, so that the owner learns of it now',
      observed(shown({ ...bad, paused: true })),
      'ContentInvalid',
    ],
    [
      'bad content before a dry run, which would show it as a plan',
      observed(shown({ ...bad, dryRun: true })),
      'ContentInvalid',
    ],
    ['paused before a dry run', observed(shown({ paused: true, dryRun: true })), 'Paused'],
    [
      'a dry run before credentials, hosts and slots, since it needs none',
      observed(shown({ dryRun: true, ...missing }), busy),
      'Planned',
    ],
    [
      'credentials before hosts, so that nobody waits behind a task that cannot start',
      observed(shown(missing), busy),
      'SecretNotFound',
    ],
    [
      'stale claims before waiting for hosts, or nobody would free them',
      observed(shown(), {
        claims: { ...noClaims, taken: [claimed], stale: [claimed], waiting: new Map([['web-1', [elder]]]) },
      }),
      'freeStaleClaim',
    ],
    [
      'a claimed host before an older task, since that is what both wait for',
      observed(shown(), { claims: { ...noClaims, taken: [claimed], waiting: new Map([['web-1', [elder]]]) } }),
      'HostClaimed',
    ],
    ['hosts before slots, so that no slot waits for a host', observed(shown(), busy), 'HostClaimed'],
  ])('%s', (_sentence, world, first) => {
    const { does, says } = told(plan(world, now, limits));
    const [, reason] = /^\w+ (\w+):/.exec(says ?? '') ?? [];
    expect(does[0] ?? reason ?? '').toBe(first);
  });
});
