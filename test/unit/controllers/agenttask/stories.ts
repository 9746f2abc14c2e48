import type { Story } from '../../../harness/agenttask/story.ts';
import { agentTask, privateKey, secret } from '../../../harness/agenttask/objects.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { leases, secrets } from '../../../../kube/builtin.ts';
import { claimLabel, claimName } from '../../../../controllers/shared/hostclaims.ts';

/** How tasks live and end when nobody but their owners interferes. */
export const stories: readonly Story[] = [
  {
    title: 'a task runs on one host and succeeds',
    file: 'one-host',
    script: (world) => world.applies(0, agentTask('web', { hosts: ['web-1'] })),
    ends: { web: ['Succeeded'] },
  },
  {
    title: 'some hosts fail, one cannot be reached, and the task has partly succeeded',
    file: 'some-hosts-fail',
    script: (world) => {
      world.behaves('fleet', {
        lasts: 20,
        outcome: 'failed',
        hosts: { a: 'ok', b: 'failed', c: 'unreachable', d: 'changed' },
      });
      world.applies(0, agentTask('fleet', { hosts: ['a', 'b', 'c', 'd'] }));
    },
    ends: { fleet: ['PartlySucceeded'] },
  },
  {
    title: 'a second task waits for the host and says for which task',
    file: 'second-waits',
    script: (world) => {
      world.applies(0, agentTask('first', { hosts: ['web-1'] }));
      world.applies(5, agentTask('second', { hosts: ['WEB-1'] }));
    },
    ends: { first: ['Succeeded'], second: ['Succeeded'] },
  },
  {
    title: 'a shared task runs beside another one on the same host',
    file: 'shared',
    script: (world) => {
      world.applies(0, agentTask('first', { hosts: ['web-1'] }));
      world.applies(5, agentTask('reader', { hosts: ['web-1'], shared: true }));
    },
    ends: { first: ['Succeeded'], reader: ['Succeeded'] },
  },
  {
    title: 'an older task on many hosts goes first, although younger ones could start at once',
    file: 'elder-first',
    script: (world) => {
      world.applies(0, agentTask('one', { hosts: ['a'] }));
      world.applies(1, agentTask('many', { hosts: ['a', 'b', 'c'] }));
      world.applies(2, agentTask('young-b', { hosts: ['b'] }));
      world.applies(3, agentTask('young-c', { hosts: ['c'] }));
    },
    ends: { one: ['Succeeded'], many: ['Succeeded'], 'young-b': ['Succeeded'], 'young-c': ['Succeeded'] },
  },
  {
    title: 'two tasks want each other’s hosts in opposite order',
    file: 'crosswise',
    script: (world) => {
      world.applies(0, agentTask('left', { hosts: ['a', 'b'] }));
      world.applies(0, agentTask('right', { hosts: ['b', 'a'] }));
    },
    ends: { left: ['Succeeded'], right: ['Succeeded'] },
  },
  {
    title: 'all slots are taken, and tasks start in the order in which they came',
    file: 'slots-full',
    world: { maxRuns: 1 },
    script: (world) => {
      world.applies(0, agentTask('first'));
      world.applies(1, agentTask('second'));
      world.applies(2, agentTask('third'));
    },
    ends: { first: ['Succeeded'], second: ['Succeeded'], third: ['Succeeded'] },
  },
  {
    title: 'the claim of a holder that no longer exists is freed',
    file: 'stale-claim',
    script: (world) => {
      const annotations = { 'fleetwright.io/host': 'web-1', 'fleetwright.io/holder': 'AgentTask/default/vanished' };
      world.api.create(leases, {
        metadata: {
          namespace: 'fleetwright-system',
          name: claimName('web-1'),
          labels: { [claimLabel]: 'host' },
          annotations,
        },
        spec: { holderIdentity: 'uid-of-yore' },
      });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
    },
    ends: { web: ['Succeeded'] },
  },
  {
    title: 'the Secret is missing, then wrong, then right',
    file: 'secret-appears',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], credentialsSecretRef: { name: 'key' } }));
      world.at(15, 'Secret key', 'is made, with a public key', () =>
        world.api.create(secrets, secret('key', { 'ssh-privatekey': 'ssh-ed25519 AAAA' })),
      );
      world.at(35, 'Secret key', 'is made anew, with the private key', () => {
        world.api.delete(secrets, { namespace: 'default', name: 'key' });
        world.api.create(secrets, secret('key', { 'ssh-privatekey': privateKey }));
      });
    },
    ends: { web: ['Succeeded'] },
  },
  {
    title: 'a dry run shows the plan; the task runs when dryRun is taken back',
    file: 'dry-run',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], dryRun: true }));
      world.changes(60, 'web', 'dryRun is set to false', { dryRun: false });
    },
    ends: { web: ['Succeeded'] },
  },
  {
    title: 'a task is made of a copy of another one’s YAML, with its labels, and gets an id of its own',
    file: 'copied',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.at(5, 'default/copy', 'applied, as a copy of default/web', () => {
        const { labels } = world.task('web')?.metadata ?? {};
        const copy = agentTask('copy', { hosts: ['web-2'] });
        world.api.create(agentTasks, labels === undefined ? copy : { ...copy, metadata: { ...copy.metadata, labels } });
      });
    },
    ends: { web: ['Succeeded'], copy: ['Succeeded'] },
  },
  {
    title: 'a paused task does not start until it is let go',
    file: 'paused',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], paused: true }));
      world.applies(1, agentTask('other', { hosts: ['web-1'] }));
      world.changes(90, 'web', 'paused is set to false', { paused: false });
    },
    ends: { web: ['Succeeded'], other: ['Succeeded'] },
  },
];
