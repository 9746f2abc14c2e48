import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readiness, task } from './objects.ts';
import { Site } from './site.ts';

const content = `- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - raw: "true"
`;

describe('what the API server denies', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
    await site.controllers.start();
  });
  afterAll(() => site.close());

  test('by a quota, the log: the task ends all the same, and an event says what is missing', async () => {
    await site.mustCreate({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'logs' },
      spec: { hard: { 'count/configmaps': '0' } },
    });
    // It counts from when it has been counted.
    await site.must('wait', 'resourcequota/logs', '--for=jsonpath={.status.hard}', '--timeout=60s');
    const ended = await site.finish('unlogged', { hosts: ['here'], content });
    expect(ended.status?.phase).toBe('Succeeded');
    const told = async (): Promise<void> => {
      const { items } = JSON.parse(await site.must('get', 'events.events.k8s.io', '--output=json')) as {
        readonly items: readonly {
          readonly reason: string;
          readonly type: string;
          readonly note: string;
          readonly regarding: { readonly name: string };
        }[];
      };
      const missing = items.find(({ reason }) => reason === 'LogMissing');
      expect(missing).toMatchObject({
        type: 'Warning',
        regarding: { name: 'unlogged' },
        note: expect.stringContaining('exceeded quota: logs'),
      });
    };
    await vi.waitFor(told, { timeout: 60_000, interval: 200 });
    await site.must('delete', 'resourcequota', 'logs');
  });

  test("by a policy, a child: the task says so in the policy's words, and goes on when it is allowed", async () => {
    const policy = `children-of-${site.namespace}`;
    const rules = [
      { apiGroups: ['fleetwright.io'], apiVersions: ['*'], operations: ['CREATE'], resources: ['agenttasks'] },
    ];
    const validations = [{ expression: "object.spec.hosts != ['two']", message: 'two is under repair' }];
    const group = 'admissionregistration.k8s.io/v1';
    await site.mustCreate(
      {
        apiVersion: group,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: policy },
        spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: rules }, validations },
      },
      {
        apiVersion: group,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: policy },
        spec: {
          policyName: policy,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': site.namespace } } },
        },
      },
    );
    try {
      const inForce = async (): Promise<void> => {
        const { stderr } = await site.cluster.kubectl(
          ['--namespace', site.namespace, 'create', '--dry-run=server', '--filename=-'],
          { input: JSON.stringify(task('probe', { hosts: ['two'], content })) },
        );
        expect(stderr).toContain('two is under repair');
      };
      await vi.waitFor(inForce, { timeout: 60_000, interval: 200 });
      await site.createTask('denied', { hosts: ['one', 'two'], content, splitBy: 'Host' });
      const refused = await site.tasks.ready('denied', 'ChildrenRefused');
      expect(readiness(refused)).toMatch(
        /^False ChildrenRefused: the API server refuses further AgentTasks: .*two is under repair/,
      );
      expect(refused.status?.phase).toBe('Running');
    } finally {
      await site.must('delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', policy);
    }
    const ended = await site.tasks.ended('denied');
    expect(readiness(ended)).toBe('True Succeeded: 2 hosts: 2 changed');
    expect(ended.status?.children).toHaveLength(2);
  });
});
